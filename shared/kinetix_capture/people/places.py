"""Relative places of several people: their fits, each at the mannequin's size, on one floor.

One view does not tell how large a person is: one who is half as large and half as far away looks the same. But all stand on one
floor, so the heights of the camera above it, each in the size of one person, tell their sizes to each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.contacts import floor
from kinetix_capture.estimate import Captured, body_axis
from kinetix_capture.fitting import body_model, scene_up
from kinetix_capture.quality_model import GroupPlace
from kinetix_core.motion import quaternion as quat

# Standard deviations, as natural logarithms, of people's sizes to the mannequin's after the fit, and of the camera's height as one
# person's feet tell it; and radians by which up may be off, which moves the height with the distance.
_SIZES, _HEIGHT, _UP = 0.08, 0.03, 0.02
# Frames of heels and toes that stand, for a floor; and metres above it from which a camera tells sizes.
_STANDS, _LOW = 8, 0.3


def common_up(found: Sequence[Captured], edges: scene_up.Edges) -> tuple[Array, float]:
    """Return (3,) the up direction of the scene in the camera's frame, and how sure it is of it, 0 … 1.

    All stand on one floor and differ little in size. So of two directions between which the edges hardly choose, as where a level
    floor is seen square on, it is the one about which the camera is as high above each one's feet.
    """
    axis = np.mean([body_axis(one.state.pose.points) for one in found], axis=0)
    return floor.find_up(edges, found[0].fit.focal, axis / np.linalg.norm(axis), np.zeros((0, 2, 3)), _uneven(found))


def _uneven(found: Sequence[Captured]) -> Array:
    """Return (pitches, rolls) how badly the floors of all agree about each up direction, in half squares of standard deviations."""
    ups = scene_up.up_of(scene_up.PITCHES[:, None], scene_up.ROLLS[None])
    heights = []
    for one in found:
        standing = one.fit.measured.standing
        if standing is None or standing.sum() < _STANDS:
            continue
        feet = one.state.pose.points[standing]
        soles = np.broadcast_to(body_model.soles(), standing.shape)[standing]
        heights.append(np.median(soles - ups @ feet.T, axis=-1))
    if len(heights) < 2:
        return np.zeros(ups.shape[:2])
    sizes = np.log(np.maximum(heights, _LOW))
    off = sizes - sizes.mean(0)
    cost = 0.5 * (off**2).sum(0) / (_SIZES**2 + _HEIGHT**2)
    # A camera near the floor, or below it, does not tell sizes: that counts as much as people who differ as they do.
    untold = np.min(heights, axis=0) < _LOW
    return np.asarray(np.where(untold, np.maximum(cost, 0.5 * (len(heights) - 1)), cost))


def places(found: Sequence[Captured], group: str) -> list[GroupPlace]:
    """Return the place of each one in the group with this id. Their fits have one up direction."""
    turn = quat.between(found[0].fit.up, np.array([0.0, 1.0, 0.0]))
    starts, heights, away = [], [], []
    for one in found:
        legs = np.exp(-one.state.shape[list(body_model.PROPORTIONS).index("legs")])
        path = quat.rotate(turn, one.state.hips) * legs
        starts.append(path[0])
        heights.append(float(np.median(one.motion.root_positions[:, 1] - path[:, 1])))
        away.append(float(np.median(np.linalg.norm(path[:, [0, 2]], axis=1))))
    sizes = _sizes(np.array(heights), np.array(away))
    on_floor = np.array(starts)[:, [0, 2]] * sizes[:, None]
    on_floor -= on_floor.mean(0)
    begin = min(float(one.seen.times[0]) for one in found)
    return [
        GroupPlace(
            id=group,
            person=number,
            of=len(found),
            x=round(float(x), 4),
            z=round(float(z), 4),
            yaw_degrees=round(-float(one.motion.extras["cameraYawDegrees"]), 2),
            start_s=round(float(one.seen.times[0]) - begin, 4),
            size=round(float(size), 4),
        )
        for number, (one, (x, z), size) in enumerate(zip(found, on_floor, sizes, strict=True), 1)
    ]


def _sizes(heights: Array, away: Array) -> Array:
    """(P,) sizes of people in the mean of 1, by the camera's height (P,) above each one's floor and how far away each one is."""
    if (heights < _LOW).any():  # a camera near the floor does not tell
        return np.ones(len(heights))
    sizes = -np.log(heights)
    sizes -= sizes.mean()
    off = _HEIGHT**2 + (_UP * (away - away.mean()) / heights.mean()) ** 2
    sizes *= _SIZES**2 / (_SIZES**2 + off)
    return np.asarray(np.exp(sizes - sizes.mean()))
