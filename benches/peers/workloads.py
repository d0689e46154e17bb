"""The networks that are compared, as plain data, with their shapes and the metrics that are taken of each.

A name stands for one workload everywhere: A, B, C and E. D is kept for a recurrent network.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Conv:
    """A square convolution with stride 1; `same` padding keeps the size of the image."""

    name: str
    filters: int
    kernel: int
    same: bool = False
    activation: str | None = "relu"


@dataclass(frozen=True)
class Pool:
    """Max-pooling over 2x2 pixels."""


@dataclass(frozen=True)
class Flatten:
    """An image as a vector: rows, columns, channels."""


@dataclass(frozen=True)
class Dense:
    name: str
    units: int
    activation: str | None = "relu"


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    input: tuple[int, ...]
    layers: tuple
    # How the inputs are made, and what the loss is: cross-entropy of classes, or the mean squared error.
    data: str
    # Samples in an epoch of training: by default, in a quick run, and in a full one.
    samples: int
    quick_samples: int
    full_samples: int
    metrics: tuple[str, ...]

    @property
    def classifies(self):
        return self.data == "digits"

    @property
    def outputs(self):
        return self.layers[-1].units

    def shapes(self):
        """Each layer with the shapes of its input and output, without the batch."""
        shape = self.input
        for layer in self.layers:
            given = shape
            match layer:
                case Conv(filters=filters, kernel=kernel, same=same):
                    lost = 0 if same else kernel - 1
                    shape = (shape[0] - lost, shape[1] - lost, filters)
                case Pool():
                    shape = (shape[0] // 2, shape[1] // 2, shape[2])
                case Flatten():
                    shape = (shape[0] * shape[1] * shape[2],)
                case Dense(units=units):
                    shape = (units,)
            yield layer, given, shape


IMAGE = (28, 28, 1)
WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload(
            name="A",
            title="Keras' introductory convnet",
            input=IMAGE,
            layers=(
                Conv("conv1", 32, 3),
                Pool(),
                Conv("conv2", 64, 3),
                Pool(),
                Conv("conv3", 64, 3),
                Flatten(),
                Dense("hidden", 64),
                Dense("output", 10, activation=None),
            ),
            data="digits",
            samples=6144,
            quick_samples=2048,
            full_samples=60000,
            metrics=("train32", "infer1", "infer32", "infer256"),
        ),
        Workload(
            name="B",
            title="dense 784-128-64-10",
            input=(784,),
            layers=(Dense("hidden1", 128), Dense("hidden2", 64), Dense("output", 10, activation=None)),
            data="digits",
            samples=12288,
            quick_samples=4096,
            full_samples=60000,
            metrics=("train32", "infer1", "infer32", "infer256"),
        ),
        Workload(
            name="C",
            title="dense 4-32-32-2, tanh",
            input=(4,),
            layers=(
                Dense("hidden1", 32, activation="tanh"),
                Dense("hidden2", 32, activation="tanh"),
                Dense("output", 2, activation=None),
            ),
            data="regression",
            samples=32768,
            quick_samples=8192,
            full_samples=32768,
            metrics=("train32", "infer1"),
        ),
        Workload(
            name="E",
            title="LeNet-5",
            input=IMAGE,
            layers=(
                Conv("conv1", 6, 5, same=True),
                Pool(),
                Conv("conv2", 16, 5),
                Pool(),
                Flatten(),
                Dense("hidden1", 120),
                Dense("hidden2", 84),
                Dense("output", 10, activation=None),
            ),
            data="digits",
            samples=12288,
            quick_samples=4096,
            full_samples=59392,
            metrics=("train32", "train2048", "infer1", "infer256"),
        ),
    )
}
