# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Send to Godot panel."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import session


@dataclass
class GodotValues:
    row: int = session.integer("Row")
    again: bool = session.boolean("Send Again on Save", "Send the same actions again each time the file is saved")

    target: str = ""  # id of the sync target
    actions: list[str] = field(default_factory=list)  # ticked, by name
    sent: dict[tuple[str, tuple[str, ...], str], str] = field(default_factory=dict)  # rig, actions, scene: target


GODOT = GodotValues()
KinetixGodotValues = session.property_group("KinetixGodotValues", GODOT)
