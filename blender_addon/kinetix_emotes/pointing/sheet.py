# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the clip's picture lies in a view, and where the figure's joints are on it. Pure: no Blender in it.

Places are shares of the picture's width and height from its upper left, as a correction has them; points are pixels of a region.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..clip_view.rect import Rect

__all__ = ["BONES", "Place", "Point", "Sheet", "arranged", "nearest", "part_around"]

Place = tuple[float, float]
Point = tuple[float, float]

BONES = (
    ("leftShoulder", "rightShoulder"),
    ("leftHip", "rightHip"),
    ("leftShoulder", "leftHip"),
    ("rightShoulder", "rightHip"),
    ("leftShoulder", "leftElbow"),
    ("leftElbow", "leftWrist"),
    ("rightShoulder", "rightElbow"),
    ("rightElbow", "rightWrist"),
    ("leftHip", "leftKnee"),
    ("leftKnee", "leftAnkle"),
    ("rightHip", "rightKnee"),
    ("rightKnee", "rightAnkle"),
)
"""Which joints a line is drawn between."""

_AROUND = 0.2  # of the figure's size, on each side
_NARROWEST = 0.7  # width by height: a narrower part of the picture leaves no room to drag a joint aside
_MARGIN, _ABOVE, _BELOW = 16.0, 34.0, 34.0  # pixels of the interface


def part_around(places: Iterable[Place], size: tuple[int, int]) -> Rect:
    """The part of the picture around all these places, in shares of it from its lower left corner.

    Args:
        size: of the picture in pixels.
    """
    wide, high = size
    inside = [(min(max(x, 0.0), 1.0) * wide, min(max(1 - y, 0.0), 1.0) * high) for x, y in places]
    if not inside:
        return Rect(0.0, 0.0, 1.0, 1.0)
    left, right = min(x for x, _ in inside), max(x for x, _ in inside)
    bottom, top = min(y for _, y in inside), max(y for _, y in inside)
    around = _AROUND * max(right - left, top - bottom, 0.1 * high)
    height = top - bottom + 2 * around
    width = max(right - left + 2 * around, _NARROWEST * height)
    left, right = _within((left + right - width) / 2, width, wide)
    bottom, top = _within((bottom + top - height) / 2, height, high)
    return Rect(left / wide, bottom / high, right / wide, top / high)


def _within(start: float, length: float, whole: float) -> tuple[float, float]:
    """A stretch moved, and cut off where need be, so that it lies in 0 … `whole`."""
    length = min(length, whole)
    start = min(max(start, 0.0), whole - length)
    return start, start + length


@dataclass(frozen=True)
class Sheet:
    """A part of the picture, in shares from its lower left corner, and the rectangle of the region in which it lies."""

    rect: Rect
    part: Rect

    def point(self, place: Place) -> Point:
        across = (place[0] - self.part.left) / self.part.width
        up = (1 - place[1] - self.part.bottom) / self.part.height
        return self.rect.left + across * self.rect.width, self.rect.bottom + up * self.rect.height

    def moved(self, place: Place, dx: float, dy: float) -> Place:
        """The place so many pixels away, inside of the picture."""
        x = place[0] + dx / self.rect.width * self.part.width
        y = place[1] - dy / self.rect.height * self.part.height
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)


def arranged(free: Rect, part: Rect, size: tuple[int, int], scale: float) -> Sheet:
    """The part of the picture as large as it fits between a line above it and one below, in what of the region nothing covers."""
    width = max(free.width - 2 * _MARGIN * scale, 1.0)
    height = max(free.height - (_ABOVE + _BELOW) * scale, 1.0)
    aspect = part.width * size[0] / (part.height * size[1])
    width, height = (height * aspect, height) if width / height > aspect else (width, width / aspect)
    x, y = (free.left + free.right) / 2, (free.bottom + _BELOW * scale + free.top - _ABOVE * scale) / 2
    return Sheet(Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2), part)


def nearest(points: Mapping[str, Point], x: float, y: float, reach: float) -> str | None:
    """The joint nearest to the mouse, None where none is within `reach` pixels."""
    away = {joint: math.hypot(point[0] - x, point[1] - y) for joint, point in points.items()}
    found = min(away, key=lambda joint: away[joint], default=None)
    return found if found is not None and away[found] <= reach else None
