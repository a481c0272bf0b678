# SPDX-License-Identifier: GPL-3.0-or-later
"""Run inside Blender for `kinetix bench blender`: the add-on's import against what peers do, on the same clip and rig.

measure.py RESULT STAGED [rigify]   (after `--` when Blender itself runs it)
"""

from __future__ import annotations

import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np

arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
result, staged, *more = arguments
sys.path.insert(0, staged)

import kinetix_emotes  # noqa: E402
from kinetix_emotes import blender  # noqa: E402

FRAMES, FPS = 300, 30.0
EXTRA = {
    "LeftEye": "Head",
    "RightEye": "Head",
    "Jaw": "Head",
    "LeftArmTwist": "LeftArm",
    "RightArmTwist": "RightArm",
    "LeftForeArmTwist": "LeftForeArm",
    "RightForeArmTwist": "RightForeArm",
    "LeftUpLegTwist": "LeftUpLeg",
    "RightUpLegTwist": "RightUpLeg",
}


def addon(name: str) -> Any:
    return importlib.import_module(f"kinetix_emotes.{name}")


def core(name: str) -> Any:
    return importlib.import_module(f"kinetix_emotes.vendor.kinetix_core.{name}")


def clip(frames: int) -> Any:
    """A humanoid of 61 bones in which every one turns."""
    motion, quat = core("motion"), core("motion.quaternion")
    body = core("mannequin").load().skeleton
    names = (*body.names, *EXTRA)
    parents = np.array([*body.parents, *(body.names.index(above) for above in EXTRA.values())])
    offsets = np.concatenate((body.rest_translations, np.tile([0.02, 0.05, 0.03], (len(EXTRA), 1))))
    skeleton = motion.Skeleton(names, parents, np.tile([0.0, 0, 0, 1], (len(names), 1)), offsets)
    random = np.random.default_rng(3)
    axis = random.normal(size=(len(names), 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    t = np.arange(frames) / FPS
    turn = random.uniform(0.1, 0.5, len(names)) * np.sin(2 * t[:, None] + random.uniform(0, 6, len(names)))
    path = offsets[0] + np.stack((0.3 * np.sin(t), 0.04 * np.sin(3 * t), 0.1 * t), -1)
    return motion.Motion(skeleton, FPS, quat.exp(axis * turn[..., None]), path, "Bench")


def target(motion: Any) -> Any:
    """A rig with the same 61 bones, other proportions and other rolls."""
    kinematics = core("motion.kinematics")
    _, places = kinematics.rest_pose(motion.skeleton)
    points = places[:, [0, 2, 1]] * [1.0, -1.0, 1.0] * [1.1, 1.1, 0.95]
    data = bpy.data.armatures.new("Target")
    rig = bpy.data.objects.new("Target", data)
    cast("bpy.types.Collection", bpy.context.collection).objects.link(rig)
    blender.view_layer(bpy.context).objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, name in enumerate(motion.skeleton.names):
        made = data.edit_bones.new(name)
        children = np.flatnonzero(motion.skeleton.parents == bone)
        made.head = points[bone]
        made.tail = points[children[0]] if len(children) else points[bone] + [0.0, 0.0, 0.05]
        if (made.tail - made.head).length < 1e-4:
            made.tail.z += 0.05
        made.roll = 0.4 * (bone % 7)
        if motion.skeleton.parents[bone] >= 0:
            made.parent = data.edit_bones[motion.skeleton.names[motion.skeleton.parents[bone]]]
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


def timed(work: Callable[[], object], times: int = 5) -> dict[str, Any]:
    """Median milliseconds on the clock and of the processor (which other programs do not change), and all of the former."""
    wall, cpu = [], []
    for _ in range(times):
        begin, own = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - begin) * 1000)
        cpu.append((time.process_time() - own) * 1000)
    return {"ms": statistics.median(wall), "cpuMs": statistics.median(cpu), "all": [round(one, 2) for one in wall]}


