#!/usr/bin/env python3
"""The Keras introductory convnet on MNIST, in PyTorch: the peer of tintype's `mnist` example.

    python mnist_pytorch.py --data DIR --epochs 1 --threads 2

The network, the optimizer and the batch size are those of the example. The training set lies in
memory as one tensor that batches are indexed from, which is faster than a `DataLoader`; the time
given per epoch is that of training alone, with shuffling and without evaluation.

The model is written the plain way; `--tuned` turns on what PyTorch offers besides, channels-last
memory and the fused Adam, for a comparison with PyTorch at its eager best.
"""

import argparse
import gzip
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

BATCH = 32
EVALUATION_BATCH = 100


def read_idx(path):
    """An array of bytes from a gzipped IDX file."""
    with gzip.open(path) as file:
        data = file.read()
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{path}: not an IDX file of bytes")
    rank = data[3]
    start = 4 + 4 * rank
    shape = np.frombuffer(data, ">u4", count=rank, offset=4).astype(int)
    values = np.frombuffer(data, np.uint8, offset=start)
    if values.size != shape.prod():
        raise SystemExit(f"{path}: {values.size} values for a shape of {shape.tolist()}")
    return values.reshape(shape)


def read_mnist(directory, part):
    """Images as f32 [n, 1, 28, 28] in 0..1, and labels as i64 [n]."""
    images = read_idx(directory / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(directory / f"{part}-labels-idx1-ubyte.gz")
    images = torch.from_numpy(images.astype(np.float32) / 255).unsqueeze(1)
    return images, torch.from_numpy(labels.astype(np.int64))


def make_model():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(576, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def train_epoch(model, optimizer, loss_function, images, labels):
    """One pass over the shuffled training set; the mean loss."""
    model.train()
    total = torch.zeros(())
    for batch in torch.randperm(len(images)).split(BATCH):
        optimizer.zero_grad()
        loss = loss_function(model(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return total.item() / len(images)


@torch.inference_mode()
def accuracy(model, images, labels):
    model.eval()
    batches = zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH))
    right = sum((model(x).argmax(dim=1) == y).sum().item() for x, y in batches)
    return right / len(images)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Trains the Keras introductory convnet on MNIST.")
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's four .gz files")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, help="use only the first N training images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tuned", action="store_true", help="channels-last memory, fused Adam")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    images, labels = read_mnist(arguments.data, "train")
    images, labels = images[: arguments.limit], labels[: arguments.limit]
    test_images, test_labels = read_mnist(arguments.data, "t10k")

    model = make_model()
    if arguments.tuned:
        model = model.to(memory_format=torch.channels_last)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_function = nn.CrossEntropyLoss()
    print(f"torch {torch.__version__}, threads {torch.get_num_threads()}, images {len(images)}")
    for epoch in range(1, arguments.epochs + 1):
        start = time.perf_counter()
        loss = train_epoch(model, optimizer, loss_function, images, labels)
        trained = time.perf_counter()
        right = accuracy(model, test_images, test_labels)
        evaluated = time.perf_counter()
        print(
            f"epoch {epoch}: {trained - start:.3f} s, loss {loss:.4f}, "
            f"test accuracy {right:.4f} (evaluated in {evaluated - trained:.3f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
