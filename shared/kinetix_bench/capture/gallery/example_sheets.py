"""The picture of an example: six moments side by side, below each other of its clips and of the emotes that came of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture.video import decode
from kinetix_core.io import files
from kinetix_core.motion.motion import Motion
from kinetix_tools.preview.render import render

__all__ = ["MOMENTS", "Film", "Played", "about", "filmed", "sheet", "write"]

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

MOMENTS = 6
_GAP = 6
# Of all rows of one moment together, and of a row's longer side.
_PIXELS, _LONGEST = 126_000, 336
# Of a body's longer side, left free about it.
_MARGIN = 0.3
_BYTES = 60_000
_QUALITIES = (70, 62, 54, 46)


@dataclass(frozen=True)
class Film:
    """Six frames of a clip, (H, W, 3) each, and the source's pixels per pixel of them."""

    pictures: tuple[Picture, ...]
    scale: float


@dataclass(frozen=True)
class Played:
    """An emote, the seconds (F,) of its clip at which its frames were filmed, and how far round from the camera it is looked at,
    in degrees."""

    motion: Motion
    times: Array
    aside_degrees: float = 0.0

    def at(self, time_s: float) -> int:
        return int(np.abs(self.times - time_s).argmin())


def filmed(clip: Path, times: Array, crop: decode.Crop | None = None) -> Film:
    """The pictures of a clip that are nearest to these seconds."""
    nearest: list[decode.Picture | None] = [None] * len(times)
    for picture in decode.frames(clip, crop=crop):
        for number, time_s in enumerate(times):
            best = nearest[number]
            if best is None or abs(picture.time_s - time_s) < abs(best.time_s - time_s):
                nearest[number] = picture
    found = [picture for picture in nearest if picture is not None]
    return Film(tuple(picture.image for picture in found), found[0].scale)


def about(film: Film, points: Array) -> Film:
    """The part of each picture that holds the body, of one size at all moments.

    Args:
        points: (6, L, 2) of the body at the moments, pixels of the source.
    """
    places = points / film.scale
    low, high = places.min(1), places.max(1)
    whole = np.array(film.pictures[0].shape[1::-1])
    extent = (high - low).max(0)
    size = np.minimum(extent + _MARGIN * extent.max(), whole).astype(int)
    corners = np.clip((low + high - size) / 2, 0, whole - size).astype(int)
    parts = (
        picture[top : top + size[1], left : left + size[0]]
        for picture, (left, top) in zip(film.pictures, corners, strict=True)
    )
    return Film(tuple(parts), film.scale)


def write(films: Sequence[Film], emotes: Sequence[Played], times: Array, target: Path) -> None:
    """Writes the sheet as .webp, as good as `_BYTES` allow."""
    picture = sheet(films, emotes, times)
    for quality in _QUALITIES:
        data = io.BytesIO()
        picture.save(data, "WEBP", quality=quality, method=6)
        if data.tell() <= _BYTES:
            break
    files.write(target, data.getvalue(), durable=False)


def sheet(films: Sequence[Film], emotes: Sequence[Played], times: Array) -> Image.Image:
    """A column for each of the six seconds of the first clip: above what the clips show, below the emotes."""
    size = _cell(films[0].pictures[0], len(films) + len(emotes))
    rows = [[_resized(picture, size) for picture in film.pictures] for film in films]
    rows += [list(_drawn(emote, times, size)) for emote in emotes]
    return Image.fromarray(_joined([_joined(row, across=True) for row in rows], across=False))


def _cell(picture: Picture, rows: int) -> tuple[int, int]:
    """Width and height of one moment in one row."""
    height, width = picture.shape[:2]
    factor = min(np.sqrt(_PIXELS / rows / (width * height)), _LONGEST / max(width, height))
    return round(width * factor), round(height * factor)


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _drawn(emote: Played, times: Array, size: tuple[int, int]) -> NDArray[np.uint8]:
    yaw = float(emote.motion.extras.get("cameraYawDegrees", 0.0)) + emote.aside_degrees
    chosen = [emote.at(time_s) for time_s in times]
    return render(emote.motion, size=size, frames=chosen, detail="12k", yaw_degrees=yaw)


def _joined(pictures: Sequence[Picture], *, across: bool) -> Picture:
    """Side by side or below each other, with a strip of white between them."""
    axis = 1 if across else 0
    height, width = pictures[0].shape[:2]
    gap = np.full((height, _GAP, 3) if across else (_GAP, width, 3), 255, np.uint8)
    parts = [part for picture in pictures for part in (gap, picture)]
    return np.concatenate(parts[1:], axis)
