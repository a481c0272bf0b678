# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of an emote: keys for the shape keys by ARKit's names that a character's meshes have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.face_shapes import FACE_SHAPES
from kinetix_core.motion import Motion

from .constraints import driven
from .options import in_mask

__all__ = ["FaceKeys", "FaceMesh", "FaceMeshes", "find_faces", "left_out", "plan_face"]

_PATH = 'key_blocks["{}"].value'


@dataclass(frozen=True)
class FaceMesh:
    """A mesh with shape keys of a face.

    Attributes:
        keys: the mesh's Key data-block, which is what is animated.
        mesh: name of the object.
        names: those of `FACE_SHAPES` that it has.
    """

    keys: Any
    mesh: str
    names: list[str]


@dataclass(frozen=True)
class FaceMeshes:
    """Those of a rig: what can be animated, and names of the objects whose shape keys cannot."""

    free: list[FaceMesh] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


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


def find_faces(rig: Any, scene: Any, *, replaces: bool = False) -> FaceMeshes:
    """The meshes of the rig that have a face. With `replaces` keys are to go into the actions that are there."""
    found = FaceMeshes()
    known: set[int] = set()  # objects share meshes
    for obj in _meshes(rig, scene):
        keys = obj.data.shape_keys
        names = [name for name in FACE_SHAPES if name in keys.key_blocks]
        if not names or keys.as_pointer() in known:
            continue
        if _takes_keys(keys, replaces=replaces):
            known.add(keys.as_pointer())
            found.free.append(FaceMesh(keys, obj.name, names))
        else:
            found.refused.append(obj.name)
    return found


def plan_face(rig: Any, motion: Motion, scene: Any, mask: str, *, replaces: bool) -> tuple[list[FaceKeys], list[str]]:
    """What the clip's face moves on the meshes of the rig, and what a person should know of it. Nothing of the file is touched.

    Args:
        replaces: writes into the actions that are there.
    """
    if motion.face is None or not in_mask("Head", mask):
        return [], []
    meshes = find_faces(rig, scene, replaces=replaces)
    found: list[FaceKeys] = []
    held = 0
    for one in meshes.free:
        drivers = driven(one.keys)
        free = [name for name in one.names if _PATH.format(name) not in drivers]
        held += len(one.names) - len(free)
        if free:
            values = {_PATH.format(name): motion.face[:, FACE_SHAPES.index(name)] for name in free}
            found.append(FaceKeys(one.keys, one.mesh, values))
    return found, _notes(rig, found, meshes.refused, held)


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
        notes.append(left_out(rig))
    return notes


def left_out(rig: Any) -> str:
    """What is said where a rig has no shape keys for the emote's face."""
    return f"The emote's face is left out: no mesh of “{rig.name}” has shape keys of ARKit's names."
