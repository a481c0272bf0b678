"""Run inside Blender: FILE.fbx or FILE.blend → a GLB with every clip at the file's own rate."""

import math
import sys
from pathlib import Path
from typing import cast

import bpy


def main(source: str, target: str) -> None:
    if source.lower().endswith(".blend"):
        bpy.ops.wm.open_mainfile(filepath=source, load_ui=False, use_scripts=False)
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        # The importer sets the scene's rate to the file's.
        bpy.ops.import_scene.fbx(filepath=source, ignore_leaf_bones=False)
        untie()
        tidy(Path(source).stem)
    scene = the_scene()
    if not any(item.type == "ARMATURE" for item in scene.objects):
        raise RuntimeError("Error: there is no armature in the file")
    ranges = [action.frame_range for action in bpy.data.actions]
    if ranges:
        scene.frame_start = math.floor(min(found[0] for found in ranges))
        scene.frame_end = math.ceil(max(found[1] for found in ranges))
    # One key a frame, as curves of other kinds have no counterpart in glTF.
    bpy.ops.export_scene.gltf(
        filepath=target,
        export_format="GLB",
        export_force_sampling=True,
        export_optimize_animation_size=False,
        export_animations=bool(ranges),
    )


def the_scene() -> bpy.types.Scene:
    """Blender always has one; only the type allows for none."""
    return cast("bpy.types.Scene", bpy.context.scene)


def untie() -> None:
    """Lets every bone move: the importer ties a bone to its parent where the two meet, and a tied bone's path is not seen."""
    for rig in [item for item in the_scene().objects if item.type == "ARMATURE"]:
        cast("bpy.types.ViewLayer", bpy.context.view_layer).objects.active = rig
        bpy.ops.object.mode_set(mode="EDIT")
        for bone in cast("bpy.types.Armature", rig.data).edit_bones:
            bone.use_connect = False
        bpy.ops.object.mode_set(mode="OBJECT")


def tidy(stem: str) -> None:
    """Names the clips as the file does, and mends their ends."""
    for action in bpy.data.actions:  # the importer calls them Object|Stack|Layer
        name = (action.name.split("|") * 2)[1]
        action.name = stem if name == "mixamo.com" else name
        # Single precision puts the last key a hair before its frame, and the exporter drops what is not reached.
        first, last = round(action.frame_range[0], 2), round(action.frame_range[1], 2)
        action.use_frame_range = True
        action.frame_start, action.frame_end = math.floor(first), math.ceil(last)


main(*sys.argv[-2:])
