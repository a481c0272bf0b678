# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems of the chosen clip, shown before a job is created."""

from __future__ import annotations

from pathlib import Path

import bpy

from kinetix_core.values.clip_length import LONGEST_SECONDS, SHORTEST_SECONDS
from kinetix_core.values.failure import FailureReason

from .. import films
from ..blender import pgettext_iface
from ..clip_form import FORM
from ..hub.requests import captures_here, longest_s, shortest_s
from . import frames, many, verdict, views

_ROUNDED_S = 0.05
_FAULTS = {
    "none": "Choose a clip first, or drop one into the 3D view.",
    "gone": "The clip is missing. Choose it again.",
    "order": "The trim ends before it starts. Set “End” after “Start”.",
    "short": "The clip is shorter than {least} s. Film a longer one, or trim less.",
    "long": "The clip is longer than {most} s. Trim it.",
}
RULE = "Best results: one person, full body, {least}–{most} s, steady camera."


def may_be_longer() -> bool:
    """Return whether the clips are too long only for the current limit of this machine."""
    if not captures_here():
        return False
    if FORM.clips:
        return many.have(FailureReason.TOO_LONG) and longest_s() < LONGEST_SECONDS
    seconds = _seconds()
    return seconds is not None and longest_s() + _ROUNDED_S < seconds <= LONGEST_SECONDS + _ROUNDED_S


def may_be_shorter() -> bool:
    """Return whether the clips are too short only for the current limit of this machine."""
    if not captures_here():
        return False
    if FORM.clips:
        return many.have(FailureReason.TOO_SHORT) and shortest_s() > SHORTEST_SECONDS
    seconds = _seconds()
    return seconds is not None and SHORTEST_SECONDS - _ROUNDED_S <= seconds < shortest_s() - _ROUNDED_S


def _seconds() -> float | None:
    """Return the length of the trimmed part; None until the clip is read."""
    film = frames.film()
    if film is None or not film.seconds:
        return None
    return min(FORM.end or film.seconds, film.seconds) - FORM.start


def rule() -> str:
    """Return the advice for good clips, translated."""
    return _with_length(RULE)


def _with_length(sentence: str) -> str:
    return pgettext_iface(sentence).format(least=f"{shortest_s():g}", most=f"{longest_s():g}")


def fault() -> str:
    """Return why Create would fail, with what to do, or ""."""
    if FORM.clips:
        return many.fault()
    if not FORM.clip:
        return _FAULTS["none"]
    if not Path(bpy.path.abspath(FORM.clip)).is_file():
        return _FAULTS["gone"]
    if FORM.end and FORM.end <= FORM.start:
        return _FAULTS["order"]
    seconds = _seconds()
    if seconds is None:
        film = frames.film()
        unreadable = film is not None and film.problem == films.UNREADABLE
        return films.UNREADABLE if unreadable else verdict.problem() or views.fault()
    if seconds < shortest_s() - _ROUNDED_S:
        return _with_length(_FAULTS["short"])
    if seconds > longest_s() + _ROUNDED_S:
        return _with_length(_FAULTS["long"])
    return verdict.problem() or views.fault()
