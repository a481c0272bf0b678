# SPDX-License-Identifier: GPL-3.0-or-later
"""Preview on the character, and the side-by-side comparison of clip and emote before a decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bpy.types import Context, Event, Operator, UILayout

from kinetix_core.values.errors import InputError

from .. import blender, emote_files, messages, properties, session
from ..blender import Result
from ..hub import heartbeat
from ..importing.mannequin import bring
from ..importing.restoring import scene_undone_on_error
from ..importing.selection import armatures
from ..library.props import chosen
from ..view_modes import PREVIEW, TRIMMING
from . import beside
from .clip_camera import camera_of
from .play import Preview, begin
from .stage import COMPARE, Stage


def _close(preview: Preview) -> None:
    beside.forget()
    preview.end()


def _draw_fade(layout: UILayout, take: str) -> None:
    """Draw the fading of the clip that lies over the figure of this job or emote, and the way back to the clip's camera."""
    if beside.fades(take):
        row = layout.row(align=True)
        row.prop(session.group("kinetix_compare"), "opacity", slider=True)
        row.operator("view3d.view_camera", text="", icon="CAMERA_DATA")


def _start(context: Context, motion: Any) -> Preview:
    PREVIEW.end()
    TRIMMING.end()  # it covers the figure, as the next one does
    active = blender.view_layer(context).objects.active
    selection, mode = [obj.name for obj in context.selected_objects], active.mode if active else "OBJECT"
    rigs = armatures(context)
    temporary: list[str] = []
    with scene_undone_on_error(context):
        if rigs:
            rig = rigs[0]
        else:
            rig = bring(context, "Kinetix Preview", face=motion.face is not None)
            temporary = [rig.name, *(child.name for child in rig.children)]
        preview = begin(context, rig, motion, temporary)
        PREVIEW.begin(lambda: _close(preview), _draw_fade)
    if temporary:
        preview.selection, preview.active, preview.mode = selection, active.name if active else "", mode
        rig.hide_set(True)  # the body is what is looked at; its bones move all the same
    return preview


def _compare(context: Context, motion: Any, file: Path, take: str, clip: str, began_s: float) -> None:
    """Play `motion`, which is that of the GLB `file`, as the clip's camera saw it, with the clip."""
    preview, camera = _start(context, motion), camera_of(file)
    try:
        stage = Stage(context, preview, motion, camera)
        beside.show(preview, stage, take, clip, began_s if camera is None else camera.begins_s)
    except BaseException:
        PREVIEW.end()
        raise


class KINETIX_OT_preview_emote(Operator):
    bl_label = "Preview"
    bl_description = "Play the emote on the selected character without changing the file. Press again to stop"

    @messages.guarded
    def execute(self, context: Context) -> None:
        if PREVIEW.is_on:
            PREVIEW.end()
            return
        _start(context, emote_files.from_emote(chosen()))


class KINETIX_OT_compare(Operator):
    bl_label = "Compare with Clip"
    bl_description = "Play the emote through the clip's camera, with the clip over it. Press again to stop"

    job: str = properties.text(options={"HIDDEN"})
    emote: str = properties.text(options={"HIDDEN"})
    filepath: str = properties.text("Clip", subtype="FILE_PATH")
    filter_glob: str = properties.text(default="*.mp4;*.mov;*.m4v;*.webm;*.mkv;*.avi", options={"HIDDEN"})

    def invoke(self, context: Context, _event: Event) -> Result:
        if self.emote and not PREVIEW.is_on and not known_clip(self.emote)[0]:
            blender.window_manager(context).fileselect_add(self)
            return {"RUNNING_MODAL"}
        return self.execute(context)

    @messages.guarded
    def execute(self, context: Context) -> None:
        if PREVIEW.is_on:
            PREVIEW.end()
            return
        if self.emote:
            clip, began_s = (self.filepath, 0.0) if self.filepath else known_clip(self.emote)
            if self.filepath:
                remember_clip(self.emote, self.filepath, 0.0)
            emote = heartbeat.LINK.state.emotes.get(self.emote)
            if emote is None:
                raise InputError("No emote is selected.", code="noEmote", next_step="Click an emote in the library.")
            _compare(context, emote_files.from_emote(emote), Path(emote["files"]["glb"]), self.emote, clip, began_s)
            return
        _, take, file = emote_files.take_of(self.job)
        motion = emote_files.from_file(file)
        _compare(context, motion, file, self.job, take.get("clip") or "", take.get("clipStart", 0.0))


def known_clip(emote: str) -> tuple[str, float]:
    """Return the clip of an emote and its start in seconds; "" if this session does not know it."""
    clip, began_s = COMPARE.clips.get(emote, ("", 0.0))
    return (clip, began_s) if clip and Path(clip).is_file() else ("", 0.0)


def remember_clip(emote: str, clip: str, began_s: float) -> None:
    COMPARE.clips[emote] = (clip, began_s)


class KINETIX_OT_stop_preview(Operator):
    bl_label = "Stop Preview"
    bl_description = "Stop the preview and restore the scene"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return PREVIEW.is_on

    @messages.guarded
    def execute(self, _context: Context) -> None:
        PREVIEW.end()
