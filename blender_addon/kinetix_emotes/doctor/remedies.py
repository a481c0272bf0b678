# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons that cure what is wrong, wherever it is shown: in the status line and below a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpy.types import UILayout

from kinetix_core.protocol.hub.enumerations import Remedy

from ..hub import heartbeat
from ..hub import process as hub_process


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


def _repair(layout: UILayout) -> None:
    layout.operator("kinetix.repair_library", icon="TOOL_SETTINGS")


def _restart(layout: UILayout) -> None:
    layout.operator("kinetix.restart_hub", icon="LOOP_BACK")


_BUTTONS: dict[Remedy, Callable[[UILayout], None]] = {
    Remedy.FIX: _repair,
    Remedy.RESTART: _restart,
    Remedy.ENTER_KEY: enter_key,
    Remedy.INSTALL: install,
}


def offer(layout: UILayout, remedy: Remedy | None) -> bool:
    """Draw the button of this remedy. False where none cures it here: the complete file is installed already."""
    if remedy is None or (remedy is Remedy.INSTALL and hub_process.bundle()):
        return False
    _BUTTONS[remedy](layout)
    return True
