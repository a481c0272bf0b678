# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of jobs: stage, percent, elapsed and remaining time, and what can be done about each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from bpy.types import Context, UILayout
from numpy.typing import NDArray

from kinetix_core.protocol.hub.enumerations import ENDED, JobState, status_of
from kinetix_core.protocol.hub.json_types import Job, PhoneLink
from kinetix_core.values.failure import FailureReason

from .. import blender, session, thumbnails
from ..blender import OWN_WORDS, SidebarPanel, pgettext_iface
from ..hub import heartbeat
from ..text import clock, fitting, unfolds, wrapped
from ..view_modes import PREVIEW
from . import batch
from .ops import awaiting_decision
from .props import JOBS, SentClip

_SHOWN, _FAILED, _HINTS = 6, 2, 3
_MODULE_PX = 4
# Of clips that were sent together these say all in one line.
_ONE_LINE = ("queued", "uploading", "submitted", "processing", "downloading", "verifying", "delivered", "cancelled")
_ICONS = {
    "delivered": "CHECKMARK",
    "failed": "ERROR",
    "rejected": "ERROR",
    "cancelled": "X",
    "awaitingDecision": "QUESTION",
}


class KINETIX_PT_jobs(SidebarPanel):
    bl_label = ""  # in the header, with the counts
    bl_parent_id = "KINETIX_PT_create"

    def draw_header(self, _context: Context) -> None:
        jobs = heartbeat.LINK.state.jobs.values()
        counts = {
            "running": sum(job.get("state") not in (*ENDED, "awaitingDecision") for job in jobs),
            "to review": len(awaiting_decision()),
            "failed": sum(job.get("state") in ("failed", "rejected") for job in jobs),
        }
        counted = [f"{count} {pgettext_iface(word)}" for word, count in counts.items() if count]
        blender.layout(self).label(text=" · ".join([pgettext_iface("Jobs"), *counted]), translate=False)

    def draw(self, context: Context) -> None:
        layout = blender.layout(self)
        if len(awaiting_decision()) > 1:
            layout.operator("kinetix.accept_all", icon="CHECKMARK")
        together = batch.sent()
        if together:
            _draw_batch(layout.box().column(), together, context)
        shown = {one.job_id for one in together}
        jobs = [job for job in heartbeat.LINK.state.jobs_newest_first() if job["id"] not in shown]
        open_jobs = [job for job in jobs if job.get("state") not in ENDED]
        ended = [job for job in jobs if job.get("state") in ENDED]
        if not jobs and not together:
            layout.label(text="No jobs yet")
        for job in open_jobs[:_SHOWN]:
            _draw_job(layout.box().column(align=True), job, context)
        if len(open_jobs) > _SHOWN:
            more = pgettext_iface("and {count} more").format(count=len(open_jobs) - _SHOWN)
            layout.label(text=more, translate=False)
        if ended:
            _draw_ended(layout, ended, context)


def _draw_batch(box: UILayout, together: list[SentClip], context: Context) -> None:
    """Draw one line for each clip, with details below jobs that need attention."""
    row = box.row(align=True)
    refused = batch.refused()
    summary = (
        "{made} of {count} clips are emotes, {refused} refused" if refused else "{made} of {count} clips are emotes"
    )
    words = pgettext_iface(summary).format(made=batch.made(), count=len(together), refused=refused)
    row.label(text=words, icon="FILE_MOVIE", translate=False)
    row.operator("kinetix.clear_batch", text="", icon="X", emboss=False)
    for one in together:
        job = one.job
        part = box.column(align=True)
        if job is None or job.get("state") in _ONE_LINE:
            _draw_line(part, one, job, context)
        else:
            _draw_job(part, job, context)
        if one.error:
            wrapped(part, one.error.get("title", ""), context)
            wrapped(part, one.error.get("nextStep", ""), context)


def _draw_line(box: Any, one: SentClip, job: Job | None, context: Context) -> None:
    state = job.get("state", "") if job else "failed" if one.error else "queued"
    row = box.row(align=True)
    name = (job.get("name") if job else "") or Path(one.clip).name
    row.label(text=fitting(name, context, 1), icon=_ICONS.get(state, "SORTTIME"), translate=False)
    if job and state not in ENDED:
        _draw_progress(row, job, brief=True)
    else:
        row.label(text=job["status"] if job else status_of(JobState(state)))
    if job and state not in ENDED:
        row.operator("kinetix.cancel_job", text="", icon="CANCEL", emboss=False).job = job["id"]


def _draw_ended(layout: UILayout, jobs: list[Job], context: Context) -> None:
    """Folded, for the emotes are in the library; one that failed is shown until it is cleared away."""
    values = session.group("kinetix_jobs")
    failed = [job for job in jobs if job.get("state") in ("failed", "rejected")]
    row = layout.row(align=True)
    unfolds(row, values, "show_ended", "Finished")
    row.label(text=f"{len(jobs)}", translate=False)
    row.operator("kinetix.clear_jobs", text="", icon="TRASH")
    for job in (jobs if JOBS.show_ended else failed)[: _SHOWN if JOBS.show_ended else _FAILED]:
        _draw_job(layout.box().column(align=True), job, context)


