# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of an emote: keys for the shape keys by ARKit's names that a character's meshes have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.face_shapes import FACE_SHAPES
from kinetix_core.motion import Motion

from .constraints import driven
from .options import in_mask

__all__ = ["FaceKeys", "plan_face"]

_PATH = 'key_blocks["{}"].value'


@dataclass(frozen=True)
class FaceKeys:
    """Keys of one mesh's shape keys.

    Attributes:
        keys: the mesh's Key data-block, which is what is animated.
        mesh: name of the object.
        values: data path → (F,) weights.
    """

    keys: Any
    mesh: str
    values: dict[str, NDArray[np.float64]]


def plan_face(rig: Any, motion: Motion, scene: Any, mask: str, *, replaces: bool) -> tuple[list[FaceKeys], list[str]]:
    """What the clip's face moves on the meshes of the rig, and what a person should know of it. Nothing of the file is touched.

    Args:
        replaces: writes into the actions that are there.
    """
    if motion.face is None or not in_mask("Head", mask):
        return [], []
    found: dict[int, FaceKeys] = {}
    refused: list[str] = []
    held = 0
    for obj in _meshes(rig, scene):
        keys = obj.data.shape_keys
        names = [name for name in FACE_SHAPES if name in keys.key_blocks]
        if not names or keys.as_pointer() in found:
            continue
        if not _takes_keys(keys, replaces=replaces):
            refused.append(obj.name)
            continue
        drivers = driven(keys)
        free = [name for name in names if _PATH.format(name) not in drivers]
        held += len(names) - len(free)
        if free:
            values = {_PATH.format(name): motion.face[:, FACE_SHAPES.index(name)] for name in free}
            found[keys.as_pointer()] = FaceKeys(keys, obj.name, values)
    return list(found.values()), _notes(rig, list(found.values()), refused, held)


def _meshes(rig: Any, scene: Any) -> list[Any]:
    """Mesh objects that hang from the rig or are bent by it, and have shape keys."""
    return [
        obj
        for obj in scene.objects
        if obj.type == "MESH" and obj.data.shape_keys is not None and rig in (obj.parent, obj.find_armature())
    ]


def _takes_keys(keys: Any, *, replaces: bool) -> bool:
    holder = keys.animation_data
    if keys.library is not None or keys.override_library is not None:
        return False
    if holder is None:
        return True
    action = holder.action if replaces else None
    return not holder.use_tweak_mode and (action is None or action.library is None)


def _notes(rig: Any, found: list[FaceKeys], refused: list[str], held: int) -> list[str]:
    notes = []
    if found:
        meshes = ", ".join(f"“{face.mesh}”" for face in found)
        notes.append(f"The face moves {sum(len(face.values) for face in found)} shape keys of {meshes}.")
    if refused:
        notes.append(f"The shape keys of “{refused[0]}” cannot be animated here and stay as they are.")
    if held:
        notes.append(f"{held} shape keys of the face have drivers, which keep them.")
    if not notes:
        notes.append(f"The emote's face is left out: no mesh of “{rig.name}” has shape keys of ARKit's names.")
    return notes
