# SPDX-License-Identifier: GPL-3.0-or-later
"""The Godot panel: sync targets and Send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.types import Context, UILayout, UIList

from .. import blender, session
from ..blender import SidebarPanel, pgettext_iface
from ..hub import heartbeat
from ..text import wrapped
from . import sending
from .ops import chosen_target, is_ticked


class KINETIX_UL_actions(UIList):
    """The file's Actions, each with a tick."""

    def draw_item(
        self,
        _context: Context,
        layout: UILayout,
        _data: Any,
        item: Any,
        _icon: int | None,
        _active: Any,
        _property: str | None,
        _index: int | None,
        _filter: int | None,
    ) -> None:
        row = layout.row()
        row.alignment = "LEFT"
        row.operator(
            "kinetix.tick_action",
            text=item.name,
            icon="CHECKBOX_HLT" if is_ticked(item.name) else "CHECKBOX_DEHLT",
            emboss=False,
            translate=False,
        ).action = item.name


class KINETIX_PT_godot(SidebarPanel):
    bl_label = "Godot"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layout = blender.layout(self)
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
            if error := target.get("error"):
                wrapped(column, error.get("title", ""), context)
                wrapped(column, error.get("nextStep", ""), context)
        layout.operator("kinetix.add_target", icon="ADD")
        if chosen is not None:
            _sending(layout, context)


def _sending(layout: UILayout, context: Context) -> None:
    values = session.group("kinetix_godot")
    if len(bpy.data.actions) > 1:
        layout.template_list("KINETIX_UL_actions", "", bpy.data, "actions", values, "row", rows=3)
        count = len([action for action in bpy.data.actions if is_ticked(action.name)])
        ticked = f"{pgettext_iface('Ticked')}: {count}"
        wrapped(layout, ticked if count else "None ticked: sends the current action", context)
    busy = sending.current()
    if busy is not None:
        row = layout.row(align=True)
        row.label(text=f"{pgettext_iface('Exporting')}: {busy.title}", icon="SORTTIME", translate=False)
        row.operator("kinetix.cancel_sending", text="", icon="CANCEL")
    column = layout.column(align=True)
    big = column.row()
    big.scale_y = 1.2
    big.operator("kinetix.send_to_godot", icon="EXPORT")
    column.operator("kinetix.send_character", icon="OUTLINER_OB_ARMATURE")
    layout.prop(values, "again")
