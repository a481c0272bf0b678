"""Accuracy of a delivered GLB: the figures of `kinetix bench capture`, by forward kinematics on the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import glb
from kinetix_core.formats.source import Source
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion

Array = NDArray[np.float64]

JOINTS = (
    *("LeftUpperArm", "RightUpperArm", "LeftLowerArm", "RightLowerArm", "LeftHand", "RightHand"),
    *("LeftUpperLeg", "RightUpperLeg", "LeftLowerLeg", "RightLowerLeg", "LeftFoot", "RightFoot"),
)
_HIPS, _ANKLES = [6, 7], [10, 11]
_LIMBS = ((0, 2), (2, 4), (1, 3), (3, 5), (6, 8), (8, 10), (7, 9), (9, 11))
_ANGLES = ((0, 2, 4), (1, 3, 5), (6, 8, 10), (7, 9, 11), (2, 0, 6), (3, 1, 7), (0, 6, 8), (1, 7, 9))
_UPPER = slice(0, 6)
_UPPER_LIMBS, _ELBOWS, _SHOULDERS = _LIMBS[:4], _ANGLES[:2], [0, 1]
_UPPER_BONES = (
    "UpperChest",
    "Head",
    *(side + bone for side in ("Left", "Right") for bone in ("UpperArm", "LowerArm", "Hand")),
)
_STANDS = 0.15
_LAGS = range(-3, 4)


@dataclass(frozen=True)
class Truth:
    """F frames at 30 a second, y up: joints (F, 12, 3) in the order of `JOINTS`; world rotations by humanoid bone (F, 4), if known."""

    joints: Array
    rotations: dict[str, Array]


@dataclass(frozen=True)
class Delivered:
    """The same of a file, and the height (F, 2) of its ankles' soles is in the joints: the floor is at 0."""

    joints: Array
    rotations: dict[str, Array]
    ankle_height: float


def delivered(source: Source | Motion) -> Delivered:
    """Read a GLB, or a motion once it is written as one."""
    motion = glb.read_motion(glb.write_emote(source) if isinstance(source, Motion) else source)
    found = map_bones(motion.skeleton)
    rotations, positions = kinematics.forward(motion)
    rest_rotations, rest = kinematics.rest_pose(motion.skeleton)
    at = [found.bones[name].index for name in JOINTS]
    turns = {
        name: quat.multiply(rotations[:, bone.index], quat.conjugate(rest_rotations[bone.index]))
        for name, bone in found.bones.items()
    }
    return Delivered(positions[:, at], turns, float(rest[at[10], 1]))


@dataclass(frozen=True)
class _Aligned:
    """Joints of a file and the true ones (F, N, 3) from the same frames, and centred ones, ours turned about y by `yaw`."""

    ours: Array
    true: Array
    turned: Array
    goal: Array
    yaw: Array
    lag: int

    @classmethod
    def of(cls, given: Delivered, truth: Truth, centre: list[int]) -> _Aligned:
        lag = min(_LAGS, key=lambda lag: _pa(*_shifted(given.joints, truth.joints, lag)))
        ours, true = _shifted(given.joints, truth.joints, lag)
        centred, goal = (joints - joints[:, centre].mean(1, keepdims=True) for joints in (ours, true))
        yaw = _yaw(centred, goal)
        return cls(ours, true, centred @ yaw.T, goal, yaw, lag)

    def shape(self, limbs: Sequence[tuple[int, int]], angles: Sequence[tuple[int, int, int]]) -> dict[str, float]:
        """Return the figures of the pose, without the place."""
        turned, goal = self.turned, self.goal
        off = [_between(turned[:, b] - turned[:, a], goal[:, b] - goal[:, a]).mean() for a, b in limbs]
        bend = [np.abs(_bend(self.ours, *joint) - _bend(self.true, *joint)).mean() for joint in angles]
        return {
            "frames": float(len(self.ours)),
            "paMm": _pa(self.ours, self.true),
            "limbDirectionDeg": float(np.mean(off)),
            "limbAngleDeg": float(np.mean(bend)),
        }


