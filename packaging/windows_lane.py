"""The lane for Windows' Python (windows/README.md) as programs of Linux use it: its checkout, its set-up and its end."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETUP = ROOT / "packaging" / "windows" / "setup.sh"


def checkout(lane: Path) -> Path:
    """Where the sources lie that the lane runs: a copy, as its `.venv` is one for Windows."""
    return lane / "checkout" / "kinetix"


def make_ready(lane: Path, *, blender: bool) -> None:
    """Sets the lane up where it is not yet, and brings it the sources as they are now."""
    lane.mkdir(parents=True, exist_ok=True)
    copy_checkout(checkout(lane))
    command = ["nice", "-n", "10", str(SETUP), str(lane), str(checkout(lane)), *(["--bpy"] if blender else [])]
    began = time.monotonic()
    subprocess.run(command, check=True)
    # Wine's server has the set-up's low priority and would outlive it; every call of a test waits for that one process.
    end(lane)
    print(f"windows: set up in {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.0f}", flush=True)


def end(lane: Path) -> None:
    """Ends every Windows process of the lane."""
    subprocess.run([str(lane / "wend")], check=False)


def copy_checkout(place: Path) -> None:
    """Makes `place` hold what git would take in here, and the built web pages; what is the lane's own there stays."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    pages = ROOT / "shared" / "kinetix_local" / "web" / "dist"
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    wanted |= {str(path.relative_to(ROOT)) for path in pages.rglob("*") if path.is_file()}
    for name in wanted:
        source, target = ROOT / name, place / name
        if not target.is_file() or not filecmp.cmp(source, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for path in place.rglob("*"):
        below = path.relative_to(place)
        is_lanes = below.parts[0] in (".venv", "dist") or "__pycache__" in below.parts
        if path.is_file() and not is_lanes and str(below) not in wanted:
            path.unlink()
