# SPDX-License-Identifier: GPL-3.0-or-later
"""The take behind the emote that plays on the active rig: its versions, where it is unsure, and what is to be corrected of it.

All of it comes from the hub and stays in this process. Corrections that were not yet solved are kept for each emote.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy
from bpy.types import Context

from kinetix_core.protocol.hub.json_types import ErrorInfo, Job
from kinetix_core.values.errors import InputError

from .. import blender
from ..hub import heartbeat
from ..hub.link import Answer
from ..importing.selection import armatures

_AFTER_S = 0.5


@dataclass
class Take:
    """Knowledge of one emote's take.

    Attributes:
        versions: as the hub lists them; None until it answers.
        library: the emotes that were in the library at the request; a version that was solved on the library page is a further one.
        pending: a request for the versions is under way.
        error: why there are none.
        corrections: what is to be corrected, by id.
        sent: a version was requested, and its job is not known yet.
        job: of the version that is being solved.
        solved: the emote that came of the last one; empty where none did.
    """

    versions: list[dict[str, Any]] | None = None
    library: frozenset[str] = frozenset()
    pending: bool = False
    error: ErrorInfo | None = None
    corrections: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: bool = False
    job: str = ""
    solved: str = ""

    def waits_for_decision(self) -> bool:
        """Return whether the new version has to be accepted first."""
        job = heartbeat.LINK.state.jobs.get(self.job)
        return bool(job and job.get("state") == "awaitingDecision")

    def version(self, emote: str) -> dict[str, Any]:
        return next((one for one in self.versions or [] if one.get("emote") == emote), {})

    def first_frame(self, emote: str) -> int:
        """Return the frame of the take with which the emote begins: a loop is cut out of it."""
        return int(self.version(emote).get("firstFrame") or 0)

    def is_changed(self, emote: str) -> bool:
        """Return whether the corrections differ from those this version was solved with."""
        return list(self.corrections.values()) != list(self.version(emote).get("corrections") or [])


TAKES: dict[str, Take] = {}  # by emote


@dataclass(frozen=True)
class Playing:
    """An emote on a rig: its id, the Action that plays it, and how its frames lie in the scene."""

    rig: Any
    action: Any
    emote: str
    frames: int

    def take_frame(self, scene_frame: float) -> int:
        """Return the frame of the emote that is shown at a frame of the scene; it may lie beyond its ends."""
        start, end = float(self.action.frame_start), float(self.action.frame_end)
        return round((scene_frame - start) / max(end - start, 1e-6) * (self.frames - 1))

    def scene_frame(self, frame: int) -> float:
        start, end = self.action.frame_start, self.action.frame_end
        return float(start + frame / max(self.frames - 1, 1) * (end - start))


def playing(context: Context) -> Playing | None:
    """Return the emote of the library that the first selected rig plays."""
    for rig in armatures(context)[:1]:
        action = rig.animation_data.action if rig.animation_data else None
        emote = str(action.get("kinetix_emote", "")) if action else ""
        known = heartbeat.LINK.state.emotes.get(emote)
        if known and (frames := known.get("frames")):
            return Playing(rig, action, emote, int(frames))
    return None


def refuse_mirrored(found: Playing) -> None:
    """Raise InputError for an emote that plays mirrored: corrections say left and right as the take has them."""
    if found.action.get("kinetix_mirrored"):
        raise InputError(
            "A mirrored emote cannot be corrected.",
            code="mirrored",
            next_step="Import it without Mirror, then correct it.",
        )


def take_of(emote: str) -> Take:
    return TAKES.setdefault(emote, Take())


def forget(emote: str) -> None:
    """Request the emote's versions again; pending corrections are kept."""
    take = take_of(emote)
    take.versions, take.error = None, None


def look(emote: str) -> None:
    """Ask the hub for the emote's versions."""
    take = take_of(emote)
    take.pending, take.library = True, frozenset(heartbeat.LINK.state.emotes)

    def received(answer: Answer) -> None:
        take.pending = False
        take.error = answer.error
        if isinstance(answer.data, dict) and not answer.error:
            take.versions = list(answer.data.get("versions") or [])
            if not take.corrections:
                own = take.version(emote).get("corrections") or []
                take.corrections = {str(one.get("id")): one for one in own}
        heartbeat.LINK.state.changed()
        _redraw_time_lines()

    heartbeat.LINK.request("GET", f"/v1/emotes/{emote}/refine", None, received)


def _redraw_time_lines() -> None:
    for window in blender.window_manager(bpy.context).windows:
        for area in window.screen.areas:
            if area.type == "DOPESHEET_EDITOR":
                area.tag_redraw()


def tick() -> float | None:
    """Ask for the versions of the emote that plays on the active rig: once, and again when something came into the library."""
    if heartbeat.LINK.phase != "live" or not getattr(bpy.context, "view_layer", None):
        return None
    found = playing(bpy.context)
    if found is None:
        return None
    take = take_of(found.emote)
    if take.pending or take.error is not None:
        return _AFTER_S
    if take.versions is None or not take.library.issuperset(heartbeat.LINK.state.emotes):
        look(found.emote)
    return _AFTER_S


def on_jobs(jobs: list[Job], _in_snapshot: bool) -> None:
    """Request the versions again when a refinement has ended."""
    for job in jobs:
        for emote, take in TAKES.items():
            if take.job == job["id"] and job.get("state") in ("delivered", "failed", "cancelled", "rejected"):
                take.job, take.solved = "", str(job.get("emoteId") or "") if job.get("state") == "delivered" else ""
                forget(emote)


_VERY = 0.15


def unsure_of(found: Playing) -> list[dict[str, Any]]:
    """Return the uncertain spans of the playing emote in order; frames of the emote."""
    take = take_of(found.emote)
    first = take.first_frame(found.emote)
    shifted = [
        {**span, **{name: int(span.get(name) or 0) - first for name in ("first", "last", "worst")}}
        for span in take.version(found.emote).get("unsure") or []
    ]
    return [span for span in shifted if 0 <= span["worst"] < found.frames]


def next_unsure(found: Playing, scene_frame: float) -> dict[str, Any] | None:
    """Return the place after a frame of the scene; behind the last one the first one comes again."""
    spans = sorted(unsure_of(found), key=lambda span: int(span["worst"]))
    here = found.take_frame(scene_frame)
    return next((span for span in spans if span["worst"] > here), spans[0] if spans else None)


def is_very_unsure(span: dict[str, Any]) -> bool:
    return float(span.get("confidence") or 0) < _VERY


def scene_frames(found: Playing, span: dict[str, Any]) -> str:
    """Return the span in frames of the scene: `15`, or `15–22`."""
    first, last = (round(found.scene_frame(int(span[end]))) for end in ("first", "last"))
    return f"{first}–{last}" if last > first else f"{first}"
