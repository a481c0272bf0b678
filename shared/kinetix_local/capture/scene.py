"""Which way is up, from the straight edges of the scene: walls, doors, tiles and beams mostly run along three right-angled axes.

The still background of a clip gives edge elements; each one and the camera's centre span a plane. A turn of the three axes is good
when many planes hold one of them (Manhattan-world assumption, Coughlan and Yuille 1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, sobel
from scipy.optimize import minimize

__all__ = ["PITCHES", "ROLLS", "Edges", "edges", "evidence", "sharpen", "up_of"]

Array = NDArray[np.float64]

PITCHES = np.radians(np.arange(-20.0, 50.1, 2.0))
ROLLS = np.radians(np.arange(-36.0, 36.1, 2.0))
_YAWS = np.radians(np.arange(0.0, 90.0, 2.5))
_MOST = 500
_SPREAD = 0.035


@dataclass(frozen=True)
class Edges:
    """N edge elements: normals (N, 3) of their planes in the camera's frame (y up), and weights (N,) that sum to one."""

    normals: Array
    weights: Array


def up_of(pitch: Array | float, roll: Array | float) -> Array:
    """(..., 3) the up direction in the camera's frame for a camera that looks down by `pitch` and is turned by `roll`."""
    pitch, roll = np.broadcast_arrays(np.asarray(pitch, float), np.asarray(roll, float))
    return np.stack((np.sin(roll) * np.cos(pitch), np.cos(roll) * np.cos(pitch), np.sin(pitch)), -1)


def edges(pictures: Sequence[NDArray[np.uint8]], slopes_per_pixel: float, centre: tuple[float, float]) -> Edges:
    """Edge elements of the still part of grey pictures (H, W) of one size.

    Args:
        slopes_per_pixel: 1 / focal length in pixels of these pictures.
        centre: of the optical axis in pixels of these pictures.
    """
    stack = np.stack(pictures[:: max(len(pictures) // 12, 1)]).astype(np.float32)
    still = np.median(stack, axis=0)
    moving = (
        maximum_filter(np.abs(stack - still).max(axis=0), 9) > 40 if len(stack) > 2 else np.zeros(still.shape, bool)
    )
    smooth = gaussian_filter(still, 1.2)
    across, down = sobel(smooth, axis=1), sobel(smooth, axis=0)
    # the structure tensor says how straight an edge is around each pixel
    xx, yy, xy = (gaussian_filter(product, 2.5) for product in (across * across, down * down, across * down))
    strength = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    coherence = strength / np.maximum(xx + yy, 1e-6)
    size = np.hypot(across, down)
    size[moving | (coherence < 0.9)] = 0
    size[:6], size[-6:], size[:, :6], size[:, -6:] = 0, 0, 0, 0
    peaks = (size == maximum_filter(size, 5)) & (size > 25)
    rows, columns = np.nonzero(peaks)
    if len(rows) < 20:
        return Edges(np.zeros((0, 3)), np.zeros(0))
    keep = np.argsort(-size[rows, columns], kind="stable")[:_MOST]
    rows, columns = rows[keep], columns[keep]
    angle = 0.5 * np.arctan2(2 * xy[rows, columns], (xx - yy)[rows, columns])  # of the gradient
    # the line through (x, y) along (-sin, cos) of the gradient's angle, in slopes with y up
    x, y = (columns - centre[0]) * slopes_per_pixel, -(rows - centre[1]) * slopes_per_pixel
    point = np.stack((x, y, -np.ones_like(x)), -1)
    along = np.stack((-np.sin(angle), -np.cos(angle), np.zeros_like(angle)), -1)
    normals = np.cross(point, along)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    weights = np.sqrt(np.minimum(size[rows, columns], 400.0))
    return Edges(normals, weights / weights.sum())


def evidence(found: Edges) -> Array:
    """(pitches, rolls) 0 … 1: the share of edges that the best turn about this up direction explains."""
    if not len(found.normals):
        return np.zeros((len(PITCHES), len(ROLLS)))
    ups = up_of(PITCHES[:, None], ROLLS[None]).reshape(-1, 3)
    return np.array([_explained(found, up, _YAWS, _SPREAD).max() for up in ups]).reshape(len(PITCHES), len(ROLLS))


def sharpen(found: Edges, up: Array) -> Array:
    """The up direction (3,) near `up` that explains most edges tightly."""
    if not len(found.normals):
        return up
    pitch, roll = np.arcsin(up[2]), np.arctan2(up[0], up[1])
    yaw = _YAWS[int(np.argmax(_explained(found, up, _YAWS, _SPREAD)))]

    def unexplained(turn: Array) -> float:
        return -float(_explained(found, up_of(turn[0], turn[1]), turn[2:], _SPREAD / 2)[0])

    best = minimize(
        unexplained,
        np.array([pitch, roll, yaw]),
        method="Nelder-Mead",
        options={"initial_simplex": np.array([pitch, roll, yaw]) + np.radians(2) * np.eye(4, 3, -1), "maxfev": 150},
    ).x
    sharp = up_of(best[0], best[1])
    return sharp if sharp @ up > np.cos(np.radians(4)) else up


def _explained(found: Edges, up: Array, yaws: Array, spread: float) -> Array:
    """(yaws,) weight of the edges that run along one of the three axes."""
    first = np.array([-up[1], up[0], 0.0]) / np.hypot(up[0], up[1])  # level, and right-angled to the view
    second = np.cross(up, first)
    a, b = found.normals @ first, found.normals @ second
    c, s = np.cos(yaws)[:, None], np.sin(yaws)[:, None]
    level = np.minimum(np.abs(c * a + s * b), np.abs(c * b - s * a))
    off = np.minimum(level, np.abs(found.normals @ up)).astype(np.float32) / np.float32(spread)
    return np.asarray(np.exp(off * off * np.float32(-0.5)) @ found.weights)
