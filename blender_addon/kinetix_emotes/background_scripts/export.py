# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by a second Blender: writes GLB files from a copy of a character.

Order: {"objects", "actions": [{"name", "file"}], "fps", "fpsBase", "files": [{"action": name or "" for the rest pose, "glb": path}]}.
The first object is the rig.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

folder = Path(sys.argv[-1])
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
if TYPE_CHECKING:
    from .. import blender, compat
else:  # from the folder above: as parts of the package they would bring all of the add-on
    import compat

    import blender


def main() -> None:
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    for block in list(bpy.data.objects):
        bpy.data.objects.remove(block)
    objects: dict[str, Any] = {}
    actions: dict[str, Any] = {}
    for source in dict.fromkeys(one["file"] for one in (*order["objects"], *order["actions"])):
        names = {kind: [one["name"] for one in order[kind] if one["file"] == source] for kind in ("objects", "actions")}
        with blender.load_library(source) as (_, wanted):
            wanted.objects, wanted.actions = list(names["objects"]), list(names["actions"])  # Blender fills these lists
        objects.update(zip(names["objects"], wanted.objects, strict=True))
        actions.update(zip(names["actions"], wanted.actions, strict=True))
    rig, *meshes = (objects[one["name"]] for one in order["objects"])
    scene = blender.scene(bpy.context)
    scene.render.fps, scene.render.fps_base = order["fps"], order["fpsBase"]
    for obj in (rig, *meshes):
        scene.collection.objects.link(obj)
        obj.hide_viewport = False
        obj.hide_set(False)
        obj.select_set(True)
    blender.view_layer(bpy.context).objects.active = rig
    holder = rig.animation_data_create()
    for track in holder.nla_tracks:
        track.mute = True
    for file in order["files"]:
        compat.assign_action(holder, actions.get(file["action"]))
        if not file["action"]:
            rig.data.pose_position = "REST"
        _write(Path(file["glb"]), file["action"])
        rig.data.pose_position = "POSE"
    (folder / "answer.json").write_text(json.dumps({"files": len(order["files"])}), encoding="utf-8")


def _write(target: Path, action: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.stem}.unfinished.glb")
    settings: dict[str, Any] = {
        "filepath": str(unfinished),
        "export_format": "GLB",
        "use_selection": True,
        "export_animations": bool(action),
        "export_animation_mode": "ACTIVE_ACTIONS",
        "export_force_sampling": True,
        "export_optimize_animation_size": False,
        "export_frame_range": False,
        "export_anim_slide_to_zero": True,  # else a game holds the first pose until the Action's first frame
        "export_yup": True,
        "export_apply": False,
        "export_draco_mesh_compression_enable": False,
        "export_nla_strips_merged_animation_name": action,
    }
    export: Any = bpy.ops.export_scene.gltf
    known = export.get_rna_type().properties.keys()
    export(**{name: value for name, value in settings.items() if name in known})
    unfinished.replace(target)


try:
    main()
except Exception as error:  # noqa: BLE001 - whatever the exporter says goes to the person
    (folder / "answer.json").write_text(json.dumps({"error": str(error)}), encoding="utf-8")
if not bpy.app.binary_path:
    os._exit(0)  # Blender as a module: 4.2 crashes while it closes after an export
