# SPDX-License-Identifier: GPL-3.0-or-later
"""The New Emote panel."""

from __future__ import annotations

from typing import Any

from bpy.types import Panel

from . import frames

__all__ = ["CLASSES"]


class KINETIX_PT_create(Panel):
    bl_label = "New Emote"
    bl_idname = "KINETIX_PT_create"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinetix"

    def draw(self, context: Any) -> None:
        layout = self.layout
        values = context.window_manager.kinetix_create
        row = layout.row(align=True)
        row.prop(values, "clip", text="")
        row.operator("kinetix.choose_clip", text="", icon="FILE_MOVIE")
        if values.clip:
            if picture := frames.icon():
                layout.template_icon(picture, scale=7.0)
            row = layout.row(align=True)
            row.prop(values, "start")
            row.prop(values, "end")
            if values.start or values.end:
                row.operator("kinetix.trim_whole", text="", icon="X")
            if frames.CLIP.seconds:
                layout.label(text=f"{frames.CLIP.seconds:.1f} s, {frames.CLIP.fps:g} fps", translate=False)
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


CLASSES = [KINETIX_PT_create]
