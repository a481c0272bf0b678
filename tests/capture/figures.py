"""Moving figures whose pose is known, and what a network would see of them."""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model, solver
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.measurements import Measurements

AWAY = np.array([0.0, 0.0, -4.0])
"""Place of a figure in the camera's frame, metres."""


def posed(values: Array) -> FigurePose:
    """Return the figure with values (F, N) of its freedoms."""
    rest = FigurePose.rest(len(values))
    return FigurePose(*solver.moved(rest.rotations, np.tile(AWAY, (len(values), 1)), values))


def dancing(phase: Array, swing: float) -> FigurePose:
    """Return a figure whose joints all swing by so many radians, and which goes about."""
    dofs = body_model.load().dofs
    values = np.zeros((len(phase), len(dofs)))
    for number, dof in enumerate(dofs):
        if dof.bones:
            turn = swing * np.sin(phase * (1 + number % 3 / 3) + number)
            values[:, number] = np.abs(turn) + 0.2 if dof.outer else turn
    values[:, 0], values[:, 2] = 0.4 * np.sin(phase / 9), 0.3 * np.sin(phase / 7)
    return posed(values)


def from_hips(points: Array) -> Array:
    """Return landmarks (F, K, 3) relative to the middle of the hips."""
    return np.asarray(points - points[:, body_model.rows((23, 24))].mean(1, keepdims=True))


def seen(points: Array, weight: float = 1.0) -> Measurements:
    """Return exact observations of landmarks (F, K, 3) in the camera's frame."""
    return Measurements(points[..., :2] / -points[..., 2:], np.full(points.shape[:2], weight), from_hips(points))
