"""Differences between two motions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames, kinematics
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion

Array = NDArray[np.float64]
# Where a foot's or a neck's bones point is a matter of where the rig puts its joints, not of the pose.
_LIMBS = tuple(bone for bone in humanoid_profile.CHILD if not bone.endswith(("Foot", "Neck")))


@dataclass(frozen=True)
class Difference:
    """Means over frames of two motions, each seen from its own front and in its own leg lengths.

    Attributes:
        direction_deg: limb → angle between the directions of its bones.
        worst_direction_deg: the largest in any frame.
        path: hips, as a share of the leg length.
        stride: way over the floor, second by first, in leg lengths; 1 is equal, 0 when the first stays put.
        seconds: difference of the durations.
    """

    direction_deg: dict[str, float]
    worst_direction_deg: float
    path: float
    stride: float
    seconds: float

    @property
    def mean_direction_deg(self) -> float:
        return float(np.mean(list(self.direction_deg.values()))) if self.direction_deg else 0.0

    def as_dict(self) -> dict[str, object]:
        """Return the differences as JSON for programs."""
        return {
            "directionDeg": self.direction_deg,
            "meanDirectionDeg": self.mean_direction_deg,
            "worstDirectionDeg": self.worst_direction_deg,
            "path": self.path,
            "stride": self.stride,
            "seconds": self.seconds,
        }


def compare(
    first: Motion, second: Motion, first_map: BoneMap | None = None, second_map: BoneMap | None = None
) -> Difference:
    """Compare frame by frame; characters may differ, frame rates must not. The shorter length counts."""
    maps = (first_map or map_bones(first.skeleton), second_map or map_bones(second.skeleton))
    count = min(len(first), len(second))
    limbs, paths = [], []
    for motion, bones in zip((first, second), maps, strict=True):
        body = body_frames.measure(motion.skeleton, bones)
        positions = kinematics.forward(motion)[1][:count] @ body.axes
        both = [bone for bone in _LIMBS if bone in bones and humanoid_profile.CHILD[bone] in bones]
        limbs.append({bone: _direction(positions, bones, bone) for bone in both})
        rest = body.positions[bones.index("Hips")] @ body.axes
        paths.append((positions[:, bones.index("Hips")] - rest) / body.leg)
    angles = {bone: _angle(limbs[0][bone], limbs[1][bone]) for bone in limbs[0] if bone in limbs[1]}
    lengths = [float(np.linalg.norm(np.diff(path[:, [0, 2]], axis=0), axis=1).sum()) for path in paths]
    return Difference(
        {bone: float(angle.mean()) for bone, angle in angles.items()},
        max((float(angle.max()) for angle in angles.values()), default=0.0),
        float(np.linalg.norm(paths[0] - paths[1], axis=1).mean()),
        lengths[1] / lengths[0] if lengths[0] > 1e-6 else 0.0,
        second.duration - first.duration,
    )


def _direction(positions: Array, bones: BoneMap, bone: str) -> Array:
    direction = positions[:, bones.index(humanoid_profile.CHILD[bone])] - positions[:, bones.index(bone)]
    return np.asarray(direction / np.maximum(np.linalg.norm(direction, axis=-1, keepdims=True), 1e-12))


def _angle(a: Array, b: Array) -> Array:
    """Return degrees between unit vectors, exact for small angles as well."""
    return np.asarray(np.degrees(2 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))))
