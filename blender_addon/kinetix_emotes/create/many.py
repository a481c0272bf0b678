# SPDX-License-Identifier: GPL-3.0-or-later
"""Several clips chosen at once: an emote of each, named after its file, all with the settings of the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import heartbeat, session
from ..hub_link import Answer
from ..jobs import batch
from ..jobs.ops import note_clip
from .clip_names import name_of

__all__ = ["choose", "clear", "fault", "paths", "remove", "send"]

_KEY = "create.many"
_GONE = "One of the clips is not there any more. Take it out, or choose them again."


def paths() -> list[str]:
    """The chosen clips; empty where one or none is chosen."""
    return list(session.VALUES.get(_KEY, []))


def choose(clips: Iterable[str]) -> None:
    session.VALUES[_KEY] = list(dict.fromkeys(clips))


def remove(path: str) -> None:
    session.VALUES[_KEY] = [one for one in paths() if one != path]


def clear() -> None:
    session.VALUES.pop(_KEY, None)


def fault() -> str:
    """Why they cannot be sent; "" when nothing is seen. What is wrong with a single one the capture says, in the list of jobs."""
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