def _draw_job(box: Any, job: Job, context: Context) -> None:
    state = job.get("state", "")
    row = box.row(align=True)
    decides = state == "awaitingDecision" and len(awaiting_decision()) > 1
    buttons = 5 if decides else 2 if state in ENDED and state != "delivered" else 1
    name = fitting(job.get("name") or "Emote", context, buttons)
    row.label(text=name, icon=_ICONS.get(state, "SORTTIME"), translate=False)
    if state in ENDED:
        if state != "delivered":
            row.operator("kinetix.retry_job", text="", icon="FILE_REFRESH", emboss=False).job = job["id"]
        row.operator("kinetix.remove_job", text="", icon="X", emboss=False).job = job["id"]
    else:
        if decides:
            _decision_icons(row, job)
        row.operator("kinetix.cancel_job", text="", icon="CANCEL", emboss=False).job = job["id"]
    if decides:
        PREVIEW.draw(box, job["id"])
        return
    if state not in ENDED and state not in ("awaitingUpload", "awaitingDecision"):
        _draw_progress(box, job)
    else:
        box.label(text=job.get("status", state))
    if state == "awaitingUpload" and (phone := job.get("phone")):
        _draw_phone(box, job["id"], phone, context)
    elif state == "awaitingDecision":
        _draw_decision(box, job, context)
    if error := job.get("error"):
        wrapped(box, error.get("title", ""), context)
        wrapped(box, error.get("nextStep", ""), context)
        settings = job.get("settings")
        is_clip = job.get("kind") == "clip" and not (settings and settings.get("body") == "upper")
        if state == "failed" and error.get("code") == FailureReason.HALF_BODY and is_clip:
            box.operator("kinetix.capture_upper_body", icon="OUTLINER_OB_ARMATURE").job = job["id"]


def _draw_progress(box: UILayout, job: Job, *, brief: bool = False) -> None:
    gone = heartbeat.LINK.state.seconds_since(job["id"])
    percent = job.get("percent")
    words, left = pgettext_iface(job.get("status", "")), job.get("remainingS")
    if line := job.get("inLine"):
        words, left = f"{words} ({line['place']})", line.get("waitS")
    rest = f" · −{clock(left - gone)}" if left is not None else ""
    progress = words if percent is None else f"{percent:.0f} %" if brief else f"{words} · {percent:.0f} %"
    box.progress(factor=min(1.0, max(0.0, (percent or 0) / 100)), text=f"{progress}{rest}", translate=False)


def _draw_phone(box: UILayout, job_id: str, phone: PhoneLink, context: Context) -> None:
    if picture := _qr(job_id, phone.get("qr") or []):
        box.template_icon(picture, scale=10.0)
    try:
        left = (datetime.fromisoformat(phone["expires"].replace("Z", "+00:00")) - datetime.now(UTC)).total_seconds()
    except (KeyError, ValueError, TypeError, AttributeError):
        left = 0.0
    box.label(text=f"{clock(left)}" if left > 0 else "This link has expired", icon="TIME")
    if hint := phone.get("hint"):
        wrapped(box, hint, context, icon="INFO")
    box.operator("kinetix.copy_link", icon="COPYDOWN").url = phone.get("url", "")


def _qr(job_id: str, rows: list[str]) -> int:
    key = f"qr-{job_id}-{hash(tuple(rows))}"
    return thumbnails.from_pixels(key) or (thumbnails.from_pixels(key, code_pixels(rows)) if rows else 0)


def code_pixels(rows: list[str]) -> NDArray[np.float32]:
    """Return a QR code enlarged, (H, W, 4): Blender would scale its modules unevenly."""
    light = np.array([[module == "0" for module in row] for row in rows], np.float32)
    grey = np.kron(light, np.ones((_MODULE_PX, _MODULE_PX), np.float32))
    return np.stack((grey, grey, grey, np.ones_like(grey)), -1)


def _compare(layout: Any, job: Job, **words: str) -> None:
    if PREVIEW.is_on:
        words = {"text": "Stop Comparing"} | words
        layout.operator("kinetix.stop_preview", icon="PAUSE", depress=True, **words)
    else:
        layout.operator("kinetix.compare", icon="PLAY", **words).job = job["id"]


def _decision_icons(row: UILayout, job: Job) -> None:
    """Draw the buttons of one of several takes in its row."""
    if (preview := job.get("preview")) and preview.get("glb"):
        _compare(row, job, text="")
        row.operator("kinetix.accept_and_import", text="", icon="IMPORT").job = job["id"]
    row.operator("kinetix.validate", text="", icon="CHECKMARK").job = job["id"]
    retake = row.row(align=True)
    retake.enabled = job.get("retriesLeft") != 0
    retake.operator("kinetix.retake", text="", icon="FILE_REFRESH").job = job["id"]


def _draw_decision(box: UILayout, job: Job, context: Context) -> None:
    for hint in (job.get("hints") or [])[:_HINTS]:
        wrapped(box, hint, context, icon="INFO")
    preview = job.get("preview")
    if preview and preview.get("glb"):
        _compare(box, job)
        PREVIEW.draw(box, job["id"])
        box.operator("kinetix.accept_and_import", icon="IMPORT").job = job["id"]
    row = box.row(align=True)
    row.scale_y = 1.2
    row.operator("kinetix.validate", text="Accept", text_ctxt=OWN_WORDS, icon="CHECKMARK").job = job["id"]
    retake = row.row(align=True)
    left = job.get("retriesLeft")
    retake.enabled = left is None or left > 0
    words = pgettext_iface("Retake…") if left is None else pgettext_iface("Retake ({left})…").format(left=left)
    retake.operator("kinetix.retake", text=words, icon="FILE_REFRESH", translate=False).job = job["id"]
    # Last, as the buttons would be out of sight on a laptop's screen.
    if preview and (picture := thumbnails.from_file(preview.get("thumbnail") or "")):
        box.template_icon(picture, scale=5.0)
