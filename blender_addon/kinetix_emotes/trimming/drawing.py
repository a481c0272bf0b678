# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the tool over the 3D view: the picture with its crop, the strip with its handles, times and key."""

from __future__ import annotations

from .. import colours
from ..blender import pgettext_iface
from ..clip_view.brush import Brush, write
from ..clip_view.rect import Rect
from ..create import clip_check
from .geometry import Crop, Sides, Strip, StripGrip, crop_rect
from .tool import Choice, Trimming

_LETTER, _SMALL_LETTER = 13.0, 11.0
KEYS = "Enter: apply · Esc: cancel · Space: play · I, O: set Start, End · Arrows: one frame · Backspace: reset"


def draw(tool: Trimming, region: Rect, free: Rect, scale: float) -> None:
    """
    Args:
        region: all of it, which is covered.
        free: what of it no other region lies over.
        scale: of the interface.
    """
    import gpu  # there is none without a window

    choice, places, strip = tool.choice(), tool.places(), tool.strip()
    brush = Brush()
    gpu.state.blend_set("ALPHA")
    brush.fill(region, colours.BEHIND)
    _draw_picture(brush, tool, places.picture, choice, scale)
    _draw_strip(brush, tool, strip, choice, scale)
    _draw_words(tool, places.picture, strip, free, choice, scale)
    gpu.state.blend_set("NONE")


def _draw_picture(brush: Brush, tool: Trimming, picture: Rect, choice: Choice, scale: float) -> None:
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


def _draw_strip(brush: Brush, tool: Trimming, strip: Strip, choice: Choice, scale: float) -> None:
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
    write(pgettext_iface(KEYS), free, below, _SMALL_LETTER * scale, colours.KEYS)
    write(f"{tool.shown_s:.2f} s", free, strip.rect.top + strip.bar + 10 * scale, _LETTER * scale, colours.WORDS)
    write(
        pgettext_iface(fault) if fault else times,
        free,
        picture.top + 10 * scale,
        _LETTER * scale,
        colours.WRONG if fault else colours.WORDS,
    )
