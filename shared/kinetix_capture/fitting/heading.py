"""People walk the way that they face. Seen by one camera, the way and the body are each turned by some degrees against the truth, and
apart from each other: the feet of the emote would cross its way. The fit weighs both, and what is left between them they share."""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Array, unit
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.normal_equations import NormalEquations, robust
from kinetix_core.motion import quaternion as quat

# metres of way ahead: below the first there is no walk, from the second on there is one
_WALK = (0.3, 0.6)
# degrees between the way and the front: up to the first it is an error of sight, from the second on a step aside
_SIDEWAYS = (15.0, 30.0)
# How much of the difference is the way's error: a little more than the front's, which is seen in every frame.
_SHARE = 0.6


def facing(rotations: Array) -> Array:
    """Return (F, 2) unit x, z of the front, y up: square to the hips and to the shoulders, in equal shares."""
    pose = FigurePose(rotations, np.zeros((len(rotations), 3)))
    front = np.zeros((len(rotations), 2))
    for bone in ("UpLeg", "Arm"):
        left, right = (pose.position[:, pose.body.index(side + bone)] for side in body_model.SIDES)
        across = left - right
        front += unit(np.stack((-across[:, 2], across[:, 0]), 1))
    return unit(front)


def turn(front: Array, path: Array) -> float:
    """Radians about y by which a path (F, 2) of x, z should turn towards the fronts (F, 2): 0 where nobody walks ahead."""
    angle, walks = _walk(front, path)
    return -_SHARE * angle * walks


def _walk(front: Array, path: Array) -> tuple[float, float]:
    """Radians from the fronts (F, 2) to the way of the path (F, 2), positive to the left; and 0 … 1: that it is a walk ahead."""
    step = np.diff(path, axis=0)
    front = front[:-1]
    ahead = float((step * front).sum())
    sideways = float((step[:, 0] * front[:, 1] - step[:, 1] * front[:, 0]).sum())
    angle = float(np.arctan2(sideways, ahead))
    walks = np.clip((np.hypot(ahead, sideways) - _WALK[0]) / (_WALK[1] - _WALK[0]), 0, 1)
    errs = np.clip((_SIDEWAYS[1] - abs(np.degrees(angle))) / (_SIDEWAYS[1] - _SIDEWAYS[0]), 0, 1)
    return angle, float(walks * errs)


def walks_ahead(centre: Array, points: Array, up: Array) -> float:
    """Return 0 … 1: that the clip shows a walk ahead, by the centre of mass (F, 3) and the landmarks (F, K, 3)."""
    level = _level(up)
    left = _left(points @ level.T)
    return _walk(np.stack((-left[:, 1], left[:, 0]), 1), centre @ level.T)[1]


def _level(up: Array) -> Array:
    """Return (2, 3) two level directions that lie to each other as x and z do when y is up."""
    x = np.linalg.svd(up[None])[2][1]
    return np.stack((x, np.cross(x, up)))


def add(
    normal: NormalEquations,
    mass: tuple[Array, Array],
    landmarks: tuple[Array, Array],
    up: Array,
    walks: float,
    deviation: float,
) -> None:
    """Add to the fit how fast a walker's weight goes aside from the front.

    Args:
        mass: the centre of mass (F, 3) and how it moves with the unknowns (F, 3, N).
        landmarks: places (F, K, 3) and how they move (F, K, 3, N).
        up: direction (3,).
        walks: 0 … 1, how sure it is that the clip is a walk ahead.
        deviation: metres a frame that a walker sways.
    """
    if walks == 0:
        return
    level = _level(up)
    place, moves = mass[0] @ level.T, level @ mass[1]
    points = landmarks[0] @ level.T
    left = _left(points)
    turns = _left_turns(points, level @ landmarks[1], left)
    step = np.diff(place, axis=0)
    left, turns = left[:-1], turns[:-1]
    sideways = (step * left).sum(1) / deviation
    weight = robust(sideways, 2.0) * np.sqrt(walks)
    scale = (weight / deviation)[:, None]
    before = np.einsum("fi,fin->fn", left, moves[:-1]) - np.einsum("fi,fin->fn", step, turns)
    after = np.einsum("fi,fin->fn", left, moves[1:])
    normal.add_step(
        np.arange(len(step)), (before * scale)[:, None], (after * scale)[:, None], (sideways * weight)[:, None]
    )


def _left(points: Array) -> Array:
    """Return (F, 2) unit direction to the left, of hips and shoulders in equal shares, of landmarks (F, K, 2)."""
    total = _summed(points)
    return np.asarray(total / _length(total))


def _left_turns(points: Array, slopes: Array, left: Array) -> Array:
    """Return (F, 2, N) how the direction to the left turns with the unknowns, as the landmarks move (F, K, 2, N)."""
    moves = np.zeros((len(points), *slopes.shape[2:]))
    for landmark in (11, 23):
        here, there = body_model.rows((landmark, landmark + 1))
        length = _length(points[:, here] - points[:, there])
        moves += (slopes[:, here] - slopes[:, there]) / length[..., None]
    moves -= left[..., None] * np.einsum("fi,fin->fn", left, moves)[:, None]
    return np.asarray(moves / _length(_summed(points))[..., None])


def _summed(points: Array) -> Array:
    """Return (F, 2) the unit directions from right to left of hips and of shoulders, added."""
    total = np.zeros((len(points), 2))
    for landmark in (11, 23):
        here, there = body_model.rows((landmark, landmark + 1))
        across = points[:, here] - points[:, there]
        total += across / _length(across)
    return total


def _length(across: Array) -> Array:
    return np.asarray(np.maximum(np.linalg.norm(across, axis=1), 0.05)[:, None])


def align_path(rotations: Array, path: Array) -> Array:
    """The path (F, 3), y up, turned about its start by its share of what lies between it and the front of a body that walks."""
    about = quat.from_axis_angle([0.0, 1.0, 0.0], turn(facing(rotations), path[:, [0, 2]]))
    start = path[0] * np.array([1.0, 0.0, 1.0])
    return np.asarray(quat.rotate(about, path - start) + start)
