#!/usr/bin/env python3
"""Times tintype's `mnist` example and mnist_pytorch.py in turn and prints a table of medians.

Started by run_mnist.sh, with the Python that has PyTorch. Each program runs as a process of its
own for one epoch; whichever came first in a round comes second in the next, so that a machine
that slows down or speeds up meanwhile favours neither.
"""

import argparse
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
EPOCH = re.compile(r"^epoch 1:\s*([0-9]+(?:\.[0-9]+)?) s\b", re.MULTILINE)


def run(command):
    """The output of a command; ends the program with what it printed if it fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError as error:
        raise SystemExit(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"failed with status {done.returncode}: {' '.join(command)}")
    return done.stdout


def epoch_seconds(command):
    output = run(command)
    found = EPOCH.search(output)
    if found is None:
        sys.stderr.write(output)
        raise SystemExit(f"printed no line `epoch 1: <seconds> s`: {' '.join(command)}")
    return float(found.group(1))


def processor():
    """The processor's name, as well as this system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found.group(1) if found else platform.machine()


def spread(seconds):
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"


def print_table(times, threads):
    rows = [("threads", "tintype, s", "PyTorch, s", "PyTorch / tintype")]
    for count in threads:
        tintype, pytorch = times["tintype", count], times["pytorch", count]
        ratio = statistics.median(pytorch) / statistics.median(tintype)
        rows.append((str(count), spread(tintype), spread(pytorch), f"{ratio:.2f}"))
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, tuple("-" * width for width in widths))
    for row in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return value


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="run_mnist.sh", description="Times one epoch of MNIST in tintype and in PyTorch."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's four .gz files")
    parser.add_argument("--rounds", type=positive, default=5, help="runs of each (5)")
    parser.add_argument(
        "--threads", type=positive, nargs="+", default=[1, 2], help="thread counts (1 2)"
    )
    parser.add_argument(
        "--limit", type=positive, help="only the first N training images, handed to both programs"
    )
    parser.add_argument(
        "--tuned", action="store_true", help="PyTorch with channels-last memory and the fused Adam"
    )
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    data = arguments.data.resolve()
    if not (data / "train-images-idx3-ubyte.gz").is_file():
        raise SystemExit(f"{data}: no train-images-idx3-ubyte.gz in it")
    threads = list(dict.fromkeys(arguments.threads))
    shared = ["--data", str(data), "--epochs", "1"]
    if arguments.limit is not None:
        shared += ["--limit", str(arguments.limit)]
    programs = {
        "tintype": ["cargo", "run", "--quiet", "--release", "--example", "mnist", "--"],
        "pytorch": [sys.executable, str(HERE / "mnist_pytorch.py")],
    }

    if arguments.tuned:
        programs["pytorch"].append("--tuned")

    print("building the example", file=sys.stderr)
    run(["cargo", "build", "--release", "--example", "mnist"])
    times = {(name, count): [] for name in programs for count in threads}
    for number in range(arguments.rounds):
        order = list(programs) if number % 2 == 0 else list(programs)[::-1]
        for count in threads:
            for name in order:
                command = programs[name] + shared + ["--threads", str(count)]
                seconds = epoch_seconds(command)
                times[name, count].append(seconds)
                print(
                    f"round {number + 1} of {arguments.rounds}, "
                    f"threads {count}, {name}: {seconds:.3f} s",
                    file=sys.stderr,
                )

    torch = run([sys.executable, "-c", "import torch; print(torch.__version__)"]).strip()
    tuned = ", tuned" if arguments.tuned else ""
    print(f"{processor()}; torch {torch}{tuned}; {run(['rustc', '--version']).strip()}")
    images = f"the first {arguments.limit}" if arguments.limit is not None else "all"
    print(
        f"One epoch of training, {images} images; "
        f"median (least to most) of {arguments.rounds} rounds"
    )
    print()
    print_table(times, threads)


if __name__ == "__main__":
    main()
