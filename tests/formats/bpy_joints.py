"""Run by a bpy Python: imports files; writes every joint's place and turn from rest, in our frame, the weights of shape keys
and the farthest that each one moves a vertex, to a .npz beside each."""

import os
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np


def load(path: Path, fps: float) -> Any:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene: Any = bpy.context.scene
    scene.render.fps, scene.render.fps_base = round(fps), round(fps) / fps
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True)
    elif path.suffix == ".bvh":
        bpy.ops.import_anim.bvh(filepath=str(path), global_scale=0.01, use_fps_scale=False, update_scene_fps=False)
    elif path.suffix == ".usd":
        bpy.ops.wm.usd_import(filepath=str(path))
    elif bpy.app.version >= (4, 5):
        bpy.ops.wm.fbx_import(filepath=str(path))
    else:
        bpy.ops.import_scene.fbx(filepath=str(path), automatic_bone_orientation=False)
    return next(item for item in scene.objects if item.type == "ARMATURE")


def main(fps: float, frames: int, files: list[str]) -> None:
    for name in files:
        path = Path(name)
        armature, scene = load(path, fps), bpy.context.scene
        assert scene is not None
        first = round(armature.animation_data.action.frame_range[0])
        rows, turns, weights = [], [], []
        keys: Any = bpy.data.shape_keys
        blocks = [block for one in keys for block in one.key_blocks[1:]]
        metres = next((item.matrix_world.to_scale()[0] for item in scene.objects if item.type == "MESH"), 1.0)
        moved = [
            metres * max((new.co - old.co).length for new, old in zip(block.data, block.relative_key.data, strict=True))
            for block in blocks
        ]
        rest = {bone.name: (armature.matrix_world @ bone.matrix_local).to_quaternion() for bone in armature.data.bones}
        for frame in range(frames):
            scene.frame_set(first + frame)
            posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
            world = posed.matrix_world
            rows.append([list(world @ bone.head) for bone in posed.pose.bones])
            # How each bone is turned away from its rest pose does not depend on which way its own axes point.
            away = [(world @ bone.matrix).to_quaternion() @ rest[bone.name].inverted() for bone in posed.pose.bones]
            weights.append([block.value for block in blocks])
            turns.append([[turn.x, turn.z, -turn.y, turn.w] for turn in away])
        heads = np.array(rows)
        positions = np.stack([heads[..., 0], heads[..., 2], -heads[..., 1]], -1)
        names = np.array([bone.name for bone in armature.pose.bones])
        np.savez(
            path.with_name(path.name + ".npz"),
            names=names,
            positions=positions,
            turns=np.array(turns),
            shapes=np.array([block.name for block in blocks], np.str_),
            weights=np.array(weights),
            moved=np.array(moved),
        )


main(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
sys.stdout.flush()
os._exit(0)  # bpy 4.2 crashes at exit
