# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the character with one Action as a GLB, without leaving a trace in the scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from kinetix_core.errors import KinetixError

from .. import compat

__all__ = ["action_to_glb"]


def action_to_glb(context: Any, rig: Any, action: Any, target: Path) -> None:
    """Exports `rig`, the meshes that it moves and `action`. Raises KinetixError when Blender's exporter refuses."""
    layer, scene = context.view_layer, context.scene
    meshes = [obj for obj in layer.objects if obj.type == "MESH" and obj.find_armature() == rig and obj.visible_get()]
    selected, active, frame = list(context.selected_objects), layer.objects.active, scene.frame_current
    mode = active.mode if active else "OBJECT"
    holder = rig.animation_data_create()
    former, slot = holder.action, getattr(holder, "action_slot", None)
    tracks = [(track, track.mute) for track in holder.nla_tracks]
    try:
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        for obj in selected:
            obj.select_set(False)
        for obj in (rig, *meshes):
            obj.select_set(True)
        layer.objects.active = rig
        for track, _ in tracks:
            track.mute = True
        compat.assign_action(holder, action)
        target.parent.mkdir(parents=True, exist_ok=True)
        settings = {
            "filepath": str(target),
            "export_format": "GLB",
            "use_selection": True,
            "export_animations": True,
            "export_animation_mode": "ACTIVE_ACTIONS",
            "export_force_sampling": True,
            "export_optimize_animation_size": False,
            "export_frame_range": False,
            "export_yup": True,
            "export_apply": False,
            "export_draco_mesh_compression_enable": False,
            "export_nla_strips_merged_animation_name": action.name,
        }
        known = bpy.ops.export_scene.gltf.get_rna_type().properties.keys()
        bpy.ops.export_scene.gltf(**{name: value for name, value in settings.items() if name in known})
    except RuntimeError as error:
        raise KinetixError(
            "Blender's glTF exporter could not write the character.",
            code="export",
            detail=str(error),
            next_step="Check that the glTF add-on is enabled and the meshes can be exported.",
        ) from error
    finally:
        compat.clear_action(holder, former, slot)
        for track, muted in tracks:
            track.mute = muted
        for obj in (rig, *meshes):
            obj.select_set(False)
        for obj in selected:
            obj.select_set(True)
        layer.objects.active = active
        if active is not None and active.mode != mode:
            bpy.ops.object.mode_set(mode=mode)
        scene.frame_set(frame)
