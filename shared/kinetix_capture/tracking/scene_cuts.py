"""Cuts that the frames alone show, as mean colours of 16×16 cells: a change of the scene, and a clip that was looped."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
# Cells that change most; a person covers as many of the 256 or more.
_MOVING = 16
# Grey levels by which a jump changes them, and times the largest change in the frames beside it.
_JUMP_LEVELS, _TIMES_BESIDE = 4.0, 2.0
_BESIDE = 4
# A repeated part differs from its first showing by this share of the jump and of what moves in it at most, for so many frames.
_SAME, _LEAST_FRAMES, _MOST_FRAMES = 0.3, 12, 60
_MAX_JUMPS = 8


def scene_cut_at(times: Sequence[float], cells: Sequence[NDArray[Any]]) -> float | None:
    """Return the time of a scene cut, or None.

    Most cells (16, 16, 3) of the frame change at once, and far more than between the other frames.
    """
    if len(cells) < 3:
        return None
    change = np.array([np.median(np.abs(b - a).mean(-1)) for a, b in itertools.pairwise(cells)])
    worst = int(np.argmax(change))
    usual = float(np.median(np.delete(change, worst)))
    if change[worst] > 14 and change[worst] > 5 * usual + 4:
        return (times[worst] + times[worst + 1]) / 2
    return None


def loop_at(times: Sequence[float], cells: Sequence[NDArray[Any]]) -> float | None:
    """Return the time at which a looped clip starts again with a jump, or None.

    After the jump the frames repeat earlier ones to the end of the clip, at most 30 of them a second being given.
    """
    if not cells:
        return None
    values = np.asarray(cells, np.float32).reshape(len(cells), -1, 3)
    change = _change(values[1:], values[:-1])
    jumps = [
        number
        for number in map(int, np.flatnonzero(change > _JUMP_LEVELS))
        if change[number] > _TIMES_BESIDE * beside(change, number)
    ]
    jumps = sorted(jumps, key=lambda number: -change[number])[:_MAX_JUMPS]
    return next((times[jump + 1] for jump in sorted(jumps) if _repeats(values, jump + 1)), None)


def _repeats(values: Array, first: int) -> bool:
    """Return whether the frames after a jump repeat earlier frames that followed another frame."""
    length = min(len(values) - first, _MOST_FRAMES)
    if length < _LEAST_FRAMES:
        return False
    moves = _change(values[first + 1 : first + length], values[first]).max()
    limit = _SAME * min(float(moves), float(_change(values[first : first + 1], values[first - 1])[0]))
    for start in range(first - _LEAST_FRAMES + 1):
        if start and _change(values[first - 1 : first], values[start - 1])[0] < limit:
            continue
        shown = min(length, first - start)
        parts = range(0, shown - _BESIDE + 1, _BESIDE)
        if all(_change(values[first + at :][:_BESIDE], values[start + at :][:_BESIDE]).max() < limit for at in parts):
            return True
    return False


def _change(now: Array, then: Array) -> Array:
    """Return the mean change of the cells that change most, shape (F,), of frames (F, C, 3)."""
    levels = np.abs(now - then).mean(-1)
    return np.asarray(np.partition(levels, -_MOVING, axis=-1)[:, -_MOVING:].mean(-1))


def beside(steps: Array, number: int, over: int = 1) -> float:
    """Return the longest of the steps shortly before and after those from a frame over so many."""
    near = np.r_[steps[max(number - _BESIDE, 0) : number], steps[number + over : number + over + _BESIDE]]
    return float(near.max(initial=0.0))
