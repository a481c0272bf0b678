"""Left, up and front of a figure at rest and its leg length, from the mapped bones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import kinematics
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import InputError

Array = NDArray[np.float64]
_SNAP = np.cos(np.radians(25))
_STRAIGHT = np.cos(np.radians(1.5))
"""A figure that is turned by less stands straight and is a little uneven."""


@dataclass(frozen=True)
class BodyFrame:
    """A figure in its rest pose.

    Attributes:
        rotations: (J, 4) world.
        positions: (J, 3) world, metres.
        axes: (3, 3), columns left, up, front in the world.
        leg: length hip to ankle along the bones, metres.
        floor: height of the soles along `up`, metres.
        ankle: height of the ankles above the floor, metres.
        hip: (3,) the point between the hip joints, in the world.
    """

    rotations: Array
    positions: Array
    axes: Array
    leg: float
    floor: float
    ankle: float
    hip: Array


def measure(skeleton: Skeleton, bones: BoneMap) -> BodyFrame:
    """Raises InputError when neither legs nor arms are mapped."""
    rotations, positions = kinematics.rest_pose(skeleton)
    at = {bone: positions[one.index] for bone, one in bones.bones.items()}
    axes = _axes(at, positions)
    legs, ankles = [], []
    for side in ("Left", "Right"):
        chain = [at[side + bone] for bone in ("UpperLeg", "LowerLeg", "Foot") if side + bone in at]
        if len(chain) == 3:
            legs.append(np.linalg.norm(chain[1] - chain[0]) + np.linalg.norm(chain[2] - chain[1]))
            ankles.append(float(chain[2] @ axes[:, 1]))
    heights = positions @ axes[:, 1]
    tall = float(np.ptp(heights)) or 1.0
    hips = [at[bone] for bone in ("LeftUpperLeg", "RightUpperLeg") if bone in at]
    hip = np.mean(hips, axis=0) if hips else at.get("Hips", positions[0])
    leg = float(np.mean(legs)) if legs else 0.5 * tall
    lowest = min(ankles) if ankles else float(heights.min())
    floor = _floor(heights, lowest, tall)
    ankle = float(np.mean(ankles)) - floor if ankles else 0.05 * tall
    return BodyFrame(rotations, positions, axes, leg, floor, ankle, hip)


def _floor(heights: Array, ankle: float, tall: float) -> float:
    """A figure stands on the origin's plane unless its feet say otherwise (a BVH with its hips at the origin)."""
    if -0.02 * tall <= ankle <= 0.12 * tall:
        return 0.0
    near = heights[(heights > ankle - 0.08 * tall) & (heights <= ankle)]
    return float(near.min()) if len(near) else ankle


def _axes(at: dict[str, Array], positions: Array) -> Array:
    left = np.zeros(3)
    for bone in ("UpperLeg", "UpperArm", "Shoulder", "LowerLeg", "Foot"):
        if f"Left{bone}" in at and f"Right{bone}" in at:
            left += at[f"Left{bone}"] - at[f"Right{bone}"]
    if np.linalg.norm(left) < 1e-6:
        raise InputError(
            "The figure's left and right were not recognised.",
            code="noSides",
            next_step="Set at least both upper legs or both upper arms in the bone map.",
        )
    up = _up(at, positions)
    left -= up * (left @ up)
    if np.linalg.norm(left) < 1e-6:
        left = np.cross(up, [0.0, 0, 1]) if abs(up[2]) < 0.9 else np.cross(up, [1.0, 0, 0])
    left /= np.linalg.norm(left)
    near = int(np.argmax(np.abs(left)))
    if abs(left[near]) > _STRAIGHT:
        left = np.eye(3)[near] * np.sign(left[near])
    return np.stack((left, up, np.cross(left, up)), axis=1)


def _up(at: dict[str, Array], positions: Array) -> Array:
    """From the feet to the head; a world axis when one is near, since a figure may lean but the floor does not."""
    feet = [at[bone] for bone in ("LeftFoot", "RightFoot", "LeftUpperLeg", "RightUpperLeg") if bone in at][:2]
    top = next((at[bone] for bone in ("Head", "Neck", "UpperChest", "Chest", "Spine", "Hips") if bone in at), None)
    if not feet or top is None:
        return np.array([0.0, 1, 0])
    up = top - np.mean(feet, axis=0)
    up /= max(float(np.linalg.norm(up)), 1e-9)
    axis = int(np.argmax(np.abs(up)))
    if abs(up[axis]) < _SNAP:
        return np.asarray(up, float)
    snapped = np.zeros(3)
    snapped[axis] = np.sign(up[axis])
    return snapped
