# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame preview of the trim: one frame of the chosen clip as a small picture in the panel, from the pictures that films.py has."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from .. import films, thumbnails
from ..clip_form import FORM, crop_of
from ..hub import heartbeat

_KEY = "create.frame"
_WIDEST = 256
_film: films.Film | None = None
_wanted: float | None = None  # seconds into the clip
_shown = 0
_seconds = 0.0  # of the frame requested last
_LEFT_OUT = 0.25  # how bright a part of the picture is that the crop cuts away


def film() -> films.Film | None:
    """Return the chosen clip, or None."""
    return _film


def clip_changed(path: str) -> None:
    """Take another clip: its length and its first frame appear when they are read."""
    global _film, _shown
    thumbnails.forget(_KEY)
    _shown = 0
    clip = bpy.path.abspath(path) if path else ""
    _film = films.open_film(clip) if clip and Path(clip).is_file() and not bpy.app.background else None
    show(0.0)


def show(seconds: float) -> None:
    """Show the frame at this time; while it is not read yet, the nearest one before it."""
    global _wanted, _seconds
    _wanted, _seconds = (seconds if _film is not None else None), seconds
    show_wanted()


def show_again(seconds: float | None = None) -> None:
    """Show the same frame, or another one, with the current crop."""
    global _shown
    _shown = 0
    show(_seconds if seconds is None else seconds)


def show_wanted() -> float | None:
    """Part of the timer: the seconds until it is called again, None while no frame is wanted."""
    global _film, _wanted, _shown
    if _film is not None and (again := films.resumed(_film)) is not _film:
        _film, _shown, _wanted = again, 0, _seconds
    if _wanted is None or _film is None:
        return None
    number = _film.number_at(_wanted)
    if number and number != _shown:
        pixels = thumbnails.pixels_of_file(_film.file(number), _WIDEST)
        if pixels is not None:
            thumbnails.from_pixels(_KEY, _darkened(pixels))
            _shown = number
            heartbeat.redraw()
    if not _film.has(_wanted):
        return 0.2
    _wanted = None
    return None


def _darkened(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (H, W, 4) first row at the top, with what the crop cuts away made dark."""
    part = crop_of(FORM)
    if part is None:
        return pixels
    height, width = pixels.shape[:2]
    left, top = round(part[0] * width), round(part[1] * height)
    right, bottom = left + round(part[2] * width), top + round(part[3] * height)
    dark = pixels.copy()
    dark[..., :3] *= _LEFT_OUT
    dark[top:bottom, left:right] = pixels[top:bottom, left:right]
    return dark


def icon() -> int:
    return thumbnails.from_pixels(_KEY)
