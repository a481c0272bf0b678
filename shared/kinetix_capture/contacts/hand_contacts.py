"""Hands that stand on the floor, as in a cartwheel, a push-up or a crawl: low, and seen in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_closing, binary_opening, binary_propagation

from kinetix_capture import savitzky_golay
from kinetix_capture.arrays import Array, Flags
from kinetix_core.motion.contacts import runs

NEAR_FLOOR, AT_FLOOR = 0.16, 0.10
"""Metres above the floor below which a hand may stand on it: before the fit knows that it does, and once it does."""
# m/s across the view: slower than the first starts a contact, faster than the second ends it. The wrist of a planted hand tilts.
_STILL, _LET_GO = 0.35, 0.45
# The same of a hand above the floor, which bears less.
_ABOVE = 0.15, 0.22
# 0 … 1: a hand that is seen less clearly is a guess of the network.
_SEEN = 0.3
# frames
_SHORTEST, _GAP = 5, 2
# A hand that points down this steeply (the sine), and was seen in so many of the frames, stands on its fingers or its fist.
_ON_FINGERS, _KNOWN = 0.8, 0.5
# metres above the floor of the knuckles of such a hand, at least: those of a fist
_FIST = 0.02


@dataclass(frozen=True, eq=False)
class HandSight:
    """Wrist and two knuckles of both hands as one camera sees them.

    Attributes:
        rays: (F, 2, 3, 2) slopes, left and right hand, and `weights` (F, 2, 3) how well they are seen.
        depth: (F, 2, 3) metres from the camera along its axis.
    """

    rays: Array
    weights: Array
    depth: Array


def find_hand_contacts(sights: Sequence[HandSight], height: Array, fps: float, near: float) -> Flags:
    """Return (F, 2) bool, left and right: the hand stands on the floor. Runs of less than five frames are none.

    Args:
        height: (F, 2) metres of the hands above the floor.
        near: the height up to which they may be on it.
    """
    return _still(sights, height < near, fps, (_STILL, _LET_GO))


def find_still_hands(sights: Sequence[HandSight], fps: float) -> Flags:
    """Return (F, 2) bool, left and right: the hand is seen in one place, wherever that is."""
    return _still(sights, np.ones(sights[0].depth.shape[:2], bool), fps, _ABOVE)


def knuckle_heights(stands: Flags, slope: Array, fingers: Array) -> Array:
    """(F, H) metres above the floor of the knuckles of hands that stand on their fingers or their fist: one number for each stand.

    0 where the palm lies flat or the hand does not stand.

    Args:
        stands: (F, H) the hand stands.
        slope: (F, H) the sine of how steeply it points down.
        fingers: (F, H) metres by which its fingers reach beyond the knuckles; NaN where it was not seen.
    """
    out = np.zeros(stands.shape)
    for side in range(stands.shape[1]):
        for first, last in runs(stands[:, side]):
            own, reach = slope[first:last, side], fingers[first:last, side]
            known = np.isfinite(reach)
            if own.mean() > _ON_FINGERS and known.mean() > _KNOWN:
                out[first:last, side] = max(float((reach * own)[known].mean()), _FIST)
    return out


def _still(sights: Sequence[HandSight], possible: Flags, fps: float, limits: tuple[float, float]) -> Flags:
    """Return (F, 2) where it is possible (F, 2); slower than the first limit starts a contact, faster than the second ends it."""
    if len(possible) < _SHORTEST:
        return np.zeros(possible.shape, bool)
    weights = np.array([sight.weights.mean(axis=-1) for sight in sights])
    speeds = np.array([_speed(sight, fps) for sight in sights])
    # Of several cameras each one counts by how well it sees the hand.
    speed = (weights * speeds).sum(axis=0) / weights.sum(axis=0)
    possible = possible & (weights.max(axis=0) > _SEEN)
    still, maybe = (possible & (speed < limit) for limit in limits)
    return np.stack([_even(still[:, side], maybe[:, side]) for side in (0, 1)], 1)


def _speed(sight: HandSight, fps: float) -> Array:
    """Return (F, 2) m/s across the view, of wrist and knuckles in the mean."""
    flat = sight.rays.reshape(len(sight.rays), 6, 2)
    moves = np.gradient(savitzky_golay.smoothed(flat, 5, 1), axis=0).reshape(sight.rays.shape)
    return np.asarray((np.linalg.norm(moves, axis=-1) * np.maximum(sight.depth, 0.3)).mean(axis=-1) * fps)


def _even(still: Flags, maybe: Flags) -> Flags:
    """Return (F,) runs that are long enough, short gaps closed, with what may be one at their ends."""
    padded = np.pad(still, _SHORTEST, mode="edge")
    closed = binary_closing(padded, np.ones(_GAP + 1))
    core = binary_opening(closed, np.ones(_SHORTEST))[_SHORTEST:-_SHORTEST]
    return np.asarray(binary_propagation(core, mask=core | maybe))