def empty() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def gltf_import(file: Path) -> Any:
    bpy.ops.import_scene.gltf(filepath=str(file))
    return next(obj for obj in bpy.context.selected_objects if obj.type == "ARMATURE")


def measure(folder: Path) -> dict[str, object]:
    out: dict[str, object] = {"blender": bpy.app.version_string, "bones": 61, "frames": FRAMES}
    motion = clip(FRAMES)
    file = folder / "bench.glb"
    file.write_bytes(core("formats.glb").write_motion(motion))
    emote_files, apply = addon("emote_files"), addon("importing.apply").apply_motion
    empty()
    bpy.ops.preferences.addon_enable(module="io_scene_gltf2")

    rig = target(motion)

    def own_import() -> None:
        emote_files._read.cache_clear()
        apply(rig, emote_files.from_file(file))

    own_import()  # the first call also loads modules
    out["addOn"] = timed(own_import)
    empty()
    out["gltfImporter"] = timed(lambda: gltf_import(file), 3)

    def with_constraints() -> None:
        source = gltf_import(file)
        for bone in rig.pose.bones:
            made = bone.constraints.new("COPY_ROTATION")
            made.target, made.subtarget = source, bone.name
        for obj in bpy.context.selected_objects:
            obj.select_set(False)
        rig.select_set(True)
        blender.view_layer(bpy.context).objects.active = rig
        bpy.ops.nla.bake(
            frame_start=1,
            frame_end=FRAMES,
            only_selected=False,
            visual_keying=True,
            clear_constraints=True,
            bake_types={"POSE"},
        )

    empty()
    rig = target(motion)
    out["constraintsAndBake"] = timed(with_constraints, 1)

    def one_by_one() -> None:
        source = gltf_import(file)
        for frame in range(1, 31):
            blender.scene(bpy.context).frame_set(frame)
            for bone in rig.pose.bones:
                place = bone.matrix.translation.copy()
                bone.matrix = source.pose.bones[bone.name].matrix
                bone.location = (0, 0, 0) if bone.parent else place
                blender.view_layer(bpy.context).update()
                bone.keyframe_insert("rotation_quaternion", frame=frame)

    empty()
    rig = target(motion)
    short = timed(one_by_one, 1)
    out["matrixAndKeyframeInsert"] = {
        "ms": short["ms"] * FRAMES / 30,
        "cpuMs": short["cpuMs"] * FRAMES / 30,
        "measured": "30 frames, times ten",
    }

    empty()
    rig = target(motion)
    files = []
    for number in range(100):
        one = folder / f"emote {number}.glb"
        one.write_bytes(core("formats.glb").write_motion(clip(60).with_(name=f"Emote {number}")))
        files.append(one)

    def all_files() -> None:
        for one in files:
            apply(rig, emote_files.from_file(one))

    hundred = timed(all_files, 1)
    out["hundredEmotes"] = {"s": hundred["ms"] / 1000, "cpuS": hundred["cpuMs"] / 1000, "framesEach": 60}
    if "rigify" in more:
        out["rigify"] = rigify()
    return out


def rigify() -> dict[str, object]:
    import addon_utils

    empty()
    addon_utils.enable("rigify", default_set=True)
    operators: Any = bpy.ops  # Rigify has just added its own
    operators.object.armature_human_metarig_add()
    operators.pose.rigify_generate()
    objects: Any = bpy.data.objects
    rig = next(obj for obj in objects if obj.type == "ARMATURE" and obj.data.get("rig_id"))
    motion = clip(FRAMES)
    apply = addon("importing.apply").apply_motion
    found = timed(lambda: apply(rig, motion), 3)
    return {"s": found["ms"] / 1000, "cpuS": found["cpuMs"] / 1000, "bones": len(rig.data.bones), "frames": FRAMES}


kinetix_emotes.register()
with tempfile.TemporaryDirectory() as scratch:
    Path(result).write_text(json.dumps(measure(Path(scratch))), encoding="utf-8")
sys.stdout.flush()
os._exit(0)
