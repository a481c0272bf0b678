# SPDX-License-Identifier: GPL-3.0-or-later
"""Further clips of the same take, filmed at once by other cameras: which ones, and why one of them is of no use."""

from __future__ import annotations

from pathlib import Path

import bpy

from kinetix_core.values.failure import FailureReason
from kinetix_core.values.views import MOST_VIEWS

from .. import heartbeat, session
from ..hub_link import Answer
from ..hub_requests import captures_here
from . import verdict

__all__ = ["add", "are_full", "clear", "fault", "paths", "remove", "wanted"]

_KEY, _SAID = "create.views", "create.views_said"
_ANY_LENGTH = FailureReason.TOO_LONG.value  # of a further clip only what was filmed meanwhile is used
_FAULTS = {
    "gone": "A clip of another camera is missing. Remove it, or add it again.",
    "twice": "Two cameras have the same clip. Choose one clip per camera.",
}


def paths() -> list[str]:
    return list(session.VALUES.get(_KEY, []))


def wanted() -> list[str]:
    """As the hub wants them: only this machine makes one emote of several clips."""
    return [str(Path(path).resolve()) for path in paths()] if captures_here() else []


def are_full() -> bool:
    return len(paths()) >= MOST_VIEWS - 1


def add(path: str) -> None:
    """One more camera; the hub takes a quick look at its clip."""
    session.VALUES[_KEY] = [*paths(), path]
    heartbeat.LINK.request("POST", "/v1/clips/check", {"clip": path}, lambda answer: _take(path, answer))


def remove(path: str) -> None:
    session.VALUES[_KEY] = [one for one in paths() if one != path]


def clear() -> None:
    session.VALUES.pop(_KEY, None)


def fault() -> str:
    """Why the further clips cannot be used, with what to do; "" when nothing is seen."""
    if not captures_here() or not paths():
        return ""
    files = [Path(bpy.path.abspath(session.group("kinetix_create").clip)), *map(Path, paths())]
    if not all(file.is_file() for file in files[1:]):
        return _FAULTS["gone"]
    if len({file.resolve() for file in files}) < len(files):
        return _FAULTS["twice"]
    said: dict[str, str] = session.VALUES.get(_SAID, {})
    return next((f"{Path(path).name}: {said[path]}" for path in paths() if said.get(path)), "")


def _take(path: str, answer: Answer) -> None:
    words = verdict.against(answer, _ANY_LENGTH)
    if words is not None:
        session.VALUES.setdefault(_SAID, {})[path] = words
        heartbeat.redraw()
