"""Thumbnails and short animations of an emote as files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_core.io import files
from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion import kinematics
from kinetix_core.motion.motion import Motion
from kinetix_core.values.errors import InputError
from kinetix_tools.preview.render import render

_ANIMATION_FPS = 15.0
_MAX_FRAMES = 150
_SUFFIXES = (".gif", ".webp")


def write_thumbnail(motion: Motion, path: Path, *, figure: Figure | None = None) -> None:
    """A PNG of the frame that says most about the move."""
    picture = render(motion, size=(512, 512), frames=[best_frame(motion)], detail="12k", figure=figure)[0]
    save_picture(picture, path)


def save_picture(picture: NDArray[np.uint8], path: Path) -> None:
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG", optimize=True)
    files.write(path, data.getvalue(), durable=False)


def write_animation(
    motion: Motion, path: Path, *, size: tuple[int, int] = (320, 320), figure: Figure | None = None
) -> None:
    """Write a looping .gif or .webp in real time. Raises InputError for another suffix."""
    frames = sampled_frames(motion)
    pictures = render(motion, size=size, frames=frames, figure=figure)
    save_animation(pictures, path, (motion.duration + 1 / motion.fps) / len(frames))


def sampled_frames(motion: Motion) -> list[int]:
    """Frames evenly spread in time, at most 15 a second and 150 in all."""
    seconds = len(motion) / motion.fps
    count = int(np.clip(round(seconds * min(_ANIMATION_FPS, motion.fps)), 1, _MAX_FRAMES))
    return [int(frame) for frame in np.linspace(0, len(motion), count, endpoint=False)]


def best_frame(motion: Motion) -> int:
    """The frame with the widest pose that is not at the very end of the clip."""
    _, positions = kinematics.forward(motion)
    spread = np.linalg.norm(positions - positions.mean(1, keepdims=True), axis=2).mean(1)
    away = np.linalg.norm(motion.rotations - motion.rotations[:1], axis=2).mean(1)
    ends = np.minimum(np.arange(len(motion)), np.arange(len(motion))[::-1]) / max(len(motion) / 10, 1)
    score = spread / max(spread.max(), 1e-9) + 0.5 * away / max(away.max(), 1e-9)
    return int(np.argmax(score * np.clip(ends, 0.6, 1)))


def save_animation(pictures: NDArray[np.uint8], path: Path, seconds_each: float) -> None:
    """Pictures (N, H, W, 3) → a looping .gif or .webp."""
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(
            f"“{path.name}” is neither a .gif nor a .webp.", code="badOption", next_step="Name a .gif or a .webp file."
        )
    data = io.BytesIO()
    if path.suffix.lower() == ".webp":
        images = [Image.fromarray(picture) for picture in pictures]
        images[0].save(
            data,
            "WEBP",
            save_all=True,
            append_images=images[1:],
            duration=max(round(seconds_each * 1000), 1),
            loop=0,
            quality=72,
            method=2,
        )
    else:
        _gif(pictures, data, seconds_each)
    files.write(path, data.getvalue(), durable=False)


def _gif(pictures: NDArray[np.uint8], data: io.BytesIO, seconds_each: float) -> None:
    """One palette for all frames, so that the still parts do not flicker and need not be stored again."""
    step = max(1, len(pictures) // 8)
    sheet = Image.fromarray(np.concatenate(list(pictures[::step]), axis=0))
    palette = sheet.quantize(255, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    images = [Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    images[0].save(
        data,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=_hundredths(seconds_each, len(images)),
        loop=0,
        optimize=False,
        disposal=1,
    )


def _hundredths(seconds_each: float, count: int) -> Sequence[int]:
    """Durations in ms: a GIF counts hundredths of a second, so they alternate to keep the whole in time."""
    ends = np.round(np.arange(count + 1) * seconds_each * 100).astype(int)
    return [max(int(step), 2) * 10 for step in np.diff(ends)]
