"""Priors of the body: the range of each joint, the limits of hinges, and smooth motion."""

from __future__ import annotations

from functools import cache

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.normal_equations import NormalEquations, robust
from kinetix_core.motion import quaternion as quat

_REST = {"Spine": 0.3, "Neck": 0.6, "Shoulder": 0.12, "Arm": 0.8, "Twist": 0.45, "Hand": 0.35, "Foot": 0.25}
# About its own length a thigh turns little, and a straight leg does not show it: left free, the knee may come out facing backwards.
_THIGH_TURN = 0.4
_LOOSE = {
    "Hips": 1.0,
    "Arm": 2.0,
    "Elbow": 2.0,
    "Twist": 1.5,
    "Hand": 1.5,
    "UpLeg": 1.5,
    "Leg": 2.0,
    "Foot": 1.5,
    "Spine": 0.7,
}


@cache
def _rest_weights() -> tuple[Array, Array]:
    """Per unknown: standard deviation of the angle itself (0: none), and how much less smooth it may be than usual."""
    body = body_model.load()
    deviations, loose = [], []
    for dof in body.dofs:
        name = body.names[dof.bones[0]] if dof.bones else ""
        kind = name.removeprefix("Left").removeprefix("Right")
        if kind == "ForeArm":
            kind = "Elbow" if dof.outer else "Twist"
        turns = kind == "UpLeg" and dof.axis[1] != 0
        deviations.append(_THIGH_TURN if turns else _REST.get(kind, 0.0))
        loose.append(_LOOSE.get(kind, 1.0))
    return np.array(deviations), np.array(loose)


def add_limits(normal: NormalEquations, rotations: Array) -> None:
    """Pull each freedom to rest as far as bodies rarely leave it; elbows and knees do not bend backwards or fold up."""
    body, (deviations, _) = body_model.load(), _rest_weights()
    angles = angles_of(rotations)
    weights = np.where(deviations > 0, 1 / np.maximum(deviations, 1e-9), 0.0) * np.ones_like(angles)
    normal.add_pull(weights, angles)
    for side, name in enumerate(body_model.SIDES):
        for bone, low in ((name + "ForeArm", -_rest_bend(side)), (name + "Leg", -0.09)):
            number = next(i for i, dof in enumerate(body.dofs) if dof.outer and body.names[dof.bones[0]] == bone)
            over = np.zeros_like(angles)
            over[:, number] = np.minimum(angles[:, number] - low, 0) + np.maximum(angles[:, number] - low - 2.7, 0)
            normal.add_pull((over != 0) / 0.03, over)


def _rest_bend(side: int) -> float:
    body = body_model.load()
    a, b, c = body.heads[body.limb(side, "Arm", "ForeArm", "Hand")]
    u, v = b - a, c - b
    return float(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v)))


def angles_of(rotations: Array) -> Array:
    """Return (F, N) the present value of each freedom: rotation vectors of balls, angles of hinges and twists; 0 for the path."""
    body = body_model.load()
    out = np.zeros((len(rotations), len(body.dofs)))
    logs = {}
    for number, dof in enumerate(body.dofs):
        if not dof.bones:
            continue
        bone = dof.bones[0]
        if body.names[bone].endswith(("ForeArm",)):
            hinge = next(d.axis for d in body.dofs if d.outer and d.bones[:1] == (bone,))
            twist = next(d.axis for d in body.dofs if not d.outer and d.bones[:1] == (bone,))
            out[:, number] = _hinge_and_twist(rotations[:, bone], hinge, twist)[0 if dof.outer else 1]
            continue
        if bone not in logs:
            logs[bone] = quat.log(rotations[:, bone])
        out[:, number] = logs[bone] @ dof.axis * len(dof.bones)
    return out


def _hinge_and_twist(q: Array, hinge: Array, twist: Array) -> tuple[Array, Array]:
    """The two angles of exp(hinge · a) exp(twist · b) for orthogonal axes."""
    normal = np.cross(hinge, twist)
    w, h, t, n = q[:, 3], q[:, :3] @ hinge, q[:, :3] @ twist, q[:, :3] @ normal
    # q = (cos a/2 cos b/2; sin a/2 cos b/2, cos a/2 sin b/2, sin a/2 sin b/2) along (w; hinge, twist, normal)
    flip = np.where(w < 0, -1.0, 1.0)
    w, h, t, n = w * flip, h * flip, t * flip, n * flip
    a = 2 * np.arctan2(
        np.hypot(h, n) * np.sign(np.where(np.abs(h) > np.abs(n), h, n * np.sign(t + 1e-12))), np.hypot(w, t)
    )
    b = 2 * np.arctan2(t * np.cos(a / 2) + n * np.sin(a / 2), w * np.cos(a / 2) + h * np.sin(a / 2))
    return a, b


def add_smoothness(
    normal: NormalEquations,
    rotations: Array,
    hips: Array,
    sigma: tuple[float, tuple[float, float, float]],
    sudden: float,
) -> None:
    """Speeds change little from frame to frame.

    Args:
        sigma: standard deviation of the second difference: of angles (radians), and of the path along x, y, z (metres).
        sudden: beyond so many of them a change is sudden, and counts linearly.
    """
    if len(hips) < 3:
        return
    body, (_, loose) = body_model.load(), _rest_weights()
    speed = np.zeros((len(hips) - 1, len(body.dofs)))
    speed[:, :3] = np.diff(hips, axis=0)
    angles = None
    steps = quat.log(quat.multiply(quat.conjugate(rotations[:-1]), rotations[1:]))
    for number, dof in enumerate(body.dofs):
        if not dof.bones:
            continue
        bone = dof.bones[0]
        if body.names[bone].endswith("ForeArm"):
            angles = angles_of(rotations) if angles is None else angles
            speed[:, number] = np.diff(angles[:, number])
        else:
            speed[:, number] = steps[:, bone] @ dof.axis * len(dof.bones)
    bend = np.diff(speed, axis=0)
    deviations = sigma[0] * loose
    deviations[:3] = sigma[1]
    weights = robust(bend / deviations, sudden) / deviations
    normal.add_bend(weights, bend)
