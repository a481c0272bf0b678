# SPDX-License-Identifier: GPL-3.0-or-later
"""From a clip and a rig to keys: retargets in the core's frame, then turns world poses into the rig's own channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import Motion
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.cleanup import foot_skate
from kinetix_core.motion.kinematics import forward
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget

from ..import_options import ImportOptions, in_mask
from . import constraints
from .curves import BoneKeys
from .rig import Rig, map_of

Array = NDArray[np.float64]


@dataclass
class Solved:
    """Keys for a rig, and what a person should know about them."""

    keys: list[BoneKeys]
    notes: list[str] = field(default_factory=list)
    switches: dict[tuple[str, str], float] = field(default_factory=dict)
    """(pose bone, custom property) → value: what turns a generated rig's limbs to FK."""
    released: list[tuple[str, str]] = field(default_factory=list)
    """(pose bone, constraint): what must be off for the keys to be seen."""


def times(motion: Motion, options: ImportOptions, scene_fps: float) -> Array:
    """Return (F,) scene frames of the keys."""
    rate = motion.fps if options.timing in ("FRAMES", "SCENE") else scene_fps
    return options.start + np.arange(len(motion)) / motion.fps * rate


def prepared(motion: Motion, options: ImportOptions, scene_fps: float) -> Motion:
    """Return the clip after the choices that do not depend on the rig."""
    if not options.mirrored and options.timing != "RESAMPLE":
        return motion
    from kinetix_core.motion.editing import mirroring, timing

    if options.mirrored:
        motion = mirroring.mirror(motion)
    if options.timing == "RESAMPLE" and abs(motion.fps - scene_fps) > 1e-6:
        motion = timing.resample(motion, scene_fps)
    return motion


def world_poses(motion: Motion, rig: Rig, options: ImportOptions) -> tuple[Motion, list[int], BoneMap]:
    """Return the clip's motion on the rig from its hips down, the rig's bone indices, and those of the humanoid.

    On a torn rig it is on all of it, and every path is where the core puts it.
    """
    if rig.torn:
        skeleton, bones = rig.skeleton, list(range(len(rig.skeleton)))
        mapping = rig.mapping.with_bone("Root", None)  # what is above the body stays as it is
    else:
        skeleton, bones, mapping = rig.hips_skeleton()
    solved = retarget(
        motion,
        skeleton,
        source_map=map_of(motion.skeleton),
        target_map=mapping,
        options=RetargetOptions(
            root=options.root if rig.torn or options.root == "in_place" else "path",
            scale_path=options.scale_path,
            foot_lock=options.foot_lock,
        ),
    )
    return solved, bones, mapping


def sliding_note(motion: Motion, solved: Motion, mapping: BoneMap, options: ImportOptions) -> list[str]:
    """Return the note for feet that slide during contact, by choice of In Place or of unscaled root motion."""
    if (
        options.root == "in_place"
        or not options.scale_path
        or options.foot_lock
        or not in_mask("LeftFoot", options.mask)
    ):
        return []
    slides = foot_skate.added(motion, map_of(motion.skeleton), solved, mapping) > foot_skate.NOTICED
    return ["Standing feet slide, as this body has other proportions: Lock Feet holds them."] if slides else []


def path_in_armature(solved: Motion, rig: Rig) -> Array:
    """Return (F, 3) how far the hips are from their rest position, in armature space and its units."""
    away = solved.root_positions - solved.skeleton.rest_translations[0]
    return quat.rotate(quat.conjugate(rig.align), away) / rig.metres


def solve(motion: Motion, obj: Any, rig: Rig, options: ImportOptions) -> Solved:
    """Keys for a plain rig. The bones above the hips stay as they are."""
    solved, bones, mapping = world_poses(motion, rig, options)
    places = {human: bone.index for human, bone in mapping.bones.items()}
    rest = solved.skeleton.rest_rotations
    relative = quat.normalize(quat.multiply(quat.conjugate(rest), solved.rotations))
    wanted = {place for human, place in places.items() if in_mask(human, options.mask)}
    if options.mask == "ALL":
        # Twist bones and the like, which the retargeting turns without their being humanoid bones.
        moved = np.abs(relative[..., :3]).max(axis=(0, 2)) > 1e-5
        wanted |= set(np.flatnonzero(moved).tolist())
    loose = [place for place in wanted if place and not rig.inherits[bones[place]]]
    if loose:
        world, _ = forward(solved)
        for place in loose:
            own = quat.multiply(rig.align, rig.world[bones[place]])
            relative[:, place] = quat.multiply(quat.conjugate(own), world[:, place])
    out = Solved([], sliding_note(motion, solved, mapping, options))
    pose = obj.pose.bones
    if rig.torn:
        paths = _paths(solved, rig)
        locations = {bone: path for bone, path in paths.items() if options.mask == "ALL" or bone in wanted}
    else:
        locations = _locations(solved, rig, bones, options, out) if 0 in wanted else {}
    for place in sorted(wanted):
        bone = pose[rig.skeleton.names[bones[place]]]
        out.keys.append(BoneKeys(bone.name, bone.rotation_mode, relative[:, place], locations.pop(bones[place], None)))
    for index, location in locations.items():
        name = rig.skeleton.names[index]
        out.keys.append(BoneKeys(name, pose[name].rotation_mode, None, location))
    keyed = {key.name for key in out.keys}
    out.released = constraints.hiding(obj, keyed)
    if out.released:
        bone, name = out.released[0]
        out.notes.append(f"{len(out.released)} constraints are off while the emote plays, e.g. “{name}” on {bone}.")
    busy = constraints.limiting(obj, keyed)
    if busy:
        out.notes.append(f"{len(busy)} mapped bones have constraints that may hide the emote, e.g. {busy[0]}.")
    return out


def _paths(solved: Motion, rig: Rig) -> dict[int, Array]:
    """Bone → (F, 3) location channel, from every path that the core worked out."""
    skeleton, out = solved.skeleton, {}
    for bone, path in {0: solved.root_positions, **solved.translations}.items():
        away = (path - skeleton.rest_translations[bone]) / rig.metres
        if np.abs(away).max() < 1e-7:
            continue
        own = skeleton.rest_rotations[bone]
        if not rig.local_location[bone]:
            parent = int(skeleton.parents[bone])
            own = quat.conjugate(rig.world[parent]) if parent >= 0 else rig.align
        out[bone] = quat.rotate(quat.conjugate(own), away)
    return out


def _locations(solved: Motion, rig: Rig, bones: list[int], options: ImportOptions, out: Solved) -> dict[int, Array]:
    """Rig bone index → (F, 3) location channel: the hips' path, or split between hips and root bone."""
    away = path_in_armature(solved, rig)
    parents = rig.skeleton.parents
    hips = bones[0]
    while rig.connected[hips]:  # a connected bone cannot be moved: its parent carries the path
        hips = int(parents[hips])
    root = hips
    while parents[root] >= 0:
        root = int(parents[root])
    parts = {hips: away}
    if options.root == "root_bone":
        if root == hips:
            out.notes.append("The rig has no root bone above its hips, so the hips carry the path.")
        else:
            up = quat.rotate(quat.conjugate(rig.align), np.array([0.0, 1.0, 0.0]))
            level = away - (away @ up)[:, None] * up
            parts = {root: level, hips: away - level}
    return {
        bone: quat.rotate(quat.conjugate(rig.world[bone]), part) if rig.local_location[bone] else part
        for bone, part in parts.items()
    }
