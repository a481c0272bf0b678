"""Writes clips onto a character's own file: nothing of it but its clips changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import source
from kinetix_core.formats.glb import morphs, pruning
from kinetix_core.formats.glb.animation import animation
from kinetix_core.formats.glb.binary import Binary
from kinetix_core.formats.glb.character import Character
from kinetix_core.formats.glb.container import pack
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import FormatError
from kinetix_core.values.wording import worded

Array = NDArray[np.float64]


def write_onto(
    character: Character, motions: Sequence[Motion], *, keep_clips: bool = False, max_error_m: float | None = None
) -> bytes:
    """The character's GLB with these clips.

    Args:
        motions: on `character.skeleton`.
        keep_clips: keeps the clips that the file already has.
        max_error_m: writes fewer keys with at most this error; None writes every frame.

    Raises:
        FormatError: a motion is on another skeleton.
    """
    for motion in motions:
        if motion.skeleton.names != character.skeleton.names:
            raise FormatError(
                worded("The clip “{clip}” is not on the character's skeleton.", clip=motion.name),
                next_step="Retarget it first.",
            )
    document = _copied(character.document.json)
    if not keep_clips:
        pruning.drop_clips(document)
    data = pruning.packed(document, character.document.buffers)
    binary = Binary(document["bufferViews"], document["accessors"], data)
    _free_nodes(document, character)
    document["animations"] = document.get("animations", []) + [
        _clip(binary, character, document, motion, max_error_m) for motion in motions
    ]
    for key in ("bufferViews", "accessors", "animations"):
        if not document[key]:
            del document[key]
    document["buffers"] = [{"byteLength": binary.size}]
    return pack(document, binary.data())


def _copied(document: dict[str, Any]) -> dict[str, Any]:
    """The document with copies of what is changed in it: a copy of all of it would take longer than the rest."""
    out = dict(document)
    for key in ("nodes", "bufferViews", "accessors", "animations"):
        out[key] = [
            dict(source.members(item, f"An item of “{key}”")) for item in source.sequence(out.get(key), f"“{key}”")
        ]
    return out


def _free_nodes(document: dict[str, Any], character: Character) -> None:
    """An animated node must not have a matrix; and it rests where the skin says, not in the pose it was saved in."""
    nodes, rig = character.nodes, character.rig
    for bone, node in enumerate(rig.nodes):
        item = document["nodes"][node]
        if item.pop("matrix", None) is not None:
            item["translation"], item["scale"] = nodes.translations[node].tolist(), nodes.scales[node].tolist()
            item["rotation"] = nodes.rotations[node].tolist()  # without signs, as its scales have one
        if not rig.posed:
            continue  # what differs is rounding only, and stays as the file has it
        turn = _turns(character, bone, rig.skeleton.rest_rotations[bone])
        place = _places(character, bone, rig.skeleton.rest_translations[bone])
        stored = quat.multiply(nodes.rotations[node], quat.conjugate(nodes.signs[node]))
        if abs(abs(float(turn @ stored)) - 1) > 1e-9:
            item["rotation"] = turn.tolist()
        if np.abs(place - nodes.translations[node]).max() > 1e-6 * max(1.0, float(np.abs(place).max())):
            item["translation"] = place.tolist()


def _turns(character: Character, bone: int, rotations: Array) -> Array:
    """Rotations (..., 4) of a bone as the skeleton has them → local to its node's parent node."""
    nodes, node = character.nodes, character.rig.nodes[bone]
    above = int(nodes.parents[node])
    if character.skeleton.parents[bone] < 0 and above >= 0:
        rotations = quat.multiply(quat.conjugate(nodes.world_rotations[above]), rotations)
    return rotations if nodes.signs[node, 3] == 1.0 else quat.multiply(rotations, quat.conjugate(nodes.signs[node]))


def _places(character: Character, bone: int, places: Array) -> Array:
    """Positions (..., 3) of a bone in metres as the skeleton has them → local to its node's parent node, in the file's unit."""
    nodes, rig = character.nodes, character.rig
    above = int(nodes.parents[rig.nodes[bone]])
    if rig.skeleton.parents[bone] >= 0:
        return np.asarray(places / rig.metres[bone])
    if above < 0:
        return places
    inverse = np.linalg.pinv(nodes.world[above])
    return np.asarray(places @ inverse[:3, :3].T + inverse[:3, 3])


def _clip(
    binary: Binary, character: Character, document: dict[str, Any], motion: Motion, max_error_m: float | None
) -> dict[str, Any]:
    rotations = motion.rotations.copy()
    outermost = character.skeleton.parents < 0
    for bone in np.flatnonzero(outermost | (character.nodes.signs[character.rig.nodes, 3] != 1.0)).tolist():
        rotations[:, bone] = _turns(character, bone, rotations[:, bone])
    moving = {0: motion.root_positions, **motion.translations}
    paths = {bone: _places(character, bone, path) for bone, path in moving.items()}
    clip = animation(binary, motion, character.rig.nodes, rotations, paths, max_error_m=max_error_m)
    if motion.face is not None:
        morphs.add_face(binary, clip, document, motion.face, motion.fps)
    return clip
