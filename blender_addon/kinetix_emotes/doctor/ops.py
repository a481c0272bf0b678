# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking for what is wrong, putting the findings away, and a report for somebody who helps."""

from __future__ import annotations

import platform

import bpy
from bpy.types import Context, Operator

from kinetix_core.io import paths
from kinetix_core.values.errors import mask

from .. import blender, messages
from ..hub import heartbeat
from ..hub.process import log_file
from .examination import EXAMINATION, as_text

_LOG_LETTERS = 4000


class KINETIX_OT_diagnose(Operator):
    bl_label = "Diagnose…"
    bl_description = "Check the installation and suggest fixes. Nothing is changed"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        EXAMINATION.look()
        heartbeat.seen()
        heartbeat.redraw()


class KINETIX_OT_close_findings(Operator):
    bl_label = "Close"
    bl_description = "Hide the results"

    @messages.guarded
    def execute(self, _context: Context) -> None:
        EXAMINATION.close()
        heartbeat.redraw()


class KINETIX_OT_copy_report(Operator):
    bl_label = "Copy Report"
    bl_description = "Copy versions, state and log to the clipboard, without keys and paths"

    @messages.guarded
    def execute(self, context: Context) -> None:
        blender.window_manager(context).clipboard = report_text()
        self.report({"INFO"}, "The report is on the clipboard.")


def report_text() -> str:
    """Versions, state, findings and the end of the log. Kinetix' own folder and the home folder are not named, nor are keys."""
    link = heartbeat.LINK
    try:
        log = log_file().read_text(encoding="utf-8", errors="replace")[-_LOG_LETTERS:]
    except OSError:
        log = ""
    lines = [
        f"Blender {bpy.app.version_string} on {platform.system()}, hub {link.version or '-'}, phase {link.phase}",
        messages.line(link.problem)
        if link.problem
        else link.state.connection["message"]
        if link.state.connection
        else "",
        *as_text(EXAMINATION.findings or ()),
        log,
    ]
    # A home of Kinetix' own may lie anywhere, so masking the user's home is not enough.
    return mask("\n".join(lines).replace(str(paths.home()), "<Kinetix>"))
