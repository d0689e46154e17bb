"""What every program reads: weights, samples to train on, inputs with the outputs that they must give, ONNX models.

    {workload}.weights.safetensors    the initial weights: dense [in, out], convolution [height, width, in, out]
    {workload}.inference.safetensors  256 inputs and what numpy computes for them
    {data}.training.safetensors       inputs and targets
    {workload}.onnx                   the network with the same weights, for runtimes that read ONNX
"""

import gzip
from pathlib import Path

import numpy as np

import onnx_model
import tensors
from workloads import Conv, Dense, Flatten, Pool

SEED = 20240607
INFERENCE_INPUTS = 256


def prepare(work, workloads, mnist):
    """Writes the files for these workloads to the folder `work`."""
    work.mkdir(parents=True, exist_ok=True)
    for data in {workload.data for workload in workloads}:
        inputs, targets = digits(mnist, "train") if data == "digits" else regression(32768)
        tensors.save(work / f"{data}.training.safetensors", {"inputs": inputs, "targets": targets})
    for workload in workloads:
        weights = initial_weights(workload)
        tensors.save(work / f"{workload.name}.weights.safetensors", weights)
        inputs = inference_inputs(workload, mnist)
        outputs = forward(workload, weights, inputs)
        tensors.save(work / f"{workload.name}.inference.safetensors", {"inputs": inputs, "outputs": outputs})
        onnx_model.save(work / f"{workload.name}.onnx", workload, weights)


def initial_weights(workload):
    """Glorot's uniform weights (2010), and biases that are not 0, so that one that is left out shows."""
    random = np.random.default_rng(SEED)
    weights = {}
    for layer, given, _ in workload.shapes():
        match layer:
            case Conv(name=name, filters=outputs, kernel=kernel):
                shape = (kernel, kernel, given[2], outputs)
            case Dense(name=name, units=outputs):
                shape = (given[0], outputs)
            case _:
                continue
        area = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (area * (shape[-2] + outputs)))
        weights[f"{name}.weight"] = random.uniform(-limit, limit, shape).astype(np.float32)
        weights[f"{name}.bias"] = random.uniform(-0.05, 0.05, outputs).astype(np.float32)
    return weights


def inference_inputs(workload, mnist):
    if workload.data == "regression":
        inputs, _ = regression(INFERENCE_INPUTS)
        return inputs
    images, _ = digits(mnist, "t10k")
    return (images[:INFERENCE_INPUTS].astype(np.float32) / 255).reshape(-1, *workload.input)


def regression(samples):
    """Four numbers in -1..1, and two smooth functions of them."""
    inputs = np.random.default_rng(SEED + 1).uniform(-1, 1, (samples, 4)).astype(np.float32)
    a, b, c, d = inputs.T
    return inputs, np.stack([np.sin(2 * a + b), c * d], axis=1).astype(np.float32)


def digits(folder, part):
    """The images of MNIST as bytes [n, 28, 28, 1], and their classes."""
    images = read_idx(folder, f"{part}-images-idx3-ubyte")
    return images[..., np.newaxis], read_idx(folder, f"{part}-labels-idx1-ubyte")


def read_idx(folder, name):
    """An array of bytes from an IDX file, gzipped or not."""
    plain, zipped = Path(folder, name), Path(folder, f"{name}.gz")
    try:
        data = plain.read_bytes() if plain.exists() else gzip.decompress(zipped.read_bytes())
    except OSError as error:
        raise SystemExit(f"{zipped}: {error}; --data DIR names the folder with MNIST's four files") from error
    if data[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{folder}/{name}: not an IDX file of bytes")
    rank = data[3]
    shape = np.frombuffer(data, ">u4", count=rank, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape.astype(int))


def forward(workload, weights, x):
    """The network in numpy and double precision: what every program must agree with."""
    x = x.astype(np.float64)
    for layer in workload.layers:
        match layer:
            case Conv(name=name, kernel=kernel, same=same):
                around = kernel // 2 if same else 0
                x = np.pad(x, ((0, 0), (around, around), (around, around), (0, 0)))
                windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(1, 2))
                x = np.einsum("nhwikl,klio->nhwo", windows, weights[f"{name}.weight"], optimize=True)
                x = activate(x + weights[f"{name}.bias"], layer.activation)
            case Pool():
                n, height, width, channels = x.shape
                x = x[:, : height // 2 * 2, : width // 2 * 2]
                x = x.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))
            case Flatten():
                x = x.reshape(len(x), -1)
            case Dense(name=name):
                x = activate(x @ weights[f"{name}.weight"] + weights[f"{name}.bias"], layer.activation)
    return x.astype(np.float32)


def activate(x, activation):
    match activation:
        case "relu":
            return np.maximum(x, 0)
        case "tanh":
            return np.tanh(x)
        case None:
            return x
    raise ValueError(activation)
