# SPDX-License-Identifier: GPL-3.0-or-later
"""Map the first clip's bones while nobody waits: of the take to decide on, or of the selected emote.

So that Compare, Preview and Import answer at once. Emotes share their skeleton, so one clip is enough for a session.
"""

from __future__ import annotations

from pathlib import Path

from kinetix_core.motion import Skeleton
from kinetix_core.protocol.hub.json_types import Job
from kinetix_core.values.errors import KinetixError

from .. import emote_files
from ..library.props import selected
from .maps import map_of

__all__: list[str] = []

_files: list[str] = []
_skeletons: list[Skeleton] = []
_selected = ("", "")
_done = False


def on_jobs(jobs: list[Job], _in_snapshot: bool) -> None:
    for job in jobs:
        preview = job.get("preview")
        file = preview["glb"] if preview and job.get("state") == "awaitingDecision" else None
        if file and not _done and file not in _files:
            _files.append(file)


def _note_selected() -> None:
    global _selected
    emote = selected()
    wanted = (emote["id"], emote.get("sha256", "")) if emote else ("", "")
    if emote and wanted != _selected and (file := (emote.get("files") or {}).get("glb")):
        _files.append(file)
    _selected = wanted


def tick() -> float | None:
    global _done
    if _done:
        return None
    _note_selected()
    if _skeletons:
        map_of(_skeletons.pop())
        _done = True
    elif _files:
        try:
            _skeletons.append(emote_files.from_file(Path(_files.pop(0))).skeleton)
        except (KinetixError, OSError):
            return None  # whoever asks for it will be told
    return 0.05 if not _done and (_skeletons or _files) else None
