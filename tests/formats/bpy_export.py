"""Run by a bpy Python: builds an armature as people do and exports it as GLB and BVH, with where its joints really were.

The armature object is scaled to 0.01 and turned, its bones have rolls and the hips move below a root bone.
"""

import math
import os
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Quaternion

FRAMES, FPS = 20, 24
BONES = (
    ("Root", None, (0, 0, 0), (0, 0, 20), 0.0),
    ("Hips", "Root", (0, 0, 95), (0, 0, 110), 0.3),
    ("Spine", "Hips", (0, 0, 110), (0, 3, 150), -0.4),
    ("Head", "Spine", (0, 3, 150), (0, 0, 175), 0.0),
    ("Arm.L", "Spine", (5, 2, 145), (55, 0, 140), 0.8),
    ("Hand.L", "Arm.L", (55, 0, 140), (70, -3, 138), 1.2),
    ("Leg.L", "Hips", (10, 0, 92), (11, 2, 50), -0.2),
    ("Foot.L", "Leg.L", (11, 2, 50), (11, -2, 8), 2.0),
)


def main(folder: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context: Any = bpy.context
    scene = context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = FPS, 1, FRAMES
    data = bpy.data.armatures.new("Rig")
    rig: Any = bpy.data.objects.new("Rig", data)
    scene.collection.objects.link(rig)
    rig.scale, rig.rotation_euler = (0.01, 0.01, 0.01), Euler((0.0, 0.0, 0.5))
    context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, parent, head, tail, roll in BONES:
        bone: Any = data.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = head, tail, roll
        bone.parent = data.edit_bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="POSE")
    body = bpy.data.meshes.new("Body")
    body.from_pydata([(0, 0, 95), (5, 2, 145), (55, 0, 140), (11, 2, 50)], [], [(0, 1, 2), (0, 3, 1)])
    skinned = bpy.data.objects.new("Body", body)
    scene.collection.objects.link(skinned)
    skinned.parent = rig
    for group, vertices in (("Hips", [0]), ("Spine", [1]), ("Arm.L", [2]), ("Leg.L", [3])):
        skinned.vertex_groups.new(name=group).add(vertices, 1.0, "REPLACE")
    modifier: Any = skinned.modifiers.new("Armature", "ARMATURE")
    modifier.object = rig
    rng = np.random.default_rng(1)
    for frame in range(1, FRAMES + 1):
        for bone in rig.pose.bones:
            bone.rotation_mode = "QUATERNION"
            turn = Quaternion((1, 0, 0), 0.1 * math.sin(frame / 3)) @ Quaternion(
                (0, 0, 1), 0.5 * math.sin(frame / 5 + len(bone.name))
            )
            bone.rotation_quaternion = turn
            bone.keyframe_insert("rotation_quaternion", frame=frame)
        hips = rig.pose.bones["Hips"]
        hips.location = (3 * frame, 10 * math.sin(frame / 4), float(rng.normal()))
        hips.keyframe_insert("location", frame=frame)
    rows, names = [], [bone.name for bone in rig.pose.bones]
    for frame in range(1, FRAMES + 1):
        scene.frame_set(frame)
        posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        rows.append([list(posed.matrix_world @ bone.head) for bone in posed.pose.bones])
    heads = np.array(rows)
    np.savez(
        folder / "truth.npz",
        names=np.array(names),
        positions=np.stack([heads[..., 0], heads[..., 2], -heads[..., 1]], -1),
    )
    scene.frame_set(7)  # a file saved in a pose
    bpy.ops.export_scene.gltf(filepath=str(folder / "sampled.glb"), export_animations=True)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.object.select_all(action="DESELECT")
    rig.select_set(True)
    context.view_layer.objects.active = rig
    bpy.ops.export_anim.bvh(
        filepath=str(folder / "rig.bvh"), frame_start=1, frame_end=FRAMES, rotate_mode="NATIVE", global_scale=0.01
    )


main(Path(sys.argv[1]))
sys.stdout.flush()
os._exit(0)
