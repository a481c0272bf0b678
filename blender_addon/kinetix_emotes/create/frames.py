# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame preview of the trim: one frame of the clip as a small picture in the panel.

Decoding a frame takes Blender up to a tenth of a second. So while the slider moves at most one in `_REST_S` is decoded, the last
place always, and a place that was seen before comes from memory.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import heartbeat, thumbnails

__all__ = ["CLIP", "clip_changed", "icon", "show"]

_KEY = "create.frame"
_WIDEST = 256
_REST_S = 0.2
_KEPT = 32  # at most 1 MB each


@dataclass
class ClipFacts:
    path: str = ""
    seconds: float = 0.0
    fps: float = 0.0


CLIP = ClipFacts()
_seen: OrderedDict[int, Any] = OrderedDict()  # frame number → picture
_wanted: int | None = None
_rested_at = 0.0


def clip_changed(path: str) -> None:
    """Takes another clip: its facts and its first frame."""
    CLIP.path, CLIP.seconds, CLIP.fps = bpy.path.abspath(path) if path else "", 0.0, 0.0
    thumbnails.forget(_KEY)
    _seen.clear()
    if CLIP.path and Path(CLIP.path).is_file():
        _read_facts()
        show(0.0)


def show(seconds: float) -> None:
    """Shows the frame at this time: at once when it was seen before or nothing was decoded just now, else a moment later."""
    global _wanted
    if not CLIP.fps or bpy.app.background:
        return
    _wanted = max(1, round(seconds * CLIP.fps) + 1)
    _show_wanted()


def _show_wanted() -> float | None:
    """Part of the timer: the seconds until it wants to be called again, None while no frame is wanted."""
    global _wanted, _rested_at
    if _wanted is None:
        return None
    if _wanted not in _seen:
        rest = _rested_at - time.monotonic()
        if rest > 0:
            return rest
        pixels = _frame(CLIP.path, _wanted)
        _rested_at = time.monotonic() + _REST_S
        if pixels is None:
            _wanted = None
            return None
        _seen[_wanted] = pixels
        if len(_seen) > _KEPT:
            _seen.popitem(last=False)
    thumbnails.from_pixels(_KEY, _seen[_wanted])
    _wanted = None
    heartbeat.redraw()
    return None


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


def _frame(path: str, frame: int) -> Any:
    """One decoded frame, made small. The image exists only inside this call, so that nothing of it stays in the file."""
    image = None
    try:
        image = bpy.data.images.load(path, check_existing=False)
        image.source = "MOVIE"
        image.gl_load(frame=frame)
        width, height = image.size
        if not width or not height:
            return None
        flat = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(flat)
        step = max(1, -(-max(width, height) // _WIDEST))
        return np.ascontiguousarray(flat.reshape(height, width, 4)[::-step, ::step])
    except RuntimeError:
        return None
    finally:
        if image is not None:
            image.gl_free()
            bpy.data.images.remove(image)


heartbeat.on_tick(_show_wanted)
