# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences of the add-on. A key is never kept here: it goes straight to the hub."""

from __future__ import annotations

from bpy.types import AddonPreferences, Context

from .. import properties, shortcut
from ..blender import ROOT_PACKAGE
from ..doctor.panel import draw_findings


def _switched(_self: AddonPreferences, _context: Context) -> None:
    shortcut.follow()


class KinetixPreferences(AddonPreferences):
    bl_idname = ROOT_PACKAGE

    start_hub: bool = properties.boolean(
        "Start Kinetix When Needed", "Start Kinetix when its tab is first shown", default=True
    )
    show_imported: bool = properties.boolean(
        "Play after Import", "After an import, set the preview range, frame the character and play", default=True
    )
    use_shortcut: bool = properties.boolean(
        "Pie Menu (Shift Alt K)",
        "Open a pie menu with the main commands. Change the key in Preferences > Keymap",
        update=_switched,
    )
    kinetix_command: str = properties.text(
        "Kinetix Command",
        "Program of an installed Kinetix Bridge. Leave empty to use the bundled one",
        subtype="FILE_PATH",
    )

    def draw(self, context: Context) -> None:
        layout = self.layout
        layout.label(text="Press N in the 3D Viewport and open the Kinetix tab.", icon="INFO")
        layout.use_property_split = True
        layout.prop(self, "start_hub")
        layout.prop(self, "show_imported")
        layout.prop(self, "use_shortcut")
        layout.prop(self, "kinetix_command")
        row = layout.row()
        row.operator("kinetix.diagnose", icon="VIEWZOOM")
        row.operator("kinetix.stop_hub", icon="CANCEL")
        row.operator("kinetix.open_log", icon="TEXT")
        row.operator("kinetix.uninstall", icon="TRASH")
        draw_findings(layout, context)
