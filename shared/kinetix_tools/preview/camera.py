"""Camera of the previews: follows the hips a little from the side, at a fixed height and distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]
_FIELD_OF_VIEW = np.radians(26.0)
_TURN_DEGREES = 24.0
"""How far from straight ahead the figure is seen."""
_PITCH_DEGREES = 9.0
_FOLLOW_S = 0.35
"""The camera's path is the hips' path without what is faster than this."""
_MARGIN = 1.07
_BODY_M = 0.1
"""Skin around the joints."""


@dataclass(frozen=True, eq=False)
class Camera:
    """A perspective camera that only moves, never turns.

    Attributes:
        right, up, back: (3,) unit axes of the camera in the world.
        targets: (F, 3) what it looks at.
        distance: metres from the target.
        size: width, height in pixels.
        focal: pixels.
    """

    right: Array
    up: Array
    back: Array
    targets: Array
    distance: float
    size: tuple[int, int]
    focal: float

    def project(self, points: NDArray[np.floating[Any]], frame: int, scale: float = 1.0) -> Array:
        """World points (V, 3) → (V, 3): pixel x, pixel y (down), distance along the view, in a picture `scale` times as large."""
        local = (points - self.targets[frame]) @ np.stack([self.right, self.up, self.back], 1)
        depth = np.maximum(self.distance - local[:, 2], 0.05)
        factor = self.focal * scale / depth
        width, height = self.size
        return np.stack([width * scale / 2 + local[:, 0] * factor, height * scale / 2 - local[:, 1] * factor, depth], 1)

    def floor(self) -> tuple[Array, NDArray[np.bool_], Array]:
        """Per pixel: the floor point that it sees, (H, W, 2) x and z from the target's, whether it sees one, and metres per pixel.

        The target's height is the same in every frame, so this holds for all of them.
        """
        width, height = self.size
        across, down = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
        rays = across[..., None] * self.right - down[..., None] * self.up - self.focal * self.back
        eye = self.distance * self.back
        drop = eye[1] + self.targets[0, 1]
        seen = rays[..., 1] < -1e-3 * self.focal
        reach = np.where(seen, drop / np.maximum(-rays[..., 1], 1e-9), 0.0)
        points = eye[[0, 2]] + rays[..., [0, 2]] * reach[..., None]
        return points, seen, reach


def follow(motion: Motion, size: tuple[int, int], yaw_degrees: float | None = None) -> Camera:
    """A camera that sees the whole clip.

    Args:
        yaw_degrees: where it stands, counted from +z towards +x; None stands before the figure, a little to its side.
    """
    rotations, positions = kinematics.forward(motion)
    middle, body, front = _figure(motion.skeleton)
    hips, positions = positions[:, middle], positions[:, body]
    if yaw_degrees is None:
        yaw = _facing(motion.skeleton, middle, front, rotations) + np.radians(_TURN_DEGREES)
    else:
        yaw = np.radians(yaw_degrees)
    pitch = np.radians(_PITCH_DEGREES)
    back = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    up = np.cross(back, right)
    path = _smooth(hips[:, [0, 2]], _FOLLOW_S * motion.fps)
    low, high = min(float(positions[..., 1].min()), 0.0), float(positions[..., 1].max()) + _BODY_M
    targets = np.stack([path[:, 0], np.full(len(path), (low + high) / 2), path[:, 1]], 1)
    away = positions - targets[:, None]
    half_tan = np.tan(_FIELD_OF_VIEW / 2)
    width, height = size
    focal = min(width, height) / 2 / half_tan
    # Distance at which every joint is inside: |offset| · focal / (distance - towards) ≤ half the picture.
    sideways = (np.abs(away @ right) + _BODY_M) * focal / (width / 2)
    upward = (np.abs(away @ up) + _BODY_M) * focal / (height / 2)
    distance = float((np.maximum(sideways, upward) * _MARGIN + away @ back).max())
    return Camera(right, up, back, targets, max(distance, 0.5), size, focal)


def _figure(skeleton: Skeleton) -> tuple[int, NDArray[np.int64], Array]:
    """Its hips, the bones that the picture must hold and (3,) where it faces at rest.

    A rig's root, its control and weapon bones may stay behind when the figure walks away.
    """
    found = map_bones(skeleton)
    if {"Hips", "LeftUpperLeg", "RightUpperLeg"} <= found.bones.keys():
        hips, front = found.index("Hips"), body_frames.measure(skeleton, found).axes[:, 2]
    else:
        branching = (bone for bone in range(len(skeleton)) if len(skeleton.children(bone)) > 1)
        hips, front = next(branching, 0), np.array([0.0, 0.0, 1.0])
    held = np.zeros(len(skeleton), bool)
    held[[hips, *(one.index for bone, one in found.bones.items() if bone != "Root")]] = True
    for bone, parent in enumerate(skeleton.parents):
        held[bone] |= parent >= 0 and held[parent]
    return hips, np.flatnonzero(held), front


def _facing(skeleton: Skeleton, hips: int, front: Array, rotations: Array) -> float:
    """Radians from +z towards +x that the figure faces at first, from its hips."""
    rest, _ = kinematics.rest_pose(skeleton)
    first = rotations[: max(1, len(rotations) // 4), hips]
    forward = quat.rotate(quat.multiply(first, quat.conjugate(rest[hips])[None]), front)
    x, _, z = forward.mean(0)
    return float(np.arctan2(x, z)) if np.hypot(x, z) > 0.2 else 0.0


def _smooth(path: Array, width: float) -> Array:
    """(F, 2) without what is faster than `width` frames; the ends go on as they were: the camera keeps up from the first frame."""
    reach = round(3 * width)
    if reach < 1 or len(path) < 2:
        return path
    steps = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (steps / width) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(path, ((reach, reach), (0, 0)), "reflect", reflect_type="odd")
    return np.stack([np.convolve(padded[:, axis], kernel, "valid") for axis in range(path.shape[1])], 1)
