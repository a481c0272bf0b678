"""Blender's side of the demo: `blender -b --python demo_blender.py -- EMOTE.glb OUT.blend OUT.png`.

Imports the emote by the add-on's own operator onto its mannequin, saves the file, and renders one frame.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "shared"), str(ROOT / "blender_addon")]


FLOOR, BODY = (0.86, 0.89, 0.93, 1.0), (0.19, 0.42, 0.76, 1.0)


def stage() -> None:
    """A floor to stand on and colours that tell it from the body."""
    bpy.ops.mesh.primitive_plane_add(size=40)
    floor = bpy.context.object
    floor.name, floor.color = "Floor", FLOOR
    for thing in bpy.context.scene.objects:
        if thing.type == "MESH" and thing is not floor:
            thing.color = BODY


def look_at(rig: bpy.types.Object) -> None:
    """A camera in front of the figure and a light."""
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (1.4, -4.2, 1.3), (1.47, 0.0, 0.32)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.rotation_euler = (0.7, 0.2, 0.5)
    for thing in (camera, sun):
        bpy.context.scene.collection.objects.link(thing)
    hips = rig.matrix_world @ rig.pose.bones["Hips"].head
    camera.location.x += hips.x
    camera.location.y += hips.y
    bpy.context.scene.camera = camera


def render(image: Path) -> None:
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x, scene.render.resolution_y = 640, 640
    scene.render.filepath = str(image)
    scene.view_settings.view_transform = "Standard"
    shading = scene.display.shading
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
    bpy.ops.kinetix.import_file(filepath=str(emote))
    rig = next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")
    start, end = rig.animation_data.action.frame_range
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = int(start), int(end)
    bpy.context.scene.frame_set(int((start + end) / 2))
    stage()
    look_at(rig)
    render(image)
    bpy.ops.wm.save_as_mainfile(filepath=str(scene_file))


main()
