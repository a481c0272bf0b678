# SPDX-License-Identifier: GPL-3.0-or-later
"""New emotes: from a clip, by dropping a clip, or filmed with a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import bpy
from bpy.props import CollectionProperty, IntProperty, StringProperty
from bpy.types import FileHandler, Operator, OperatorFileListElement

from kinetix_core.protocol.hub.json_types import Job
from kinetix_core.values.errors import InputError

from .. import heartbeat, messages, session
from ..blender import Result, pgettext_iface
from ..hub_link import Answer
from ..hub_requests import goes_online, send_request
from ..jobs.ops import note_clip, note_views
from ..view_modes import TRIMMING
from . import frames, many, seen_people, views
from .clip_check import fault
from .clip_names import free_name
from .props import asks_first, body, for_each, forget_typed_name, typed_name

__all__ = ["CLASSES", "VIDEO_ENDINGS"]

VIDEO_ENDINGS = ".mp4;.mov;.m4v;.webm;.mkv;.avi"


_FOLDER = "create.folder"


def _choose_file(operator: Any, context: Any) -> Result:
    """Open the file browser where the last clip was: else Blender opens the folder of the .blend."""
    if folder := session.VALUES.get(_FOLDER):
        operator.filepath = folder
    context.window_manager.fileselect_add(operator)
    return {"RUNNING_MODAL"}


def _poll(cls: Any) -> bool:
    if goes_online():
        cls.poll_message_set("This profile needs the internet: allow Online Access in Preferences > System")
        return False
    return True


def _answered(answer: Answer) -> None:
    state = heartbeat.LINK.state
    if answer.error:
        state.notice("error", answer.error.get("title", ""), answer.error.get("nextStep", ""))
    elif isinstance(answer.data, dict) and answer.data.get("id"):
        state.jobs[answer.data["id"]] = cast("Job", answer.data)
        state.changed()


class KINETIX_OT_create(Operator):
    bl_idname = "kinetix.create"
    bl_label = "Create Emote"
    bl_description = "Turn the clip into an emote. You can keep working or close Blender"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        if why := fault():
            cls.poll_message_set(why)
            return False
        return _poll(cls)

    @messages.guarded
    def execute(self, _context: Any) -> Result:
        TRIMMING.end()
        if many.paths():
            many.send(for_each())
            heartbeat.seen()
            return {"FINISHED"}
        clip = Path(bpy.path.abspath(session.group("kinetix_create").clip))
        settings = body()

        def answered(answer: Answer) -> None:
            if not answer.error and isinstance(answer.data, dict):
                note_clip(str(answer.data.get("id")), str(clip), settings["trimStart"])
                note_views(str(answer.data.get("id")), settings["views"])
            _answered(answer)

        heartbeat.LINK.request("POST", "/v1/jobs", {"clip": str(clip.resolve()), **settings}, answered)
        forget_typed_name()
        heartbeat.seen()
        return {"FINISHED"}


class KINETIX_OT_phone(Operator):
    bl_idname = "kinetix.phone"
    bl_label = "Film with the Phone"
    bl_description = "Show a QR code for filming with a phone"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        return _poll(cls)

    @messages.guarded
    def execute(self, _context: Any) -> Result:
        wanted = {"name": free_name(typed_name() or "Phone Emote"), "askFirst": asks_first()}
        heartbeat.LINK.request("POST", "/v1/jobs/phone", wanted, _answered)
        heartbeat.seen()
        return {"FINISHED"}


class KINETIX_OT_choose_clip(Operator):
    bl_idname = "kinetix.choose_clip"
    bl_label = "Kinetix: Clip for an Emote"  # what Blender offers beside its own uses of a dropped film
    bl_description = "Choose a clip for the new emote. Several clips create one emote each"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})  # type: ignore[valid-type]
    files: CollectionProperty(type=OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})  # type: ignore[valid-type]
    filter_glob: StringProperty(default="*" + VIDEO_ENDINGS.replace(";", ";*"), options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: Any, _event: Any) -> Result:
        if self.filepath or self.files:  # dropped
            return self.execute(context)
        return _choose_file(self, context)

    @messages.guarded
    def execute(self, _context: Any) -> Result:
        clips = [str(Path(self.directory) / file.name) for file in self.files if file.name] or [self.filepath]
        if not all(Path(clip).is_file() for clip in clips):
            raise InputError("The file does not exist.", next_step="Choose a video file.")
        session.VALUES[_FOLDER] = str(Path(clips[0]).parent / "_")[:-1]
        values = session.group("kinetix_create")
        if len(clips) > 1:
            values.clip = ""
            many.choose(clips)
        else:
            values.clip = clips[0]
        told = f"Clip: {Path(clips[0]).name}." if len(clips) == 1 else f"{len(clips)} clips."
        self.report({"INFO"}, f"{told} Press Create in the Kinetix tab.")
        heartbeat.redraw()
        return {"FINISHED"}


class KINETIX_OT_remove_clip(Operator):
    bl_idname = "kinetix.remove_clip"
    bl_label = "Remove"
    bl_description = "Remove this clip from the list"
    bl_options = {"INTERNAL"}

    clip: StringProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        """Return the tooltip with the file's whole name, which its row may cut."""
        return f"{Path(properties.clip).name}\n{pgettext_iface(cls.bl_description)}"

    def execute(self, _context: Any) -> Result:
        many.remove(self.clip)
        if len(left := many.paths()) == 1:
            session.group("kinetix_create").clip = left[0]
        heartbeat.redraw()
        return {"FINISHED"}


