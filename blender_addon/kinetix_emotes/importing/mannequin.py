# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the mannequin in: an armature and its body, with bulk writes only."""

from __future__ import annotations

from typing import Any

import bmesh
import bpy
import numpy as np
from bpy.types import Context, Mesh, Object
from mathutils import Vector

from kinetix_core import mannequin
from kinetix_core.values.face_shapes import FACE_SHAPES

from .. import blender
from .restoring import scene_undone_on_error
from .rig import unit_length

# From the core's axes (y up, front +z) to Blender's (z up, front -y).
_WORLD = 20.0
"""Metres: what is larger is a room or a ground, and the figure stands in it."""
_TO_BLENDER = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def bring(context: Context, name: str = "Mannequin", *, face: bool = False) -> Any:
    """Add the mannequin to the scene's collection, select it and return the armature object.

    Args:
        face: with ARKit's 52 shapes as shape keys. A mesh that has shape keys takes no modifier for good, so only for who needs them.
    """
    body = mannequin.load("1k")
    scale = 1.0 / unit_length(blender.scene(context))
    place = _free_place(context, scale)
    with scene_undone_on_error(context):
        if context.object is not None and context.object.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        rig = _armature(context, name, body, scale)
        obj = _mesh(context, f"{name} Body", body, rig, scale)
        if face:
            _add_shape_keys(obj, body, scale)
        rig.location.x = place
    return rig


def _free_place(context: Context, scale: float) -> float:
    """Return the x coordinate of free space beside the visible meshes; 0 if the origin is free."""
    half, deep, tall = 0.9 * scale, 0.4 * scale, 1.8 * scale
    boxes = []
    blender.view_layer(context).update()  # a mesh that was just made has no bounds yet
    for obj in blender.view_layer(context).objects:
        if obj.type == "MESH" and obj.visible_get():
            corners = np.array([obj.matrix_world @ Vector(corner) for corner in obj.bound_box])
            boxes.append((corners.min(axis=0), corners.max(axis=0)))
    place = 0.0
    for low, high in sorted(boxes, key=lambda box: float(box[0][0])):
        aside = high[0] < place - half or low[0] > place + half or low[1] > deep or high[1] < -deep
        if not aside and low[2] < tall and high[2] > 0.01 * scale and high[0] < _WORLD * scale:
            place = float(high[0]) + half
    return place


def _armature(context: Context, name: str, body: mannequin.Mannequin, scale: float) -> Any:
    data = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, data)
    blender.collection(context).objects.link(rig)
    for other in context.selected_objects:
        other.select_set(False)
    rig.select_set(True)
    blender.view_layer(context).objects.active = rig
    heads, tails = (body.heads @ _TO_BLENDER.T * scale).tolist(), (body.tails @ _TO_BLENDER.T * scale).tolist()
    bpy.ops.object.mode_set(mode="EDIT")
    bones: list[bpy.types.EditBone] = []
    for index, bone_name in enumerate(body.skeleton.names):
        bone = data.edit_bones.new(bone_name)
        bone.head, bone.tail = heads[index], tails[index]
        parent = int(body.skeleton.parents[index])
        if parent >= 0:
            bone.parent = bones[parent]
        bones.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.show_in_front = True
    return rig


def _mesh(context: Context, name: str, body: mannequin.Mannequin, rig: Object, scale: float) -> Any:
    mesh = bpy.data.meshes.new(name)
    vertices, faces = body.vertices @ _TO_BLENDER.T * scale, body.faces
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.astype(np.int32).ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), np.bool_))
    mesh.update(calc_edges=True)
    _weights(mesh, body)
    obj = bpy.data.objects.new(name, mesh)
    for bone in body.skeleton.names:
        obj.vertex_groups.new(name=bone)
    obj.parent = rig
    modifier: Any = obj.modifiers.new("Armature", "ARMATURE")  # an ArmatureModifier, says the second word
    modifier.object = rig
    blender.collection(context).objects.link(obj)
    return obj


def _add_shape_keys(obj: Object, body: mannequin.Mannequin, scale: float) -> None:
    obj.shape_key_add(name="Basis", from_mix=False)
    for name, moves in zip(FACE_SHAPES, mannequin.face_shapes("1k"), strict=True):
        shape = obj.shape_key_add(name=name, from_mix=False)
        shape.data.foreach_set("co", ((body.vertices + moves) @ _TO_BLENDER.T * scale).astype(np.float32).ravel())


def _weights(mesh: Mesh, body: mannequin.Mannequin) -> None:
    """Through bmesh: `vertex_groups[…].add` would take a call for every vertex and weight."""
    edit = bmesh.new()
    edit.from_mesh(mesh)
    layer = edit.verts.layers.deform.verify()
    joints, weights = body.skin_joints.tolist(), body.skin_weights.tolist()
    for vertex in edit.verts:
        row: Any = vertex[layer]  # {group: weight}, which can be written to
        for joint, weight in zip(joints[vertex.index], weights[vertex.index], strict=True):
            if weight > 0:
                row[joint] = weight
    edit.to_mesh(mesh)
    edit.free()
