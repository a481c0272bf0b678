# SPDX-License-Identifier: GPL-3.0-or-later
"""The library: search, thumbnails, the selected emote with its moving picture."""

from __future__ import annotations

from typing import Any

from bpy.types import Panel

from kinetix_core.hub_protocol.json_types import Emote

from .. import blender, heartbeat, session, thumbnails
from ..blender import pgettext_iface
from ..text import wrapped
from . import moving
from .props import selected

__all__ = ["CLASSES"]

_ROWS = 6


class KINETIX_PT_library(Panel):
    bl_label = "Library"
    bl_idname = "KINETIX_PT_library"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinetix"

    def draw(self, context: Any) -> None:
        layout = blender.layout(self)
        values = context.window_manager.kinetix_library
        row = layout.row(align=True)
        row.prop(values, "search", text="", icon="VIEWZOOM")
        row.operator("kinetix.refresh", text="", icon="FILE_REFRESH")
        found = heartbeat.LINK.state.emotes_found(values.search)
        if not found:
            layout.label(text="No emote found" if values.search else "No emotes yet")
        page = min(values.page, max(0, (len(found) - 1) // _ROWS))
        _rows(layout, found[page * _ROWS : (page + 1) * _ROWS])
        if len(found) > _ROWS:
            row = layout.row(align=True)
            row.operator("kinetix.library_page", text="", icon="TRIA_LEFT").step = -1
            row.label(text=f"{page + 1} / {(len(found) - 1) // _ROWS + 1}", translate=False)
            row.operator("kinetix.library_page", text="", icon="TRIA_RIGHT").step = 1
        deleted = session.VALUES.get("library.deleted")
        if deleted:
            layout.operator("kinetix.restore_emote", icon="LOOP_BACK")
        emote = selected()
        if emote:
            _details(layout, emote, values, context)


def _rows(layout: Any, emotes: list[Emote]) -> None:
    chosen, ticked = session.VALUES.get("library.selected"), session.VALUES.get("library.ticked", [])
    column = layout.column(align=True)
    for emote in emotes:
        row = column.row(align=True)
        picture = thumbnails.from_file((emote.get("files") or {}).get("thumbnail") or "")
        label = f"{emote.get('name') or ''}   {float(emote.get('durationS') or 0):.1f} s"
        shown = emote["id"] == chosen or emote["id"] in ticked
        arguments = {"icon_value": picture} if picture else {"icon": "ARMATURE_DATA"}
        row.operator("kinetix.select_emote", text=label, depress=shown, translate=False, **arguments).emote = emote[
            "id"
        ]
        if emote.get("pinned"):
            row.label(text="", icon="PINNED")
        if emote.get("problem"):
            row.label(text="", icon="ERROR")


def _details(layout: Any, emote: Emote, values: Any, context: Any) -> None:
    box = layout.box().column()
    picture = moving.icon() if values.animate else 0
    picture = picture or thumbnails.from_file((emote.get("files") or {}).get("thumbnail") or "")
    if picture:
        box.template_icon(picture, scale=6.0)
    row = box.row(align=True)
    row.label(text=emote.get("name") or "", translate=False)
    row.prop(values, "animate", text="", icon="PLAY")
    row.operator("kinetix.pin_emote", text="", icon="PINNED" if emote.get("pinned") else "UNPINNED")
    row.operator("kinetix.rename_emote", text="", icon="GREASEPENCIL")
    row.operator("kinetix.give_emote", text="", icon="USER")
    row.operator("kinetix.open_emote_folder", text="", icon="FILE_FOLDER")
    row.operator("kinetix.delete_emote", text="", icon="TRASH")
    details = (
        f"{float(emote.get('durationS') or 0):.2f} s · {emote.get('frames', 0)} {pgettext_iface('frames')} · "
        f"{float(emote.get('fps') or 0):g} fps"
    )
    box.label(text=details, translate=False)
    if problem := emote.get("problem"):
        wrapped(box, problem.get("title", ""), context, icon="ERROR")
        wrapped(box, problem.get("nextStep", ""), context)
    column = box.column(align=True)
    column.scale_y = 1.2
    column.operator("kinetix.import_emote", icon="IMPORT")
    row = column.row(align=True)
    row.operator("kinetix.preview_emote", icon="PLAY")
    row.operator("kinetix.bring_mannequin", icon="OUTLINER_OB_ARMATURE")
    box.operator("kinetix.to_assets", icon="ASSET_MANAGER")


CLASSES = [KINETIX_PT_library]
