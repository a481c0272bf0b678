"""Placement of a figure: on the floor, over one spot, facing forward."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]
UP = np.array([0.0, 1.0, 0.0])


def move(motion: Motion, offset: Array) -> Motion:
    """The whole motion shifted by (3,) or (F, 3) metres in the world."""
    paths = _root_paths(motion)
    return _with_roots(motion, {root: path + offset for root, path in paths.items()})


def turn(motion: Motion, angle: float, about: Array | None = None) -> Motion:
    """The whole motion turned about the vertical through `about` (3,), the origin by default; radians, to the left is positive."""
    q = quat.from_axis_angle(UP, angle)
    pivot = np.zeros(3) if about is None else about
    rotations = motion.rotations.copy()
    roots = np.flatnonzero(motion.skeleton.parents < 0)
    rotations[:, roots] = quat.multiply(q, rotations[:, roots])
    paths = {root: quat.rotate(q, path - pivot) + pivot for root, path in _root_paths(motion).items()}
    return _with_roots(motion.with_(rotations=rotations), paths)


def facing(motion: Motion, bones: BoneMap | None = None) -> Array:
    """Return (F,) radians that the hips are turned from +z to the left; no jumps of a full turn."""
    bones = bones or map_bones(motion.skeleton)
    body = body_frames.measure(motion.skeleton, bones)
    hips = bones.index("Hips")
    world = kinematics.forward(motion)[0][:, hips]
    ahead = quat.rotate(quat.multiply(world, quat.conjugate(body.rotations[hips])), body.axes[:, 2])
    return np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2]))


def face_forward(motion: Motion, bones: BoneMap | None = None, frame: int = 0) -> Motion:
    """Turned about its hips so that it faces +z in this frame, with the hips over the origin there."""
    bones = bones or map_bones(motion.skeleton)
    angle = float(facing(motion, bones)[frame])
    hips = kinematics.forward(motion)[1][frame, bones.index("Hips")]
    return move(turn(motion, -angle, hips), -hips * np.array([1.0, 0, 1]))


def on_floor(motion: Motion, bones: BoneMap | None = None, *, every_frame: bool = False) -> Motion:
    """Lifted or lowered so that the lowest foot stands at the height it has at rest: in its lowest frame, or in every frame."""
    bones = bones or map_bones(motion.skeleton)
    body = body_frames.measure(motion.skeleton, bones)
    feet = [bones.index(bone) for bone in ("LeftFoot", "RightFoot", "LeftToes", "RightToes") if bone in bones]
    if not feet:
        return motion
    positions = kinematics.forward(motion)[1][:, feet]
    above = ((positions - body.positions[feet]) @ body.axes[:, 1]).min(axis=1)
    lift = above if every_frame else np.full(len(motion), np.percentile(above, 2))
    return move(motion, -lift[:, None] * body.axes[:, 1])


def in_place(motion: Motion, bones: BoneMap | None = None) -> Motion:
    """The hips stay over their spot at rest; their height is kept."""
    bones = bones or map_bones(motion.skeleton)
    hips = bones.index("Hips")
    body = body_frames.measure(motion.skeleton, bones)
    world, places = kinematics.forward(motion)
    away = places[:, hips] - body.positions[hips]
    up = body.axes[:, 1]
    across = away - np.outer(away @ up, up)
    if hips not in motion.translations:
        return move(motion, -across)
    paths = dict(motion.translations)
    for bone in carriers(motion.skeleton, paths):
        parent = int(motion.skeleton.parents[bone])
        above = world[:, parent] if parent >= 0 else np.broadcast_to(quat.IDENTITY, (len(motion), 4))
        paths[bone] = paths[bone] - quat.rotate(quat.conjugate(above), across)
    return motion.with_(translations=paths)


def carriers(skeleton: Skeleton, moving: Iterable[int]) -> list[int]:
    """Return the topmost bones with translations: moving them moves IK targets and loose limbs too."""
    out: set[int] = set()
    for bone in sorted(moving):
        if not out.intersection(skeleton.up_to_root(bone)):
            out.add(bone)
    return sorted(out)


def up_of(skeleton: Skeleton, bone: int) -> Array:
    """Return (3,) the world's up in the frame in which the bone's path is given: its parent's, at rest."""
    parent = int(skeleton.parents[bone])
    if parent < 0:
        return UP
    return quat.rotate(quat.conjugate(kinematics.rest_pose(skeleton)[0][parent]), UP)


def _root_paths(motion: Motion) -> dict[int, Array]:
    roots = [int(root) for root in np.flatnonzero(motion.skeleton.parents < 0)]
    still = {
        root: np.broadcast_to(motion.skeleton.rest_translations[root], motion.root_positions.shape) for root in roots
    }
    return {
        **still,
        **{bone: path for bone, path in motion.translations.items() if bone in still},
        0: motion.root_positions,
    }


def _with_roots(motion: Motion, paths: dict[int, Array]) -> Motion:
    others = {bone: path for bone, path in paths.items() if bone}
    return motion.with_(root_positions=paths[0], translations={**motion.translations, **others})
