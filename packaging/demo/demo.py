"""`make demo`: a clip becomes an emote, on a character in Blender and in Godot, with a picture to look at.

Every step is a command of the product. The demo has a home of its own under artefacts/demo, so the user's emotes stay as they are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kinetix_capture.video import decode
from kinetix_core.formats import glb
from kinetix_tools.preview import side_by_side

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "samples" / "balance.mp4"
PROJECT = ROOT / "godot_bridge" / "example_project"
OUT = ROOT / "artefacts" / "demo"
EMOTE = OUT / "balance.glb"
PICTURE = OUT / "side-by-side.png"
HOME = {"KINETIX_HOME": str(OUT / "home")}


def run(*command: str | Path, environment: Mapping[str, str] = HOME) -> None:
    """Run a command whose output the user sees. Raises SystemExit when it fails, as it has said why."""
    if subprocess.run(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(f"The demo stopped at: {' '.join(map(str, command))}")


def kinetix(*words: str | Path) -> None:
    print(f"\n▸ kinetix {' '.join(str(word).removeprefix(f'{ROOT}/') for word in words)}", flush=True)
    run(Path(sys.executable).with_name("kinetix.exe" if os.name == "nt" else "kinetix"), *words)


def draw() -> None:
    """Write the clip's frames beside the result on the mannequin, as PNG and as animated WebP."""
    frames = np.stack([frame.image for frame in decode.frames(CLIP, longest_side=640)])
    motion, figure = glb.read_motion(EMOTE), glb.read_character(EMOTE)
    side_by_side.write(frames, motion, PICTURE, PICTURE.with_suffix(".webp"), figure=figure)


def import_in_blender() -> list[Path]:
    program = shutil.which("blender")
    if not program:
        print("There is no `blender` on the PATH: install Blender 4.2 or newer, or drag the GLB into it.")
        return []
    made = [OUT / "balance.blend", OUT / "blender.png"]
    script = Path(__file__).with_name("demo_blender.py")
    options = ("--background", "--quiet", "--factory-startup", "--python-exit-code", "3")
    run(program, *options, "--python", script, "--", EMOTE, *made)
    return made


def import_in_godot() -> None:
    own = ROOT / ".tools" / "godot" / "bin" / "godot"
    program = own if own.exists() else shutil.which("godot") or shutil.which("godot4")
    if program:
        kinetix("sync", "run", "--import", "--godot", program)
    else:
        print("There is no `godot` on the PATH: open the project in Godot 4.4 or newer.")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        kinetix("emote", "create", CLIP, "--name", "Balance", "--force", "--out", EMOTE)
        kinetix("sync", "add", PROJECT)
        import_in_godot()
    finally:
        kinetix("hub", "stop")
    draw()
    made = [PICTURE, PICTURE.with_suffix(".webp"), EMOTE, *import_in_blender(), PROJECT / "emotes"]
    print("\nLook at:", *(f"  {path.relative_to(ROOT)}" for path in made), sep="\n")
    print(f"Open {PROJECT.relative_to(ROOT)} in Godot and press play.")


if __name__ == "__main__":
    main()
