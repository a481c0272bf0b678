"""Left and right told apart over time: in single frames the network takes one leg, or one arm, for the other."""

from __future__ import annotations

import itertools

import numpy as np

from kinetix_capture.arrays import Array, Flags

# Landmarks of the left side that change sides together; the right ones have the next number.
LEGS = (25, 27, 29, 31)
ARMS = (13, 15, 17, 19, 21)
# Metres of unevenness a frame that a swap must save: the network is right about sides nearly always.
_RELUCTANCE = 0.05
# Metres off the median of the neighbouring frames at which a landmark counts half.
_STRAY = 0.1


def swapped(points: Array, left: tuple[int, ...]) -> Flags:
    """Return (F,) in which frames the limbs `left` and those of the right, one number up, should change places.

    The choice over all frames that moves most evenly (second differences), found by dynamic programming over pairs of frames.

    Args:
        points: (F, L, C) landmarks in about metres.
    """
    frames = len(points)
    if frames < 5:
        return np.zeros(frames, bool)
    lefts = list(left)
    rights = [number + 1 for number in lefts]
    both = np.stack((points[:, lefts + rights], points[:, rights + lefts]))  # state, frame, landmark, coordinate
    # unevenness of each triple of choices in three frames in a row
    cost = np.zeros((2, 2, 2, frames - 2))
    for a, b, c in itertools.product((0, 1), repeat=3):
        bend = both[a, :-2] - 2 * both[b, 1:-1] + both[c, 2:]
        cost[a, b, c] = np.linalg.norm(bend, axis=-1).mean(-1) + _RELUCTANCE * c
    best = _RELUCTANCE * np.array([[0.0, 1.0], [1.0, 2.0]])
    came = np.zeros((frames - 2, 2, 2), np.int64)
    for step in range(frames - 2):
        total = best[:, :, None] + cost[..., step]
        came[step] = total.argmin(axis=0)
        best = total.min(axis=0)
    before, now = np.unravel_index(int(best.argmin()), best.shape)
    states = [int(now), int(before)]
    for step in range(frames - 3, -1, -1):
        states.append(int(came[step, states[-1], states[-2]]))
    return np.array(states[::-1], bool)


def exchanged(values: Array, frames: Flags, left: tuple[int, ...]) -> Array:
    """Return (F, L, ...) with the limbs of both sides exchanged in the marked `frames`."""
    out = values.copy()
    rows = np.flatnonzero(frames)
    for number in left:
        out[rows, number], out[rows, number + 1] = values[rows, number + 1], values[rows, number]
    return out


def trust(points: Array) -> Array:
    """Return (F, L) 1 where a landmark (F, L, C, about metres) moves evenly, towards 0 where it jumps away for a frame or two."""
    if len(points) < 5:
        return np.ones(points.shape[:2])
    padded = np.pad(points, ((2, 2), (0, 0), (0, 0)), mode="edge")
    middle = np.median(np.stack([padded[k : k + len(points)] for k in range(5)]), axis=0)
    stray = np.linalg.norm(points - middle, axis=-1)
    return np.asarray(1 / (1 + (stray / _STRAY) ** 4))
