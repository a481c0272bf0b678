# SPDX-License-Identifier: GPL-3.0-or-later
"""Menu entry of the Asset Browser that applies an emote to the character: Blender takes no Action dropped into the view."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import bpy
from bpy.types import Action, Context, Object, Operator, Scene

from kinetix_core.values.errors import InputError

from .. import blender, compat, messages
from ..importing.apply import check_rig
from ..importing.face import find_faces, left_out
from ..importing.restoring import animation_undone_on_error
from ..importing.selection import chosen_armatures


def place(file: Path, name: str, rigs: list[Object], scene: Scene) -> Any:
    """Append the Action from the asset's file and assign it to all rigs and their faces, or, when one of them fails, to none.

    What they played before is kept.
    """
    with animation_undone_on_error(rigs, scene):
        with blender.load_library(str(file), assets_only=True) as (found, wanted):
            wanted.actions = [one for one in found.actions if one == name]
        if not wanted.actions:
            raise InputError("The asset is missing.", code="noAsset", next_step="Refresh the Asset Browser.")
        action = wanted.actions[0]
        action.asset_clear()  # the asset is the one in the library
        assign(action, rigs, scene)
    return action


def assign(action: Action, rigs: list[Object], scene: Scene) -> None:
    """To all rigs and the faces of their meshes, or, when one of them fails, to none."""
    for rig in rigs:
        check_rig(rig)
    body = compat.Part(action)
    players = [(rig, body) for rig in rigs] + [face for rig in rigs for face in _faces(action, rig, scene)]
    with animation_undone_on_error([owner for owner, _ in players], scene):
        for owner, part in players:
            holder = owner.animation_data or owner.animation_data_create()
            if holder is None:
                raise InputError(
                    "This rig cannot be animated.",
                    code="notEditable",
                    next_step="Make the rig local or editable, then try again.",
                )
            if holder.action is not None and holder.action.library is None:
                holder.action.use_fake_user = True  # else saving the file would drop it
            part.action.use_fake_user = True
            compat.assign_action(holder, part.action, part.slot)


def _faces(action: Action, rig: Object, scene: Scene) -> list[tuple[Any, compat.Part]]:
    """Return the shape keys that show the asset's face on a rig, each with its part by the mesh's name, else the first."""
    parts = compat.key_parts(action)
    if not parts:
        return []
    first = next(iter(parts.values()))
    chosen = [(one, parts.get(one.mesh, first)) for one in find_faces(rig, scene).free]
    return [(one.keys, part) for one, part in chosen if one.shares.keys() & part.paths()]


class KINETIX_OT_place_asset(Operator):
    bl_label = "Assign to Selected Character"
    bl_description = "Assign this action to the selected armatures. Their current action is kept"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        asset = getattr(context, "asset", None)
        return asset is not None and asset.id_type == "ACTION"

    @messages.guarded
    def execute(self, context: Context) -> None:
        rigs = chosen_armatures(context)
        asset, scene = cast("bpy.types.AssetRepresentation", context.asset), blender.scene(context)
        action = cast("Action | None", asset.local_id)
        if action is not None:
            assign(action, rigs, scene)
        else:
            action = place(Path(asset.full_library_path), asset.name, rigs, scene)
        faceless = [rig for rig in rigs if not _faces(action, rig, scene)] if compat.key_parts(action) else []
        self.report({"INFO"}, " ".join([action.name, *map(left_out, faceless[:1])]))


def _entry(self: Any, context: Context) -> None:
    if KINETIX_OT_place_asset.poll(context):
        self.layout.separator()
        self.layout.operator("kinetix.place_asset", icon="OUTLINER_OB_ARMATURE")


def add_menu() -> None:
    bpy.types.ASSETBROWSER_MT_context_menu.append(_entry)


def remove_menu() -> None:
    bpy.types.ASSETBROWSER_MT_context_menu.remove(_entry)
