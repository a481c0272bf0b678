# SPDX-License-Identifier: GPL-3.0-or-later
"""Further clips of the same take, filmed at once by other cameras: which ones, and why one of them is of no use."""

from __future__ import annotations

from pathlib import Path

import bpy

from kinetix_core.values.failure import FailureReason
from kinetix_core.values.views import MOST_VIEWS

from ..clip_form import FORM
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import captures_here
from . import verdict

_ANY_LENGTH = FailureReason.TOO_LONG.value  # of a further clip only what was filmed meanwhile is used
_FAULTS = {
    "gone": "A clip of another camera is missing. Remove it, or add it again.",
    "twice": "Two cameras have the same clip. Choose one clip per camera.",
}


def wanted() -> list[str]:
    """Return the paths for the hub: only this machine combines several clips."""
    return [str(Path(path).resolve()) for path in FORM.views] if captures_here() else []


def are_full() -> bool:
    return len(FORM.views) >= MOST_VIEWS - 1


def add(path: str) -> None:
    """Add a camera's clip and have the hub check it."""
    FORM.views = [*FORM.views, path]
    heartbeat.LINK.request("POST", "/v1/clips/check", {"clip": path}, lambda answer: _take(path, answer))


def remove(path: str) -> None:
    FORM.views = [one for one in FORM.views if one != path]


def clear() -> None:
    FORM.views = []


def fault() -> str:
    """Return why the further clips cannot be used, with what to do, or ""."""
    if not captures_here() or not FORM.views:
        return ""
    files = [Path(bpy.path.abspath(FORM.clip)), *map(Path, FORM.views)]
    if not all(file.is_file() for file in files[1:]):
        return _FAULTS["gone"]
    if len({file.resolve() for file in files}) < len(files):
        return _FAULTS["twice"]
    problems = ((path, FORM.clip_problems.get(path)) for path in FORM.views)
    return next((f"{Path(path).name}: {problem}" for path, problem in problems if problem), "")


def _take(path: str, answer: Answer) -> None:
    words = verdict.against(answer, _ANY_LENGTH)
    if words is not None:
        FORM.clip_problems[path] = words
        heartbeat.redraw()
