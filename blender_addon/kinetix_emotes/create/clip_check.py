# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the chosen clip cannot become an emote, told while it is chosen."""

from __future__ import annotations

from pathlib import Path

import bpy

from kinetix_core.values.clip_length import LONGEST_SECONDS, SHORTEST_SECONDS
from kinetix_core.values.failure import FailureReason

from .. import films, session
from ..blender import pgettext_iface
from ..hub_requests import captures_here, longest_s, shortest_s
from . import frames, many, verdict, views

__all__ = ["RULE", "fault", "may_be_longer", "may_be_shorter", "rule"]

_ROUNDED_S = 0.05
_FAULTS = {
    "none": "Choose a clip first, or drop one into the 3D view.",
    "gone": "The clip is missing. Choose it again.",
    "order": "The trim ends before it starts. Set “To” after “From”, or to 0.",
    "short": "The clip is shorter than {least} s. Film a longer one, or trim less.",
    "long": "The clip is longer than {most} s. Trim it.",
}
RULE = "Best results: one person, full body, {least}–{most} s, steady camera."


def may_be_longer() -> bool:
    """Whether the chosen part, or one of several clips, is too long only until this machine is told to take longer ones."""
    if not captures_here():
        return False
    if many.paths():
        return many.have(FailureReason.TOO_LONG) and longest_s() < LONGEST_SECONDS
    seconds = _seconds()
    return seconds is not None and longest_s() + _ROUNDED_S < seconds <= LONGEST_SECONDS + _ROUNDED_S


def may_be_shorter() -> bool:
    """Whether the chosen part, or one of several clips, is too short only until this machine is told to take shorter ones."""
    if not captures_here():
        return False
    if many.paths():
        return many.have(FailureReason.TOO_SHORT) and shortest_s() > SHORTEST_SECONDS
    seconds = _seconds()
    return seconds is not None and SHORTEST_SECONDS - _ROUNDED_S <= seconds < shortest_s() - _ROUNDED_S


def _seconds() -> float | None:
    """Of the chosen part; None while the clip is not read."""
    values, film = session.group("kinetix_create"), frames.film()
    if film is None or not film.seconds:
        return None
    return min(values.end or film.seconds, film.seconds) - float(values.start)


def rule() -> str:
    """What a good clip is, in the language of the person."""
    return _with_length(RULE)


def _with_length(sentence: str) -> str:
    return pgettext_iface(sentence).format(least=f"{shortest_s():g}", most=f"{longest_s():g}")


def fault() -> str:
    """Why Create would fail, with what to do; "" when nothing is seen."""
    values = session.group("kinetix_create")
    if many.paths():
        return many.fault()
    if not values.clip:
        return _FAULTS["none"]
    if not Path(bpy.path.abspath(values.clip)).is_file():
        return _FAULTS["gone"]
    if values.end and values.end <= values.start:
        return _FAULTS["order"]
    seconds = _seconds()
    if seconds is None:
        film = frames.film()
        unreadable = film is not None and film.problem == films.UNREADABLE
        return films.UNREADABLE if unreadable else verdict.said() or views.fault()
    if seconds < shortest_s() - _ROUNDED_S:
        return _with_length(_FAULTS["short"])
    if seconds > longest_s() + _ROUNDED_S:
        return _with_length(_FAULTS["long"])
    return verdict.said() or views.fault()
