"""Run by bpy's Python: blender_joints.py EMOTE.glb OUT.json FPS COUNT. World positions of hips and wrists, y up, per frame."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import bpy

source, out, fps, count = sys.argv[-4], Path(sys.argv[-3]), float(sys.argv[-2]), int(sys.argv[-1])
bpy.ops.wm.read_factory_settings(use_empty=True)
scene: Any = bpy.context.scene
scene.render.fps = round(fps)  # before the import, or the importer resamples to 24
bpy.ops.import_scene.gltf(filepath=source)
rig = next(thing for thing in scene.objects if thing.type == "ARMATURE")
frames = []
for index in range(count):
    scene.frame_set(index)
    joints = {}
    for name in ("Hips", "LeftHand", "RightHand"):
        x, y, z = rig.matrix_world @ rig.pose.bones[name].head
        joints[name] = [x, z, -y]
    frames.append(joints)
out.write_text(json.dumps(frames), encoding="utf-8")
sys.stdout.flush()
os._exit(0)  # bpy 4.2 can crash while the interpreter ends
