"""Environment of a checkout on any system: `environment.py` installs the lock file and the project into `.venv`, once.

--blender VERSION   installs Blender as a module into .tools/bpy-VERSION instead
--run ARGUMENTS     runs `.venv`'s Python with these arguments
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / ".venv"
SOURCES = ("requirements.lock", "pyproject.toml", "shared/kinetix_bench/pyproject.toml")
# Release of the module and the Python that it needs.
BLENDERS = {"4.2": ("4.2.23", "3.11"), "4.5": ("4.5.15", "3.11"), "5.0": ("5.0.1", "3.11"), "5.2": ("5.2.3", "3.13")}


def python_of(place: Path) -> Path:
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=True)


def uv(*words: str | Path) -> None:
    run(python_of(OWN), "-m", "uv", *words)


def create() -> None:
    """Create an empty `.venv`; Debian has ensurepip in a package of its own."""
    shutil.rmtree(OWN, ignore_errors=True)
    try:
        venv.create(OWN, with_pip=True)
    except subprocess.CalledProcessError:
        if not (shutil.which("apt-get") and os.geteuid() == 0):
            sys.exit("environment: there is no ensurepip. On Debian: apt install python3-venv")
        run("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600", "install", "-y", "python3-venv")
        venv.create(OWN, with_pip=True, clear=True)


def install() -> None:
    """Install the lock file and the project unless both are there as they are now."""
    stamp = OWN / ".installed"
    want = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in SOURCES)).hexdigest()
    if python_of(OWN).exists() and stamp.exists() and stamp.read_text(encoding="ascii") == want:
        return
    print("Installing the project's Python packages (once) ...", flush=True)
    if not python_of(OWN).exists():
        create()
    pinned = re.search(r"^uv==\S+", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned is not None
    run(python_of(OWN), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", pinned[0])
    uv("pip", "sync", "--quiet", "--require-hashes", "--python", python_of(OWN), "requirements.lock")
    project = ("--editable", ".", "--editable", "shared/kinetix_bench")
    uv("pip", "install", "--quiet", "--python", python_of(OWN), "--no-deps", *project)
    stamp.write_text(want, encoding="ascii")


def install_blender(version: str) -> None:
    """Install Blender as a module, 1 GB, linked from the package cache where the disk allows it."""
    place, (release, python) = ROOT / ".tools" / f"bpy-{version}", BLENDERS[version]
    if (place / ".ready").exists():
        return
    shutil.rmtree(place, ignore_errors=True)
    try:
        uv("venv", "--quiet", "--no-python-downloads", "--python", python, place)
        uv("pip", "install", "--quiet", "--python", python_of(place), f"bpy=={release}", "numpy<2.4", "pytest")
    except subprocess.CalledProcessError:
        shutil.rmtree(place, ignore_errors=True)
        sys.exit(f"environment: bpy {release} (Python {python}) could not be installed")
    (place / ".ready").touch()


def main() -> None:
    words = sys.argv[1:]
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit("Python 3.11 or newer is needed. Name it: make setup PYTHON=/path/to/python3")
    if not words:
        install()
    elif words[0] == "--blender" and len(words) == 2 and words[1] in BLENDERS:
        install_blender(words[1])
    elif words[0] == "--run":
        sys.exit(subprocess.run([python_of(OWN), *words[1:]], cwd=ROOT, check=False).returncode)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
