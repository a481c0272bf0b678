"""Opens files that only Blender reads (FBX, .blend), by having an installed Blender write them as GLB.

Nothing needs Blender otherwise. The program is `KINETIX_BLENDER`, else `blender` on the path, else where installers put it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from kinetix_core import formats
from kinetix_core.formats import glb
from kinetix_core.motion.motion import Motion
from kinetix_core.serving.environment import for_other_program
from kinetix_core.values.errors import FormatError, InputError
from kinetix_core.values.wording import worded

THROUGH_BLENDER = (".fbx", ".blend")
READABLE = (*formats.READABLE, *THROUGH_BLENDER)
"""Endings of every file that can be opened."""
_TIMEOUT_S = 300
_SCRIPT = Path(__file__).with_name("to_glb.py")
_PLACES = {
    "darwin": ("/Applications/Blender.app/Contents/MacOS/Blender",),
    "win32": ("C:/Program Files/Blender Foundation/*/blender.exe",),
}


def find_blender() -> Path | None:
    """The Blender to use, or None."""
    if given := os.environ.get("KINETIX_BLENDER"):
        return Path(given)
    if found := shutil.which("blender"):
        return Path(found)
    for pattern in _PLACES.get(sys.platform, ()):
        place = Path(pattern)
        newest = sorted(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
        if newest:
            return newest[-1]
    return None


def read_one(path: Path, name: str | None = None) -> tuple[Motion, list[str]]:
    """Read the named or first clip of a file of any of `READABLE`, and the names of all its clips.

    Raises:
        FormatError: of an unknown format, or damaged.
        InputError: Blender is needed and not here.
    """
    with TemporaryDirectory(prefix="kinetix-") as folder:
        return formats.read_one(as_glb(path, Path(folder)), name)


def read_motions(path: Path) -> list[Motion]:
    """Every clip of a file of any of `READABLE`. Raises as `read_one`."""
    with TemporaryDirectory(prefix="kinetix-") as folder:
        opened = as_glb(path, Path(folder))
        return glb.read_motions(opened) if formats.is_gltf(opened) else [formats.read_motion(opened)]


def as_glb(path: Path, folder: Path) -> Path:
    """`path` itself, or, for a file that only Blender reads, a GLB of it in `folder`.

    Raises:
        InputError: Blender is needed and not here.
        FormatError: Blender could not read the file, or found no armature in it.
    """
    if path.suffix.lower() not in THROUGH_BLENDER:
        return path
    blender = find_blender()
    if blender is None or not blender.exists():
        raise InputError(
            worded("“{file}” needs Blender, which was not found.", file=path.name),
            code="blenderNotFound",
            next_step="Install Blender, set KINETIX_BLENDER to its program, or export a GLB yourself.",
        )
    out = folder / f"{path.stem}.glb"
    arguments = ("--background", "--factory-startup", "--disable-autoexec", "--python-exit-code", "3")
    command = [str(blender), *arguments, "--python", str(_SCRIPT), "--", str(path.absolute()), str(out)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=for_other_program(("BLENDER_",)),
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise FormatError(
            worded("Blender took too long to read “{file}”.", file=path.name), next_step="Export a GLB yourself."
        ) from error
    if done.returncode or not out.exists():
        lines = (done.stdout + done.stderr).strip().splitlines()
        reason = next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")
        raise FormatError(
            worded("Blender could not read “{file}”.", file=path.name),
            detail=reason[:300],
            next_step="Open the file in Blender and check it.",
        )
    return out
