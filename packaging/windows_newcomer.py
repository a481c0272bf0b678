"""From one file to the first emote with Windows' Python, by somebody with an empty home: windows_newcomer.py LANE [ARTEFACT …]

The lane is set up where it is not yet (windows/README.md); nothing of it is seen but Python itself. The artefacts:

    wheels    the folder of wheels, from which `kinetix-bridge[local]` is installed without an index into an environment of its own
    blender   the complete Blender zip, for an empty Blender for Windows
    godot     the complete Godot add-on with `kinetix.exe` inside, which is built first, for an empty project

Each prints what a person would do, with the seconds, keeps a picture of the emote beside them (newcomer_record.py), and ends with
an error if there is no emote. All where none is named.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import build_extension
import build_godot_addon
import newcomer_record
import try_hub
import wheels
import windows_hub
import windows_lane
from windows_hub import PLATFORM, PYTHON

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "samples" / "balance.mp4"
STORY = ROOT / "tests" / "blender" / "inside" / "newcomer.py"
IN_GODOT = ROOT / "packaging" / "windows" / "show_emote.gd"
MOST_FRAMES = 1000  # a guard against a script that does not come to its end
PROJECT = """config_version=5

[application]

config/name="First"

[rendering]

renderer/rendering_method="gl_compatibility"
"""


class Newcomer:
    """Somebody with Windows' Python alone: an environment and a home in `folder`, run by the lane's Wine."""

    def __init__(self, lane: Path, folder: Path) -> None:
        self._lane, self._folder = lane, folder
        self.home = folder / "own"
        self.libraries = folder / "environment" / "Lib" / "site-packages"
        self._python = self._make_environment(folder / "environment")

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


def from_wheels(lane: Path, folder: Path, name: str) -> None:
    size = gather(folder / "index")
    person, actions = Newcomer(lane, folder), newcomer_record.Actions()
    command = ("-m", "kinetix_hub.cli")
    try:
        actions.note("install kinetix-bridge[local]")
        person.install("--no-index", "--find-links", str(folder / "index"), "kinetix-bridge[local]")
        actions.note("create the emote")
        person.run([*command, "emote", "create", f"Z:{CLIP}", "--name", "First"])
        actions.keep(name, size)
        person.run([*command, "emote", "get", "First", "--format", "thumbnail", "--out", "first.png"])
    finally:
        person.run([*command, "hub", "stop"])
    shutil.copy(folder / "first.png", picture(name))


def gather(index: Path) -> int:
    """Our two wheels and those that the complete Blender zip has for Windows; returns their size in bytes."""
    wheels.project_wheel(index)
    wheels.models_wheel(index)
    cached = ROOT / "dist" / "complete-wheels" / f"{PLATFORM}-{PYTHON}"
    for file in wheels.fetch(wheels.COMPLETE_LOCK, PLATFORM, [PYTHON], cached):
        shutil.copy(file, index)
    return sum(file.stat().st_size for file in index.glob("*.whl"))


def from_blender(lane: Path, folder: Path, name: str) -> None:
    """What a person presses is called as an operator, as Blender as a module opens no window."""
    archive = build_extension.build_complete(PLATFORM, PYTHON, folder)
    person = Newcomer(lane, folder)
    person.install("numpy")  # Blender's own Python has it
    (person.libraries / "blender.pth").write_text(f"Z:{lane / 'bpy'}\r\n", encoding="utf-8")
    result = folder / "result.json"
    words = [str(STORY), "--", str(archive), str(CLIP), str(result), str(picture(name))]
    try:
        person.run(
            [f"Z:{word}" if word.startswith("/") else word for word in words],
            BLENDER_USER_RESOURCES=f"Z:{folder / 'blender'}",
        )
    finally:
        for runtime in (person.home / "runtime").glob("*/"):
            person.run(["-m", "kinetix_hub.cli", "hub", "stop"], WINPY_PATH=f"Z:{runtime}")
    told = json.loads(result.read_text(encoding="utf-8"))
    if "error" in told:
        sys.exit(f"{told['error']}\n{person.said()}")
    newcomer_record.keep(name, told["actions"], told["seconds"]["on the character"], archive.stat().st_size)
    print(f"  {told['seconds']}; {told['rig']} has {told['keys']} keys")
    if told["libraries"]:
        sys.exit(f"Blender's own process has {', '.join(told['libraries'])}")


def from_godot(lane: Path, folder: Path, name: str) -> None:
    """No Godot for Windows is there: commands of `kinetix.exe` stand for the dock's buttons, and Linux' Godot shows the project."""
    archive = windows_hub.build(lane)
    game, actions = folder / "game", newcomer_record.Actions()
    game.mkdir()
    (game / "project.godot").write_text(PROJECT, encoding="utf-8")
    actions.note("unpack the file into the project")
    build_godot_addon.install(archive, game)
    hub = try_hub.with_libraries(game / "addons" / "kinetix_emotes" / "hub", lane, folder / "program")
    trial = try_hub.Trial(try_hub.program_in(hub), folder, lane)
    try:
        actions.note("bring emotes into this project")
        trial.run("sync", "add", trial.place(game))
        actions.note("create the emote")
        trial.run("emote", "create", trial.place(CLIP), "--name", "First")
        trial.run("sync", "run")
        actions.keep(name, archive.stat().st_size)
    finally:
        trial.run("hub", "stop")
    show_in_godot(game, "res://emotes/First.glb", picture(name))


def show_in_godot(game: Path, emote: str, target: Path) -> None:
    """Writes a picture of the emote as Godot has it: a real window on a screen that is not there."""
    own = ROOT / ".tools" / "godot" / "bin" / "godot"
    godot = [str(own if own.exists() else shutil.which("godot") or "godot"), "--path", str(game)]
    environment = {**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1", "HOME": str(game.parent)}
    show = ["xvfb-run", "--auto-servernum", *godot, "--rendering-driver", "opengl3", "--audio-driver", "Dummy"]
    show += ["--resolution", "480x480", "--quit-after", str(MOST_FRAMES)]
    show += ["--script", str(IN_GODOT), "--", emote, str(target)]
    target.unlink(missing_ok=True)
    for command in ([*godot, "--headless", "--import"], show):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit((done.stdout + done.stderr)[-3000:])
    if not target.is_file():
        sys.exit(f"Godot took no picture:\n{(done.stdout + done.stderr)[-3000:]}")


# Artefact → what plays it, and what its picture and figures are called.
ARTEFACTS: dict[str, tuple[Callable[[Path, Path, str], None], str]] = {
    "wheels": (from_wheels, "windows-wheels"),
    "blender": (from_blender, "windows-blender"),
    "godot": (from_godot, "windows-godot"),
}


def picture(name: str) -> Path:
    newcomer_record.KEPT.mkdir(parents=True, exist_ok=True)
    return newcomer_record.KEPT / f"{name}.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lane", type=Path)
    parser.add_argument("artefacts", nargs="*", metavar="ARTEFACT", help=", ".join(ARTEFACTS))
    options = parser.parse_args()
    if unknown := set(options.artefacts) - set(ARTEFACTS):
        parser.error(f"there is no artefact {', '.join(sorted(unknown))}")
    lane, artefacts = options.lane.resolve(), options.artefacts or list(ARTEFACTS)
    windows_lane.make_ready(lane, blender="blender" in artefacts)
    try:
        for artefact in artefacts:
            play, name = ARTEFACTS[artefact]
            with tempfile.TemporaryDirectory(prefix="newcomer-", dir=lane, ignore_cleanup_errors=True) as scratch:
                play(lane, Path(scratch), name)
            print(f"  picture: {picture(name).relative_to(ROOT)}; load {os.getloadavg()[0]:.0f}", flush=True)
    finally:
        windows_lane.end(lane)


if __name__ == "__main__":
    main()
