# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the tool over the 3D view: the picture with its crop, the strip with its handles, times and key."""

from __future__ import annotations

from typing import Any

from .. import colours
from ..blender import pgettext_iface
from ..create import clip_check
from .geometry import Crop, Rect, Sides, Strip, StripGrip, crop_rect
from .tool import Choice, Trimming

_LETTER, _SMALL_LETTER = 13.0, 11.0
_FONT = 0
_FULL_FRAME = Rect(0.0, 0.0, 1.0, 1.0)
KEYS = (
    "Drag in the frame: crop · Enter: apply · Esc: cancel · Space: play"
    " · I, O: set Start, End · Arrows: one frame · Backspace: reset"
)


def draw(tool: Trimming, region: Rect, free: Rect, scale: float) -> None:
    """
    Args:
        region: all of it, which is covered.
        free: what of it no other region lies over.
        scale: of the interface.
    """
    import gpu  # there is none without a window

    choice, places, strip = tool.choice(), tool.places(), tool.strip()
    brush = _Brush()
    gpu.state.blend_set("ALPHA")
    brush.fill(region, colours.BEHIND)
    _draw_picture(brush, tool, places.picture, choice, scale)
    _draw_strip(brush, tool, strip, choice, scale)
    _draw_words(tool, places.picture, strip, free, choice, scale)
    gpu.state.blend_set("NONE")


def _draw_picture(brush: _Brush, tool: Trimming, picture: Rect, choice: Choice, scale: float) -> None:
    if (texture := tool.pictures.shown()) is None:
        brush.fill(picture, colours.EMPTY)
    else:
        brush.picture(picture, texture)
    if choice.crop == Crop():
        return
    left = crop_rect(picture, choice.crop)
    for away in (
        Rect(picture.left, left.top, picture.right, picture.top),
        Rect(picture.left, picture.bottom, picture.right, left.bottom),
        Rect(picture.left, left.bottom, left.left, left.top),
        Rect(left.right, left.bottom, picture.right, left.top),
    ):
        brush.fill(away, colours.CUT_AWAY)
    if tool.dragging:
        for share in (1 / 3, 2 / 3):
            x, y = left.left + share * left.width, left.bottom + share * left.height
            brush.fill(Rect(x, left.bottom, x + scale, left.top), colours.THIRDS)
            brush.fill(Rect(left.left, y, left.right, y + scale), colours.THIRDS)
    brush.frame(left, colours.HANDLE if isinstance(tool.hovered, Sides) else colours.CROP, 1.5 * scale)
    mark = min(14 * scale, left.width / 3, left.height / 3)
    for x, width in ((left.left, mark), (left.right - mark, mark)):
        for y in (left.bottom, left.top - 4 * scale):
            brush.fill(Rect(x, y, x + width, y + 4 * scale), colours.CROP)
    for x in (left.left, left.right - 4 * scale):
        for y in (left.bottom, left.top - mark):
            brush.fill(Rect(x, y, x + 4 * scale, y + mark), colours.CROP)


def _draw_strip(brush: _Brush, tool: Trimming, strip: Strip, choice: Choice, scale: float) -> None:
    inner = Rect(strip.x_of(0.0), strip.rect.bottom, strip.x_of(strip.seconds), strip.rect.top)
    brush.fill(inner, colours.EMPTY)
    along, count = tool.pictures.along(), tool.pictures.count
    for place, texture in along.items():
        left = inner.left + place * inner.width / count
        brush.picture(Rect(left, inner.bottom, left + inner.width / count, inner.top), texture)
    first, last = strip.x_of(choice.part.start), strip.x_of(choice.part.end)
    brush.fill(Rect(inner.left, inner.bottom, first, inner.top), colours.CUT_AWAY)
    brush.fill(Rect(last, inner.bottom, inner.right, inner.top), colours.CUT_AWAY)
    brush.fill(Rect(first, inner.bottom, last, inner.bottom + 2 * scale), colours.HANDLE)
    for grip in (StripGrip.BOTH, StripGrip.FROM, StripGrip.TO):
        handle = strip.handle_of(grip, choice.part)
        brush.fill(handle, colours.HANDLE_HOVERED if tool.hovered is grip else colours.HANDLE)
        if grip is not StripGrip.BOTH:
            middle, centre = (handle.left + handle.right) / 2, (strip.rect.bottom + strip.rect.top) / 2
            brush.fill(
                Rect(middle - scale, centre - 8 * scale, middle + scale, centre + 8 * scale), colours.HANDLE_MARK
            )
    now = strip.x_of(min(tool.shown_s, strip.seconds))
    brush.fill(Rect(now - scale, inner.bottom - 6 * scale, now + scale, inner.top + strip.bar), colours.NOW)


def _draw_words(tool: Trimming, picture: Rect, strip: Strip, free: Rect, choice: Choice, scale: float) -> None:
    part, fault = choice.part, clip_check.fault()
    times = f"{part.start:.2f} – {part.end:.2f} s   ·   {part.seconds:.2f} s"
    below = strip.rect.bottom - 20 * scale
    _write(pgettext_iface(KEYS), free, below, _SMALL_LETTER * scale, colours.KEYS)
    _write(f"{tool.shown_s:.2f} s", free, strip.rect.top + strip.bar + 10 * scale, _LETTER * scale, colours.WORDS)
    _write(
        pgettext_iface(fault) if fault else times,
        free,
        picture.top + 10 * scale,
        _LETTER * scale,
        colours.WRONG if fault else colours.WORDS,
    )


class _Brush:
    """Fills with colours and pictures, in what every Blender from 4.2 on has: no wide lines, no fans of triangles."""

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

    def picture(self, rect: Rect, texture: Any) -> None:
        batch = self._batch(self._image, "TRI_STRIP", {"pos": _corners(rect), "texCoord": _corners(_FULL_FRAME)})
        self._image.bind()
        self._image.uniform_sampler("image", texture)
        batch.draw(self._image)

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


def _write(words: str, free: Rect, y: float, size: float, colour: colours.Colour) -> None:
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
