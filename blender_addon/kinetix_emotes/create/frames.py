# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame preview of the trim: one frame of the clip as a small picture in the panel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import heartbeat, thumbnails

__all__ = ["CLIP", "clip_changed", "icon", "show"]

_KEY = "create.frame"
_WIDEST = 256


@dataclass
class ClipFacts:
    path: str = ""
    seconds: float = 0.0
    fps: float = 0.0


CLIP = ClipFacts()


def clip_changed(path: str) -> None:
    """Takes another clip: its facts and its first frame."""
    CLIP.path, CLIP.seconds, CLIP.fps = bpy.path.abspath(path) if path else "", 0.0, 0.0
    thumbnails.forget(_KEY)
    if CLIP.path and Path(CLIP.path).is_file():
        _read_facts()
        show(0.0)


def show(seconds: float) -> None:
    """Shows the frame at this time. It answers to a hand on the slider, so it is done at once and not in the timer's slices.

    The image exists only inside this call, so that nothing of it stays in the file.
    """
    if not CLIP.fps or bpy.app.background:
        return
    pixels = _frame(CLIP.path, seconds, CLIP.fps)
    if pixels is not None:
        thumbnails.from_pixels(_KEY, pixels)
        heartbeat.redraw()


def icon() -> int:
    return thumbnails.from_pixels(_KEY)


def _read_facts() -> None:
    try:
        clip = bpy.data.movieclips.load(CLIP.path)
    except RuntimeError:
        return
    CLIP.fps = float(clip.fps) or 30.0
    CLIP.seconds = clip.frame_duration / CLIP.fps
    bpy.data.movieclips.remove(clip)


def _frame(path: str, seconds: float, fps: float) -> Any:
    image = None
    try:
        image = bpy.data.images.load(path, check_existing=False)
        image.source = "MOVIE"
        image.gl_load(frame=max(1, round(seconds * fps) + 1))
        width, height = image.size
        if not width or not height:
            return None
        flat = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(flat)
        step = max(1, -(-max(width, height) // _WIDEST))
        return flat.reshape(height, width, 4)[::-step, ::step]
    except RuntimeError:
        return None
    finally:
        if image is not None:
            image.gl_free()
            bpy.data.images.remove(image)
