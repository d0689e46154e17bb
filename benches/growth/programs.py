"""The throw-away crates: what stands in them, how they are built, and what they print."""

import os
import resource
import shutil
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

MANIFEST = """[package]
name = "{name}"
edition = "2024"
publish = false

[dependencies]
tintype = {{ path = "{root}" }}
"""
# Symbols are left out, so that the size of the file is that of code and constants.
WORKSPACE = '[workspace]\nmembers = ["*"]\nexclude = ["target"]\nresolver = "3"\n\n[profile.release]\nstrip = "symbols"\n'
MAIN = """#[allow(dead_code)]
#[path = "{measure}"]
mod measure;

use tintype::prelude::*;

{networks}
fn main() {{
{calls}}}
"""


class Workspace:
    """Crates that share a target directory, so that their dependencies are built once."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.target = Path(os.environ.get("CARGO_TARGET_DIR", self.folder / "target"))
        self.folder.joinpath("Cargo.toml").write_text(WORKSPACE)
        shutil.copy(ROOT / "Cargo.lock", self.folder)

    def add(self, name, networks, calls):
        """A program with `networks` (name, input, output, layers) that makes `calls` (pass, network, batch)."""
        source = self.folder / name / "src"
        source.mkdir(parents=True)
        (source.parent / "Cargo.toml").write_text(MANIFEST.format(name=name, root=ROOT))
        (source / "main.rs").write_text(MAIN.format(
            measure=HERE / "measure.rs",
            networks="".join(
                f"network! {{ struct {network}: [{first}] -> [{last}] {{ {layers} }} }}\n"
                for network, first, last, layers in networks
            ),
            calls="".join(f"    measure::{done}::<{network}>({batch});\n" for done, network, batch in calls),
        ))

    def build(self, name):
        """Builds the crate anew, and gives the wall-clock and the user CPU seconds."""
        (self.folder / name / "src" / "main.rs").touch()
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        environment = os.environ | {"CARGO_TARGET_DIR": str(self.target)}
        command = ["cargo", "build", "--release", "--quiet", "--package", name]
        subprocess.run(command, cwd=self.folder, env=environment, check=True)
        wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        return wall, after.ru_utime - before.ru_utime

    def size(self, name):
        return (self.target / "release" / name).stat().st_size

    def run(self, name, seconds):
        """Rows of pass, batch, and the minimum and median seconds that it takes."""
        command = [self.target / "release" / name, str(seconds)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        rows = (line.split() for line in lines)
        return [(done, int(batch), float(least), float(median)) for done, batch, least, median in rows]
