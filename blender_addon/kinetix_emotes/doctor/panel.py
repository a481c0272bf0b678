# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings as they stand in the panel Kinetix and in the preferences of the add-on."""

from __future__ import annotations

from collections.abc import Mapping

from bpy.types import Context, UILayout

from kinetix_core.protocol.hub.enumerations import CheckState, Remedy

from ..blender import pgettext_iface
from ..hub import heartbeat
from ..hub import process as hub_process
from ..text import wrapped
from .examination import EXAMINATION, Finding


def enter_key(layout: UILayout) -> None:
    """Draw the button that opens the form of the active profile."""
    active: Mapping[str, object] = next((one for one in heartbeat.LINK.state.profiles if one.get("active")), {})
    operator = layout.operator("kinetix.add_profile", text="Enter a Key…", icon="LOCKED")
    for name in ("name", "kind", "url", "user"):
        if active.get(name):
            setattr(operator, name, active[name])


def install(layout: UILayout) -> None:
    """Blender's own dialogue; the complete file has the same id, so it takes this one's place."""
    layout.operator("extensions.package_install_files", text="Install the Complete File…", icon="IMPORT")


def offer(layout: UILayout, remedy: Remedy | None) -> bool:
    """Draw the button of this remedy. False where none cures it here: the complete file is installed already."""
    if remedy is None or (remedy is Remedy.INSTALL and hub_process.bundle()):
        return False
    if remedy is Remedy.ENTER_KEY:
        enter_key(layout)
    elif remedy is Remedy.INSTALL:
        install(layout)
    elif remedy is Remedy.FIX:
        layout.operator("kinetix.repair_library", icon="TOOL_SETTINGS")
    else:
        layout.operator("kinetix.restart_hub", icon="LOOP_BACK")
    return True


def draw_findings(layout: UILayout, context: Context) -> None:
    """Draw the findings; nothing before the first check."""
    if not EXAMINATION.shown:
        return
    # Not a box: where no panel lies under it, letters in a box are hardly read in the light theme, red ones least.
    layout.separator(type="LINE")
    listed = layout.column()
    row = listed.row()
    row.label(text="Diagnose…", icon="VIEWZOOM")
    row.operator("kinetix.close_findings", text="", icon="X", emboss=False)
    if EXAMINATION.looking:
        listed.label(text="Checking…", icon="SORTTIME")
    elif not EXAMINATION.findings:
        wrapped(listed, "No problems found.", context, icon="CHECKMARK")
    for finding in EXAMINATION.findings or ():
        listed.separator(factor=0.5)
        _draw(listed.column(align=True), finding, context)
    listed.separator(factor=0.5)
    row = listed.row(align=True)
    row.enabled = not EXAMINATION.looking
    row.operator("kinetix.diagnose", text="Check Again", icon="FILE_REFRESH")
    row.operator("kinetix.copy_report", icon="COPYDOWN")
    layout.separator(type="LINE")


def _draw(column: UILayout, finding: Finding, context: Context) -> None:
    wrong = finding.state is CheckState.ERROR
    heading = column.row()
    heading.alert = wrong
    heading.label(
        text=finding.emote or pgettext_iface(finding.heading), icon="ERROR" if wrong else "INFO", translate=False
    )
    for sentence in (finding.text, finding.next_step):
        if sentence:
            wrapped(column, sentence, context)
    if not offer(column, finding.remedy) and finding.command:
        column.label(text="At a terminal:")
        column.label(text=finding.command, translate=False)