class KINETIX_OT_add_view(Operator):
    bl_idname = "kinetix.add_view"
    bl_label = "Add Camera…"
    bl_description = "Add a clip of the same take from another phone. Roughly twice as accurate; up to four clips"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    filter_glob: StringProperty(default="*" + VIDEO_ENDINGS.replace(";", ";*"), options={"HIDDEN"})  # type: ignore[valid-type]

    @classmethod
    def poll(cls, _context: Any) -> bool:
        if not session.group("kinetix_create").clip:
            cls.poll_message_set("Choose a clip first")
            return False
        if views.are_full():
            cls.poll_message_set("You can combine up to four clips")
            return False
        return True

    def invoke(self, context: Any, _event: Any) -> Result:
        return _choose_file(self, context)

    @messages.guarded
    def execute(self, _context: Any) -> Result:
        if not Path(self.filepath).is_file():
            raise InputError("The file does not exist.", next_step="Choose a video file.")
        views.add(self.filepath)
        heartbeat.redraw()
        return {"FINISHED"}


class KINETIX_OT_remove_view(Operator):
    bl_idname = "kinetix.remove_view"
    bl_label = "Remove"
    bl_description = "Remove this camera's clip"
    bl_options = {"INTERNAL"}

    view: StringProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        """Return the tooltip with the file's whole name, which its row may cut."""
        return f"{Path(properties.view).name}\n{pgettext_iface(cls.bl_description)}"

    def execute(self, _context: Any) -> Result:
        views.remove(self.view)
        heartbeat.redraw()
        return {"FINISHED"}


class KINETIX_OT_choose_person(Operator):
    bl_idname = "kinetix.choose_person"
    bl_label = "Choose Person"
    bl_description = "Capture this person"
    bl_options = {"INTERNAL"}

    person: IntProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]

    def execute(self, _context: Any) -> Result:
        seen_people.choose(self.person)
        heartbeat.redraw()
        return {"FINISHED"}


class KINETIX_FH_clip(FileHandler):
    """A video dropped into the 3D view becomes the clip of the new emote; several become an emote each."""

    bl_idname = "KINETIX_FH_clip"
    bl_label = "Clip for an emote"
    bl_import_operator = "kinetix.choose_clip"
    bl_file_extensions = VIDEO_ENDINGS

    @classmethod
    def poll_drop(cls, context: Any) -> bool:
        return bool(context.area and context.area.type == "VIEW_3D")


class KINETIX_OT_trim_whole(Operator):
    bl_idname = "kinetix.trim_whole"
    bl_label = "Whole Clip"
    bl_description = "Use the whole clip"

    def execute(self, _context: Any) -> Result:
        values = session.group("kinetix_create")
        values.start = values.end = 0.0
        return {"FINISHED"}


class KINETIX_OT_play_part(Operator):
    bl_idname = "kinetix.play_part"
    bl_label = "Play Trimmed Clip"
    bl_description = "Loop the trimmed part of the clip in the preview. Press again to stop"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        film = frames.film()
        return film is not None and film.seconds > 0

    def execute(self, _context: Any) -> Result:
        if frames.is_playing():
            frames.stop()
        else:
            frames.play()
            heartbeat.seen()
        heartbeat.redraw()
        return {"FINISHED"}


class KINETIX_OT_refresh(Operator):
    bl_idname = "kinetix.refresh"
    bl_label = "Refresh"
    bl_description = "Sync the library with the service"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        return _poll(cls)

    def execute(self, _context: Any) -> Result:
        send_request("POST", "/v1/emotes/refresh")
        return {"FINISHED"}


CLASSES = [
    KINETIX_OT_create,
    KINETIX_OT_phone,
    KINETIX_OT_choose_clip,
    KINETIX_OT_remove_clip,
    KINETIX_OT_add_view,
    KINETIX_OT_remove_view,
    KINETIX_OT_choose_person,
    KINETIX_FH_clip,
    KINETIX_OT_trim_whole,
    KINETIX_OT_play_part,
    KINETIX_OT_refresh,
]
