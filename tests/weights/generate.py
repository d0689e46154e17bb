"""Writes the files of weights that the tests read, with the Python package of the safetensors format.

    pip install numpy safetensors
    python generate.py

Element number i of a network, in its own order of memory, is i. The package puts the tensors in an order of its own,
by name.
"""

from pathlib import Path

import numpy
from safetensors.numpy import save_file

HERE = Path(__file__).parent


def write(name, tensors, metadata=None):
    first, arrays = 0, {}
    for tensor, shape in tensors.items():
        count = int(numpy.prod(shape))
        arrays[tensor] = numpy.arange(first, first + count, dtype=numpy.float32).reshape(shape)
        first += count
    save_file(arrays, HERE / f"{name}.safetensors", metadata)


def dense(name, inputs, outputs):
    return {f"{name}weight": (inputs, outputs), f"{name}bias": (outputs,)}


write("dense", dense("", 2, 3))
write(
    "nested",
    {
        "conv1.weight": (3, 3, 1, 2),
        "conv1.bias": (2,),
        **dense("blocks.0.", 2, 2),
        **dense("blocks.1.", 2, 2),
        **dense("head.inner.", 2, 3),
        "head.outer.weight": (3, 2),
    },
    {"format": "np", "note": 'made by "generate.py"'},
)
# Twenty layers, so forty tensors; sorted by name, 10 stands before 2.
write("forty", {name: shape for layer in range(20) for name, shape in dense(f"layer{layer}.", 3, 4).items()})
