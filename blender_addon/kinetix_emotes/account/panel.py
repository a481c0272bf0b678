# SPDX-License-Identifier: GPL-3.0-or-later
"""State of the connection, what is wrong with a button that cures it, and the menu with profiles and rare actions."""

from __future__ import annotations

import time
from typing import Any

import bpy
from bpy.types import Context, Menu, UILayout

from kinetix_core.protocol.hub.json_types import Connection
from kinetix_core.values.clip_length import LONGEST_SECONDS, SHORTEST_SECONDS

from .. import blender
from ..blender import pgettext_iface
from ..doctor.examination import EXAMINATION
from ..doctor.panel import draw_findings, enter_key, install
from ..hub import heartbeat
from ..hub import process as hub_process
from ..hub.requests import captures_here, goes_online, longest_s, shortest_s
from ..preview import beside
from ..text import wrapped

_ICONS = {"offline": "UNLINKED", "badKey": "LOCKED", "noKey": "LOCKED"}
_PHASES = {
    "off": ("Not connected", "UNLINKED"),
    "searching": ("Looking for Kinetix…", "SORTTIME"),
    "starting": ("Starting Kinetix…", "SORTTIME"),
    "snapshot": ("Reading the library…", "SORTTIME"),
}
_NOTICE_S = 12.0


def draw_state(layout: Any) -> None:
    """Draw one row that says whether a clip would be captured now. It is there in every state."""
    link = heartbeat.LINK
    connection = link.state.connection
    state = connection.get("state") if connection is not None and link.phase == "live" else None
    row = layout.row()
    if link.phase == "starting" and link.unpacking:
        row.label(text="Setting up (first run only)…", icon="SORTTIME")
    elif link.phase in _PHASES:
        words, icon = _PHASES[link.phase]
        row.label(text=words, icon=icon)
        if link.phase == "off" or not link.may_start:
            row.operator("kinetix.connect", text="Connect", icon="PLAY")
    elif state == "ready":
        row.label(text="Ready to capture", icon="CHECKMARK")
    elif state == "starting":
        row.label(text="The capture is starting…", icon="SORTTIME")
    else:
        row.alert = True
        row.label(text="Capture is unavailable", icon="ERROR")


def draw_trouble(layout: UILayout, context: Context) -> None:
    """Draw problems and notices, if there are any."""
    link = heartbeat.LINK
    if link.phase == "live" and link.state.connection is not None:
        _connection(layout, link.state.connection, context)
    elif link.phase == "failed" and link.problem:
        box = _problem(layout, link.problem["title"], link.problem["nextStep"], context)
        box.operator("kinetix.connect", text="Try Again", icon="FILE_REFRESH")
        _support(box)
    if (share := beside.reading()) is not None:
        layout.progress(factor=share, text=pgettext_iface("Reading the clip…"), translate=False)
    _notices(layout, context)
    draw_findings(layout, context)


def _connection(layout: UILayout, connection: Connection, context: Context) -> None:
    state = connection.get("state", "error")
    if state not in ("ready", "starting"):
        message = connection.get("message") or state
        box = _problem(layout, message, connection.get("nextStep") or "", context, _ICONS.get(state, "ERROR"))
    else:
        box = layout.column(align=True)
    if goes_online():
        wrapped(box, "Blender's Online Access is off.", context, icon="INTERNET_OFFLINE")
        if bpy.app.online_access_override:
            wrapped(box, "Start Blender without --offline-mode.", context)
        else:
            box.operator("screen.userpref_show", text="Allow Online Access…", icon="PREFERENCES").section = "SYSTEM"
    elif state in ("badKey", "noKey"):
        enter_key(box)
    elif state in ("offline", "error"):
        if connection.get("code") == "localNotInstalled" and not hub_process.bundle():
            install(box)
        if connection.get("code") == "localDamaged":
            box.operator("kinetix.repair_library", icon="TOOL_SETTINGS")
        box.operator("kinetix.check_connection", icon="FILE_REFRESH")
    if state not in ("ready", "starting"):
        _support(box, restarts=state in ("offline", "error"))


def _problem(layout: UILayout, title: str, next_step: str, context: Context, icon: str = "ERROR") -> Any:
    box = layout.column(align=True)
    box.alert = True
    wrapped(box, title, context, icon=icon)
    box.alert = False
    if next_step:
        wrapped(box, next_step, context)
    return box


def _support(layout: UILayout, *, restarts: bool = True) -> None:
    """Draw the buttons that help with any problem."""
    row = layout.row(align=True)
    if restarts:
        row.operator("kinetix.restart_hub", icon="LOOP_BACK")
    if not EXAMINATION.shown:
        row.operator("kinetix.diagnose", text="", icon="VIEWZOOM")
    row.operator("kinetix.copy_report", text="", icon="COPYDOWN")
    row.operator("kinetix.open_log", text="", icon="FILE_FOLDER")


def _notices(layout: UILayout, context: Context) -> None:
    for notice in heartbeat.LINK.state.notices[-2:]:
        if time.monotonic() - notice.when < _NOTICE_S:
            column = layout.column(align=True)
            column.alert = notice.level == "error"
            wrapped(column, notice.title, context, icon="ERROR" if notice.level != "info" else "INFO")
            column.alert = False
            if notice.next_step:
                wrapped(column, notice.next_step, context)


class KINETIX_MT_kinetix(Menu):
    """Profiles and what is rarely needed, in the header of New Emote."""

    bl_label = "Kinetix"

    def draw(self, _context: Context) -> None:
        layout: Any = blender.layout(self)
        for profile in heartbeat.LINK.state.profiles:
            icon = "RADIOBUT_ON" if profile.get("active") else "RADIOBUT_OFF"
            label = profile["name"] + (f" · {profile['user']}" if profile.get("user") else "")
            layout.operator("kinetix.use_profile", text=label, icon=icon, translate=False).name = profile["name"]
        layout.operator("kinetix.add_profile", icon="ADD")
        for profile in heartbeat.LINK.state.profiles:
            if profile.get("kind") != "local":
                label = pgettext_iface("Remove {profile}…").format(profile=profile["name"])
                layout.operator("kinetix.remove_profile", text=label, icon="X", translate=False).name = profile["name"]
        layout.separator()
        if captures_here():
            for operator, is_on in (
                ("kinetix.long_clips", longest_s() >= LONGEST_SECONDS),
                ("kinetix.short_clips", shortest_s() <= SHORTEST_SECONDS),
            ):
                layout.operator(operator, icon="CHECKBOX_HLT" if is_on else "CHECKBOX_DEHLT")
            layout.separator()
        for operator, icon in (
            ("import_file", "FILEBROWSER"),
            ("stop_preview", "PAUSE"),
            ("refresh", "FILE_REFRESH"),
            ("diagnose", "VIEWZOOM"),
            ("copy_report", "COPYDOWN"),
            ("open_log", "FILE_FOLDER"),
        ):
            layout.operator(f"kinetix.{operator}", icon=icon)
