# SPDX-License-Identifier: GPL-3.0-or-later
"""GLB files of a character and its Actions, written by a background Blender from a small copy: the open file is not touched at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.types import Object, Scene

from .. import background

REST = ""  # instead of an Action: the character as it stands, with no animation


def meshes_of(layer: Any, rig: Object) -> list[Any]:
    """Meshes that the rig moves and that are visible in this view layer."""
    return [
        obj
        for obj in layer.objects
        if obj.type == "MESH" and obj.find_armature() == rig and obj.visible_get(view_layer=layer)
    ]


def _where(block: Any, copy: Path) -> dict[str, str]:
    """Return the file to read a data-block from: its library, or the saved copy."""
    library = block.library
    return {"name": block.name, "file": str(copy) if library is None else bpy.path.abspath(library.filepath)}


def begin_export(scene: Scene, rig: Object, meshes: list[Any], files: dict[Path, Any], folder: Path) -> background.Task:
    """Copy the rig, the meshes and the Actions into `folder` and start to write `files`: GLB path → Action, or REST."""
    for obj in (rig, *meshes):
        if obj.mode == "EDIT":
            obj.update_from_editmode()
    actions = [action for action in files.values() if action]
    copy = folder / "copy.blend"
    bpy.data.libraries.write(str(copy), {rig, *meshes, *actions}, path_remap="ABSOLUTE", fake_user=True)
    order = {
        "objects": [_where(obj, copy) for obj in (rig, *meshes)],
        "actions": [_where(action, copy) for action in actions],
        "fps": scene.render.fps,
        "fpsBase": scene.render.fps_base,
        "files": [{"action": action.name if action else REST, "glb": str(path)} for path, action in files.items()],
    }
    return background.Task("export", folder, order)
