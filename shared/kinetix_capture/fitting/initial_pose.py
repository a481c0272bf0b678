"""First guess of the fit, one frame at a time: joint rotations straight from the network's 3D landmarks, and where the body is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinetix_capture.arrays import Array, unit
from kinetix_capture.fitting.body_model import SIDES, BodyModel, FigurePose
from kinetix_core.motion import quaternion as quat

Frames = Callable[[Array], Array]


def guess(landmarks: Array) -> Array:
    """Landmarks (F, 33, 3) with y up → local rotations (F, B, 4) that obey the figure's freedoms."""
    resting, rest = FigurePose.rest(), np.zeros((1, 33, 3))
    body = resting.body
    rest[:, body.landmarks] = resting.points
    world = _world(body, landmarks, rest)
    local = np.tile(quat.IDENTITY, (len(landmarks), len(body.names), 1))
    hips, chest, head = world["Hips"], world["Chest"], world["Head"]
    local[:, body.index("Hips")] = hips
    spine = quat.log(quat.multiply(quat.conjugate(hips), chest)) / 3
    for name in ("Spine", "Spine1", "Spine2"):
        local[:, body.index(name)] = quat.exp(spine)
    neck = quat.log(quat.multiply(quat.conjugate(chest), head)) / 2
    for name in ("Neck", "Head"):
        local[:, body.index(name)] = quat.exp(neck)
    for side, name in enumerate(SIDES):
        arm, leg = world[name + "Arm"], world[name + "UpLeg"]
        local[:, body.index(name + "Arm")] = quat.multiply(quat.conjugate(chest), arm)
        bend = quat.from_axis_angle(body.elbow[side], world[name + "Elbow"][:, 0])
        forearm = quat.multiply(arm, bend)
        hand = quat.multiply(quat.conjugate(forearm), world[name + "Hand"])
        twist = _twist(hand, body.forearm[side])
        local[:, body.index(name + "ForeArm")] = quat.multiply(bend, twist)
        local[:, body.index(name + "Hand")] = quat.multiply(quat.conjugate(twist), hand)
        local[:, body.index(name + "UpLeg")] = quat.multiply(quat.conjugate(hips), leg)
        bend = quat.from_axis_angle(body.knee[side], world[name + "Knee"][:, 0])
        local[:, body.index(name + "Leg")] = bend
        shin = quat.multiply(leg, bend)
        local[:, body.index(name + "Foot")] = quat.multiply(quat.conjugate(shin), world[name + "Foot"])
    return local


def place(points: Array, slopes: Array, weights: Array) -> Array:
    """Return (F, 3) shifts by least squares that bring points (F, K, 3) onto their rays (F, K, 2)."""
    normal, right = np.zeros((len(points), 3, 3)), np.zeros((len(points), 3))
    for axis in (0, 1):
        row = np.zeros((*points.shape[:2], 3))
        row[..., axis] = 1.0
        row[..., 2] = slopes[..., axis]
        off = -(points[..., axis] + slopes[..., axis] * points[..., 2])
        square = (weights**2)[..., None]
        normal += np.einsum("fki,fkj->fij", row * square, row)
        right += (row * square * off[..., None]).sum(1)
    hips = np.linalg.solve(normal + 1e-9 * np.eye(3), right[..., None])[..., 0]
    hips[:, 2] = np.minimum(hips[:, 2], -0.5)
    return np.asarray(hips)


def _frame(first: Array, second: Array) -> Array:
    """Return (..., 3, 3) with the first direction as first column and the second in the plane of the first two."""
    a = unit(first)
    b = unit(second - (second * a).sum(-1, keepdims=True) * a)
    return np.stack((a, b, np.cross(a, b)), -1)


def _twist(q: Array, axis: Array) -> Array:
    """The part of a rotation (F, 4) that turns about `axis`."""
    along = q[:, :3] @ axis
    return quat.normalize(np.concatenate((along[:, None] * axis, q[:, 3:]), -1))


def _world(body: BodyModel, found: Array, rest: Array) -> dict[str, Array]:
    """World rotations (F, 4) by name; hinges as angles (F, 1) from the rest pose."""

    def turn(make: Frames) -> Array:
        return quat.from_matrix(make(found) @ np.swapaxes(make(rest), -1, -2))

    out = {
        "Hips": turn(lambda x: _frame(x[:, 23] - x[:, 24], _middle(x, 11) - _middle(x, 23))),
        "Chest": turn(lambda x: _frame(_middle(x, 11) - _middle(x, 23), x[:, 11] - x[:, 12])),
        "Head": turn(lambda x: _frame(x[:, 7] - x[:, 8], x[:, 0] - _middle(x, 7))),
    }
    for side, name in enumerate(SIDES):
        s, e, w, h, k, a = (joint + side for joint in (11, 13, 15, 23, 25, 27))
        heel, toe, index, pinky = 29 + side, 31 + side, 19 + side, 17 + side
        for base, limb, hinge, own, joints in (
            ("Chest", "Arm", "Elbow", body.elbow[side], (s, e, w)),
            ("Hips", "UpLeg", "Knee", body.knee[side], (h, k, a)),
        ):
            near, middle, _ = joints
            axis = _hinge(found, *joints, quat.rotate(out[base], own))
            now = _frame(found[:, middle] - found[:, near], axis)
            before = _frame(rest[:, middle] - rest[:, near], np.broadcast_to(own, (1, 3)))
            out[name + limb] = quat.from_matrix(now @ np.swapaxes(before, -1, -2))
            out[name + hinge] = (_bend(found, *joints) - _bend(rest, *joints))[:, None]
        out[name + "Foot"] = turn(_plane(heel, heel, toe, a))
        out[name + "Hand"] = turn(_palm(w, index, pinky))
    return out


def _plane(origin: int, first: int, second: int, third: int) -> Frames:
    """Frames with the first axis from `first` to `second` and `third` in the plane."""
    return lambda x: _frame(x[:, second] - x[:, first], x[:, third] - x[:, origin])


def _palm(wrist: int, index: int, pinky: int) -> Frames:
    return lambda x: _frame((x[:, index] + x[:, pinky]) / 2 - x[:, wrist], x[:, index] - x[:, pinky])


def _middle(x: Array, left: int) -> Array:
    return np.asarray((x[:, left] + x[:, left + 1]) / 2)


def _bend(x: Array, a: int, b: int, c: int) -> Array:
    """Return (F,) angle between the two bones of a limb, 0 when it is straight."""
    u, v = unit(x[:, b] - x[:, a]), unit(x[:, c] - x[:, b])
    return np.asarray(np.arccos(np.clip((u * v).sum(-1), -1, 1)))


def _hinge(x: Array, a: int, b: int, c: int, usual: Array) -> Array:
    """Return (F, 3) axis about which a limb bends: of its own plane where it is bent, else the usual one; never backwards."""
    u, v = unit(x[:, b] - x[:, a]), unit(x[:, c] - x[:, b])
    normal = np.cross(u, v)
    weight = np.clip((np.linalg.norm(normal, axis=-1, keepdims=True) - 0.1) / 0.25, 0, 1)
    usual = unit(usual - (usual * u).sum(-1, keepdims=True) * u)
    normal = unit(normal)
    normal = np.where((normal * usual).sum(-1, keepdims=True) < -0.3, usual, normal)
    return unit(weight * normal + (1 - weight) * usual)
