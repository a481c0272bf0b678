"""The focal length that a camera tells by turning.

Two pictures of a camera that turned differ by a shift and by perspective. With a wrong focal length the turn that explains the shift
does not explain the perspective, and edges stay apart by up to a pixel. So the one with which they meet is looked for.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_capture import lowest_step
from kinetix_capture.arrays import Array
from kinetix_capture.tracking.picture_alignment import Lens, View, align
from kinetix_core.motion import quaternion as quat

# Degrees that the optical axis has turned between two pictures that are compared: less tells little, after more they share too little.
_LEAST_DEG, _MOST_DEG = 1.5, 18.0
_FEWEST, _MOST_PAIRS = 3, 8
# Natural logarithms: the step between focal lengths that are tried, and how many steps from the usual one they go.
_STEP, _MOST_STEPS = 0.1, 7
# Pixels that edges are apart: with the right one at most, and from the picture before where a picture is lost.
_FITS, _LOST = 0.6, 1.5
# The focal lengths of single pairs differ by no more, in the median: else the camera did more than turn.
_AGREE = 0.03


@dataclass(frozen=True)
class Picture:
    """A grey picture with the lens that is assumed, in its pixels, and (4,) left, top, right, bottom of the person."""

    grey: NDArray[np.uint8]
    lens: Lens
    person: Array | None

    def view(self, longer: float = 1.0) -> View:
        return View(self.grey, Lens(self.lens.focal * longer, self.lens.centre), self.person)


def find(pictures: Sequence[Picture]) -> float | None:
    """Return the focal length as a multiple of the assumed one, or None if the frames, in order, do not tell it."""
    pairs = _pairs(pictures)
    if len(pairs) < _FEWEST:
        return None

    @functools.cache
    def misfits(step: int) -> Array:
        return _misfits(pictures, pairs, float(np.exp(step * _STEP)))

    def cost(step: int) -> float:
        return float((misfits(step) ** 2).mean())

    best = lowest_step.downhill(cost, _MOST_STEPS)
    if abs(best) == _MOST_STEPS or not np.median(misfits(best)) < _FITS:
        return None
    near = np.stack([misfits(best + step) ** 2 for step in (-1, 0, 1)])
    each, found = lowest_step.parabola(*near), float(lowest_step.parabola(*near.mean(axis=1)))
    if np.median(np.abs(each - found)) * _STEP > _AGREE:
        return None
    return float(np.exp((best + found) * _STEP))


def _pairs(pictures: Sequence[Picture]) -> list[tuple[int, int, Array]]:
    """Two pictures each, with the turn (3, 3) from the first to the second by the assumed lens: those that turned farthest."""
    turns, chains = _turns(pictures)
    found = []
    for first in range(len(pictures)):
        later = [
            (_axis_deg(turns[second] @ turns[first].T), second)
            for second in range(first + 1, len(pictures))
            if chains[second] == chains[first]
        ]
        fitting = [one for one in later if _LEAST_DEG <= one[0] <= _MOST_DEG]
        if fitting:
            farthest, second = max(fitting)
            found.append((farthest, first, second))
    found.sort(reverse=True)
    return [(first, second, turns[second] @ turns[first].T) for _, first, second in found[:_MOST_PAIRS]]


def _turns(pictures: Sequence[Picture]) -> tuple[list[Array], list[int]]:
    """The turn (3, 3) of each picture from the first one, and the number of its chain: none leads past a picture that is lost."""
    turns, chains, onward = [np.eye(3)], [0], np.eye(3)
    for before, view in itertools.pairwise(picture.view() for picture in pictures):
        step = align(before, view, onward) if before.tells else None
        lost = step is None or step.misfit > _LOST
        onward = np.eye(3) if step is None or lost else step.turn
        turns.append(onward @ turns[-1])
        chains.append(chains[-1] + lost)
    return turns, chains


def _axis_deg(turn: Array) -> float:
    """By how many degrees the optical axis turns; a roll about it tells nothing of the lens."""
    return float(np.degrees(np.arccos(np.clip(turn[2, 2], -1, 1))))


def _misfits(pictures: Sequence[Picture], pairs: Sequence[tuple[int, int, Array]], longer: float) -> Array:
    """Return (P,) pixels by which the edges of each pair stay apart with a focal length so many times as long as assumed."""
    views = {number: pictures[number].view(longer) for pair in pairs for number in pair[:2]}
    apart = []
    for first, second, turn in pairs:
        angles = quat.log(quat.from_matrix(turn)) / np.array([longer, longer, 1.0])  # the same shift, roughly
        apart.append(align(views[first], views[second], quat.to_matrix(quat.exp(angles))).misfit)
    return np.array(apart)
