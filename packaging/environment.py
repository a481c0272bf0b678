"""The environment of a checkout on any system, without a shell: `python packaging/environment.py` makes `.venv` from the lock file.

--blender VERSION   makes .tools/bpy-VERSION instead, Blender as a module, whose Python must be the one that runs this
--run ARGUMENTS     runs `.venv`'s Python with these arguments

`make setup` is the way for people on Linux and macOS. This one is for `.github/workflows` and for Windows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What test_tools.sh installs on Linux.
BLENDERS = {"4.2": "4.2.23", "4.5": "4.5.15", "5.0": "5.0.1", "5.2": "5.2.3"}


def python_of(place: Path) -> Path:
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make(place: Path) -> Path:
    """Create an environment where there is none; return its Python."""
    if not python_of(place).exists():
        venv.create(place, with_pip=True)
    return python_of(place)


def install(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, cwd=ROOT, check=True)


def main() -> None:
    match sys.argv[1:]:
        case []:
            python = make(ROOT / ".venv")
            install(python, "--require-hashes", "-r", "requirements.lock")
            install(python, "--no-deps", "-e", ".", "-e", "shared/kinetix_bench")
        case ["--blender", version] if version in BLENDERS:
            install(make(ROOT / ".tools" / f"bpy-{version}"), f"bpy=={BLENDERS[version]}", "numpy<2.4", "pytest")
        case ["--run", *arguments]:
            sys.exit(subprocess.run([python_of(ROOT / ".venv"), *arguments], cwd=ROOT, check=False).returncode)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
