# SPDX-License-Identifier: GPL-3.0-or-later
"""Retake: the same clip again with other settings, or another clip, in place of the take that is given up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.types import Context, Event, Operator

from kinetix_core.values.errors import InputError

from .. import blender, messages, properties
from ..blender import Result
from ..clip_form import FORM, SIDES, Form, crop_of, draw_height, set_crop
from ..hub import heartbeat
from ..hub.requests import send_request
from ..view_modes import PREVIEW
from .ops import views_of

_FIELDS = ("start", "end", "crop", *(f"crop_{side}" for side in SIDES))


def _as_form(dialog: Any, _context: Context) -> None:
    """Part and crop of the form, which were chosen in the clip's picture."""
    if dialog.as_form:
        for field in _FIELDS:
            setattr(dialog, field, getattr(FORM, field))
        dialog.trim = bool(FORM.start or FORM.end)


class KINETIX_OT_retake(Operator):
    bl_label = "Retake"
    bl_description = "Discard this take and capture again, with other settings or another clip"

    job: str = properties.text(options={"HIDDEN"})
    clip: str = properties.text("Clip", "Clip to capture again", subtype="FILE_PATH")
    trim: bool = properties.boolean("Trim", "Capture a part of the clip")
    start: float = properties.same_as(Form, "start")
    end: float = properties.same_as(Form, "end")
    height_known: bool = properties.same_as(Form, "height_known")
    height: float = properties.same_as(Form, "height")
    as_form: bool = properties.boolean(
        "Trim and Crop from New Emote", "Use the trim and the crop that are set in New Emote", update=_as_form
    )
    crop: bool = properties.same_as(Form, "crop")
    crop_left: float = properties.same_as(Form, "crop_left")
    crop_right: float = properties.same_as(Form, "crop_right")
    crop_top: float = properties.same_as(Form, "crop_top")
    crop_bottom: float = properties.same_as(Form, "crop_bottom")

    def invoke(self, context: Context, _event: Event) -> Result:
        self._take_over()
        return blender.window_manager(context).invoke_props_dialog(self, width=380)

    def draw(self, _context: Context) -> None:
        layout = blender.layout(self)
        layout.use_property_split = True
        layout.prop(self, "clip")
        if _is_in_form(self.clip):
            layout.prop(self, "as_form")
        layout.prop(self, "trim")
        if self.trim:
            column = layout.column(align=True)
            column.prop(self, "start")
            column.prop(self, "end")
        if _had_views(self.job):
            layout.label(
                text="Uses the clips of all cameras." if _views(self.job, self.clip) else "Uses this clip only.",
                icon="VIEW_CAMERA",
            )
        draw_height(layout, self)
        layout.prop(self, "crop")
        if self.crop:
            column = layout.column(align=True)
            for side in SIDES:
                column.prop(self, f"crop_{side}")

    @messages.guarded
    def execute(self, _context: Context) -> None:
        if not self.properties.is_property_set("clip"):
            self._take_over()  # run without its dialog
        job = heartbeat.LINK.state.jobs.get(self.job)
        clip = Path(bpy.path.abspath(self.clip)) if self.clip else None
        if clip is not None and not clip.is_file():
            raise InputError(
                "The clip is missing.", code="clipNotFound", next_step="Choose a clip in the Retake dialog."
            )
        start, end = (self.start, self.end) if self.trim else (0.0, 0.0)
        if end and end <= start:
            raise InputError(
                "The trim ends before it starts.", code="badTrim", next_step="Set “End” after “Start”, or to 0."
            )
        former = job.get("settings") if job else None
        settings: dict[str, Any] = {
            "name": (job.get("name") if job else "") or "Emote",
            "mature": bool(former and former.get("mature")),
            "heightCm": self.height if self.height_known else None,
            "trimStart": start,
            "trimEnd": end or None,
            "crop": crop_of(self),
            "loop": bool(former and former.get("loop")),
            "askFirst": bool(former and former.get("askFirst")),
            "views": _views(self.job, self.clip),
            "people": former.get("people") if former else None,
            "person": former.get("person") if former and former.get("crop") == crop_of(self) else None,
            "body": (former.get("body") if former else "") or "whole",
            "face": bool(former and former.get("face")),
            "rootMode": (former.get("rootMode") if former else "") or "path",
        }
        if clip is not None:
            settings["clip"] = str(clip.resolve())
        PREVIEW.end()
        send_request("POST", f"/v1/jobs/{self.job}/retake", settings, "The retake has started.")

    def _take_over(self) -> None:
        """Copy the settings of the discarded take into the dialog."""
        job = heartbeat.LINK.state.jobs.get(self.job)
        preview, settings = (job.get("preview"), job.get("settings")) if job else (None, None)
        self.clip = (preview.get("clip") if preview else "") or ""
        if settings is None:
            return
        self.start, self.end = settings.get("trimStart") or 0.0, settings.get("trimEnd") or 0.0
        self.trim = bool(self.start or self.end)
        height = settings.get("heightCm")
        self.height_known = height is not None
        if height is not None:
            self.height = height
        set_crop(self, settings.get("crop"))


def _is_in_form(clip: str) -> bool:
    return bool(clip and FORM.clip) and Path(bpy.path.abspath(clip)) == Path(bpy.path.abspath(FORM.clip))


def _had_views(job_id: str) -> bool:
    job = heartbeat.LINK.state.jobs.get(job_id)
    settings = job.get("settings") if job else None
    return bool(settings and settings.get("views"))


def _views(job_id: str, clip: str) -> list[str]:
    """Return the clips of the other cameras that belong to the take's own clip and are known here."""
    job = heartbeat.LINK.state.jobs.get(job_id)
    preview = job.get("preview") if job else None
    own = (preview.get("clip") if preview else "") or ""
    return views_of(job_id) if own and _had_views(job_id) and Path(own) == Path(bpy.path.abspath(clip)) else []
