# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rigs a person means."""

from __future__ import annotations

from typing import Any

from bpy.types import Context

from kinetix_core.values.errors import InputError

from .. import blender


def armatures(context: Context) -> list[Any]:
    """Selected armatures, the active one first; a selected mesh stands for the armature that moves it."""
    found: dict[str, Any] = {}
    active = blender.view_layer(context).objects.active
    chosen = ([active] if active and active in context.selected_objects else []) + list(context.selected_objects)
    for obj in chosen or ([active] if active else []):
        rig = obj if obj.type == "ARMATURE" else obj.find_armature() if obj.type == "MESH" else None
        if rig is not None:
            found[rig.name_full] = rig
    return list(found.values())


def chosen_armatures(context: Context) -> list[Any]:
    """Return `armatures`. Raises InputError if there is none."""
    if not (found := armatures(context)):
        raise InputError("Select an armature first.", code="noArmature", next_step="Click your character's rig.")
    return found
