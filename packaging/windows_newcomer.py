"""From the wheels to the first emote with Windows' Python, in an environment of its own: windows_newcomer.py LANE (windows/README.md).

The lane is set up (`make test-windows-part`). Nothing of it is seen but Python itself: `kinetix-bridge[local]` is installed from wheel
files without an index. Prints what a person would do, with the seconds, and ends with an error if there is no emote.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import wheels

ROOT = Path(__file__).resolve().parent.parent
PLATFORM, PYTHON = "windows-x64", "3.13"
CLIP = ROOT / "samples" / "balance.mp4"


def make_environment(lane: Path, place: Path) -> Path:
    """What `python -m venv` makes on Windows, without pip. Returns its Python."""
    scripts = place / "Scripts"
    scripts.mkdir(parents=True)
    for pattern in ("*.exe", "*.dll"):
        for file in (lane / "python").glob(pattern):
            shutil.copy(file, scripts)
    home = str(lane / "python").replace("/", "\\")
    settings = f"home = Z:{home}\r\ninclude-system-site-packages = false\r\nversion = {PYTHON}\r\n"
    (place / "pyvenv.cfg").write_bytes(settings.encode())
    return scripts / "python.exe"


def install(index: Path, place: Path) -> None:
    """`uv pip install` for Windows, which cannot run there without an index of its own."""
    command = [sys.executable, "-m", "uv", "pip", "install", "-q", "--target", str(place / "Lib" / "site-packages")]
    command += ["--python-platform", "windows", "--python-version", PYTHON, "--only-binary", ":all:"]
    subprocess.run([*command, "--no-index", "--find-links", str(index), "kinetix-bridge[local]"], check=True)


def gather(index: Path) -> None:
    """Our two wheels and those that the complete Blender zip has for Windows."""
    ours = [wheels.project_wheel(index), wheels.models_wheel(index)]
    cached = ROOT / "dist" / "complete-wheels" / f"{PLATFORM}-{PYTHON}"
    for file in wheels.fetch(wheels.COMPLETE_LOCK, PLATFORM, [PYTHON], cached):
        shutil.copy(file, index)
    size = sum(file.stat().st_size for file in index.glob("*.whl"))
    print(f"{len(ours)} wheels of ours and what they need, {size / 1e6:.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="From the wheels to the first emote with Windows' Python.")
    parser.add_argument("lane", type=Path)
    lane = parser.parse_args().lane.resolve()
    with tempfile.TemporaryDirectory(prefix="newcomer-", dir=lane) as scratch:
        folder = Path(scratch)
        gather(folder / "index")
        python = make_environment(lane, folder / "environment")
        environment = {**os.environ, "KINETIX_HOME": f"Z:{folder}/own"}
        for name in ("KINETIX_WEIGHTS", "WINPY_PATH"):
            environment.pop(name, None)

        def typed(*words: str) -> None:
            line = [str(lane / "wexe"), str(python), "-m", "kinetix_hub.cli", *words]
            with (folder / "said").open("wb") as said:  # not a pipe: the hub that it starts would hold it
                done = subprocess.run(
                    line, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False
                )
            if done.returncode:
                sys.exit((folder / "said").read_text(encoding="utf-8", errors="replace")[-3000:])

        began = time.monotonic()
        install(folder / "index", folder / "environment")
        print(f"{time.monotonic() - began:6.0f} s  1 install kinetix-bridge[local]", flush=True)
        try:
            typed("emote", "create", f"Z:{CLIP}", "--name", "First")
            print(f"{time.monotonic() - began:6.0f} s  2 create the emote, load {os.getloadavg()[0]:.0f}", flush=True)
            typed("emote", "get", "First", "--format", "glb", "--out", "first.glb")
        finally:
            typed("hub", "stop")
        print(f"first.glb has {(folder / 'first.glb').stat().st_size} bytes")


if __name__ == "__main__":
    main()
