# SPDX-License-Identifier: GPL-3.0-or-later
"""The status line, with the button that cures what is wrong, and the profiles."""

from __future__ import annotations

import time
from typing import Any

import bpy
from bpy.types import Panel

from .. import blender, heartbeat, hub_process
from ..blender import pgettext_iface
from ..doctor import remedies
from ..doctor.examination import EXAMINATION
from ..doctor.panel import draw_findings
from ..hub_requests import captures_here, goes_online, takes_long_clips, takes_short_clips
from ..preview import beside
from ..text import unfolds, wrapped
from ..view_modes import PREVIEW

__all__ = ["CLASSES"]

_ICONS = {"ready": "CHECKMARK", "starting": "SORTTIME", "offline": "UNLINKED", "badKey": "LOCKED", "noKey": "LOCKED"}
_NOTICE_S = 12.0


class KINETIX_PT_account(Panel):
    bl_label = "Kinetix"
    bl_idname = "KINETIX_PT_account"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinetix"

    def draw(self, context: Any) -> None:
        heartbeat.seen()
        layout = blender.layout(self)
        _status(layout, context)
        _notices(layout, context)
        draw_findings(layout, context)
        if PREVIEW.is_on:
            row = layout.row()
            row.alert = True
            row.scale_y = 1.3
            row.operator("kinetix.stop_preview", icon="PAUSE")
            if (share := beside.reading()) is not None:
                layout.progress(factor=share, text=pgettext_iface("Reading the clip…"), translate=False)
        values = context.window_manager.kinetix_account
        row = layout.row(align=True)
        unfolds(row, values, "show_profiles", "Profiles")
        row.operator("kinetix.what_is_wrong", text="", icon="VIEWZOOM")
        row.operator("kinetix.copy_report", text="", icon="COPYDOWN")
        row.operator("kinetix.open_log", text="", icon="FILE_FOLDER")
        if values.show_profiles:
            _profiles(layout)


def _status(layout: Any, context: Any) -> None:
    link = heartbeat.LINK
    if link.phase == "live":
        connection = link.state.connection
        if connection is None:
            return  # a hub that tells nothing
        state = connection.get("state", "error")
        box = layout.column(align=True)
        box.alert = state not in ("ready", "starting")
        ready = pgettext_iface("Connected · {profile}").format(profile=connection.get("profile", ""))
        said = ready if state == "ready" else connection.get("message") or state
        wrapped(box, said, context, icon=_ICONS.get(state, "ERROR"))
        box.alert = False
        if state != "ready" and connection.get("nextStep"):
            wrapped(box, connection["nextStep"], context)
        if goes_online():
            wrapped(box, "Blender's Online Access is off.", context, icon="INTERNET_OFFLINE")
            if bpy.app.online_access_override:
                wrapped(
                    box, "It was switched off when Blender was started. Start Blender without --offline-mode.", context
                )
            else:
                box.operator("screen.userpref_show", text="Allow Online Access…", icon="PREFERENCES").section = "SYSTEM"
        elif state in ("badKey", "noKey"):
            remedies.enter_key(box)
        elif state in ("offline", "error"):
            if connection.get("code") == "localNotInstalled" and not hub_process.bundle():
                remedies.install(box)
            if connection.get("code") == "localDamaged":
                box.operator("kinetix.repair_library", icon="TOOL_SETTINGS")
            box.operator("kinetix.check_connection", icon="FILE_REFRESH")
            box.operator("kinetix.restart_hub", icon="LOOP_BACK")
        if state not in ("ready", "starting"):
            _ask(box)
        return
    if link.phase == "failed" and link.problem:
        box = layout.column(align=True)
        box.alert = True
        wrapped(box, link.problem["title"], context, icon="ERROR")
        box.alert = False
        wrapped(box, link.problem["nextStep"], context)
        box.operator("kinetix.connect", text="Try Again", icon="FILE_REFRESH")
        box.operator("kinetix.restart_hub", icon="LOOP_BACK")
        _ask(box)
        return
    words = {
        "searching": "Looking for Kinetix…",
        "starting": "Unpacking the capture, this once…" if link.unpacking else "Starting Kinetix…",
        "snapshot": "Reading the library…",
    }
    row = layout.row()
    row.label(text=words.get(link.phase, "Not connected"), icon="SORTTIME" if link.phase in words else "UNLINKED")
    if link.phase == "off" or not link.may_start:
        row.operator("kinetix.connect", text="Connect", icon="PLAY")


def _ask(layout: Any) -> None:
    if not EXAMINATION.shown:
        layout.operator("kinetix.what_is_wrong", icon="VIEWZOOM")


def _notices(layout: Any, context: Any) -> None:
    for notice in heartbeat.LINK.state.notices[-2:]:
        if time.monotonic() - notice.when < _NOTICE_S:
            column = layout.column(align=True)
            column.alert = notice.level == "error"
            wrapped(column, notice.title, context, icon="ERROR" if notice.level != "info" else "INFO")
            column.alert = False
            if notice.next_step:
                wrapped(column, notice.next_step, context)


def _profiles(layout: Any) -> None:
    column = layout.column(align=True)
    for profile in heartbeat.LINK.state.profiles:
        row = column.row(align=True)
        row.alignment = "LEFT"
        icon = "RADIOBUT_ON" if profile.get("active") else "RADIOBUT_OFF"
        label = profile["name"] + (f" · {profile['user']}" if profile.get("user") else "")
        row.operator("kinetix.use_profile", text=label, icon=icon, emboss=False).name = profile["name"]
        if profile.get("kind") != "local":
            row.label(text="", icon="LOCKED" if profile.get("hasKey") else "UNLOCKED")
            row.operator("kinetix.remove_profile", text="", icon="X", emboss=False).name = profile["name"]
    column.operator("kinetix.add_profile", icon="ADD")
    if captures_here():
        switches = ("kinetix.long_clips", takes_long_clips()), ("kinetix.short_clips", takes_short_clips())
        for operator, is_on in switches:
            layout.operator(operator, icon="CHECKBOX_HLT" if is_on else "CHECKBOX_DEHLT", depress=is_on)


CLASSES = [KINETIX_PT_account]
