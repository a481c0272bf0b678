# SPDX-License-Identifier: GPL-3.0-or-later
"""Several clips chosen at once: an emote of each, named after its file, all with the settings of the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kinetix_core.values.failure import FailureReason

from .. import heartbeat, session
from ..hub_link import Answer
from ..jobs import batch
from ..jobs.ops import note_clip
from . import verdict
from .clip_names import name_of

__all__ = ["against", "choose", "clear", "fault", "have", "look_again", "paths", "remove", "send"]

_KEY, _SAID, _REASONS = "create.many", "create.many_said", "create.many_reasons"
_GONE = "A clip is missing. Remove it, or choose the clips again."


def paths() -> list[str]:
    """The chosen clips; empty where one or none is chosen."""
    return list(session.VALUES.get(_KEY, []))


def choose(clips: Iterable[str]) -> None:
    session.VALUES[_KEY] = list(dict.fromkeys(clips))
    look_again()


def look_again() -> None:
    """Asks about each of them anew: what was said before may hold no more."""
    session.VALUES[_SAID], session.VALUES[_REASONS] = {}, {}
    _look_at(paths())


def against(path: str) -> str:
    """What a quick look has against one of them, and what to do; "" for nothing, or not yet."""
    said: dict[str, str] = session.VALUES.get(_SAID, {})
    return said.get(path, "")


def have(reason: FailureReason) -> bool:
    """Whether one of them cannot become an emote for this reason."""
    found: dict[str, str | None] = session.VALUES.get(_REASONS, {})
    return any(found.get(path) == reason for path in paths())


def _look_at(clips: list[str]) -> None:
    """One after the other, so that the hub has time for other things; none any more that was taken out meanwhile."""
    clips = [clip for clip in clips if clip in paths()]
    if not clips:
        return
    clip, *others = clips

    def answered(answer: Answer) -> None:
        words = verdict.against(answer)
        if words is not None:
            session.VALUES.setdefault(_SAID, {})[clip] = words
            session.VALUES.setdefault(_REASONS, {})[clip] = verdict.reason_of(answer)
            heartbeat.redraw()
        _look_at(others)

    heartbeat.LINK.request("POST", "/v1/clips/check", {"clip": str(Path(clip).resolve())}, answered)


def remove(path: str) -> None:
    session.VALUES[_KEY] = [one for one in paths() if one != path]


def clear() -> None:
    session.VALUES.pop(_KEY, None)


def fault() -> str:
    """Why they cannot be sent; "" when nothing is seen. What is wrong with a single one is told beside it and stops no other."""
    return "" if all(Path(path).is_file() for path in paths()) else _GONE


def send(settings: Mapping[str, Any]) -> None:
    """One job for each clip; the hub keeps the queue. `settings` are what they have in common.

    Each is sent when the one before was taken, so that their order stays and names do not collide.
    """
    clips = paths()
    clear()
    batch.begin(clips)
    _send_next(clips, settings)


def _send_next(clips: list[str], settings: Mapping[str, Any]) -> None:
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
