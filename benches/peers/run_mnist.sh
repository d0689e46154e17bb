#!/bin/sh
# Times one epoch of MNIST in tintype and in PyTorch, in turn, and prints a table.
#
#     ./run_mnist.sh --data DIR [--rounds 5] [--threads 1 2] [--limit N] [--tuned]
#
# DIR holds the four .gz files of MNIST. The first run makes a virtual environment in .venv here and installs PyTorch into
# it, several gigabytes on Linux, where its wheels bring the CUDA libraries along.
#
# PYTHON=/path/to/python takes a Python that has torch and numpy and makes no environment.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

if [ -z "${PYTHON:-}" ]; then
    PYTHON=$here/.venv/bin/python
    if [ ! -x "$PYTHON" ]; then
        echo "making $here/.venv" >&2
        python3 -m venv "$here/.venv"
    fi
    # Looked at each time, so that an installation cut short is taken up again.
    if ! "$PYTHON" -c 'import numpy, torch' 2>/dev/null; then
        echo "installing PyTorch" >&2
        "$PYTHON" -m pip install --requirement "$here/requirements.txt" >&2
    fi
fi

exec "$PYTHON" "$here/compare.py" "$@"
