"""Contacts other than those of feet with the floor: landmarks that stay where they are, and parts of the body that meet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.fitting.normal_equations import NormalEquations, robust

# Metres: how exactly two parts meet.
_MEETS = 0.015
# Standard deviations beyond which a landmark does not stay after all.
_LIFTED = 2.0


@dataclass(frozen=True)
class Meeting:
    """In `frames` (F,) two places are `distance` metres apart, each the mean of the landmarks with weights (K,), sum one."""

    frames: Flags
    one: Array
    other: Array
    distance: float


@dataclass(frozen=True)
class Touching:
    """`still` (F, K): the landmark does not move from here to the next frame in which it is still, too."""

    still: Flags
    meetings: tuple[Meeting, ...] = ()

    def part(self, frames: slice) -> Touching:
        meetings = tuple(replace(meeting, frames=meeting.frames[frames]) for meeting in self.meetings)
        return replace(self, still=self.still[frames], meetings=meetings)


def apart(meeting: Meeting, points: Array) -> Array:
    """Return (F,) metres between the two places, of landmarks (F, K, 3)."""
    return np.asarray(np.linalg.norm(np.tensordot(points, meeting.one - meeting.other, (1, 0)), axis=-1))


def add(normal: NormalEquations, touching: Touching, points: Array, slope: Array, still: float) -> None:
    """Add both to the fit.

    Args:
        points: landmarks (F, K, 3), and how they move with the unknowns (F, K, 3, N).
        still: standard deviation of a landmark that stays, metres a frame.
    """
    add_still(normal, touching.still, points, slope, still)
    for meeting in touching.meetings:
        weights = meeting.one - meeting.other
        between = np.tensordot(points, weights, (1, 0))
        moves = np.tensordot(weights, slope, (0, 1))
        length = np.maximum(np.linalg.norm(between, axis=-1), 1e-4)
        residual = np.where(meeting.frames, length - meeting.distance, 0.0)[:, None] / _MEETS
        along = between / length[:, None]
        turned = np.einsum("fi,fin->fn", along, moves)[:, None] * (meeting.frames[:, None] / _MEETS)[..., None]
        normal.add(turned, residual)


def add_still(normal: NormalEquations, still: Flags, points: Array, slope: Array, deviation: float) -> None:
    """Add how far landmarks (F, K, 3) move while they are `still` (F, K); `deviation` in metres a frame."""
    for number in np.flatnonzero(still.any(axis=0)):
        before = np.flatnonzero(still[:-1, number] & still[1:, number])
        if len(before):
            moved = (points[before + 1, number] - points[before, number]) / deviation
            weight = robust(moved, _LIFTED)
            scale = (weight / deviation)[..., None]
            normal.add_step(before, slope[before, number] * scale, slope[before + 1, number] * scale, moved * weight)
