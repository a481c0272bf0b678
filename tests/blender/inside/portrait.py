"""A picture of the figure in the middle of its emote, made without a window: Cycles on the processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

SIDE, SAMPLES = 480, 24  # pixels, rays for each
DISTANCE = 1.5  # of the camera, in lengths of the figure's diagonal: all of it and some floor
FLOOR, BODY, SKY = (0.35, 0.38, 0.42, 1.0), (0.07, 0.22, 0.55, 1.0), (0.8, 0.86, 0.93, 1.0)


def take(rig: Any, picture: Path) -> None:
    """Write `picture`, a PNG: the figure of `rig` on a floor, in the sun. The scene is left so."""
    scene: Any = bpy.context.scene
    first, last = rig.animation_data.action.frame_range
    scene.frame_set(round((first + last) / 2))
    figure = [thing for thing in scene.objects if thing.type == "MESH" and thing.find_armature() == rig]
    for thing in scene.objects:
        thing.hide_render = thing not in figure
    low, high = bounds(figure)
    for thing in figure:
        paint(thing, BODY)
    stand(scene, low, high)
    render(scene, picture)


def bounds(figure: Any) -> Any:
    """The lowest and the highest corner of the meshes as the pose bends them."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    seen = [thing.evaluated_get(depsgraph) for thing in figure]
    points = [thing.matrix_world @ vertex.co for thing in seen for vertex in thing.data.vertices]
    return tuple(Vector([pick(point[axis] for point in points) for axis in range(3)]) for pick in (min, max))


def paint(thing: Any, colour: Any) -> None:
    material: Any = bpy.data.materials.new(thing.name)
    material.diffuse_color = colour
    material.use_nodes = True
    shader: Any = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = colour
    thing.data.materials.clear()
    thing.data.materials.append(material)


def stand(scene: Any, low: Any, high: Any) -> None:
    """A floor under the lowest point, a sun, a sky and a camera before the figure, which looks along +Y at it."""
    bpy.ops.mesh.primitive_plane_add(size=60, location=(low.x, low.y, low.z))
    paint(bpy.context.object, FLOOR)
    middle = (low + high) / 2
    sun: Any = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 3.0, (0.7, 0.2, 0.5)
    camera: Any = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    towards = Vector((-0.32, 1.0, -0.16)).normalized()
    camera.location = middle - towards * (high - low).length * DISTANCE
    camera.rotation_euler = towards.to_track_quat("-Z", "Y").to_euler()
    for thing in (sun, camera):
        scene.collection.objects.link(thing)
    scene.camera = camera
    scene.world = bpy.data.worlds.new("Sky")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = SKY


def render(scene: Any, picture: Path) -> None:
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    scene.cycles.samples, scene.cycles.use_denoising = SAMPLES, True
    scene.render.resolution_x = scene.render.resolution_y = SIDE
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(picture)
    bpy.ops.render.render(write_still=True)