def compare(given: Delivered, truth: Truth) -> dict[str, float]:
    """Lengths in mm, angles in degrees, speeds in m/s, shares in %. NaN where a figure does not apply.

    Time-aligned within three frames, hip-centred, one turn about y per clip and no scaling; `pa` alone fits a similarity per frame.
    """
    both = _Aligned.of(given, truth, _HIPS)
    ours, true, turned, goal = both.ours, both.true, both.turned, both.goal
    scale = (turned * goal).sum() / (turned**2).sum()
    scaled = _drifts(ours @ both.yaw.T, true, scale)
    return {
        **both.shape(_LIMBS, _ANGLES),
        "mpjpeMm": float(np.linalg.norm(turned - goal, axis=-1).mean() * 1000),
        "scaledMpjpeMm": float(np.linalg.norm(scale * turned - goal, axis=-1).mean() * 1000),
        "upDeg": _tilt(turned, goal),
        "accelMm": float(np.linalg.norm(np.diff(ours, 2, axis=0), axis=-1).mean() * 1000),
        "accelTrueMm": float(np.linalg.norm(np.diff(true, 2, axis=0), axis=-1).mean() * 1000),
        "rotationDeg": _rotations(given, truth.rotations, both),
        **_feet(given, ours, true),
        **scaled,
        "scaledDriftPercent": scaled["driftPercent"],
        "driftPercent": _drifts(ours @ both.yaw.T, true, 1.0)["driftPercent"],
    }


def compare_upper(given: Delivered, truth: Truth) -> dict[str, float]:
    """The same of shoulders, elbows and wrists alone, centred on the shoulders: legs and hips may be anywhere."""
    given, truth = replace(given, joints=given.joints[:, _UPPER]), replace(truth, joints=truth.joints[:, _UPPER])
    both = _Aligned.of(given, truth, _SHOULDERS)
    known = {bone: turn for bone, turn in truth.rotations.items() if bone in _UPPER_BONES}
    return {**both.shape(_UPPER_LIMBS, _ELBOWS), "rotationDeg": _rotations(given, known, both)}


def aligned(given: Delivered, truth: Truth) -> tuple[Array, Array, int]:
    """Joints (F, 12, 3) of the file, the true ones turned about y so that they face as the file does, and the file's first frame."""
    both = _Aligned.of(given, truth, _HIPS)
    return both.ours, both.goal @ both.yaw, max(0, both.lag)


def facing(given: Delivered, truth: Truth) -> Array:
    """Return (3, 3) the turn about y that makes the truth face as the file does."""
    return _Aligned.of(given, truth, _HIPS).yaw.T


def _shifted(a: Array, b: Array, lag: int) -> tuple[Array, Array]:
    a, b = a[max(0, lag) :], b[max(0, -lag) :]
    count = min(len(a), len(b))
    return a[:count], b[:count]


def _nearest_rotation(a: Array, b: Array) -> tuple[Array, Array]:
    """Rotations (F, 3, 3) that turn points a (F, N, 3) onto b, and the scales (F,) that go with them (Kabsch, Umeyama)."""
    u, s, vt = np.linalg.svd(np.swapaxes(a, 1, 2) @ b)
    sign = np.sign(np.linalg.det(u @ vt))
    s[:, 2] *= sign
    u[:, :, 2] *= sign[:, None]
    return np.swapaxes(u @ vt, 1, 2), s.sum(1) / np.maximum((a**2).sum((1, 2)), 1e-12)


def _pa(ours: Array, true: Array) -> float:
    a, b = ours - ours.mean(1, keepdims=True), true - true.mean(1, keepdims=True)
    turn, scale = _nearest_rotation(a, b)
    return float(np.linalg.norm(scale[:, None, None] * (a @ np.swapaxes(turn, 1, 2)) - b, axis=-1).mean() * 1000)


def _yaw(a: Array, b: Array) -> Array:
    """Return (3, 3) the turn about y that brings a (F, N, 3) nearest to b."""
    angle = np.arctan2(
        (a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]).sum(), (a[..., 0] * b[..., 0] + a[..., 2] * b[..., 2]).sum()
    )
    return quat.to_matrix(quat.from_axis_angle([0.0, 1.0, 0.0], angle))


