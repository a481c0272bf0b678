# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in panels: sentences and names that fit the sidebar, titles of what unfolds, seconds as people write them."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from typing import Any

from bpy.types import Context, PropertyGroup, UILayout

from . import blender
from .translations import translated

# A word, or a wide letter with the brackets and stops that stay beside it.
_PIECE = re.compile(r"\s*(?:[「『（“]*[\u2e80-\uffef][、。，！？：；」』）”]*|[^\s\u2e80-\uffef“]+)")


def wrapped(layout: Any, sentence: str, context: Context, icon: str = "NONE") -> None:
    """Draw one label for each line that fits."""
    letters = _letters(context, 40 if icon == "NONE" else 66)
    column = layout.column(align=True)
    for number, part in enumerate(_lines(translated(sentence), letters)):
        column.label(text=part, icon=icon if number == 0 else ("BLANK1" if icon != "NONE" else "NONE"), translate=False)


def _lines(sentence: str, letters: int) -> list[str]:
    """Break at spaces and, in Japanese and Chinese, between letters, which are two wide."""
    if _width(sentence) == len(sentence):
        return textwrap.wrap(sentence, letters) or [""]
    lines = [""]
    for piece in _PIECE.findall(sentence):
        if lines[-1] and _width(lines[-1] + piece) > letters:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _letters(context: Context, taken_px: int) -> int:
    """Return how many letters fit into the sidebar beside what takes `taken_px` pixels at scale 1."""
    width = context.region.width if context.region else 280
    scale = blender.preferences(context).system.ui_scale or 1.0
    return max(18, int((width / scale - taken_px) / 6.4))


def fitting(name: str, context: Context, buttons: int) -> str:
    """Shorten a name that shares its row with an icon and so many square buttons."""
    return shortened(name, _letters(context, 66 + 20 * buttons))


def unfolds(row: UILayout, values: PropertyGroup, name: str, title: str) -> None:
    """Draw a triangle that opens the rows below, and its title as a label, which stays legible in a light theme."""
    is_open = bool(getattr(values, name))
    # Drawn as not pressed in both states: a light theme draws what is pressed white.
    row.prop(
        values, name, text="", icon="TRIA_DOWN" if is_open else "TRIA_RIGHT", emboss=False, invert_checkbox=is_open
    )
    row.label(text=title)


def shortened(name: str, letters: int) -> str:
    """Leave out the middle of a name, as names differ at both ends; the dots are as wide as two letters."""
    if len(name) <= letters:
        return name
    last = (letters - 2) // 2
    return f"{name[: letters - 2 - last]}…{name[-last:]}"


def clock(seconds: float) -> str:
    """`0:05`, and `2:00:05` from an hour on."""
    total = max(0, round(seconds))
    minutes = f"{total // 60 % 60:02d}" if total >= 3600 else f"{total // 60}"
    return f"{total // 3600}:{minutes}:{total % 60:02d}" if total >= 3600 else f"{minutes}:{total % 60:02d}"
