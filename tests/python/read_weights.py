"""Reads a file of weights with the Python package of the safetensors format.

    python read_weights.py weights.safetensors

Prints a line for each tensor, in the order of their names: name, element type, shape and sum.
"""

import sys

from safetensors import safe_open

with safe_open(sys.argv[1], framework="numpy") as file:
    for name in sorted(file.keys()):
        tensor = file.get_tensor(name)
        print(name, tensor.dtype, list(tensor.shape), tensor.sum())
