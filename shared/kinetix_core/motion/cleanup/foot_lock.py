"""Keeps standing feet (and hands) on their spot: an anchor for every contact, eased offsets between them, limbs solved to match."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion.contacts import runs

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
_FADE_S = 0.22
_SLACK, _SOFT_S = 0.05, 0.1
"""Share of the leg length, along either axis of the floor, by which a limb may be away from its spot before it drags the spot along,
and how softly it does."""


def offsets(
    at: Array, target_height: Array, source_path: Array, standing: Flags, held: Flags, up: Array, fps: float, leg: float
) -> Array:
    """Return (F, 3) what to add to a path so that it stands still where it stands.

    Args:
        at: (F, 3) path of the limb's end on the target.
        target_height: (F,) height along `up` that it should have.
        source_path: (F, 3) the source's path in the target's size: where it drifts far, so does the stand.
        standing: (F,) frames in which it stands.
        held: (F,) frames in which its tip still stands: the offset does not change there.
        up: (3,) unit.
        fps: frames a second.
        leg: length of a leg, to tell much from little.
    """
    out = np.zeros_like(at)
    known = np.zeros(len(at), bool)
    lift = target_height - at @ up
    for start, end in runs(standing):
        part = at[start:end]
        level = _flat(part, up)
        spot = level.mean(axis=0) + _dragged(_flat(source_path[start:end], up), _SLACK * leg, fps)
        out[start:end] = spot - level + np.outer(_without_jitter(lift[start:end] + part @ up, fps) - part @ up, up)
        known[start:end] = True
    for start, end in runs(held & ~known):
        before, after = start > 0 and known[start - 1], end < len(at) and known[end]
        if before and after:
            out[start:end] = _between(out[start - 1], out[end], end - start)
        elif before or after:
            out[start:end] = out[start - 1] if before else out[end]
        known[start:end] = before or after
    return _filled(out, known, max(1, round(_FADE_S * fps)))


def ahead_of_time(need: Array, fps: float) -> Array:
    """Return (F,) at least the need (F,) at every moment, begun before and let go after it: no jerk."""
    half = max(1, round(0.1 * fps))
    padded = np.pad(need, 2 * half, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).max(axis=1)
    weights = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(highest, weights / weights.sum(), "valid")


def _dragged(path: Array, slack: float, fps: float) -> Array:
    """Return (F, 3) away from its mean, where a spot is that a path drags along whenever it is farther away than the slack.

    It is fixed where possible and never jumps; over a loop's seam it is continuous.
    """
    start = _play(path[::-1], path[-1], slack)[-1]
    spot = _play(path, start, slack)
    radius = max(1, round(2.5 * _SOFT_S * fps))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / (_SOFT_S * fps)) ** 2)
    padded = np.pad(spot, ((radius, radius), (0, 0)), mode="edge")
    soft = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=0) @ (weights / weights.sum())
    return np.asarray(soft - soft.mean(axis=0))


def _play(path: Array, start: Array, slack: float) -> Array:
    """(F, 3) along each axis the nearest to the frame before (`start` before the first) that lies within the slack of the path.

    Every frame clamps its predecessors to an interval. Successive clamps compose to one, so each round doubles the reach.
    """
    low, high, step = path - slack, path + slack, 1
    while step < len(path):
        before = np.clip(low[:-step], low[step:], high[step:]), np.clip(high[:-step], low[step:], high[step:])
        low, high = np.concatenate((low[:step], before[0])), np.concatenate((high[:step], before[1]))
        step *= 2
    return np.clip(start, low, high)


def _flat(vectors: Array, up: Array) -> Array:
    """Return the horizontal part (F, 3)."""
    return np.asarray(vectors - np.outer(vectors @ up, up))


def _without_jitter(height: Array, fps: float) -> Array:
    """A standing foot's height without its tremble: a running mean over a fifth of a second."""
    width = min(len(height), max(1, round(0.2 * fps)))
    if width < 2:
        return height
    padded = np.concatenate((np.full(width // 2, height[0]), height, np.full(width - 1 - width // 2, height[-1])))
    return np.convolve(padded, np.ones(width) / width, "valid")


def _between(a: Array, b: Array, count: int) -> Array:
    x = np.linspace(0, 1, count + 2)[1:-1, None]
    return np.asarray(a + (b - a) * (x * x * (3 - 2 * x)))


def _filled(out: Array, known: Flags, fade: int) -> Array:
    """Offsets for the frames between contacts: eased from one to the next, through nothing when there is time."""
    for start, end in runs(~known):
        count = end - start
        before = out[start - 1] if start > 0 else None
        after = out[end] if end < len(out) else None
        if before is not None and after is not None and count <= 2 * fade:
            out[start:end] = _between(before, after, count)
            continue
        none = np.zeros(3)
        if before is not None:
            steps = min(fade, count)
            out[start : start + steps] = _between(before, none, steps)
        if after is not None:
            steps = min(fade, count - (min(fade, count) if before is not None else 0))
            out[end - steps : end] = _between(none, after, steps)
    return out
