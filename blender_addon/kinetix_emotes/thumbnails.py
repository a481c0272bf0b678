# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in panels: thumbnails from files and small pictures made from arrays. None of them is part of the .blend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import bpy.utils.previews
import numpy as np
from numpy.typing import NDArray

from . import blender

_MOST = 200
_collection: Any = None


def _previews() -> Any:
    global _collection
    if _collection is None:
        _collection = bpy.utils.previews.new()
    return _collection


def from_file(path: str, kind: str = "IMAGE") -> int:
    """Icon id of a picture (or of a frame of a film with kind "MOVIE"); 0 when the file is not there."""
    file = Path(path) if path else None
    try:
        stamp = file.stat().st_mtime_ns if file else 0
    except OSError:
        return 0
    if not stamp:
        return 0
    key = f"{path}|{stamp}"
    previews = _previews()
    if key not in previews:
        if len(previews) > _MOST:
            previews.clear()
        previews.load(key, path, kind)
    return int(previews[key].icon_id)


def from_pixels(key: str, pixels: NDArray[np.float32] | None = None) -> int:
    """Icon id of a picture (H, W, 4), values 0 … 1, first row at the top. Without pixels: the one that is there, or 0."""
    previews = _previews()
    if pixels is None:
        return int(previews[key].icon_id) if key in previews else 0
    picture = previews[key] if key in previews else previews.new(key)
    height, width = pixels.shape[:2]
    picture.image_size = (width, height)
    picture.image_pixels_float.foreach_set(np.ascontiguousarray(pixels[::-1], np.float32).ravel())
    return int(picture.icon_id)


def pixels_of_file(file: Path, widest: int) -> NDArray[np.float32] | None:
    """Read an image (H, W, 4), first row at the top, scaled down to `widest` pixels; None if it is unreadable.

    Its data-block exists only inside this call, so that nothing of it stays in the file.
    """
    image = None
    try:
        image = bpy.data.images.load(str(file), check_existing=False)
        width, height = image.size
        if not width or not height:
            return None
        flat = np.empty(width * height * 4, np.float32)
        blender.pixels(image).foreach_get(flat)
        step = max(1, -(-max(width, height) // widest))
        return np.ascontiguousarray(flat.reshape(height, width, 4)[::-step, ::step])
    except RuntimeError:
        return None
    finally:
        if image is not None:
            bpy.data.images.remove(image)


def blank() -> int:
    """Icon id of a dark picture, to keep the place of one that is still to come."""
    return from_pixels("blank") or from_pixels("blank", np.full((4, 4, 4), (0.1, 0.1, 0.1, 1.0), np.float32))


def forget(key: str) -> None:
    previews = _previews()
    if key in previews:
        del previews[key]


def close() -> None:
    global _collection
    if _collection is not None:
        bpy.utils.previews.remove(_collection)
        _collection = None
