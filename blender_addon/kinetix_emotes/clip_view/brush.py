# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw over a 3D view, in what every Blender from 4.2 on has: no wide lines, no fans of triangles."""

from __future__ import annotations

import math
from typing import Any

from .. import colours
from .rect import Rect

Point = tuple[float, float]
_FONT = 0
_WHOLE = Rect(0.0, 0.0, 1.0, 1.0)


class Brush:
    """Fills with colours and pictures, while a region is drawn."""

    def __init__(self) -> None:
        import gpu  # there is none without a window
        from gpu_extras.batch import batch_for_shader

        self._batch: Any = batch_for_shader
        self._flat, self._image = (gpu.shader.from_builtin(name) for name in ("UNIFORM_COLOR", "IMAGE"))

    def fill(self, rect: Rect, colour: colours.Colour) -> None:
        if rect.width <= 0 or rect.height <= 0:
            return
        self._flat.uniform_float("color", colour)
        self._batch(self._flat, "TRI_STRIP", {"pos": _corners(rect)}).draw(self._flat)

    def picture(self, rect: Rect, texture: Any, part: Rect = _WHOLE) -> None:
        """`part` of the picture, in shares of it from its lower left corner, over the rectangle."""
        across = _corners(part)
        batch = self._batch(self._image, "TRI_STRIP", {"pos": _corners(rect), "texCoord": across})
        self._image.bind()
        self._image.uniform_sampler("image", texture)
        batch.draw(self._image)

    def line(self, first: Point, last: Point, colour: colours.Colour, width: float) -> None:
        dx, dy = last[0] - first[0], last[1] - first[1]
        half = width / 2 / max(math.hypot(dx, dy), 1e-6)
        x, y = -dy * half, dx * half
        corners = [(at[0] + side * x, at[1] + side * y) for at in (first, last) for side in (-1, 1)]
        self._flat.uniform_float("color", colour)
        self._batch(self._flat, "TRI_STRIP", {"pos": corners}).draw(self._flat)

    def frame(self, rect: Rect, colour: colours.Colour, width: float) -> None:
        for edge in (
            Rect(rect.left, rect.top - width, rect.right, rect.top),
            Rect(rect.left, rect.bottom, rect.right, rect.bottom + width),
            Rect(rect.left, rect.bottom, rect.left + width, rect.top),
            Rect(rect.right - width, rect.bottom, rect.right, rect.top),
        ):
            self.fill(edge, colour)


def _corners(rect: Rect) -> list[tuple[float, float]]:
    return [(rect.left, rect.bottom), (rect.right, rect.bottom), (rect.left, rect.top), (rect.right, rect.top)]


def write(words: str, free: Rect, y: float, size: float, colour: colours.Colour) -> None:
    """In the middle; smaller where it would not fit."""
    import blf  # there is none without a window

    blf.size(_FONT, size)
    width = blf.dimensions(_FONT, words)[0]
    if width > free.width - 2 * size:
        blf.size(_FONT, size * (free.width - 2 * size) / width)
        width = free.width - 2 * size
    blf.color(_FONT, *colour)
    blf.position(_FONT, (free.left + free.right - width) / 2, y, 0)
    blf.draw(_FONT, words)
