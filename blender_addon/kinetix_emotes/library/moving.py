# SPDX-License-Identifier: GPL-3.0-or-later
"""The moving picture of the selected emote: a figure drawn from the clip itself, a few frames at a time."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion.kinematics import forward
from kinetix_core.protocol.hub.json_types import Emote
from kinetix_core.values.errors import KinetixError

from .. import emote_files, thumbnails
from ..hub import heartbeat
from .props import LIBRARY, selected

_SIZE, _FRAMES, _FPS = 96, 24, 12
_BACK, _LINE = 0.13, 0.92
_CIRCLE = np.linspace(0, 2 * np.pi, 16, endpoint=False)

Array = NDArray[np.float64]
_bones: Array | None = None  # (F, B, 2, 2) ends of the bones in the picture
_shown: tuple[str, str] = ("", "")
_ready = 0
_begin = 0.0
_seen_at = 0.0


def icon() -> int:
    """Icon of the present frame; 0 while there is none. Drawing it keeps the pictures moving."""
    global _seen_at
    _seen_at = time.monotonic()
    if not _ready:
        return 0
    return thumbnails.from_pixels(_key(int((time.monotonic() - _begin) * _FPS) % _ready))


def _key(frame: int) -> str:
    return f"moving-{frame}"


def tick() -> float | None:
    """Show the next picture; ask for quick calls only while the panel shows it."""
    global _ready, _begin
    if time.monotonic() - _seen_at > 1.0 or not LIBRARY.animate:
        return None
    emote = selected()
    if emote is None:
        return None
    wanted = (emote["id"], emote.get("sha256", ""))
    if wanted != _shown:
        _load(emote, wanted)
    elif _bones is not None and _ready < len(_bones):
        thumbnails.from_pixels(_key(_ready), _drawn(_bones[_ready]))
        _ready += 1
        _begin = _begin or time.monotonic()
    if _ready and _bones is not None and _ready >= len(_bones):
        heartbeat.redraw()
        return 1 / _FPS
    return 0.03


def _load(emote: Emote, wanted: tuple[str, str]) -> None:
    global _bones, _shown, _ready, _begin
    _shown, _ready, _begin, _bones = wanted, 0, 0.0, None
    try:
        motion = emote_files.from_emote(emote)
    except (KinetixError, OSError):
        return
    keep = np.unique(np.linspace(0, len(motion) - 1, min(_FRAMES, len(motion))).astype(int))
    small = motion.with_(
        rotations=motion.rotations[keep],
        root_positions=motion.root_positions[keep],
        translations={bone: path[keep] for bone, path in motion.translations.items()},
    )
    _, places = forward(small)
    parents = motion.skeleton.parents
    drawn = np.flatnonzero(parents >= 0)
    flat = np.stack((places[..., 0] - places[:, :1, 0], places[..., 1]), -1)  # follows the hips sideways
    tall = max(float(np.ptp(flat[..., 1])), float(np.ptp(flat[..., 0])), 1e-6)
    flat = (flat - [0.0, flat[..., 1].min()]) / tall * 0.74 * _SIZE + [_SIZE / 2, 0.05 * _SIZE]
    _bones = np.stack((flat[:, drawn], flat[:, parents[drawn]]), 2)
    head = next((bone for bone, name in enumerate(motion.skeleton.names) if name.lower().endswith("head")), 0)
    top = flat[:, head] + (flat[:, head] - flat[:, max(int(parents[head]), 0)]) * 0.9
    # The head is a bundle of short bones around a point above its joint.
    around = np.stack((np.cos(_CIRCLE), np.sin(_CIRCLE)), -1) * 0.055 * _SIZE
    ring = top[:, None] + around
    _bones = np.concatenate((_bones, np.stack((ring, np.roll(ring, 1, 1)), 2)), 1)


def _drawn(segments: Array) -> NDArray[np.float32]:
    """(B, 2, 2) bone ends → (H, W, 4): soft lines."""
    image = np.full((_SIZE, _SIZE, 4), _BACK, np.float32)
    image[..., 3] = 1.0
    steps = np.linspace(0, 1, 28)[None, :, None]
    points = (segments[:, None, 0] * (1 - steps) + segments[:, None, 1] * steps).reshape(-1, 2)
    for across in (-0.5, 0.5):
        for along in (-0.5, 0.5):
            column = np.clip((points[:, 0] + across).astype(int), 0, _SIZE - 1)
            row = np.clip((_SIZE - 1 - points[:, 1] + along).astype(int), 0, _SIZE - 1)
            image[row, column, :3] = _LINE
    return image
