"""A body on its feet is a pendulum upside down: its centre of mass speeds away from the point where it presses on the floor, by
gravity over height for each metre between the two. That point lies under the standing feet, so the body cannot lean off them for
long without falling that way. One camera sees that lean badly where it goes along the view, and the network guesses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import SIDES, FigurePose
from kinetix_capture.fitting.normal_equations import NormalEquations, robust
from kinetix_capture.video.decode import FPS

_GRAVITY = 9.81
# Shares of the body's mass (Winter, Biomechanics and Motor Control of Human Movement): those of the trunk lie at its joints, a limb's
# between its two ends, the last figure of the way down.
_TRUNK = {"Hips": 0.142, "Spine1": 0.139, "Spine2": 0.216, "Head": 0.081}
_LIMBS = (
    ("Arm", "ForeArm", 0.028, 0.436),
    ("ForeArm", "Hand", 0.016, 0.43),
    ("Hand", "Hand", 0.006, 0.0),
    ("UpLeg", "Leg", 0.1, 0.433),
    ("Leg", "Foot", 0.0465, 0.433),
    ("Foot", "ToeBase", 0.0145, 0.5),
)
# A flat foot presses with its middle, and the further ahead the body is, the nearer to the toes: by this share of how far it is ahead.
_ROLLS = 0.35
# frames in which a foot takes the load over from the other
_HANDOVER = 8
# Between two feet the load's share of each is a guess: what it adds to the deviation along the line between them, of their distance.
_UNSHARED = 0.5
# Metres that the mass is above the floor: a body below the first also presses on hands, knees or its seat, above the second it stands.
_LOW, _HIGH = 0.5, 0.7


@cache
def mass_shares() -> Array:
    """Return (B,) how much of the body's mass each joint stands for, sum one."""
    body = body_model.load()
    out = np.zeros(len(body.names))
    for name, share in _TRUNK.items():
        out[body.index(name)] += share
    for side in SIDES:
        for near, far, share, part in _LIMBS:
            out[body.index(side + near)] += share * (1 - part)
            out[body.index(side + far)] += share * part
    return np.asarray(out / out.sum())


def centre_of_mass(pose: FigurePose) -> Array:
    """Return (F, 3)."""
    return np.asarray(np.einsum("b,fbi->fi", mass_shares(), pose.position))


def centre_slope(pose: FigurePose) -> Array:
    """Return (F, 3, N): how the centre of mass moves with the unknowns of the fit."""
    body, world, position, share = pose.body, pose.world, pose.position, mass_shares()
    supported = body_model.moves(body.parents, body.parents)  # a turn about its own joint leaves that one where it is
    mass = supported @ share
    moment = np.einsum("cb,fbi->fci", supported * share, position)
    out = np.zeros((len(position), 3, len(body.dofs)))
    for number, dof in enumerate(body.dofs):
        if not dof.bones:
            out[:, :, number] = dof.axis
            continue
        for bone in dof.bones:
            turned = world[:, int(body.parents[bone])] if dof.outer else world[:, bone]
            arm = moment[:, bone] - mass[bone] * position[:, bone]
            out[:, :, number] += body_model.cross(turned @ dof.axis, arm) / len(dof.bones)
    return out


@dataclass(frozen=True)
class Support:
    """Points where standing feet press on the floor.

    Attributes:
        shares: (F, 4) of heels and toes (`body_model.FEET`), sum one; all 0 in frames without a foot on the floor.
        apart: (F, 3) metres from the left to the right foot where both carry, 0 on one foot.
    """

    shares: Array
    apart: Array


def support(standing: Flags, points: Array) -> Support:
    """The load on heels and toes (F, 4, 3) that stand (F, 4): a foot takes it over while it comes, and gives it up before it goes."""
    heel, toe = standing[:, :2], standing[:, 2:]
    forward = np.where(toe, np.where(heel, 0.5, 1.0), 0.0)
    load = np.stack([_load(heel[:, side] | toe[:, side]) for side in (0, 1)], 1)
    load /= np.maximum(load.sum(axis=1, keepdims=True), 1e-9)
    spot = points[:, :2] * (1 - forward)[..., None] + points[:, 2:] * forward[..., None]
    apart = (spot[:, 1] - spot[:, 0]) * (4 * load[:, 0] * load[:, 1])[:, None]
    return Support(np.concatenate((load * (1 - forward), load * forward), 1), apart)


def _load(stands: Flags) -> Array:
    """Return (F,) frames to the nearer end of the stand, up to `_HANDOVER`; where the clip cuts a stand off it goes on."""
    out = np.zeros(len(stands))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], stands, [False])).astype(np.int8))).reshape(-1, 2)
    for first, last in edges:
        frames = np.arange(first, last)
        since = frames - first + 1 if first > 0 else _HANDOVER
        until = last - frames if last < len(stands) else _HANDOVER
        out[first:last] = np.minimum(np.minimum(since, until), _HANDOVER)
    return out


def add(
    normal: NormalEquations,
    mass: tuple[Array, Array],
    feet: tuple[Array, Array],
    standing: Flags,
    up: Array,
    floor: float,
    deviation: float,
) -> None:
    """Add how far the body presses from where its feet do, for frames with a foot on the floor.

    Args:
        mass: the centre of mass (F, 3) and how it moves with the unknowns (F, 3, N).
        feet: places (F, 4, 3) of heels and toes and how they move (F, 4, 3, N).
        standing: (F, 4).
        up, floor: direction (3,), and metres of the floor along it.
        deviation: metres that the two points may lie apart.
    """
    if len(standing) < 3:
        return
    points, slopes = feet
    centre, moves = mass
    height = centre @ up - floor
    press = support(standing, points)
    sure = press.shares.sum(axis=1) * np.clip((height - _LOW) / (_HIGH - _LOW), 0, 1)
    middle = np.flatnonzero(sure[1:-1]) + 1
    if not len(middle):
        return
    level = _level(up, press.apart)[middle]
    spot = np.einsum("fk,fki->fi", press.shares, points)
    spot_moves = np.einsum("fk,fkin->fin", press.shares, slopes)
    # metres of lean for each metre a frame² of acceleration
    swing = (height / _GRAVITY * FPS**2)[middle, None]
    lean = 1 - _ROLLS
    off = lean * (centre - spot)[middle] - swing * (centre[middle + 1] - 2 * centre[middle] + centre[middle - 1])
    off = (level @ off[..., None])[..., 0]
    sigma = deviation + _UNSHARED * np.linalg.norm(press.apart, axis=1)[middle, None] * [1.0, 0.0]
    weight = robust(off / sigma, 2.0) * np.sqrt(sure)[middle, None] / sigma
    level, swing = level * weight[..., None], swing[..., None]
    before, after = (level @ (-swing * moves[middle + step]) for step in (-1, 1))
    here = level @ ((lean + 2 * swing) * moves[middle] - lean * spot_moves[middle])
    normal.add_curve(middle, (before, here, after), off * weight)


def _level(up: Array, apart: Array) -> Array:
    """Return (F, 2, 3) level unit directions: along the line (F, 3) between the feet where there is one, and square to it."""
    any_level = np.linalg.svd(up[None])[2][1]
    along = apart - (apart @ up)[:, None] * up
    length = np.linalg.norm(along, axis=1, keepdims=True)
    along = np.where(length > 0.02, along / np.maximum(length, 0.02), any_level)
    return np.stack((along, np.cross(up, along)), 1)
