"""Blender's side of the demo: `blender -b --python demo_blender.py -- EMOTE.glb OUT.blend OUT.png`.

Imports the emote by the add-on's own operator onto its mannequin, saves the file, and renders one frame.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import bpy

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "shared"), str(ROOT / "blender_addon")]


FLOOR, BODY = (0.86, 0.89, 0.93, 1.0), (0.19, 0.42, 0.76, 1.0)


def the_scene() -> bpy.types.Scene:
    """Blender always has one; only the type allows for none."""
    return cast("bpy.types.Scene", bpy.context.scene)


def stage() -> None:
    """A floor to stand on and colours that tell it from the body."""
    bpy.ops.mesh.primitive_plane_add(size=40)
    floor = cast("bpy.types.Object", bpy.context.object)
    floor.name, floor.color = "Floor", FLOOR
    for thing in the_scene().objects:
        if thing.type == "MESH" and thing is not floor:
            thing.color = BODY


def look_at(rig: bpy.types.Object) -> None:
    """A camera in front of the figure and a light."""
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (1.4, -4.2, 1.3), (1.47, 0.0, 0.32)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.rotation_euler = (0.7, 0.2, 0.5)
    for thing in (camera, sun):
        the_scene().collection.objects.link(thing)
    hips = rig.matrix_world @ cast("bpy.types.Pose", rig.pose).bones["Hips"].head
    camera.location.x += hips.x
    camera.location.y += hips.y
    the_scene().camera = camera


def render(image: Path) -> None:
    scene = the_scene()
    output: Any = scene.render  # the stubs know neither all engines nor the names of views
    view: Any = scene.view_settings
    output.engine = "BLENDER_WORKBENCH"
    output.resolution_x, output.resolution_y = 640, 640
    output.filepath = str(image)
    view.view_transform = "Standard"
    shading = cast("bpy.types.View3DShading", cast("bpy.types.SceneDisplay", scene.display).shading)
    shading.light, shading.color_type = "STUDIO", "OBJECT"
    shading.show_shadows = shading.show_cavity = True
    shading.background_type = "VIEWPORT"
    shading.background_color = FLOOR[:3]
    bpy.ops.render.render(write_still=True)


def main() -> None:
    emote, scene_file, image = map(Path, sys.argv[sys.argv.index("--") + 1 :])
    bpy.ops.wm.read_factory_settings(use_empty=True)
    import kinetix_emotes

    kinetix_emotes.register()
    operators: Any = bpy.ops  # the add-on has just added its own
    operators.kinetix.import_file(filepath=str(emote))
    rig = next(thing for thing in the_scene().objects if thing.type == "ARMATURE")
    holder = cast("bpy.types.AnimData", rig.animation_data)
    frames = cast("bpy.types.Action", holder.action).frame_range
    scene = the_scene()
    scene.frame_start, scene.frame_end = int(frames[0]), int(frames[1])
    scene.frame_set(int((frames[0] + frames[1]) / 2))
    stage()
    look_at(rig)
    render(image)
    bpy.ops.wm.save_as_mainfile(filepath=str(scene_file))


main()
