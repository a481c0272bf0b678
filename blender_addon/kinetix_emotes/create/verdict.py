# SPDX-License-Identifier: GPL-3.0-or-later
"""Quick check of the chosen clip by the hub, requested while the form is filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..clip_form import FORM, crop_of
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import longest_s, shortest_s
from ..translations import translated
from . import seen_people

# Path, start, end, crop, and the allowed lengths: a problem with the length holds for these only.
Wanted = tuple[str, float, float, tuple[float, ...] | None, tuple[float, float]]
_pending: Wanted | None = None
_answered: Wanted | None = None
_problem = ""


def ask() -> None:
    """Check the form's clip. Each clip has one request at a time, so that a slider sends its last value only."""
    global _pending
    wanted = _wanted()
    if wanted != _answered:
        seen_people.forget()
    if wanted is None or wanted == _answered or (_pending is not None and _pending[0] == wanted[0]):
        return
    _pending = wanted
    clip, start, end, crop, _ = wanted
    body = {"clip": clip, "trimStart": start, "trimEnd": end or None, "crop": crop, "people": True}
    heartbeat.LINK.request("POST", "/v1/clips/check", body, lambda answer: _take(wanted, answer))


def problem() -> str:
    """Return the problem of the clip with its next step, or ""."""
    return _problem if _problem and _answered == _wanted() else ""


def reason_of(answer: Answer) -> str | None:
    """Return the reason for which a quick check rejects a clip, or None."""
    return answer.data.get("reason") if isinstance(answer.data, dict) else None


def against(answer: Answer, ignored: str | None = None) -> str | None:
    """Return the problem that a quick check found, with the next step; "" for none or for the `ignored` reason."""
    if not 200 <= answer.status < 500:
        return None
    found: Any = answer.error
    if found is None and reason_of(answer) not in (None, ignored):
        found = answer.data
    return " ".join(translated(part) for part in (found.get("title"), found.get("nextStep")) if part) if found else ""


def _take(question: Wanted, answer: Answer) -> None:
    global _pending, _answered, _problem
    if question != _pending:
        return  # another clip was chosen meanwhile
    _pending = None
    words = against(answer)
    if words is None:
        return  # the form's next change sends it again
    _answered, _problem = question, words
    if question == _wanted() and isinstance(answer.data, dict):
        seen_people.take(answer.data.get("people"))
    heartbeat.redraw()
    ask()


def _wanted() -> Wanted | None:
    clip = bpy.path.abspath(FORM.clip) if FORM.clip else ""
    if not clip or not Path(clip).is_file():
        return None
    cropped = crop_of(FORM)
    part = FORM.start, FORM.end, tuple(cropped) if cropped else None
    return str(Path(clip).resolve()), *part, (shortest_s(), longest_s())
