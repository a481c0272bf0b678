"""Builds the hub without Python for this system: a folder with the program `kinetix`, Kinetix Local and the models inside.

PyInstaller builds only for the system that it runs on, so Windows and macOS have theirs built there.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import wheels

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"


def system() -> str:
    """The name of this system in the names of artefacts, e.g. `linux-x64`."""
    kind = {"linux": "linux", "win32": "windows", "darwin": "macos"}[sys.platform]
    return f"{kind}-{'arm64' if platform.machine().lower() in ('arm64', 'aarch64') else 'x64'}"


def build(dist: Path = DIST) -> Path:
    """Build `dist/kinetix-hub` and return it."""
    target = dist / "kinetix-hub"
    with tempfile.TemporaryDirectory() as scratch:
        models = wheels.models_project(Path(scratch) / "models") / "kinetix_bridge_models"
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
        command += ["--distpath", f"{scratch}/dist", "--workpath", f"{scratch}/work"]
        # The same sources give the same bytes: sets are walked in one order, and times are fixed.
        environment = {"KINETIX_MODELS": str(models), "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": "1767225600"}
        subprocess.run(
            [*command, str(ROOT / "packaging" / "artefacts" / "hub.spec")],
            env={**os.environ, **environment, "PYTHONPATH": str(models.parent)},
            check=True,
        )
        dist.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(f"{scratch}/dist/kinetix-hub", target)
    return target


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    built = build()
    size = sum(file.stat().st_size for file in built.rglob("*") if file.is_file())
    print(f"{built.relative_to(ROOT)}  {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
