"""Blender's side of the demo: `blender -b --python demo_blender.py -- EMOTE.glb OUT.blend OUT.png`.

Imports the emote by the add-on's own operator onto its mannequin, saves the file, and renders one frame.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "shared"), str(ROOT / "blender_addon")]

FLOOR, BODY = (0.86, 0.89, 0.93, 1.0), (0.19, 0.42, 0.76, 1.0)
# The stubs allow for no scene, and know neither the add-on's operators nor all engines.
DATA: Any = bpy.data
CONTEXT: Any = bpy.context
OPS: Any = bpy.ops


def light(rig: Any) -> None:
    """Add a floor, a camera in front of the figure and a sun, and colour the body."""
    for mesh in [item for item in CONTEXT.scene.objects if item.type == "MESH"]:
        mesh.color = BODY
    OPS.mesh.primitive_plane_add(size=40)
    CONTEXT.object.name, CONTEXT.object.color = "Floor", FLOOR
    camera = DATA.objects.new("Camera", DATA.cameras.new("Camera"))
    hips = rig.matrix_world @ rig.pose.bones["Hips"].head
    camera.location, camera.rotation_euler = (hips.x + 1.4, hips.y - 4.2, 1.3), (1.47, 0.0, 0.32)
    sun = DATA.objects.new("Sun", DATA.lights.new("Sun", "SUN"))
    sun.rotation_euler = (0.7, 0.2, 0.5)
    for item in (camera, sun):
        CONTEXT.scene.collection.objects.link(item)
    CONTEXT.scene.camera = camera


def render(image: str) -> None:
    output, shading = CONTEXT.scene.render, CONTEXT.scene.display.shading
    output.engine = "BLENDER_WORKBENCH"
    output.resolution_x = output.resolution_y = 640
    output.filepath = image
    CONTEXT.scene.view_settings.view_transform = "Standard"
    shading.light, shading.color_type = "STUDIO", "OBJECT"
    shading.show_shadows = shading.show_cavity = True
    shading.background_type, shading.background_color = "VIEWPORT", FLOOR[:3]
    OPS.render.render(write_still=True)


def main() -> None:
    emote, scene_file, image = sys.argv[sys.argv.index("--") + 1 :]
    import kinetix_emotes

    OPS.wm.read_factory_settings(use_empty=True)
    kinetix_emotes.register()
    OPS.kinetix.import_file(filepath=emote)
    scene = CONTEXT.scene
    rig = next(item for item in scene.objects if item.type == "ARMATURE")
    scene.frame_start, scene.frame_end = map(int, rig.animation_data.action.frame_range)
    scene.frame_set((scene.frame_start + scene.frame_end) // 2)
    light(rig)
    render(image)
    OPS.wm.save_as_mainfile(filepath=scene_file)


main()
