# SPDX-License-Identifier: GPL-3.0-or-later
"""The library: search, thumbnails, and what can be done with the selected emote."""

from __future__ import annotations

from typing import Any

from bpy.types import Context, Menu, UILayout

from kinetix_core.protocol.hub.json_types import Emote

from .. import blender, session, thumbnails
from ..blender import OWN_WORDS, SidebarPanel, pgettext_iface
from ..hub import heartbeat
from ..import_options import IMPORT
from ..text import shortened, wrapped
from ..view_modes import PREVIEW
from . import cutting
from .props import LIBRARY, selected

_SHOWN, _COLUMNS, _PICTURE = 6, 3, 3.6
_LETTERS = 10  # of a name below its picture, at the sidebar's usual width
# Told on the button, for they are folded away.
_IMPORT_OPTIONS = ("into", "root", "timing", "mask", "foot_lock", "mirrored", "loop")


class KINETIX_PT_library(SidebarPanel):
    bl_label = "Library"

    def draw(self, context: Context) -> None:
        layout = blender.layout(self)
        if heartbeat.LINK.state.emotes:
            values = session.group("kinetix_library")
            layout.prop(values, "search", text="", icon="VIEWZOOM", placeholder=pgettext_iface("Search", OWN_WORDS))
        found = heartbeat.LINK.state.emotes_found(LIBRARY.search)
        if not found:
            live = heartbeat.LINK.phase == "live"
            nothing = "No emotes yet" if live else "Not connected yet"
            layout.label(text="No emote found" if LIBRARY.search and live else nothing)
        page = min(LIBRARY.page, max(0, (len(found) - 1) // _SHOWN))
        _grid(layout, found[page * _SHOWN : (page + 1) * _SHOWN])
        if len(found) > _SHOWN:
            row = layout.row(align=True)
            row.operator("kinetix.library_page", text="", icon="TRIA_LEFT").step = -1
            row.label(text=f"{page + 1} / {(len(found) - 1) // _SHOWN + 1}", translate=False)
            row.operator("kinetix.library_page", text="", icon="TRIA_RIGHT").step = 1
        if LIBRARY.deleted:
            layout.operator("kinetix.restore_emote", icon="LOOP_BACK")
        emote = selected()
        if emote:
            _details(layout, emote, context)


def _grid(layout: Any, emotes: list[Emote]) -> None:
    """Pictures with names; the selected and the ticked ones are pressed."""
    chosen, ticked = LIBRARY.selected, LIBRARY.ticked
    grid = layout.grid_flow(row_major=True, columns=_COLUMNS, even_columns=True, even_rows=True, align=True)
    for emote in emotes:
        cell = grid.column(align=True)
        picture = thumbnails.from_file((emote.get("files") or {}).get("thumbnail") or "")
        cell.template_icon(picture or thumbnails.blank(), scale=_PICTURE)
        mark = "ERROR" if emote.get("problem") else "PINNED" if emote.get("pinned") else "NONE"
        if mark == "NONE" and heartbeat.LINK.state.is_former_version(emote["id"]):
            mark = "RECOVER_LAST"
        cell.operator(
            "kinetix.select_emote",
            text=shortened(emote.get("name") or "", _LETTERS),
            depress=emote["id"] == chosen or emote["id"] in ticked,
            translate=False,
            icon=mark,
        ).emote = emote["id"]
    for _ in range(-len(emotes) % _COLUMNS):
        grid.column()


def _details(layout: UILayout, emote: Emote, context: Context) -> None:
    box = layout.box().column()
    row = box.row(align=True)
    row.label(text=emote.get("name") or "", translate=False)
    row.operator("kinetix.pin_emote", text="", icon="PINNED" if emote.get("pinned") else "UNPINNED")
    row.menu("KINETIX_MT_emote", text="", icon="DOWNARROW_HLT")
    box.label(
        text=f"{float(emote.get('durationS') or 0):.1f} s · {emote.get('frames') or 0} {pgettext_iface('frames')} · "
        f"{float(emote.get('fps') or 0):g} fps",
        translate=False,
    )
    if heartbeat.LINK.state.is_former_version(emote["id"]):
        box.label(text="Previous version", icon="RECOVER_LAST")
        box.operator("kinetix.use_version")
    if problem := emote.get("problem"):
        wrapped(box, problem.get("title", ""), context, icon="ERROR")
        wrapped(box, problem.get("nextStep", ""), context)
        box.operator("kinetix.repair_library", icon="FILE_REFRESH")
    column = box.column(align=True)
    column.scale_y = 1.2
    changed = " · ".join(pgettext_iface(word) for word in ("Import", *session.changed(IMPORT, _IMPORT_OPTIONS)))
    column.operator("kinetix.import_emote", text=changed, icon="IMPORT", translate=False)
    if emote.get("group"):
        column.operator("kinetix.import_group", icon="COMMUNITY")
    cutting.draw_button(column, emote)
    row = column.row(align=True)
    if PREVIEW.is_on:
        row.operator("kinetix.stop_preview", icon="PAUSE", depress=True)
        PREVIEW.draw(column, emote["id"])
    else:
        row.operator("kinetix.preview_emote", icon="PLAY")
        row.operator("kinetix.compare", text="Compare", icon="SPLIT_HORIZONTAL").emote = emote["id"]


class KINETIX_MT_emote(Menu):
    """Rare actions on the selected emote."""

    bl_label = "Emote"

    def draw(self, _context: Context) -> None:
        layout: Any = blender.layout(self)
        for name, icon in (
            ("bring_mannequin", "OUTLINER_OB_ARMATURE"),
            ("to_assets", "ASSET_MANAGER"),
            ("copy_import_report", "COPYDOWN"),
            ("rename_emote", "GREASEPENCIL"),
            ("give_emote", "USER"),
            ("open_emote_folder", "FILE_FOLDER"),
            ("delete_emote", "TRASH"),
        ):
            layout.operator(f"kinetix.{name}", icon=icon)
