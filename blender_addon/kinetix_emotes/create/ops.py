# SPDX-License-Identifier: GPL-3.0-or-later
"""New emotes: from a clip, by dropping a clip, or filmed with a phone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import bpy
from bpy.types import Context, Event, FileHandler, Operator, OperatorFileListElement

from kinetix_core.protocol.hub.json_types import Connection, Job
from kinetix_core.values.clip_length import LONGEST_SECONDS, MAX_SECONDS, MIN_SECONDS, SHORTEST_SECONDS
from kinetix_core.values.errors import InputError

from .. import blender, messages, properties
from ..blender import Result, pgettext_iface
from ..clip_form import FORM
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import goes_online, longest_s, send_request, shortest_s, show_outcome
from ..jobs.ops import note_clip, note_views
from ..view_modes import TRIMMING
from . import many, seen_people, verdict, views
from .clip_check import fault
from .clip_names import free_name
from .props import body, choose_clip, for_each, forget_typed_name, part_chosen, reviews_first, typed_name

VIDEO_ENDINGS = ".mp4;.mov;.m4v;.webm;.mkv;.avi"


def _choose_file(operator: Any, context: Context) -> Result:
    """Open the file browser where the last clip was: else Blender opens the folder of the .blend."""
    if FORM.folder:
        operator.filepath = FORM.folder
    blender.window_manager(context).fileselect_add(operator)
    return {"RUNNING_MODAL"}


def _poll(cls: Any) -> bool:
    if goes_online():
        cls.poll_message_set("This profile needs the internet: allow Online Access in Preferences > System")
        return False
    return True


def _answered(answer: Answer) -> None:
    state = heartbeat.LINK.state
    show_outcome()(answer)
    if not answer.error and isinstance(answer.data, dict) and answer.data.get("id"):
        state.jobs[answer.data["id"]] = cast("Job", answer.data)
        state.changed()


class KINETIX_OT_create(Operator):
    bl_label = "Create Emote"
    bl_description = "Turn the clip into an emote. You can keep working or close Blender"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        if why := fault():
            cls.poll_message_set(why)
            return False
        return _poll(cls)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        TRIMMING.end()
        if FORM.clips:
            many.send(for_each())
            heartbeat.seen()
            return
        clip = Path(bpy.path.abspath(FORM.clip))
        settings, start, further = body(), FORM.start, views.wanted()

        def answered(answer: Answer) -> None:
            if not answer.error and isinstance(answer.data, dict):
                note_clip(str(answer.data.get("id")), str(clip), start)
                note_views(str(answer.data.get("id")), further)
            _answered(answer)

        heartbeat.LINK.request("POST", "/v1/jobs", {"clip": str(clip.resolve()), **settings}, answered)
        forget_typed_name()
        heartbeat.seen()


class KINETIX_OT_phone(Operator):
    bl_label = "Film with the Phone"
    bl_description = "Show a QR code for filming with a phone"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return _poll(cls)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        wanted = {"name": free_name(typed_name() or "Phone Emote"), "askFirst": reviews_first()}
        heartbeat.LINK.request("POST", "/v1/jobs/phone", wanted, _answered)
        heartbeat.seen()


class KINETIX_OT_choose_clip(Operator):
    bl_label = "Kinetix: New Emote"  # what Blender offers beside its own uses of a dropped film
    bl_description = "Choose a clip for the new emote. Several clips create one emote each"

    filepath: str = properties.text(subtype="FILE_PATH")
    directory: str = properties.text(subtype="DIR_PATH", options={"HIDDEN"})
    files: Sequence[OperatorFileListElement] = properties.many(OperatorFileListElement, options={"HIDDEN"})
    filter_glob: str = properties.text(default="*" + VIDEO_ENDINGS.replace(";", ";*"), options={"HIDDEN"})

    def invoke(self, context: Context, _event: Event) -> Result:
        if self.filepath or self.files:  # dropped
            return self.execute(context)
        return _choose_file(self, context)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        clips = [str(Path(self.directory) / file.name) for file in self.files if file.name] or [self.filepath]
        if not all(Path(clip).is_file() for clip in clips):
            raise InputError("The file does not exist.", code="clipNotFound", next_step="Choose a video file.")
        FORM.folder = str(Path(clips[0]).parent / "_")[:-1]
        choose_clip(clips[0] if len(clips) == 1 else "")
        if len(clips) > 1:
            many.choose(clips)
        chosen = f"Clip: {Path(clips[0]).name}." if len(clips) == 1 else f"{len(clips)} clips."
        self.report({"INFO"}, f"{chosen} Press Create Emote in the Kinetix tab.")
        heartbeat.redraw()


class KINETIX_OT_remove_clip(Operator):
    bl_label = "Remove"
    bl_description = "Remove this clip from the list"
    bl_options = {"INTERNAL"}

    clip: str = properties.text()

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """Return the tooltip with the file's whole name, which its row may cut."""
        return f"{Path(properties.clip).name}\n{pgettext_iface(cls.bl_description)}"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        many.remove(self.clip)
        if len(left := FORM.clips) == 1:
            choose_clip(left[0])
        heartbeat.redraw()