def _between(u: Array, v: Array) -> Array:
    cosine = (u * v).sum(-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _bend(x: Array, a: int, b: int, c: int) -> Array:
    return _between(x[:, a] - x[:, b], x[:, c] - x[:, b])


def _tilt(a: Array, b: Array) -> float:
    """Return degrees between up and the up that the mean turn over the clip gives."""
    mean = _nearest_rotation(a, b)[0].mean(0)
    u, _, vt = np.linalg.svd(mean)
    return float(np.degrees(np.arccos(np.clip((u @ vt)[1, 1], -1, 1))))


def _feet(given: Delivered, ours: Array, true: Array) -> dict[str, float]:
    """Speed of our ankles, and how far they are from a flat foot's height, while the true ones stand."""
    speed = np.linalg.norm(np.gradient(true[:, _ANKLES], 1 / 30, axis=0), axis=-1)
    own_speed = np.linalg.norm(np.gradient(ours[:, _ANKLES], 1 / 30, axis=0), axis=-1)
    height = true[:, _ANKLES, 1]
    low = height < np.percentile(height, 5) + 0.06
    stands = speed < _STANDS
    flat = stands & low
    return {
        "footSpeed": float(own_speed[stands].mean()) if stands.any() else float("nan"),
        "floorP95Mm": float(np.percentile(np.abs(ours[:, _ANKLES, 1] - given.ankle_height)[flat], 95) * 1000)
        if flat.any()
        else float("nan"),
    }


def _drifts(ours: Array, true: Array, scale: float) -> dict[str, float]:
    """Return the drift of the hips' path over the floor in five readings, each a share of the true path; NaN for a move on
    the spot.

    `drift` is the strictest: the largest distance when both paths begin at one point and the turn is the one that fits the body,
    so that a body turned by 3° against its path adds 5 %. `meanDrift` is the mean of that distance over the frames, `endDrift` the
    one at the last frame. `turnedDrift` is the largest one under the turn that fits the path. `rootError` is the mean distance
    under the turn and shift that fit the path (the "root translation error" of papers on world-grounded motion).

    `scale` is one number for the clip: the emote has the mannequin's size, and one view does not tell a person's.
    """
    a, b = (x[:, _HIPS].mean(1)[:, [0, 2]] for x in (ours, true))
    a, b = (a - a[0]) * scale, b - b[0]
    length = np.linalg.norm(np.diff(b, axis=0), axis=1).sum()
    if np.linalg.norm(b, axis=1).max() < 0.5:
        length = np.nan
    off = np.linalg.norm(a - b, axis=1)
    turned = np.linalg.norm(_turned(a, b) - b, axis=1)
    a, b = a - a.mean(0), b - b.mean(0)
    fitted = np.linalg.norm(_turned(a, b) - b, axis=1)
    return {
        "driftPercent": float(off.max() / length * 100),
        "meanDriftPercent": float(off.mean() / length * 100),
        "endDriftPercent": float(off[-1] / length * 100),
        "turnedDriftPercent": float(turned.max() / length * 100),
        "rootErrorPercent": float(fitted.mean() / length * 100),
    }


def _turned(a: Array, b: Array) -> Array:
    """Points a (F, 2) turned about the origin so that they come nearest to b."""
    angle = np.arctan2((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum(), (a * b).sum())
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(a @ np.array([[c, s], [-s, c]]))


def _rotations(given: Delivered, truth: Mapping[str, Array], both: _Aligned) -> float:
    """Mean angle between our and the true world rotations of the bones that both know, twist included; NaN without any."""
    turn = quat.from_matrix(both.yaw)
    angles = []
    for bone, goal in truth.items():
        if bone in given.rotations:
            own, right = _shifted(given.rotations[bone], goal, both.lag)
            off = quat.multiply(quat.conjugate(right), quat.multiply(turn, own))
            angles.append(np.degrees(np.linalg.norm(quat.log(off), axis=-1)).mean())
    return float(np.mean(angles)) if angles else float("nan")


def rounded(figures: dict[str, float]) -> dict[str, float | None]:
    """For JSON: three digits, null for what does not apply."""
    return {key: None if np.isnan(value) else round(value, 3) for key, value in figures.items()}
