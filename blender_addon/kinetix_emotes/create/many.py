# SPDX-License-Identifier: GPL-3.0-or-later
"""Several clips chosen at once: an emote of each, named after its file, all with the settings of the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from kinetix_core.values.failure import FailureReason

from ..clip_form import FORM
from ..hub import heartbeat
from ..hub.link import Answer
from ..jobs import batch
from ..jobs.ops import note_clip
from . import verdict
from .clip_names import name_of

_GONE = "A clip is missing. Remove it, or choose the clips again."


def choose(clips: Iterable[str]) -> None:
    FORM.clips = list(dict.fromkeys(clips))
    look_again()


def look_again() -> None:
    """Check each clip again: earlier answers may be outdated."""
    FORM.clip_problems, FORM.clip_reasons = {}, {}
    _look_at(FORM.clips)


def have(reason: FailureReason) -> bool:
    """Return whether one of the clips is rejected for this reason."""
    return any(FORM.clip_reasons.get(path) == reason for path in FORM.clips)


def _look_at(clips: list[str]) -> None:
    """Check one clip after the other, without those that were removed meanwhile."""
    clips = [clip for clip in clips if clip in FORM.clips]
    if not clips:
        return
    clip, *others = clips

    def answered(answer: Answer) -> None:
        words = verdict.against(answer)
        if words is not None:
            FORM.clip_problems[clip], FORM.clip_reasons[clip] = words, verdict.reason_of(answer)
            heartbeat.redraw()
        _look_at(others)

    heartbeat.LINK.request("POST", "/v1/clips/check", {"clip": str(Path(clip).resolve())}, answered)


def remove(path: str) -> None:
    FORM.clips = [one for one in FORM.clips if one != path]


def clear() -> None:
    FORM.clips = []


def fault() -> str:
    """Return why the clips cannot be sent, or "". The problem of a single clip is shown beside it and blocks no other."""
    return "" if all(Path(path).is_file() for path in FORM.clips) else _GONE


def send(settings: Mapping[str, object]) -> None:
    """Create one job per clip with these common `settings`.

    Each clip is sent after the answer to the previous one: the order stays, and names do not collide.
    """
    clips = FORM.clips
    clear()
    batch.begin(clips)
    _send_next(clips, settings)


def _send_next(clips: list[str], settings: Mapping[str, object]) -> None:
    if not clips:
        return
    clip, *others = clips

    def answered(answer: Answer) -> None:
        batch.note(clip, answer)
        if not answer.error and isinstance(answer.data, dict):
            note_clip(str(answer.data.get("id")), clip, 0.0)
        _send_next(others, settings)

    body = {"clip": str(Path(clip).resolve()), **settings, "name": name_of(clip)}
    heartbeat.LINK.request("POST", "/v1/jobs", body, answered)
