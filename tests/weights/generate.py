"""Writes the files of weights that the tests read, with the Python package of the safetensors format.

    pip install numpy safetensors
    python generate.py

Element number i of a network, in its own order of memory, is i. The package puts the tensors in an order of its own,
by name.
"""

import json
import struct
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
    {"note": 'made by "generate.py"'},
)


def write_header_reversed(name, copy):
    """The same file with the tensors of the header in the opposite order, which the format allows."""
    content = (HERE / f"{name}.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    reversed_header = json.dumps(dict(reversed(header.items())), indent=1).encode()
    (HERE / f"{copy}.safetensors").write_bytes(
        struct.pack("<Q", len(reversed_header)) + reversed_header + content[8 + length :]
    )


# Twenty layers, so forty tensors; sorted by name, 10 stands before 2.
write("forty", {name: shape for layer in range(20) for name, shape in dense(f"layer{layer}.", 3, 4).items()})
write_header_reversed("forty", "forty_reversed")
