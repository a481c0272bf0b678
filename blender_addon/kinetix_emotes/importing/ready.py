# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what is likely to be wanted next, one step in a slice of the timer: the take to decide on and the selected emote.

So that Compare, Preview and Import find it read, with its bones mapped, and answer at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kinetix_core.errors import KinetixError
from kinetix_core.motion import Skeleton

from .. import heartbeat
from ..library.props import selected
from . import sources
from .maps import map_of

__all__: list[str] = []

_files: list[str] = []
_skeletons: list[Skeleton] = []
_selected = ("", "")


def _on_event(kind: str, data: Any) -> None:
    jobs = [data] if kind == "job.changed" else data.get("jobs") or [] if kind == "snapshot" else []
    for job in jobs:
        file = (job.get("preview") or {}).get("glb") if job.get("state") == "awaitingDecision" else None
        if file and file not in _files:
            _files.append(file)


def _note_selected() -> None:
    global _selected
    emote = selected()
    wanted = (emote["id"], emote.get("sha256", "")) if emote else ("", "")
    if emote and wanted != _selected and (file := (emote.get("files") or {}).get("glb")):
        _files.append(file)
    _selected = wanted


def _tick() -> float | None:
    _note_selected()
    if _skeletons:
        map_of(_skeletons.pop())
    elif _files:
        try:
            _skeletons.append(sources.from_file(Path(_files.pop(0))).skeleton)
        except (KinetixError, OSError):
            return None  # whoever asks for it will be told
    return 0.05 if _skeletons or _files else None


heartbeat.LINK.state.listeners.append(_on_event)
heartbeat.on_tick(_tick)
