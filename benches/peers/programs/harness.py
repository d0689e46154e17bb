"""What the Python programs have in common: their arguments, the files that they read, and how time is taken.

A program makes a subclass of `Peer` and calls `run`. It prints JSON lines that `compare.py` reads. The command line and
the lines are those of the Rust programs.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import tensors
from workloads import WORKLOADS

# The shortest stretch of time that is taken as a sample.
SAMPLE = 2e-3
LEARNING_RATE = 1e-3


class Peer:
    """A library that is compared."""

    def __init__(self, workload, weights, configuration, threads):
        raise NotImplementedError

    def inference(self, inputs):
        """A call that takes these inputs through the network, with the outputs in the library's own form."""
        raise NotImplementedError

    def to_numpy(self, outputs):
        return np.asarray(outputs)

    def training(self, inputs, targets, batch):
        """A call that trains for one epoch and gives the mean loss; `None` if the library does not train."""
        return None


def shuffled_batches(random, samples, batch):
    """The indices of the samples in a random order, one row for each batch."""
    return random.permutation(samples)[: samples // batch * batch].reshape(-1, batch)


def time_call(seconds, call):
    """The median time of a call: samples of at least `SAMPLE`, for so many seconds, after a warm-up."""

    def timed(calls):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return time.perf_counter() - start

    warm_up = time.perf_counter()
    calls = 1
    while (taken := timed(calls)) < SAMPLE or time.perf_counter() - warm_up < seconds / 4:
        if taken < SAMPLE:
            calls *= 2
    begin, samples = time.perf_counter(), []
    while len(samples) < 5 or time.perf_counter() - begin < seconds:
        samples.append(timed(calls) / calls)
    return statistics.median(samples)


def time_epoch(seconds, epoch):
    """The loss of a first epoch, and the median time of further ones: by the clock, and of the processor."""
    loss = float(epoch())
    begin, wall, busy = time.perf_counter(), [], []
    while not wall or time.perf_counter() - begin < seconds:
        start, processor = time.perf_counter(), time.process_time()
        epoch()
        wall.append(time.perf_counter() - start)
        busy.append(time.process_time() - processor)
    return loss, statistics.median(wall), statistics.median(busy)


def training_samples(work, workload, samples):
    """Inputs as floats, pixels from 0 to 1, and targets: classes as bytes, or vectors."""
    data = tensors.load(work / f"{workload.data}.training.safetensors")
    inputs, targets = data["inputs"][:samples], data["targets"][:samples]
    if inputs.dtype == np.uint8:
        inputs = inputs.astype(np.float32) / 255
    return inputs.reshape(-1, *workload.input), targets


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--workload", choices=WORKLOADS, required=True)
    parser.add_argument("--configuration", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--metrics", required=True)
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    return parser.parse_args()


def report(**line):
    print(json.dumps(line), flush=True)


def run(peer, version):
    """Measures what the arguments of the program ask for."""
    arguments = parse_arguments()
    workload = WORKLOADS[arguments.workload]
    weights = tensors.load(arguments.work / f"{workload.name}.weights.safetensors")
    known = tensors.load(arguments.work / f"{workload.name}.inference.safetensors")
    report(version=version)

    def fresh():
        return peer(workload, weights, arguments.configuration, arguments.threads)

    first = fresh()
    outputs = first.to_numpy(first.inference(known["inputs"])())
    if outputs.shape != known["outputs"].shape:
        raise SystemExit(f"outputs of shape {outputs.shape} where {known['outputs'].shape} are expected")
    report(check=float(np.abs(outputs - known["outputs"]).max()))

    for metric in arguments.metrics.split(","):
        kind, batch = metric[:5], int(metric[5:])
        if kind == "infer":
            seconds = time_call(arguments.seconds, fresh().inference(known["inputs"][:batch]))
            report(metric=metric, seconds=seconds)
        else:
            inputs, targets = training_samples(arguments.work, workload, arguments.samples)
            epoch = fresh().training(inputs, targets, batch)
            if epoch is None:
                continue
            loss, wall, busy = time_epoch(arguments.seconds, epoch)
            count = len(inputs)
            report(metric=metric, seconds=wall / count, busy=busy / count, loss=loss)
