# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators on jobs: cancel, retry, accept, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bpy.types import Context, Operator

from kinetix_core.protocol.hub.enumerations import ENDED
from kinetix_core.protocol.hub.json_types import Job

from .. import blender, messages, properties
from ..blender import pgettext_iface
from ..hub import heartbeat
from ..hub.requests import send_request
from ..library.props import LIBRARY
from ..preview.ops import remember_clip
from ..view_modes import PREVIEW
from . import batch
from .props import JOBS


class _JobOperator:
    job: str = properties.text()
    bl_description: str

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """Return the tooltip with the job's whole name, which its row may cut."""
        job = heartbeat.LINK.state.jobs.get(properties.job)
        return f"{job.get('name') if job else ''}\n{pgettext_iface(cls.bl_description)}"


class _JobRequest(_JobOperator):
    """An operator that is one request about its job."""

    method, path = "POST", ""

    @messages.guarded
    def execute(self, _context: Context) -> None:
        send_request(self.method, f"/v1/jobs/{self.job}{self.path}")


class KINETIX_OT_cancel_job(_JobRequest, Operator):
    bl_label = "Cancel"
    bl_description = "Cancel this job"
    path = "/cancel"


class KINETIX_OT_retry_job(_JobRequest, Operator):
    bl_label = "Try Again"
    bl_description = "Run this job again with the same settings"
    path = "/retry"


class KINETIX_OT_capture_upper_body(_JobRequest, Operator):
    bl_label = "Capture Upper Body"
    bl_description = "Run this job again for the upper body only. The legs stay at rest"
    path = "/upper-body"


class KINETIX_OT_remove_job(_JobRequest, Operator):
    bl_label = "Remove from List"
    bl_description = "Remove this job from the list. The emote is kept"
    method = "DELETE"


class KINETIX_OT_clear_jobs(Operator):
    bl_label = "Clear Finished"
    bl_description = "Remove every finished job from the list. The emotes are kept"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        for job in list(heartbeat.LINK.state.jobs.values()):
            if job.get("state") in ENDED:
                send_request("DELETE", f"/v1/jobs/{job['id']}")


class KINETIX_OT_clear_batch(Operator):
    bl_label = "Dismiss"
    bl_description = "Close this table. The jobs continue in the list"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        batch.clear()
        heartbeat.redraw()


class KINETIX_OT_validate(_JobOperator, Operator):
    bl_label = "Accept"
    bl_description = "Accept the take and add it to the library"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        PREVIEW.end()
        send_request("POST", f"/v1/jobs/{self.job}/validate")


def awaiting_decision() -> list[Job]:
    """Return the jobs whose take is to be reviewed."""
    return [job for job in heartbeat.LINK.state.jobs.values() if job.get("state") == "awaitingDecision"]


class KINETIX_OT_accept_all(Operator):
    bl_label = "Accept All"
    bl_description = "Accept every take that is ready to review"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        PREVIEW.end()
        for job in awaiting_decision():
            send_request("POST", f"/v1/jobs/{job['id']}/validate")


class KINETIX_OT_copy_link(Operator):
    bl_label = "Copy Link"
    bl_description = "Copy the address of the upload page to the clipboard"

    url: str = properties.text()

    @messages.guarded
    def execute(self, context: Context) -> None:
        blender.window_manager(context).clipboard = self.url
        self.report({"INFO"}, "The link is on the clipboard.")


def note_clip(job: str, clip: str, began_s: float) -> None:
    """Remember the clip of a job that begins here, to compare its emote with it later."""
    JOBS.clips[job] = (clip, began_s)


def note_views(job: str, views: list[str]) -> None:
    """Remember the further clips of a job that begins here, for a retake: the hub has their names only."""
    JOBS.views[job] = views


def views_of(job: str) -> list[str]:
    """Return the further clips of a job that began here and are still there."""
    return [view for view in JOBS.views.get(job, []) if Path(view).is_file()]


def on_jobs(jobs: list[Job], in_snapshot: bool) -> None:
    """Show a notice when an emote is ready, and select it so that Import is one click away."""
    for job in jobs:
        _note_clip_of(job)
        if job.get("state") != "delivered" or job["id"] in JOBS.announced or not (in_snapshot or job.get("emoteId")):
            continue
        JOBS.announced.add(job["id"])
        if not in_snapshot:
            LIBRARY.selected = job["emoteId"] or ""
            if job["id"] not in LIBRARY.imported:
                heartbeat.LINK.state.notice(
                    "info",
                    pgettext_iface("“{name}” is ready.").format(name=job.get("name", "")),
                    "Select your character and press Import.",
                )


def _note_clip_of(job: Job) -> None:
    """Remember the clip of a take that waits for a decision, and the clip of its emote."""
    preview, settings, emote = job.get("preview"), job.get("settings"), job.get("emoteId")
    if preview and (clip := preview.get("clip")):
        note_clip(job["id"], clip, float(settings.get("trimStart") or 0.0) if settings else 0.0)
    known = JOBS.clips.get(job["id"])
    if emote and known:
        remember_clip(emote, *known)
