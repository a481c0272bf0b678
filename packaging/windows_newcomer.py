"""From one file to the first emote with Windows' Python, in an environment of its own: windows_newcomer.py LANE [--blender]

LANE is set up (windows/README.md). Nothing of it is seen but Python itself. The file is the folder of wheels, from which
`kinetix-bridge[local]` is installed without an index; with `--blender` it is the complete Blender zip, for an empty Blender
for Windows (a lane with `--bpy`). Prints what a person would do, with the seconds, and ends with an error if there is no emote.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import build_extension
import wheels

ROOT = Path(__file__).resolve().parent.parent
PLATFORM, PYTHON = "windows-x64", "3.13"
CLIP = ROOT / "samples" / "balance.mp4"
STORY = ROOT / "tests" / "blender" / "inside" / "newcomer.py"


class Newcomer:
    """Somebody with Windows' Python alone: an environment and a home in `folder`, run by the lane's Wine."""

    def __init__(self, lane: Path, folder: Path) -> None:
        self._lane, self._folder = lane, folder
        self.home = folder / "own"
        self.libraries = folder / "environment" / "Lib" / "site-packages"
        self._python = self._make_environment(folder / "environment")
        self._begun = time.monotonic()

    def _make_environment(self, place: Path) -> Path:
        """What `python -m venv` makes on Windows, without pip. Returns its Python."""
        scripts = place / "Scripts"
        scripts.mkdir(parents=True)
        for pattern in ("*.exe", "*.dll"):
            for file in (self._lane / "python").glob(pattern):
                shutil.copy(file, scripts)
        home = str(self._lane / "python").replace("/", "\\")
        settings = f"home = Z:{home}\r\ninclude-system-site-packages = false\r\nversion = {PYTHON}\r\n"
        (place / "pyvenv.cfg").write_bytes(settings.encode())
        return scripts / "python.exe"

    def install(self, *words: str) -> None:
        """`uv pip install` for Windows, which cannot run there without an index of its own."""
        command = [sys.executable, "-m", "uv", "pip", "install", "-q", "--target", str(self.libraries)]
        command += ["--python-platform", "windows", "--python-version", PYTHON, "--only-binary", ":all:"]
        subprocess.run([*command, *words], check=True)

    def run(self, words: Sequence[str], **more: str) -> None:
        """Runs Python with these words. Raises SystemExit with what it said when it fails."""
        environment = {
            name: value for name, value in os.environ.items() if name not in ("KINETIX_WEIGHTS", "WINPY_PATH")
        }
        environment |= {"KINETIX_HOME": f"Z:{self.home}", **more}
        with (self._folder / "said").open("wb") as said:  # not a pipe: the hub that it starts would hold it
            done = subprocess.run(
                [str(self._lane / "wexe"), str(self._python), *words],
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                check=False,
            )
        if done.returncode:
            sys.exit(self.said())

    def said(self) -> str:
        """The end of what the last program said."""
        return (self._folder / "said").read_text(encoding="utf-8", errors="replace")[-3000:]

    def did(self, what: str) -> None:
        print(f"{time.monotonic() - self._begun:6.0f} s  {what}", flush=True)


def gather(index: Path) -> None:
    """Our two wheels and those that the complete Blender zip has for Windows."""
    ours = [wheels.project_wheel(index), wheels.models_wheel(index)]
    cached = ROOT / "dist" / "complete-wheels" / f"{PLATFORM}-{PYTHON}"
    for file in wheels.fetch(wheels.COMPLETE_LOCK, PLATFORM, [PYTHON], cached):
        shutil.copy(file, index)
    size = sum(file.stat().st_size for file in index.glob("*.whl"))
    print(f"{len(ours)} wheels of ours and what they need, {size / 1e6:.0f} MB", flush=True)


def from_wheels(lane: Path, folder: Path) -> None:
    gather(folder / "index")
    person = Newcomer(lane, folder)
    person.install("--no-index", "--find-links", str(folder / "index"), "kinetix-bridge[local]")
    person.did("1 install kinetix-bridge[local]")
    command = ("-m", "kinetix_hub.cli")
    try:
        person.run([*command, "emote", "create", f"Z:{CLIP}", "--name", "First"])
        person.did(f"2 create the emote, load {os.getloadavg()[0]:.0f}")
        person.run([*command, "emote", "get", "First", "--format", "glb", "--out", "first.glb"])
    finally:
        person.run([*command, "hub", "stop"])
    print(f"first.glb has {(folder / 'first.glb').stat().st_size} bytes")


def from_blender(lane: Path, folder: Path) -> None:
    """What a person presses is called as an operator, as Blender as a module opens no window."""
    if not (lane / "bpy").is_dir():
        sys.exit("the lane has no Blender: run windows/setup.sh with --bpy")
    archive = build_extension.build_complete(PLATFORM, PYTHON, folder)
    print(f"{archive.name}, {archive.stat().st_size / 1e6:.0f} MB", flush=True)
    person = Newcomer(lane, folder)
    person.install("numpy")  # Blender's own Python has it
    (person.libraries / "blender.pth").write_text(f"Z:{lane / 'bpy'}\r\n", encoding="utf-8")
    result = folder / "result.json"
    words = [str(STORY), "--", str(archive), str(CLIP), str(result)]
    try:
        person.run(
            [f"Z:{word}" if word.startswith("/") else word for word in words],
            BLENDER_USER_RESOURCES=f"Z:{folder / 'blender'}",
        )
    finally:
        for runtime in (person.home / "runtime").glob("*/"):
            person.run(["-m", "kinetix_hub.cli", "hub", "stop"], WINPY_PATH=f"Z:{runtime}")
    told = json.loads(result.read_text(encoding="utf-8"))
    for what, seconds in told["seconds"].items():
        print(f"{seconds:6.0f} s  {what}")
    if "error" in told:
        sys.exit(told["error"])
    print(f"{told['actions']} actions; {told['rig']} has {told['keys']} keys; load {os.getloadavg()[0]:.0f}")
    if told["libraries"]:
        sys.exit(f"Blender's own process has {', '.join(told['libraries'])}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lane", type=Path)
    parser.add_argument("--blender", action="store_true", help="the complete Blender zip instead of the wheels")
    options = parser.parse_args()
    lane = options.lane.resolve()
    with tempfile.TemporaryDirectory(prefix="newcomer-", dir=lane) as scratch:
        (from_blender if options.blender else from_wheels)(lane, Path(scratch))


if __name__ == "__main__":
    main()
