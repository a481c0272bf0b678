# SPDX-License-Identifier: GPL-3.0-or-later
"""Uncertain spans of the playing emote, from the quality report."""

from __future__ import annotations

from typing import Any

from .takes import Playing, take_of

_VERY = 0.15


def unsure_of(found: Playing) -> list[dict[str, Any]]:
    """Return the uncertain spans of the playing emote in order; frames of the emote."""
    take = take_of(found.emote)
    first = take.first_frame(found.emote)
    shifted = [
        {**span, **{name: int(span.get(name) or 0) - first for name in ("first", "last", "worst")}}
        for span in take.version(found.emote).get("unsure") or []
    ]
    return [span for span in shifted if 0 <= span["worst"] < found.frames]


def next_unsure(found: Playing, scene_frame: float) -> dict[str, Any] | None:
    """Return the place after a frame of the scene; behind the last one the first one comes again."""
    spans = sorted(unsure_of(found), key=lambda span: int(span["worst"]))
    here = found.take_frame(scene_frame)
    return next((span for span in spans if span["worst"] > here), spans[0] if spans else None)


def is_very_unsure(span: dict[str, Any]) -> bool:
    return float(span.get("confidence") or 0) < _VERY


def scene_frames(found: Playing, span: dict[str, Any]) -> str:
    """Return the span in frames of the scene: `15`, or `15–22`."""
    first, last = (round(found.scene_frame(int(span[end]))) for end in ("first", "last"))
    return f"{first}–{last}" if last > first else f"{first}"