class KINETIX_OT_add_view(Operator):
    bl_label = "Add Camera…"
    bl_description = "Add a clip of the same take from another phone. Roughly twice as accurate; up to four clips"

    filepath: str = properties.text(subtype="FILE_PATH")
    filter_glob: str = properties.text(default="*" + VIDEO_ENDINGS.replace(";", ";*"), options={"HIDDEN"})

    @classmethod
    def poll(cls, _context: Context) -> bool:
        if not FORM.clip:
            cls.poll_message_set("Choose a clip first")
            return False
        if views.are_full():
            cls.poll_message_set("You can combine up to four clips")
            return False
        return True

    def invoke(self, context: Context, _event: Event) -> Result:
        return _choose_file(self, context)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        if not Path(self.filepath).is_file():
            raise InputError("The file does not exist.", code="clipNotFound", next_step="Choose a video file.")
        views.add(self.filepath)
        heartbeat.redraw()


class KINETIX_OT_remove_view(Operator):
    bl_label = "Remove"
    bl_description = "Remove this camera's clip"
    bl_options = {"INTERNAL"}

    view: str = properties.text()

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """Return the tooltip with the file's whole name, which its row may cut."""
        return f"{Path(properties.view).name}\n{pgettext_iface(cls.bl_description)}"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        views.remove(self.view)
        heartbeat.redraw()


class KINETIX_OT_choose_person(Operator):
    bl_label = "Choose Person"
    bl_description = "Capture this person"
    bl_options = {"INTERNAL"}

    person: int = properties.integer()

    @messages.guarded
    def execute(self, _context: Context) -> None:
        seen_people.choose(self.person)
        heartbeat.redraw()


class KINETIX_FH_clip(FileHandler):
    """A video dropped into the 3D view becomes the clip of the new emote; several become an emote each."""

    bl_label = "Clip for an emote"
    bl_import_operator = "kinetix.choose_clip"
    bl_file_extensions = VIDEO_ENDINGS

    @classmethod
    def poll_drop(cls, context: Context) -> bool:
        return bool(context.area and context.area.type == "VIEW_3D")


class KINETIX_OT_reset_trim(Operator):
    bl_label = "Whole Clip"
    bl_description = "Use the whole clip"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        FORM.start = FORM.end = 0.0
        part_chosen(0.0)


class KINETIX_OT_refresh(Operator):
    bl_label = "Refresh"
    bl_description = "Sync the library with the service"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return _poll(cls)

    @messages.guarded
    def execute(self, _context: Context) -> None:
        send_request("POST", "/v1/emotes/refresh")


class KINETIX_OT_long_clips(Operator):
    bl_label = "Allow Clips up to 1 Minute"
    bl_description = "Accept clips of up to 60 s on this machine, instead of 10 s"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        _send({"maxSeconds": MAX_SECONDS if longest_s() >= LONGEST_SECONDS else LONGEST_SECONDS})


class KINETIX_OT_short_clips(Operator):
    bl_label = "Allow Clips under 1 Second"
    bl_description = "Accept clips from 0.3 s on this machine, instead of from 1 s"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        _send({"minSeconds": MIN_SECONDS if shortest_s() <= SHORTEST_SECONDS else SHORTEST_SECONDS})


def _send(change: dict[str, float]) -> None:
    heartbeat.LINK.request("PUT", "/v1/connection/clip-length", change, _changed)


def _changed(answer: Answer) -> None:
    state = heartbeat.LINK.state
    if answer.error:
        show_outcome()(answer)
    elif isinstance(answer.data, dict):
        state.connection = cast("Connection", answer.data)
        state.changed()
        # A problem with the clip's length may be outdated.
        verdict.ask()
        many.look_again()
