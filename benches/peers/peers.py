"""The programs that are compared: which library, used in which way, for what."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Program:
    peer: str
    # How the library is used, in the words of its program.
    configuration: str
    # The same for a reader.
    manner: str
    # A Python file in `programs/`, or a package of the Rust workspace.
    source: str
    workloads: str = "ABCE"
    # What it is measured in: beginnings of metrics.
    kinds: tuple[str, ...] = ("train", "infer")
    threads: int = 1

    @property
    def label(self):
        return f"{self.peer}, {self.manner}" if self.manner else self.peer

    def metrics(self, workload):
        return [metric for metric in workload.metrics if metric.startswith(self.kinds)]


TINTYPE = Program("tintype", "plain", "", "tintype")
TWO_THREADS = Program("tintype", "plain", "2 threads", "tintype", "A", ("train",), threads=2)
PROGRAMS = (
    TINTYPE,
    TWO_THREADS,
    Program("PyTorch", "plain", "as written", "pytorch.py"),
    Program("PyTorch", "tuned", "tuned", "pytorch.py"),
    Program("JAX", "step", "jit", "jax_xla.py"),
    Program("JAX", "scan", "scan", "jax_xla.py", kinds=("train",)),
    Program("ONNX Runtime", "plain", "run", "onnx_runtime.py", kinds=("infer",)),
    Program("ONNX Runtime", "binding", "I/O binding", "onnx_runtime.py", kinds=("infer",)),
    Program("TensorFlow", "function", "tf.function", "tensorflow_keras.py"),
    Program("TensorFlow", "xla", "XLA", "tensorflow_keras.py"),
    Program("Keras", "fit", "fit", "tensorflow_keras.py", kinds=("train",)),
    Program("burn", "plain", "", "burn"),
    Program("candle", "plain", "", "candle"),
    Program("dfdx", "plain", "", "dfdx", "BC"),
    Program("tract", "plain", "", "tract", kinds=("infer",)),
)


def build(programs):
    """Builds the Rust programs: tintype as its users do, the others with all that the compiler has to offer."""
    packages = {program.source for program in programs if not program.source.endswith(".py")}
    for package in sorted(packages):
        # One at a time: together, each would turn features on in the others' dependencies.
        command = ["cargo", "build", "--profile", profile(package), "--package", f"peer-{package}"]
        environment = {key: value for key, value in os.environ.items() if key != "RUSTFLAGS"}
        if package != "tintype":
            environment["RUSTFLAGS"] = "-C target-cpu=native"
        if subprocess.run(command, cwd=HERE / "rust", env=environment).returncode != 0:
            raise SystemExit(f"failed: {' '.join(command)}")


def profile(package):
    return "release" if package == "tintype" else "tuned"


def command(program):
    """How the program is started, without its arguments."""
    if program.source.endswith(".py"):
        return [sys.executable, str(HERE / "programs" / program.source)]
    target = HERE / "rust" / os.environ.get("CARGO_TARGET_DIR", "target")
    return [str(target / profile(program.source) / f"peer-{program.source}")]


def environment(threads):
    """The environment of a program that is to work on so many threads."""
    libraries = ("OMP", "MKL", "OPENBLAS", "RAYON")
    variables = {f"{library}_NUM_THREADS": str(threads) for library in libraries}
    keras = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    no_accelerators = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    return os.environ | variables | keras | no_accelerators


def pin(threads):
    """What a process does before it starts, so that it has so many cores and no more, whatever its library believes."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))[-threads:]
    return lambda: os.sched_setaffinity(0, cores)
