"""Rotation of a camera from one frame to another, from the pixels (direct alignment, inverse compositional).

Where a camera only turns, two pictures differ by a homography with three unknowns, whatever is in front of it. Points with a strong
edge, spread over the picture, are compared with the other picture; Gauss-Newton with robust weights finds the turn, from coarse to
fine. What moves by itself is left out or loses its weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from kinetix_capture.arrays import Array, Flags
from kinetix_core.motion import quaternion as quat

_LEVELS = 3
_CELL = 6
# Grey levels a pixel of an edge, and how many such points a picture must have to tell anything.
_EDGE, _FEWEST = 3.0, 40
_STEPS = 10
_SETTLED = 2e-6
_BLUR = 1.0
_NOISE = 1.0


@dataclass(frozen=True)
class Lens:
    """Focal length and optical axis in pixels of a picture."""

    focal: float
    centre: tuple[float, float]

    def rays(self, points: Array) -> Array:
        """(..., 2) pixels → (..., 3) directions x right, y down, z ahead, with z one."""
        plane = (points - np.array(self.centre)) / self.focal
        return np.concatenate((plane, np.ones((*plane.shape[:-1], 1))), -1)

    def pixels(self, rays: Array) -> Array:
        """(..., 3) directions → (..., 2) pixels; what is not ahead is far outside."""
        ahead = np.maximum(rays[..., 2:], 1e-3)
        return np.asarray(rays[..., :2] / ahead * self.focal + np.array(self.centre))

    def scaled(self, scale: float) -> Lens:
        """The lens for pictures that are `scale` times as large."""
        return Lens(self.focal * scale, (self.centre[0] * scale, self.centre[1] * scale))


@dataclass(frozen=True)
class _Level:
    image: NDArray[np.float32]
    lens: Lens
    box: Array | None


@dataclass(frozen=True)
class _Points:
    """N points of a picture: directions (N, 3), grey values (N,), how they change with a turn (N, 3), and with a pixel (N,)."""

    rays: Array
    values: Array
    turns: Array
    edges: Array


class View:
    """One picture, ready to be compared with others. `person` (4,) is left, top, right, bottom in pixels: what is in there moves."""

    def __init__(self, grey: NDArray[np.uint8], lens: Lens, person: Array | None = None) -> None:
        image = Image.fromarray(grey)
        self.levels: list[_Level] = []
        for number in range(_LEVELS):
            shrink = 2**number
            small = image.reduce(shrink) if number else image
            smooth = gaussian_filter(np.asarray(small, np.float32), _BLUR)
            box = None if person is None else person / shrink
            self.levels.append(_Level(smooth, lens.scaled(1 / shrink), box))
        self._points: list[_Points] | None = None

    @property
    def points(self) -> list[_Points]:
        """Points of each level; found when the frame is first compared."""
        if self._points is None:
            self._points = [_strong(level) for level in self.levels]
        return self._points

    @property
    def tells(self) -> bool:
        """There is enough of a background to see a turn by."""
        return len(self.points[0].values) >= _FEWEST


def _strong(level: _Level) -> _Points:
    """The strongest edge of each cell of the picture, outside of the person."""
    down, across = (np.asarray(slope, np.float64) for slope in np.gradient(level.image))
    size = np.hypot(across, down)
    size[:2], size[-2:], size[:, :2], size[:, -2:] = 0, 0, 0, 0
    if level.box is not None:
        left, top, right, bottom = (max(round(edge), 0) for edge in level.box)
        size[top:bottom, left:right] = 0
    high, wide = (length // _CELL for length in size.shape)
    cells = (
        size[: high * _CELL, : wide * _CELL].reshape(high, _CELL, wide, _CELL).swapaxes(1, 2).reshape(high, wide, -1)
    )
    best = cells.argmax(-1)
    rows = np.arange(high)[:, None] * _CELL + best // _CELL
    columns = np.arange(wide)[None] * _CELL + best % _CELL
    keep = size[rows, columns] > _EDGE
    rows, columns = rows[keep], columns[keep]
    rays = level.lens.rays(np.stack((columns, rows), 1).astype(float))
    x, y = rays[:, 0], rays[:, 1]
    gx, gy = across[rows, columns] * level.lens.focal, down[rows, columns] * level.lens.focal
    turns = np.stack((-gx * x * y - gy * (1 + y * y), gx * (1 + x * x) + gy * x * y, gy * x - gx * y), 1)
    return _Points(rays, level.image[rows, columns].astype(float), turns, size[rows, columns])


@dataclass(frozen=True)
class Alignment:
    """Alignment of two frames.

    Attributes:
        turn: (3, 3) takes directions of the first camera to those of the second.
        shared: 0 … 1 of the first picture's points that the second one shows too.
        misfit: pixels (of the picture given) that they are off along their edges after the turn, the median of them.
        before: the same without a turn.
    """

    turn: Array
    shared: float
    misfit: float
    before: float


def align(first: View, second: View, guess: Array) -> Alignment:
    """The turn from the first picture to the second, near a guess (3, 3)."""
    # A guess is a product of turns found before, and rounding leaves it not quite a rotation. Kept, that grows threefold a picture.
    turn = quat.to_matrix(quat.normalize(quat.from_matrix(guess)))
    for number in reversed(range(_LEVELS)):
        points, level = first.points[number], second.levels[number]
        if len(points.values) < _FEWEST:
            continue
        for _ in range(_STEPS):
            off, inside = _difference(points, level, turn)
            if inside.sum() < _FEWEST:
                break
            step = _step(points, off, inside)
            turn = turn @ quat.to_matrix(quat.exp(-step))
            if float(np.linalg.norm(step)) < _SETTLED:
                break
    (shared, misfit), (_, before) = (_apart(first.points[0], second.levels[0], how) for how in (turn, np.eye(3)))
    return Alignment(turn, shared, misfit, before)


def _apart(points: _Points, level: _Level, turn: Array) -> tuple[float, float]:
    """The share of points that both pictures show, and the pixels that they are off after a turn, the median of them."""
    off, inside = _difference(points, level, turn)
    if inside.sum() < _FEWEST:
        return 0.0, float("inf")
    off, light, weight = off[inside], _light(points, inside), _weights(off[inside])
    off = off - light @ np.linalg.lstsq(light * weight[:, None], off * weight, rcond=None)[0]
    return float(inside.mean()), float(np.median(np.abs(off) / points.edges[inside]))


def _difference(points: _Points, level: _Level, turn: Array) -> tuple[Array, Flags]:
    """Return (N,) how much brighter each point is in the other picture, and which of them are in it, and not on the person."""
    rays = points.rays @ turn.T
    x, y = level.lens.pixels(rays).T
    high, wide = level.image.shape
    inside = (rays[:, 2] > 0.1) & (x >= 0) & (y >= 0) & (x < wide - 1) & (y < high - 1)
    if level.box is not None:
        left, top, right, bottom = level.box
        inside &= ~((x > left) & (x < right) & (y > top) & (y < bottom))
    column, row = (np.where(inside, value, 0).astype(np.int64) for value in (x, y))
    u, v = np.where(inside, x, 0) - column, np.where(inside, y, 0) - row
    image = level.image
    upper = image[row, column] * (1 - u) + image[row, column + 1] * u
    lower = image[row + 1, column] * (1 - u) + image[row + 1, column + 1] * u
    return np.where(inside, upper * (1 - v) + lower * v - points.values, 0.0), inside


def _light(points: _Points, inside: Flags) -> Array:
    """Return (N, 2) how grey values change where the picture as a whole becomes brighter, or fuller of contrast."""
    values = points.values[inside]
    return np.stack((np.ones(len(values)), values - values.mean()), 1)


def _weights(off: Array) -> Array:
    """Return weights (N,): near 1 for points that fit, near 0 for points that move by themselves."""
    off = off - np.median(off)
    spread = _NOISE + 1.5 * float(np.median(np.abs(off)))
    return np.asarray(1 / (1 + (off / (2 * spread)) ** 2) ** 2)


def _step(points: _Points, off: Array, inside: Flags) -> Array:
    """The change (3,) of the turn; what became of the light is solved with it."""
    off = off[inside]
    rows = np.concatenate((points.turns[inside], _light(points, inside)), 1)
    weighted = rows * _weights(off)[:, None]
    scale = np.trace(weighted.T @ rows) * 1e-9
    return np.asarray(np.linalg.solve(weighted.T @ rows + scale * np.eye(5), weighted.T @ off)[:3])
