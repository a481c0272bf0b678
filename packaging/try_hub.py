"""Try the hub program that build_hub.py made: try_hub.py FOLDER

The program says its version, starts the hub, makes an emote of a sample clip and stops the hub, all with an empty home. Prints
the seconds of each step and fails if there is no emote.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "samples" / "balance.mp4"
NOT_INHERITED = ("KINETIX_WEIGHTS", "PYTHONPATH")  # the program brings its own


class Trial:
    """One program with a home folder of its own, in a folder that goes with it."""

    def __init__(self, program: Path, scratch: Path) -> None:
        self._program = str(program)
        self._scratch = scratch
        self._environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        self._environment["KINETIX_HOME"] = str(scratch / "home")
        self._begun = time.monotonic()

    def run(self, *words: str) -> str:
        """Run one command and return what it said. Raises SystemExit when it fails."""
        said = self._scratch / "said"
        with said.open("wb") as log:  # not a pipe: the hub that it starts would hold it
            done = subprocess.run(
                [self._program, *words],
                cwd=self._scratch,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        text = said.read_text(encoding="utf-8", errors="replace")
        if done.returncode:
            raise SystemExit(f"kinetix {' '.join(words)} ended with {done.returncode}:\n{text[-3000:]}")
        seconds = time.monotonic() - self._begun
        print(f"{seconds:6.0f} s  kinetix {' '.join(words[:2])}: {text.strip().splitlines()[-1:]}", flush=True)
        return text


def attempt(trial: Trial, made: Path) -> None:
    """From the version to the file `made` with the emote. The hub is stopped in any case."""
    trial.run("--version")
    try:
        trial.run("hub", "start")
        trial.run("emote", "create", str(CLIP), "--name", "First")
        trial.run("emote", "get", "First", "--format", "glb", "--out", str(made))
    finally:
        trial.run("hub", "stop")


def program_in(folder: Path) -> Path:
    """The program of a built hub, for whichever system it is."""
    found = [path for path in (folder / "kinetix", folder / "kinetix.exe") if path.is_file()]
    if not found:
        raise SystemExit(f"{folder} has no program; build_hub.py makes it")
    return found[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    with tempfile.TemporaryDirectory(prefix="try-hub-", dir=folder.parent, ignore_cleanup_errors=True) as scratch:
        made = Path(scratch) / "first.glb"
        attempt(Trial(program_in(folder), made.parent), made)
        print(f"{made.name} has {made.stat().st_size} bytes; load {load()}")


def load() -> str:
    return f"{os.getloadavg()[0]:.0f}" if hasattr(os, "getloadavg") else "not known"


if __name__ == "__main__":
    main()
