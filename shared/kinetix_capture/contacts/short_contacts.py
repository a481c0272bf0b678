"""Stands of a few frames, as in a run. Smoothing takes the swings on both sides into so short a stand, and a fit that does not know of
it blurs it and lets the body rise or sink meanwhile. So frames are compared as they are seen, by the measure of the swings around
them, and of the fit only heights near by are used.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import minimum_filter1d

from kinetix_capture.arrays import Array, Flags
from kinetix_core.motion.contacts import runs

SHORTEST, LONGEST = 3, 8
# Three frames of a stand are apart, as root mean square, by no more than this share of what they would be in the slower one of its
# two swings, and by no more than so many metres across the view.
_SHARE, _SPREAD = 0.2, 0.02
# m/s across the view that the foot reaches within some frames before it stands, and again after
_SWING, _WITHIN = 1.5, 5
# Metres that the foot may be above the other one, and above the lowest that either is within some frames.
_OVER_OTHER, _OVER_LOWEST, _AROUND = 0.06, 0.12, 8
# metres below the hips: legs that kick about over a lying body stand on nothing
_BELOW_HIPS = 0.5


def add_short_contacts(stands: Flags, rays: Array, points: Array, hips: Array, fps: float, up: Array) -> Flags:
    """The foot contacts (F, 4) of `floor.find_contacts` with those of three to eight frames between two swings.

    A foot that is known to stand for longer is not in a run; what would be added to it is how it rolls off.

    Args:
        rays: (F, 4, 2) slopes at which heels and toes (`body_model.FEET`) are seen.
        points: (F, 4, 3) metres in the camera's frame, and the hips (F, 3).
        up: (3,) up direction.
    """
    if len(rays) < SHORTEST:
        return stands
    still = _still(rays, np.maximum(-points[..., 2], 0.3), fps) & _low(points @ up, hips @ up)
    out = stands.copy()
    for point in range(4):
        foot = point % 2
        long = _long(stands[:, foot] | stands[:, foot + 2])
        for first, last in runs(still[:, point]):
            out[first:last, point] |= SHORTEST <= last - first <= LONGEST and not long[first:last].any()
    return out


def _still(rays: Array, depth: Array, fps: float) -> Flags:
    """Return (F, P) frames in a window of three that see the point in one place, between two swings."""
    step = np.linalg.norm(np.diff(rays, axis=0), axis=-1) * np.minimum(depth[1:], depth[:-1])
    spread = np.sqrt(_windows(rays, SHORTEST).var(axis=-1).sum(axis=-1))
    spread *= np.median(_windows(depth, SHORTEST), axis=-1)
    fastest = _windows(np.pad(step, ((_WITHIN, _WITHIN), (0, 0))), _WITHIN).max(axis=-1)
    before, after = fastest[: len(spread)], fastest[_WITHIN + SHORTEST - 1 :]
    # Of a swing that the clip cuts off nothing is known: it is taken for half as fast as the other one.
    before[0], after[-1] = after[0] / 2, before[-1] / 2
    swing = np.minimum(before, after)
    even = swing * np.sqrt((SHORTEST**2 - 1) / 12)
    found = (swing * fps > _SWING) & (spread < np.minimum(_SHARE * even, _SPREAD))
    held = np.stack([np.pad(found, ((late, SHORTEST - 1 - late), (0, 0))) for late in range(SHORTEST)])
    return np.asarray(held.any(axis=0))


def _low(height: Array, hips: Array) -> Flags:
    """Return (F, 4) the point is where the foot on the floor is, by heights (F, 4) of heels and toes and of the hips (F,)."""
    foot = np.minimum(height[:, :2], height[:, 2:])
    lowest = minimum_filter1d(foot.min(axis=1), 2 * _AROUND + 1, mode="nearest")[:, None]
    highest = np.minimum(foot[:, ::-1] + _OVER_OTHER, np.minimum(lowest + _OVER_LOWEST, hips[:, None] - _BELOW_HIPS))
    return np.asarray(height < np.tile(highest, 2))


def _long(foot: Flags) -> Flags:
    """Return (F,) frames in and next to a stand of more than `LONGEST` frames."""
    out = np.zeros(len(foot), bool)
    for first, last in runs(foot):
        out[max(first - 1, 0) : last + 1] |= last - first > LONGEST
    return out


def _windows(values: Array, size: int) -> Array:
    return np.lib.stride_tricks.sliding_window_view(values, size, axis=0)
