# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Send to Godot panel."""

from __future__ import annotations

from bpy.types import PropertyGroup

from .. import session

__all__ = ["CLASSES", "KinetixGodotValues"]


class KinetixGodotValues(PropertyGroup):
    target: session.text("godot.target", "Project", "Id of the sync target")  # type: ignore[valid-type]
    row: session.integer("godot.row", "Row")  # type: ignore[valid-type]
    again: session.boolean(  # type: ignore[valid-type]
        "godot.again", "Send Again on Save", "Send the same actions again each time the file is saved"
    )


CLASSES = [KinetixGodotValues]
