"""Puts a motion onto another figure: same limb directions, same feet, a path scaled to its legs. Its rest pose is not touched.

A bone's world rotation is `world_source · correction`, where the constant correction takes both rest poses into account: what
the target's bone would have to be turned by, standing at rest, to point where the source's points at rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kinetix_core.errors import InputError
from kinetix_core.motion import kinematics, rest_match
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.bone_map import BoneMap
from kinetix_core.motion.mapping import map_bones
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton

__all__ = ["RetargetOptions", "retarget"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RetargetOptions:
    """What a person can choose.

    Attributes:
        root: `path` moves the whole figure as in the source, `in_place` keeps it over its spot, `root_bone` gives the way over
            the floor to the rig's root bone and the rest to the hips.
        scale_path: the path grows with the legs; off keeps it in metres.
    """

    root: Literal["path", "in_place", "root_bone"] = "path"
    scale_path: bool = True


def retarget(
    motion: Motion,
    target: Skeleton,
    *,
    source_map: BoneMap | None = None,
    target_map: BoneMap | None = None,
    options: RetargetOptions = RetargetOptions(),
) -> Motion:
    """The motion on the target's skeleton.

    Raises:
        InputError: one of the two is not a figure with hips.
    """
    source_map = source_map or map_bones(motion.skeleton)
    target_map = target_map or map_bones(target)
    for bones, whose in ((source_map, "emote's"), (target_map, "character's")):
        if "Hips" not in bones:
            raise InputError(
                f"The {whose} skeleton has no hips that could be recognised.",
                code="noHips",
                next_step="Set the hips in its bone map and try again.",
            )
    plan = rest_match.match(motion.skeleton, source_map, target, target_map)
    turned = motion.rotations.copy()
    roots = np.flatnonzero(motion.skeleton.parents < 0)
    turned[:, roots] = quat.multiply(plan.turn, turned[:, roots])
    driven = rest_match.solve(plan, kinematics.world_rotations(motion.skeleton.parents, turned))
    rotations = np.broadcast_to(target.rest_rotations, (len(motion), len(target), 4)).copy()
    rotations[:, plan.driven] = rest_match.locals_of(plan, driven)
    hips = _hips(motion, source_map, plan, driven[:, plan.place["Hips"]], target_map, options)
    return _placed(motion, target, target_map, plan, rotations, hips)


def _hips(
    motion: Motion,
    source_map: BoneMap,
    plan: rest_match.Match,
    turns: Array,
    target_map: BoneMap,
    options: RetargetOptions,
) -> Array:
    """Where the target's hips bone is to be: (F, 3) metres in the world.

    What is carried over is the way of the point between the hip joints: the hips bones of two rigs may lie apart, the roots
    of their legs do not.
    """
    source, target = plan.source, plan.target
    rotations, positions = kinematics.forward(motion)
    hips = source_map.index("Hips")
    offset = quat.rotate(quat.conjugate(source.rotations[hips]), source.hip - source.positions[hips])
    middle = positions[:, hips] + quat.rotate(rotations[:, hips], np.broadcast_to(offset, (len(motion), 3)))
    scale = target.leg / max(source.leg, 1e-9)
    moved = (middle - source.hip) @ source.axes
    height = target.ankle + scale * ((middle @ source.axes[:, 1]) - source.floor - source.ankle) + target.floor
    across = moved * (scale if options.scale_path else 1.0) * (0.0 if options.root == "in_place" else 1.0)
    place = target.hip + across[:, :1] * target.axes[:, 0] + across[:, 2:] * target.axes[:, 2]
    place += (height - place @ target.axes[:, 1])[:, None] * target.axes[:, 1]
    bone = target_map.index("Hips")
    own = quat.rotate(quat.conjugate(target.rotations[bone]), target.hip - target.positions[bone])
    return np.asarray(place - quat.rotate(turns, np.broadcast_to(own, place.shape)))


def _placed(
    motion: Motion, target: Skeleton, target_map: BoneMap, plan: rest_match.Match, rotations: Array, hips: Array
) -> Motion:
    """Gives the hips' way to the bone that can carry it: the first one when the hips hang below it, else the hips' own root."""
    bone = target_map.index("Hips")
    root = bone
    while target.parents[root] >= 0:
        root = int(target.parents[root])
    path = hips - (plan.target.positions[bone] - plan.target.positions[root])
    still = np.broadcast_to(target.rest_translations[0], hips.shape).copy()
    return Motion(
        target,
        motion.fps,
        rotations,
        path if root == 0 else still,
        motion.name,
        dict(motion.extras),
        {} if root == 0 else {root: path},
    )
