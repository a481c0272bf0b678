# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by a second Blender: says how long a film is and writes its frames as small pictures, one after the other.

Order: {"clip", "side": longest side in pixels, "most": pictures, "rate": pictures a second at most, "stale": folders to remove}.
Writes info.json {"fps", "frames", "step"} at once, then 00001.jpg, 00002.jpg, … (every `step`-th frame), each whole or not at all.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

folder = Path(sys.argv[-1])
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
if TYPE_CHECKING:
    from .. import blender, compat
    from .film_turn import turn_of
else:  # from the folder above: as parts of the package they would bring all of the add-on
    import compat
    from background_scripts.film_turn import turn_of

    import blender

RAW = "raw-"


def main() -> None:
    if hasattr(os, "nice"):
        os.nice(5)
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    for stale in order["stale"]:
        shutil.rmtree(stale, ignore_errors=True)
    scene = blender.scene(bpy.context)
    film = compat.movie_strip(scene, order["clip"])
    fps, frames, size = float(film.fps), int(film.frame_duration), film.elements[0]
    if not fps or not frames or not size.orig_width:
        _put("answer.json", {"error": "This Blender cannot read the film."})
        return
    step = max(1, round(fps / order["rate"]), -(-frames // order["most"]))
    _put("info.json", {"fps": fps, "frames": frames, "step": step})
    width, height = size.orig_width, size.orig_height
    degrees = _degrees_to_turn(Path(order["clip"]), width, height)
    if degrees in (90, 270):
        width, height = height, width
    smaller = min(1.0, order["side"] / max(width, height))
    render = scene.render
    render.resolution_x = max(2, round(width * smaller))
    render.resolution_y = max(2, round(height * smaller))
    render.resolution_percentage = 100
    film = compat.movie_strip(scene, order["clip"])  # again: now it is fitted into the picture
    if degrees:
        transform = film.transform
        transform.scale_x = transform.scale_y = smaller
        transform.rotation = -math.radians(degrees)
    view: Any = scene.view_settings  # the stubs know no names, as Blender reads them from its configuration
    view.view_transform = "Standard"
    render.image_settings.file_format, render.image_settings.quality = "JPEG", 88
    render.filepath = str(folder / f"{RAW}#####")
    scene.frame_start, scene.frame_end, scene.frame_step = 1, frames, step
    bpy.app.handlers.render_write.append(_name_last)
    bpy.ops.render.render(animation=True)
    _put("answer.json", {"pictures": len(list(folder.glob("[0-9]*.jpg")))})


def _degrees_to_turn(clip: Path, width: int, height: int) -> int:
    """Clockwise, where this Blender shows the pictures as they lie in the file: a phone's upright film then lies on its side."""
    turn = turn_of(clip)
    if turn is None or not turn.degrees:
        return 0
    if turn.degrees == 180 or width == height:
        return 0 if compat.turns_films() else turn.degrees
    return turn.degrees if (width > height) is turn.is_wide else 0


def _name_last(scene: Any, *_: Any) -> None:
    """Rename a picture once it is complete, numbered without gaps."""
    number = (scene.frame_current - 1) // scene.frame_step + 1
    (folder / f"{RAW}{scene.frame_current:05d}.jpg").replace(folder / f"{number:05d}.jpg")


def _put(name: str, data: dict[str, Any]) -> None:
    temporary = folder / f"{name}.tmp"
    temporary.write_text(json.dumps(data), encoding="utf-8")
    temporary.replace(folder / name)


main()
if not bpy.app.binary_path:
    os._exit(0)  # Blender as a module: 4.5 hangs while it closes after reading a film
