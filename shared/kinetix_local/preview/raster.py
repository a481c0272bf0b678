"""Triangles → samples with a depth test, without a loop over triangles or pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Samples", "rasterise"]

Array32 = NDArray[np.float32]
_BATCH = 1 << 21
"""Candidate samples handled at once: 100 MB of temporaries."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What is seen: S samples.

    Attributes:
        pixels: (S,) y * width + x.
        triangles: (S,) which triangle is in front.
        weights: (S, 3) barycentric.
    """

    pixels: NDArray[np.int64]
    triangles: NDArray[np.int64]
    weights: Array32


def rasterise(points: Array32, faces: NDArray[np.int64], width: int, height: int) -> Samples:
    """Projected vertices (V, 3) x, y, depth and triangles (T, 3), clockwise on a y-down picture is the back → the front samples."""
    a, b, c = points[faces[:, 0]], points[faces[:, 1]], points[faces[:, 2]]
    # Pixel y points down, which turns counter-clockwise fronts into a negative area.
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.minimum(np.minimum(a, b), c)[:, :2]
    high = np.maximum(np.maximum(a, b), c)[:, :2]
    first = np.clip(np.ceil(low - 0.5), 0, [width, height]).astype(np.int64)
    last = np.clip(np.floor(high - 0.5), -1, [width - 1, height - 1]).astype(np.int64)
    spans = np.maximum(last - first + 1, 0)
    kept = np.flatnonzero((area < -1e-9) & (spans[:, 0] > 0) & (spans[:, 1] > 0))
    a, b, c, area, first, spans = a[kept], b[kept], c[kept], area[kept], first[kept], spans[kept]
    u = np.stack([(b[:, 1] - c[:, 1]) / area, (c[:, 0] - b[:, 0]) / area], 1)
    v = np.stack([(c[:, 1] - a[:, 1]) / area, (a[:, 0] - c[:, 0]) / area], 1)
    depth = np.full(width * height, np.inf, np.float32)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], Array32, Array32, Array32]] = []
    counts = spans[:, 0] * spans[:, 1]
    ends = np.cumsum(counts)
    begin = 0
    while begin < len(kept):
        done = ends[begin - 1] if begin else 0
        stop = max(int(np.searchsorted(ends, done + _BATCH, side="right")), begin + 1)
        part = slice(begin, stop)
        own = np.repeat(np.arange(begin, stop), counts[part])
        step = np.arange(len(own)) - np.repeat(ends[part] - counts[part] - done, counts[part])
        row, column = np.divmod(step, spans[own, 0])
        x, y = first[own, 0] + column, first[own, 1] + row
        away_x, away_y = x + np.float32(0.5) - c[own, 0], y + np.float32(0.5) - c[own, 1]
        wa = (u[own, 0] * away_x + u[own, 1] * away_y).astype(np.float32)
        wb = (v[own, 0] * away_x + v[own, 1] * away_y).astype(np.float32)
        inside = np.flatnonzero((wa >= 0) & (wb >= 0) & (wa + wb <= 1))
        own, wa, wb = own[inside], wa[inside], wb[inside]
        pixels = y[inside] * width + x[inside]
        z = wa * a[own, 2] + wb * b[own, 2] + (1 - wa - wb) * c[own, 2]
        np.minimum.at(depth, pixels, z)
        found.append((pixels, kept[own], wa, wb, z))
        begin = stop
    if not found:
        return Samples(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.float32))
    pixels, own, wa, wb, z = (np.concatenate(parts) for parts in zip(*found, strict=True))
    front = np.flatnonzero(z <= depth[pixels])
    pixels, one = np.unique(pixels[front], return_index=True)  # two triangles may share an edge
    front = front[one]
    wa, wb = wa[front], wb[front]
    return Samples(pixels, own[front], np.stack([wa, wb, 1 - wa - wb], 1))
