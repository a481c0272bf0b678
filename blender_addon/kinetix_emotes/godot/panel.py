# SPDX-License-Identifier: GPL-3.0-or-later
"""The Godot panel: sync targets and Send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bpy.types import Panel

from .. import heartbeat
from ..text import wrapped
from .ops import chosen_target

__all__ = ["CLASSES"]


class KINETIX_PT_godot(Panel):
    bl_label = "Godot"
    bl_idname = "KINETIX_PT_godot"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinetix"

    def draw(self, context: Any) -> None:
        layout = self.layout
        chosen = chosen_target()
        column = layout.column(align=True)
        for target in heartbeat.LINK.state.targets.values():
            on = chosen is not None and target["id"] == chosen["id"]
            counts = target.get("counts") or {}
            label = f"{Path(target.get('project', '')).name} / {target.get('folder', '')}   {counts.get('synced', 0)}"
            row = column.row(align=True)
            row.operator(
                "kinetix.choose_target",
                text=label,
                icon="RADIOBUT_ON" if on else "RADIOBUT_OFF",
                emboss=False,
                translate=False,
            ).target = target["id"]
            if target.get("error") or counts.get("conflicts"):
                row.label(text="", icon="ERROR")
            if target.get("error"):
                wrapped(column, target["error"].get("title", ""), context)
                wrapped(column, target["error"].get("nextStep", ""), context)
        layout.operator("kinetix.add_target", icon="ADD")
        column = layout.column(align=True)
        column.enabled = chosen is not None
        column.scale_y = 1.2
        column.operator("kinetix.send_to_godot", icon="EXPORT")
        layout.prop(context.window_manager.kinetix_godot, "again")


CLASSES = [KINETIX_PT_godot]
