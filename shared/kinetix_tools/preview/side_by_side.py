"""The clip beside the emote, as one sheet to look at and as one animation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import InputError
from kinetix_tools.preview.pictures import sampled_frames, save_animation, save_picture
from kinetix_tools.preview.render import render

_COLUMNS = 6
_CELL = 240
_GAP = 6
_PAPER = np.array([255, 255, 255], np.uint8)


def write(
    frames: NDArray[np.uint8],
    motion: Motion,
    png: Path,
    animation: Path | None = None,
    *,
    yaw_degrees: float = 0.0,
    figure: Figure | None = None,
) -> None:
    """Write the sheet, and the animation if asked.

    Args:
        frames: (N, H, W, 3) pictures of the clip, evenly spread over the same time as the motion.
        motion: the emote made from it.
        png: receives six moments, the clip above the emote.
        animation: .gif or .webp that receives both side by side in real time.
        yaw_degrees: where the camera of the emote stands; 0 is where the clip's camera stood.
        figure: the body to draw, on the motion's skeleton; None as in `render`.
    """
    if frames.ndim != 4 or not len(frames):
        raise InputError("There are no pictures of the clip.", code="badClip", next_step="Give a readable clip.")
    moments = np.linspace(0, len(motion) - 1, min(_COLUMNS, len(motion)))
    chosen = [round(float(moment)) for moment in moments]
    above = [_cell(frames[_at(frame, motion, frames)]) for frame in chosen]
    size = (above[0].shape[1], above[0].shape[0])
    below = render(motion, size=size, frames=chosen, detail="12k", yaw_degrees=yaw_degrees, figure=figure)
    columns = [np.concatenate([top, _gap(0, size[0]), under]) for top, under in zip(above, below, strict=True)]
    sheet = columns[0]
    for column in columns[1:]:
        sheet = np.concatenate([sheet, _gap(len(sheet), _GAP), column], 1)
    save_picture(sheet, png)
    if animation is not None:
        picked = sampled_frames(motion)
        drawn = render(motion, size=size, frames=picked, yaw_degrees=yaw_degrees, figure=figure)
        filmed = np.stack([_cell(frames[_at(frame, motion, frames)]) for frame in picked])
        gap = np.broadcast_to(_gap(size[1], _GAP), (len(picked), size[1], _GAP, 3))
        save_animation(np.concatenate([filmed, gap, drawn], 2), animation, len(motion) / motion.fps / len(picked))


def _at(frame: int, motion: Motion, frames: NDArray[np.uint8]) -> int:
    return round(frame / max(len(motion) - 1, 1) * (len(frames) - 1))


def _gap(height: int, width: int) -> NDArray[np.uint8]:
    """A strip of paper; height 0 means the gap between rows."""
    return np.broadcast_to(_PAPER, (height or _GAP, width, 3)).astype(np.uint8)


def _cell(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with its longer side as long as a cell."""
    height, width = picture.shape[:2]
    factor = _CELL / max(height, width) if height <= width else _CELL * 1.4 / height
    size = (max(round(width * factor), 16), max(round(height * factor), 16))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
