# SPDX-License-Identifier: GPL-3.0-or-later
"""The New Emote panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bpy.types import Panel

from .. import blender
from ..blender import pgettext_iface
from ..text import wrapped
from . import frames

__all__ = ["CLASSES"]


class KINETIX_PT_create(Panel):
    bl_label = "New Emote"
    bl_idname = "KINETIX_PT_create"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinetix"

    def draw(self, context: Any) -> None:
        layout = blender.layout(self)
        values = context.window_manager.kinetix_create
        row = layout.row(align=True)
        row.prop(values, "clip", text="")
        row.operator("kinetix.choose_clip", text="", icon="FILE_MOVIE")
        if values.clip:
            _picture(layout, context)
            row = layout.row(align=True)
            row.prop(values, "start")
            row.prop(values, "end", text="To" if values.end else "To the End")
            if values.start or values.end:
                row.operator("kinetix.trim_whole", text="", icon="X")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(values, "name")
        column.prop(values, "height")
        column.prop(values, "root")
        row = layout.row()
        row.prop(values, "loop")
        row.prop(values, "mature")
        buttons = layout.column(align=True)
        buttons.scale_y = 1.3
        buttons.operator("kinetix.create", icon="OUTLINER_OB_ARMATURE")
        buttons.operator("kinetix.phone", icon="CAMERA_DATA")


def _picture(layout: Any, context: Any) -> None:
    """The frame at the cut that was moved last, and how long the clip is."""
    if picture := frames.icon():
        layout.template_icon(picture, scale=7.0)
    film = frames.film()
    if film is None:
        return
    if film.problem:
        wrapped(layout, film.problem, context, icon="INFO")
    elif film.reading:
        layout.progress(factor=film.share, text=pgettext_iface("Reading the clip…"), translate=False)
    if film.seconds:
        layout.label(text=f"{Path(film.clip).name} · {film.seconds:.1f} s · {film.fps:g} fps", translate=False)


CLASSES = [KINETIX_PT_create]
