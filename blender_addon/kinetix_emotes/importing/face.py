# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of an emote: keys for the shape keys of a character's meshes that show it, by their names or as its VRM says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from bpy.types import Object, Scene
from numpy.typing import NDArray

from kinetix_core.motion import Motion
from kinetix_core.values.face_names import shown_by
from kinetix_core.values.face_shapes import FACE_SHAPES

from ..import_options import in_mask
from .constraints import driven

_HELD_BY = "vrm_addon_extension"
_OLD = "0.0"
_UNKNOWN = ("", "unknown")
"""Presets of VRM 0 that are none."""


@dataclass(frozen=True)
class Bind:
    """A shape key that an expression moves.

    Attributes:
        mesh: name of the object.
        share: how far, from 0 to 1, when the expression is whole.
    """

    mesh: str
    shape_key: str
    share: float


def expressions(rig: Object) -> Iterator[tuple[str, list[Bind]]]:
    """Name and binds of each expression; none where the rig is no VRM model or its add-on is not enabled."""
    extension = getattr(rig.data, _HELD_BY, None)
    try:
        if extension is not None:
            yield from _of_vrm_0(extension.vrm0) if extension.spec_version == _OLD else _of_vrm_1(extension.vrm1)
    except AttributeError:  # another version's
        return


def _of_vrm_0(vrm: Any) -> Iterator[tuple[str, list[Bind]]]:
    for group in vrm.blend_shape_master.blend_shape_groups:
        name = group.name if group.preset_name in _UNKNOWN else group.preset_name
        yield name, [Bind(one.mesh.mesh_object_name, one.index, one.weight) for one in group.binds]


def _of_vrm_1(vrm: Any) -> Iterator[tuple[str, list[Bind]]]:
    custom = [(one.custom_name, one) for one in vrm.expressions.custom]
    presets = vrm.expressions.preset
    known = [(one.identifier, getattr(presets, one.identifier)) for one in presets.bl_rna.properties]
    for name, one in [*custom, *known]:
        binds = getattr(one, "morph_target_binds", ())  # of the properties that Blender adds to each group
        yield name, [Bind(bind.node.mesh_object_name, bind.index, bind.weight) for bind in binds]


@dataclass(frozen=True)
class FaceMesh:
    """A mesh with shape keys of a face.

    Attributes:
        keys: the mesh's Key data-block, which is what is animated.
        mesh: name of the object.
        shares: data path of each shape key that shows something → how much of it each shape of the face is.
    """

    keys: Any
    mesh: str
    shares: dict[str, dict[str, float]]


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


def find_faces(rig: Object, scene: Scene, *, replaces: bool = False) -> FaceMeshes:
    """Return the meshes of the rig that have a face. With `replaces` keys are to go into the actions that are there."""
    meshes = _meshes(rig, scene)
    own = {obj.name: obj.data.shape_keys.as_pointer() for obj in meshes}  # objects share meshes
    blocks = {own[obj.name]: obj.data.shape_keys.key_blocks for obj in meshes}
    targets = [(block.name, (pointer, block.name)) for pointer, known in blocks.items() for block in known]
    shares: dict[int, dict[str, dict[str, float]]] = {}
    for shape, parts in shown_by(targets, _expressions(rig, own, blocks)).items():
        for (pointer, name), share in parts.items():
            shares.setdefault(pointer, {}).setdefault(_path(name), {})[shape] = share
    found = FaceMeshes()
    known: set[int] = set()
    for obj in meshes:
        keys, pointer = obj.data.shape_keys, own[obj.name]
        if pointer not in shares or pointer in known:
            continue
        if _takes_keys(keys, replaces=replaces):
            known.add(pointer)
            found.free.append(FaceMesh(keys, obj.name, shares[pointer]))
        else:
            found.refused.append(obj.name)
    return found


def _expressions(
    rig: Object, own: dict[str, int], blocks: dict[int, Any]
) -> Iterator[tuple[str, dict[tuple[int, str], float]]]:
    """Return the expressions of a VRM model, by the shape keys that there are."""
    for name, binds in expressions(rig):
        yield (
            name,
            {
                (own[bind.mesh], bind.shape_key): bind.share
                for bind in binds
                if bind.mesh in own and bind.shape_key in blocks[own[bind.mesh]]
            },
        )


def _path(shape_key: str) -> str:
    return f'key_blocks["{bpy.utils.escape_identifier(shape_key)}"].value'


def plan_face(
    rig: Object, motion: Motion, scene: Scene, mask: str, *, replaces: bool
) -> tuple[list[FaceKeys], list[str]]:
    """Plan the shape key animation of the rig's meshes, with notes for the user. Changes nothing in the file.

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
        values = {path: _weights(motion.face, shares) for path, shares in one.shares.items() if path not in drivers}
        held += len(one.shares) - len(values)
        if values:
            found.append(FaceKeys(one.keys, one.mesh, values))
    return found, _notes(rig, found, meshes.refused, held)


def _weights(face: NDArray[np.float64], shares: dict[str, float]) -> NDArray[np.float64]:
    """Return those (F,) of a shape key, of a face (F, 52)."""
    columns = [FACE_SHAPES.index(shape) for shape in shares]
    weights: NDArray[np.float64] = face[:, columns] @ np.array(list(shares.values()))
    return weights


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


def _notes(rig: Object, found: list[FaceKeys], refused: list[str], held: int) -> list[str]:
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


def left_out(rig: Object) -> str:
    """Return the note for a rig without shape keys for the emote's face."""
    return f"The emote's face is left out: no mesh of “{rig.name}” has shape keys by names of ARKit's or VRM's."
