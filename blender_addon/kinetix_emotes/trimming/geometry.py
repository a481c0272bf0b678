# SPDX-License-Identifier: GPL-3.0-or-later
"""Layout of the picture and its strip, hit tests and drags. Independent of Blender.

A crop is what is cut away at each side, as a share of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, Flag, auto

LEAST_LEFT = 0.1
"""Share of the picture's width and height that a crop leaves at least: the form's fields go to 90 %."""

_MARGIN, _STRIP, _GAP, _HANDLE, _BAR = 16.0, 46.0, 30.0, 12.0, 12.0
_LEAST_WIDE, _LEAST_HIGH = 200.0, 260.0  # pixels of the interface; where there are fewer, everything is made smaller
_SNAP = 0.012


@dataclass(frozen=True)
class Rect:
    """A rectangle of a region, in its pixels: x to the right, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.bottom <= y <= self.top

    def grown(self, by: float) -> Rect:
        return Rect(self.left - by, self.bottom - by, self.right + by, self.top + by)


@dataclass(frozen=True)
class Part:
    """Seconds into the clip. `end` is the clip's own end where nothing is cut away."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


class StripGrip(Enum):
    FROM = auto()
    TO = auto()
    BOTH = auto()  # the bar between the handles: it moves the part as it is
    TIME = auto()  # the strip itself: it shows another moment


@dataclass(frozen=True)
class Strip:
    """The clip as a strip: its handles stand outside of what they hold, so they never lie on each other."""

    rect: Rect
    seconds: float
    handle: float
    bar: float

    def x_of(self, seconds: float) -> float:
        share = seconds / self.seconds if self.seconds else 0.0
        return self.rect.left + self.handle + share * self._inner

    def time_at(self, x: float) -> float:
        share = (x - self.rect.left - self.handle) / self._inner if self._inner > 0 else 0.0
        return min(max(share, 0.0), 1.0) * self.seconds

    def seconds_of(self, pixels: float) -> float:
        return pixels / self._inner * self.seconds if self._inner > 0 else 0.0

    def handle_of(self, grip: StripGrip, part: Part) -> Rect:
        """Return the place of a handle, or of the bar that moves both."""
        first, last = self.x_of(part.start), self.x_of(part.end)
        if grip is StripGrip.FROM:
            return Rect(first - self.handle, self.rect.bottom, first, self.rect.top + self.bar)
        if grip is StripGrip.TO:
            return Rect(last, self.rect.bottom, last + self.handle, self.rect.top + self.bar)
        if grip is StripGrip.BOTH:
            return Rect(first, self.rect.top, last, self.rect.top + self.bar)
        return self.rect

    def grip_at(self, x: float, y: float, part: Part, reach: float = 0.0) -> StripGrip | None:
        """Return the grip at this place; the nearer one where two overlap within `reach` pixels."""
        near = [
            (abs((handle.left + handle.right) / 2 - x), grip)
            for grip in (StripGrip.FROM, StripGrip.TO)
            if (handle := self.handle_of(grip, part)).grown(reach).holds(x, y)
        ]
        if near:
            return min(near, key=lambda one: one[0])[1]
        return next((grip for grip in (StripGrip.BOTH, StripGrip.TIME) if self.handle_of(grip, part).holds(x, y)), None)

    @property
    def _inner(self) -> float:
        return self.rect.width - 2 * self.handle

    def moved(self, part: Part, grip: StripGrip, by: float, shortest: float) -> Part:
        """Return the part after a drag of its handle, or of both; at least `shortest` seconds long."""
        least = min(shortest, self.seconds)
        if grip is StripGrip.FROM:
            return replace(part, start=min(max(part.start + by, 0.0), max(part.end - least, 0.0)))
        if grip is StripGrip.TO:
            return replace(part, end=max(min(part.end + by, self.seconds), min(part.start + least, self.seconds)))
        by = min(max(by, -part.start), self.seconds - part.end)
        return Part(part.start + by, part.end + by)


def nearest_frame(seconds: float, fps: float, length: float) -> float:
    """Return the frame nearest to this moment, in seconds: what is seen is then where the cut is."""
    return min(round(seconds * fps) / fps, length) if fps else min(seconds, length)


@dataclass(frozen=True)
class Places:
    picture: Rect
    strip: Rect
    handle: float
    bar: float


def arranged(free: Rect, aspect: float, scale: float = 1.0) -> Places:
    """Return the largest layout of picture and strip in the free part of the region."""
    scale = min(scale, free.width / _LEAST_WIDE, free.height / _LEAST_HIGH)
    margin = _MARGIN * scale
    bottom = free.bottom + margin + _GAP * scale
    strip = Rect(free.left + margin, bottom, free.right - margin, bottom + _STRIP * scale)
    above = strip.top + (_BAR + _GAP) * scale
    width, height = strip.width, free.top - margin - _GAP * scale - above
    if width / height > aspect:
        width = height * aspect
    else:
        height = width / aspect
    centre = ((free.left + free.right) / 2, (above + free.top - margin - _GAP * scale) / 2)
    picture = Rect(centre[0] - width / 2, centre[1] - height / 2, centre[0] + width / 2, centre[1] + height / 2)
    return Places(picture, strip, _HANDLE * scale, _BAR * scale)


@dataclass(frozen=True)
class Crop:
    """Shares of the picture that are cut away, 0 … 1."""

    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0


class Sides(Flag):
    """Sides of a crop that a drag moves: one side, a corner (two sides), or all."""

    LEFT = auto()
    RIGHT = auto()
    TOP = auto()
    BOTTOM = auto()
    ALL = LEFT | RIGHT | TOP | BOTTOM


def crop_rect(picture: Rect, crop: Crop) -> Rect:
    return Rect(
        picture.left + crop.left * picture.width,
        picture.bottom + crop.bottom * picture.height,
        picture.right - crop.right * picture.width,
        picture.top - crop.top * picture.height,
    )


def crop_of(picture: Rect, rect: Rect) -> Crop:
    """Return the crop that leaves this part of the picture; what is outside of the picture counts as its edge."""
    shares = (
        (rect.left - picture.left) / picture.width,
        (picture.right - rect.right) / picture.width,
        (picture.top - rect.top) / picture.height,
        (rect.bottom - picture.bottom) / picture.height,
    )
    return Crop(*(_snapped(share) for share in shares))


def crop_drawn(picture: Rect, first: tuple[float, float], last: tuple[float, float]) -> Crop:
    """Return a new crop from one corner to the opposite one, of at least the minimum size."""
    left, right = _span(first[0], last[0], picture.left, picture.right)
    bottom, top = _span(first[1], last[1], picture.bottom, picture.top)
    return crop_of(picture, Rect(left, bottom, right, top))


def _span(first: float, last: float, low: float, high: float) -> tuple[float, float]:
    first, last = min(max(first, low), high), min(max(last, low), high)
    least = LEAST_LEFT * (high - low)
    if abs(last - first) < least:
        last = first + least if (last >= first and first + least <= high) or first - least < low else first - least
    return min(first, last), max(first, last)


def sides_at(picture: Rect, crop: Crop, x: float, y: float, reach: float) -> Sides | None:
    """Return the sides of the crop under the mouse; None where a drag would draw a new crop."""
    if crop == Crop():
        return None
    rect = crop_rect(picture, crop)
    if not rect.grown(reach).holds(x, y):
        return None
    reach_x, reach_y = min(reach, rect.width / 4), min(reach, rect.height / 4)
    found = Sides(0)
    for side, far in (
        (Sides.LEFT, x > rect.left + reach_x),
        (Sides.RIGHT, x < rect.right - reach_x),
        (Sides.TOP, y < rect.top - reach_y),
        (Sides.BOTTOM, y > rect.bottom + reach_y),
    ):
        if not far:
            found |= side
    return found or Sides.ALL


def crop_by_drag(picture: Rect, crop: Crop, sides: Sides, dx: float, dy: float) -> Crop:
    """Return the crop after a drag of these sides by so many pixels. No side passes another."""
    across, up = dx / picture.width, dy / picture.height
    if sides == Sides.ALL:
        across = min(max(across, -crop.left), crop.right)
        up = min(max(up, -crop.bottom), crop.top)
        return Crop(crop.left + across, crop.right - across, crop.top - up, crop.bottom + up)
    left, right, top, bottom = crop.left, crop.right, crop.top, crop.bottom
    if Sides.LEFT in sides:
        left = _between(left + across, 1 - right)
    if Sides.RIGHT in sides:
        right = _between(right - across, 1 - left)
    if Sides.TOP in sides:
        top = _between(top - up, 1 - bottom)
    if Sides.BOTTOM in sides:
        bottom = _between(bottom + up, 1 - top)
    return Crop(left, right, top, bottom)


def _between(share: float, far_side: float) -> float:
    return _snapped(min(share, far_side - LEAST_LEFT))


def _snapped(share: float) -> float:
    """Snap a place near the picture's edge to it."""
    return 0.0 if share < _SNAP else min(share, 1 - LEAST_LEFT)
