# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the clip's picture over the 3D view, the figure over it, and what can be done."""

from __future__ import annotations

from .. import colours
from ..blender import pgettext_iface
from ..clip_view.brush import Brush, write
from ..clip_view.rect import Rect
from ..refining.labels import depth_words, joint_label
from .figure import PARTS
from .sheet import BONES, Point
from .tool import Pointing

__all__ = ["draw"]

_LETTER, _SMALL_LETTER, _BAND = 13.0, 11.0, 20.0
_LINE, _LINE_EDGE, _JOINT, _HEAD = 2.5, 5.0, 5.0, 7.0
_THICKER = 1.2
# From, to, its colour, and by how much it is thicker than a line.
_Line = tuple[Point, Point, colours.Colour, float]
KEYS = "Drag a joint to where it is · Enter: take · Esc: as it was · Arrows: one frame · X: take back"


def draw(tool: Pointing | None, region: Rect, free: Rect, scale: float) -> None:
    """
    Args:
        tool: None while it is not known where the figure is; then the view stays in sight.
        region: all of it, which is covered.
        free: what of it no other region lies over.
        scale: of the interface.
    """
    import gpu  # there is none without a window

    brush = Brush()
    gpu.state.blend_set("ALPHA")
    if tool is None:
        middle = (free.bottom + free.top) / 2
        brush.fill(Rect(free.left, middle - _BAND * scale, free.right, middle + _BAND * scale), colours.BEHIND)
        write(pgettext_iface("Preparing the clip…"), free, middle - 4 * scale, _LETTER * scale, colours.WORDS)
    else:
        brush.fill(region, colours.BEHIND)
        _draw_picture(brush, tool)
        _draw_figure(brush, tool, scale)
        _draw_words(tool, free, scale)
    gpu.state.blend_set("NONE")


def _draw_picture(brush: Brush, tool: Pointing) -> None:
    texture = tool.pictures.shown() if tool.pictures is not None else None
    if texture is None:
        brush.fill(tool.sheet.rect, colours.EMPTY)
    else:
        brush.picture(tool.sheet.rect, texture, tool.sheet.part)


def _draw_figure(brush: Brush, tool: Pointing, scale: float) -> None:
    points, head = tool.points(), tool.sheet.point(tool.head())
    lines = [line for one, other in BONES if {one, other} <= points.keys() for line in _bone(tool, points, one, other)]
    lines.append((_between(points["leftShoulder"], points["rightShoulder"]), head, colours.MIDDLE, 0.0))
    for first, last, _, thicker in lines:
        brush.line(first, last, colours.JOINT_EDGE, (_LINE_EDGE + thicker) * scale)
    for first, last, colour, thicker in lines:
        brush.line(first, last, colour, (_LINE + thicker) * scale)
    brush.disc(head, (_HEAD + 1.5) * scale, colours.JOINT_EDGE)
    brush.disc(head, _HEAD * scale, colours.MIDDLE)
    for joint, at in points.items():
        size = _JOINT * (1.5 if joint == tool.hovered else 1.0) * scale
        said = tool.is_said(joint)
        brush.disc(at, size + (3.5 if said else 1.5) * scale, colours.JOINT_EDGE)
        if said:
            brush.disc(at, size + 2 * scale, colours.SAID)
        brush.disc(at, size, _side(joint, joint))


def _bone(tool: Pointing, points: dict[str, Point], near: str, far: str) -> list[_Line]:
    """The line of a bone, or its two halves, of which the one nearer to the camera is thicker."""
    colour, towards = _side(near, far), tool.is_towards(far)
    if towards is None:
        return [(points[near], points[far], colour, 0.0)]
    middle = _between(points[near], points[far])
    thicker = -_THICKER if towards else _THICKER
    return [(points[near], middle, colour, thicker), (middle, points[far], colour, -thicker)]


def _draw_words(tool: Pointing, free: Rect, scale: float) -> None:
    above = tool.sheet.rect.top + 10 * scale
    cameras = len(tool.figure.pictures)
    write(_keys(tool), free, tool.sheet.rect.bottom - 22 * scale, _SMALL_LETTER * scale, colours.KEYS)
    fault = _fault(tool)
    if fault:
        write(fault, free, above, _LETTER * scale, colours.WRONG)
    elif tool.hovered:
        write(_words_of(tool, tool.hovered), free, above, _LETTER * scale, colours.WORDS)
    elif cameras > 1:
        which = f"{pgettext_iface('Camera')} {tool.number + 1} / {cameras}"
        write(which, free, above, _LETTER * scale, colours.WORDS)


def _keys(tool: Pointing) -> str:
    """What the keys do here."""
    keys = [pgettext_iface(KEYS)]
    if tool.picture.towards:
        keys.append(pgettext_iface("F: towards the camera or away"))
    if len(tool.figure.pictures) > 1:
        keys.append(pgettext_iface("C: next camera"))
    return " · ".join(keys)


def _words_of(tool: Pointing, joint: str) -> str:
    """The joint's name, and to which side the part points that ends in it."""
    words, towards = [joint_label(joint)], tool.is_towards(joint)
    if towards is not None:
        words += [depth_words(PARTS[joint], towards), pgettext_iface("F: the other way")]
    return " · ".join(words)


def _fault(tool: Pointing) -> str:
    """Why the picture of this moment is not seen, or not yet; "" where it is."""
    film = tool.film
    if film is None:
        return pgettext_iface("The clip is not kept any more; the figure alone is shown.")
    if film.problem:
        return pgettext_iface(film.problem)
    if tool.pictures is None or not film.has(tool.seconds):
        return pgettext_iface("The clip is being read…")
    return ""


def _side(one: str, other: str) -> colours.Colour:
    """Amber is the left of the person, blue the right."""
    if one.startswith("left") and other.startswith("left"):
        return colours.LEFT
    return colours.RIGHT if one.startswith("right") and other.startswith("right") else colours.MIDDLE


def _between(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
