#!/usr/bin/env python3
"""Runs tintype and its peers in turn, and reports medians and ratios. Started by `run`.

Each program runs as a process of its own for each workload, with the same weights and inputs. A program whose outputs
are not those of numpy, or whose training goes another way, is an error and gives no numbers. The order of the programs
is turned round from round to round, so that a machine that slows down or speeds up meanwhile favours none.
"""

import argparse
import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import chart
import peers
import prepare
import report
from results import Results
from workloads import WORKLOADS

WORK = peers.HERE / ".work"
DOCS = peers.HERE.parent.parent / "docs"
# How far an output may be from numpy's, and the mean loss of the first epoch from tintype's, as a part of it: each
# program shuffles the samples in its own way.
OUTPUT_TOLERANCE = 1e-4
LOSS_TOLERANCE = 0.1
# The seconds after which a program is taken to hang.
PATIENCE = 3600


class Failure(Exception):
    """A program gave no numbers, or wrong ones."""


def run(program, workload, samples, seconds):
    """The version and the measurements of a program."""
    command = peers.command(program) + [
        *("--work", str(WORK)),
        *("--workload", workload.name),
        *("--configuration", program.configuration),
        *("--threads", str(program.threads)),
        *("--metrics", ",".join(program.metrics(workload))),
        *("--samples", str(samples)),
        *("--seconds", str(seconds)),
    ]
    try:
        done = subprocess.run(
            command,
            env=peers.environment(program.threads),
            preexec_fn=peers.pin(program.threads),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(error) from error
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        raise Failure(f"status {done.returncode}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    checks = [line["check"] for line in lines if "check" in line]
    if not checks or not max(checks) <= OUTPUT_TOLERANCE:
        raise Failure(f"its outputs differ from numpy's by {checks}")
    versions = [line["version"] for line in lines if "version" in line]
    return versions, [line for line in lines if "metric" in line]


def check_loss(measured, known):
    """Holds the loss of a training against tintype's; the first one is tintype's own."""
    if "loss" not in measured:
        return
    expected = known.setdefault(measured["metric"], measured["loss"])
    if not abs(measured["loss"] - expected) <= LOSS_TOLERANCE * abs(expected):
        raise Failure(f"its mean loss in {measured['metric']} is {measured['loss']}, tintype's is {expected}")


def measure(results, programs, workloads, arguments):
    losses = {workload.name: {} for workload in workloads}
    for number in range(arguments.rounds):
        order = programs if number % 2 == 0 else programs[:1] + programs[:0:-1]
        for workload in workloads:
            for program in order:
                if workload.name not in program.workloads or results.has_failed(program, workload):
                    continue
                title = f"round {number + 1} of {arguments.rounds}, {workload.name}, {program.label}"
                try:
                    versions, lines = run(program, workload, samples(workload, arguments), seconds(arguments))
                    for line in lines:
                        check_loss(line, losses[workload.name])
                except Failure as failure:
                    print(f"{title}: ERROR: {failure}", file=sys.stderr)
                    if program is peers.TINTYPE:
                        raise SystemExit("nothing can be held against tintype") from failure
                    results.fail(program, workload, str(failure))
                    continue
                results.add(program, workload, versions, lines)
                numbers = "  ".join(f"{line['metric']} {line['seconds']:.3g}" for line in lines)
                print(f"{title}: {numbers}", file=sys.stderr)


def samples(workload, arguments):
    if arguments.full:
        return workload.full_samples
    return workload.quick_samples if arguments.quick else workload.samples


def seconds(arguments):
    return 0.3 if arguments.quick else 1.0


def processor():
    """The processor's name, as well as this system tells it."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.processor() or platform.machine()


def chosen(text, known):
    names = [name for name in known if name.lower() in {part.strip().lower() for part in text.split(",")}]
    if len(names) != len(set(text.split(","))):
        raise SystemExit(f"{text} is not a list of {', '.join(known)}")
    return names


def parse_arguments():
    parser = argparse.ArgumentParser(prog="benches/peers/run", description="tintype and its peers, side by side.")
    parser.add_argument("--data", type=Path, help="folder of MNIST's four files, gzipped or not")
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs (3)")
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help=f"some of {','.join(WORKLOADS)}")
    names = list(dict.fromkeys(program.peer for program in peers.PROGRAMS))
    parser.add_argument("--peers", default=",".join(names), help=f"some of {','.join(names)}; tintype is always there")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="fewer samples, shorter measurements")
    size.add_argument("--full", action="store_true", help="epochs of all 60,000 images")
    parser.add_argument("--output", type=Path, default=DOCS, help="where peers.md and the charts are written (docs)")
    parser.add_argument("--again", action="store_true", help="measure nothing; write the last run's report once more")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds is at least 1")
    if arguments.data is None and not arguments.again:
        parser.error("--data is wanted: the folder of MNIST's four files")
    return arguments, names


def main():
    arguments, names = parse_arguments()
    path = WORK / "results.json"
    if arguments.again:
        results = Results.load(path)
    else:
        workloads = [WORKLOADS[name] for name in chosen(arguments.workloads, WORKLOADS)]
        wanted = {"tintype", *chosen(arguments.peers, names)}
        programs = [program for program in peers.PROGRAMS if program.peer in wanted]
        peers.build(programs)
        prepare.prepare(WORK, workloads, arguments.data)
        size = "full" if arguments.full else "quick" if arguments.quick else "usual"
        results = Results(processor(), arguments.rounds, size)
        measure(results, programs, workloads, arguments)
        results.save(path)
    arguments.output.mkdir(parents=True, exist_ok=True)
    charts = chart.write(arguments.output, results)
    text = report.markdown(results, charts)
    (arguments.output / "peers.md").write_text(text)
    print(text)
    if results.failures:
        raise SystemExit(f"{len(results.failures)} programs gave no numbers")


if __name__ == "__main__":
    main()
