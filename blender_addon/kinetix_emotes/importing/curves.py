# SPDX-License-Identifier: GPL-3.0-or-later
"""Write arrays into an Action's curves in bulk, each bone in the rotation mode that it already has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat

from .. import compat

Array = NDArray[np.float64]
_LINEAR = 1


@dataclass(frozen=True)
class BoneKeys:
    """Keys of one pose bone.

    Attributes:
        name: of the bone.
        mode: its rotation mode, e.g. "QUATERNION" or "XYZ".
        rotation: (F, 4) xyzw relative to the rest pose, or None.
        location: (F, 3) in the bone's location channel, or None.
    """

    name: str
    mode: str
    rotation: Array | None = None
    location: Array | None = None


def euler_of(rotation: Array, order: str) -> Array:
    """(F, B, 4) xyzw → (F, B, 3) radians in Blender's order (the first letter turns first), without jumps between frames."""
    i, j, k = ("XYZ".index(letter) for letter in order)
    matrix = quat.to_matrix(rotation)
    cosine = np.hypot(matrix[..., i, i], matrix[..., j, i])
    locked = cosine < 1e-6
    out = np.empty((*rotation.shape[:-1], 3))
    out[..., i] = np.where(
        locked,
        np.arctan2(-matrix[..., j, k], matrix[..., j, j]),
        np.arctan2(matrix[..., k, j], matrix[..., k, k]),
    )
    out[..., j] = np.arctan2(-matrix[..., k, i], cosine)
    out[..., k] = np.where(locked, 0.0, np.arctan2(matrix[..., j, i], matrix[..., i, i]))
    if (i, j, k) not in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        # An odd order is a mirrored even one: the same formulas with every sine negated.
        out[..., i] = np.where(
            locked, np.arctan2(matrix[..., j, k], matrix[..., j, j]), np.arctan2(-matrix[..., k, j], matrix[..., k, k])
        )
        out[..., j] = np.arctan2(matrix[..., k, i], cosine)
        out[..., k] = np.where(locked, 0.0, np.arctan2(-matrix[..., j, i], matrix[..., i, i]))
    other = out.copy()
    other[..., i] += np.pi
    other[..., j] = np.pi - other[..., j]
    other[..., k] += np.pi
    turn = 2 * np.pi
    before = np.zeros(out.shape[1:])
    for frame in range(len(out)):
        near = out[frame] - turn * np.round((out[frame] - before) / turn)
        far = other[frame] - turn * np.round((other[frame] - before) / turn)
        closer = np.abs(far - before).sum(-1) < np.abs(near - before).sum(-1) - 1e-9
        before = out[frame] = np.where(closer[..., None], far, near)
    return out


def _rotation_channels(keys: list[BoneKeys]) -> dict[int, tuple[str, Array]]:
    """Index of the bone → property and (F, channels), batched by rotation mode."""
    out: dict[int, tuple[str, Array]] = {}
    modes: dict[str, list[int]] = {}
    for index, bone in enumerate(keys):
        if bone.rotation is not None:
            modes.setdefault(bone.mode, []).append(index)
    for mode, members in modes.items():
        rotations = np.stack([quat.normalize(keys[index].rotation) for index in members], 1)  # type: ignore[arg-type]
        if mode == "QUATERNION":
            values = quat.continuous(np.where(rotations[:1, :, 3:] < 0, -rotations, rotations))
            values = values[..., [3, 0, 1, 2]]
            name = "rotation_quaternion"
        elif mode == "AXIS_ANGLE":
            continuous = quat.continuous(rotations)
            sine = np.linalg.norm(continuous[..., :3], axis=-1, keepdims=True)
            axis = np.where(sine > 1e-9, continuous[..., :3] / np.maximum(sine, 1e-9), [0.0, 1.0, 0.0])
            values = np.concatenate((2 * np.arctan2(sine, continuous[..., 3:]), axis), -1)
            name = "rotation_axis_angle"
        else:
            values = euler_of(rotations, mode)
            name = "rotation_euler"
        for column, index in enumerate(members):
            out[index] = (name, values[:, column])
    return out


def write(channels: Any, keys: list[BoneKeys], frames: Array, *, cyclic: bool = False) -> int:
    """Write `keys` at the scene frames (F,). A channel that never changes gets one key. Returns the number of curves."""
    times = np.ascontiguousarray(frames, np.float32)
    linear = np.full(len(times), _LINEAR, np.int32)
    rotations = _rotation_channels(keys)
    count = 0
    for index, bone in enumerate(keys):
        path = f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"].'
        wanted = []
        if bone.location is not None:
            wanted.append(("location", bone.location))
        if index in rotations:
            wanted.append(rotations[index])
        for name, values in wanted:
            still = bool((np.ptp(values, axis=0) < 1e-7).all())
            for channel in range(values.shape[1]):
                curve = compat.new_fcurve(channels, path + name, channel, bone.name)
                _fill(curve, times[:1] if still else times, values[:, channel], linear)
                if cyclic:
                    modifier = curve.modifiers.new("CYCLES")
                    if name == "location":
                        # A step forward goes on from where the last one ended.
                        modifier.mode_before = modifier.mode_after = "REPEAT_OFFSET"
                count += 1
    return count


def write_values(channels: Any, values: Mapping[str, Array], group: str, frames: Array, *, cyclic: bool = False) -> int:
    """Write properties, data path → (F,), at the scene frames (F,) in place of the curves that they have. Returns their number."""
    times = np.ascontiguousarray(frames, np.float32)
    linear = np.full(len(times), _LINEAR, np.int32)
    for path, own in values.items():
        former = channels.fcurves.find(path)
        if former is not None:
            channels.fcurves.remove(former)
        curve = compat.new_fcurve(channels, path, 0, group)
        _fill(curve, times[:1] if np.ptp(own) < 1e-7 else times, own, linear)
        if cyclic:
            curve.modifiers.new("CYCLES")
    return len(values)


def hold(channels: Any, path: str, bone: str, frame: float, value: float) -> None:
    """Key a property to keep `value` from `frame` on, in place of its curve."""
    former = channels.fcurves.find(path)
    if former is not None:
        channels.fcurves.remove(former)
    curve = compat.new_fcurve(channels, path, 0, bone)
    curve.keyframe_points.add(1)
    curve.keyframe_points[0].co = (frame, value)
    curve.keyframe_points[0].interpolation = "CONSTANT"
    curve.update()


def _fill(curve: Any, times: NDArray[np.float32], values: Array, linear: NDArray[np.int32]) -> None:
    points = curve.keyframe_points
    points.add(len(times))
    pairs = np.empty(2 * len(times), np.float32)
    pairs[0::2] = times
    pairs[1::2] = values[: len(times)]
    points.foreach_set("co", pairs)
    points.foreach_set("interpolation", linear[: len(times)])
    curve.update()
