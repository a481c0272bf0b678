"""Triangles → samples with a depth test, without a loop over triangles or pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array32 = NDArray[np.float32]
_EDGE = 1e-6
"""Pixels: a centre this close to an edge is inside, so that neighbours leave no gap."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Visible samples S.

    Attributes:
        pixels: (S,) y * width + x.
        triangles: (S,) which triangle is in front.
        weights: (S, 3) barycentric.
    """

    pixels: NDArray[np.int64]
    triangles: NDArray[np.int64]
    weights: Array32


def rasterise(points: Array32, faces: NDArray[np.int64], width: int, height: int) -> Samples:
    """Projected vertices (V, 3) x, y, depth and triangles (T, 3) → the samples in front. Backs are not drawn.

    Triangles are taken apart into rows of pixels and these into pixels, so no candidate lies outside of its triangle.
    """
    a, b, c = (points[faces[:, corner]].astype(np.float64) for corner in range(3))
    # Pixel y points down, which turns counter-clockwise fronts into a negative area.
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.maximum(np.ceil(np.minimum(np.minimum(a[:, 1], b[:, 1]), c[:, 1]) - 0.5), 0)
    high = np.minimum(np.floor(np.maximum(np.maximum(a[:, 1], b[:, 1]), c[:, 1]) - 0.5), height - 1)
    kept = np.flatnonzero((area < -1e-9) & (high >= low))
    a, b, c, area = a[kept], b[kept], c[kept], area[kept]
    counts = (high[kept] - low[kept] + 1).astype(np.int64)
    own = np.repeat(np.arange(len(kept)), counts)
    rows = low[kept][own] + _steps(counts)
    # The weight of corner a at a pixel's centre is slope[:, 0] * x + start[:, 0] along a row, and so on.
    slope = np.stack([b[:, 1] - c[:, 1], c[:, 1] - a[:, 1], a[:, 1] - b[:, 1]], 1) / area[:, None]
    fall = np.stack([c[:, 0] - b[:, 0], a[:, 0] - c[:, 0], b[:, 0] - a[:, 0]], 1) / area[:, None]
    fixed = np.stack([b[:, 0] * c[:, 1] - c[:, 0] * b[:, 1], c[:, 0] * a[:, 1] - a[:, 0] * c[:, 1]], 1) / area[:, None]
    fixed = np.concatenate([fixed, 1 - fixed.sum(1, keepdims=True)], 1)
    slope, start = slope[own], fall[own] * (rows[:, None] + 0.5) + fixed[own] + 0.5 * slope[own]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -start / slope
    first, last = np.zeros(len(own)), np.full(len(own), width - 1.0)
    for edge in range(3):
        np.maximum(first, np.where(slope[:, edge] > 0, crossing[:, edge], 0.0), out=first)
        np.minimum(last, np.where(slope[:, edge] < 0, crossing[:, edge], last), out=last)
    # An edge along the row lets all of it pass or nothing.
    last[((slope == 0) & (start < 0)).any(1)] = -1.0
    begin = np.ceil(first - _EDGE).astype(np.int64)
    counts = np.maximum(np.floor(last + _EDGE).astype(np.int64) - begin + 1, 0)
    line = np.repeat(np.arange(len(own)), counts)
    x = begin[line] + _steps(counts)
    pixels = rows.astype(np.int64)[line] * width + x
    corners = np.stack([a[:, 2], b[:, 2], c[:, 2]], 1)[own]
    z = (start * corners).sum(1)[line] + (slope * corners).sum(1)[line] * x
    depth = np.full(width * height, np.inf)
    np.minimum.at(depth, pixels, z)
    front = np.flatnonzero(z <= depth[pixels])
    pixels, one = np.unique(pixels[front], return_index=True)  # two triangles share the pixels of their edge
    line, x = line[front[one]], x[front[one]]
    weights = np.clip(start[line] + slope[line] * x[:, None], 0, 1)
    return Samples(pixels, kept[own[line]], weights.astype(np.float32))


def _steps(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0 … n - 1 for every n of `counts`, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts)
