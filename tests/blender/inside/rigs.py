"""Rigs of many makers, built inside Blender, and how to compare one with the clip it plays."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path
from typing import Any

import addon_utils
import bpy
import numpy as np
from blender_api import CONTEXT, OPS, data_libraries
from mathutils import Matrix, Vector
from waiting import until

ADDON = "kinetix_emotes"


def core(name: str) -> Any:
    """A module of the add-on's own copy of the core."""
    return addon(f"vendor.kinetix_core.{name}")


def addon(name: str) -> Any:
    return importlib.import_module(f"{ADDON}.{name}")


def pumped(condition: Any, what: str = "", link: Any = None) -> None:
    """Pump the add-on's timer, or another link, until `condition` holds."""
    beat = addon("hub.heartbeat")
    own = link or beat.LINK

    def held() -> Any:
        (link or beat).pump()
        return condition()

    until(held, lambda: (what, own.phase, own.problem, own.state.connection, own.state.jobs), pause_s=0.003)


def ask(link: Any, method: str, path: str, body: Any = None) -> Any:
    """The answer of a hub to one request."""
    answers: list[Any] = []
    link.request(method, path, body, answers.append)
    pumped(lambda: answers, path, link)
    return answers[0]


# What a check may change outside the file: add-ons that are on, asset libraries. None until it was read from factory settings.
_factory: tuple[set[str], list[str]] | None = None


def empty() -> None:
    """A file with nothing in it, in a Blender with factory settings.

    The settings are read again only after a check has changed them: that registers every add-on of Blender anew, which costs
    twenty times what an empty file does.
    """
    global _factory
    if _factory is not None and _settings() == _factory:
        OPS.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        OPS.wm.read_factory_settings(use_empty=True)
        _factory = _settings()
    if not hasattr(bpy.types, "KINETIX_PT_create"):
        sys.modules[ADDON].register()


def _settings() -> tuple[set[str], list[str]]:
    preferences = CONTEXT.preferences
    return set(preferences.addons.keys()), [library.path for library in preferences.filepaths.asset_libraries]


def clip(frames: int = 61, fps: float = 30.0, name: str = "Everything Moves") -> Any:
    """A motion of the mannequin in which every bone turns and the hips travel."""
    mannequin, motion, quat = core("mannequin"), core("motion"), core("motion.quaternion")
    skeleton = mannequin.load().skeleton
    random = np.random.default_rng(7)
    t = np.arange(frames) / fps
    axis = random.normal(size=(len(skeleton), 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    size, phase = random.uniform(0.1, 0.45, len(skeleton)), random.uniform(0, 6, len(skeleton))
    rotations = quat.exp(axis * (size * np.sin(2 * t[:, None] + phase))[..., None])
    path = skeleton.rest_translations[0] + np.stack((0.3 * np.sin(t), 0.04 * np.sin(3 * t), 0.2 * t), -1)
    return motion.Motion(skeleton, fps, rotations, path, name)


def apply(rig: Any, motion: Any, **choices: Any) -> Any:
    """Put a motion onto a rig, by these choices of the import panel."""
    return addon("importing.apply").apply_motion(rig, motion, addon("import_options").ImportOptions(**choices))


def mannequin() -> Any:
    return addon("importing.mannequin").bring(CONTEXT)


def armatures() -> list[Any]:
    objects: Any = bpy.data.objects
    return [obj for obj in objects if obj.type == "ARMATURE"]


def linked(source: Path) -> Any:
    """Save the file, and link its objects into an empty one; the rig among them is selected."""
    OPS.wm.save_as_mainfile(filepath=str(source))
    empty()
    with data_libraries().load(str(source), link=True) as (found, loaded):
        loaded.objects = list(found.objects)
    for obj in loaded.objects:
        CONTEXT.collection.objects.link(obj)
    rig = next(obj for obj in loaded.objects if obj.type == "ARMATURE")
    CONTEXT.view_layer.objects.active = rig
    rig.select_set(True)
    return rig


def armature(name: str, bones: Any, *, rotation: Any = (0, 0, 0), scale: float = 1.0) -> Any:
    """bones: name → (parent, head, tail, roll)."""
    data = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, data)
    CONTEXT.collection.objects.link(rig)
    CONTEXT.view_layer.objects.active = rig
    rig.select_set(True)
    OPS.object.mode_set(mode="EDIT")
    for bone_name, (parent, head, tail, roll) in bones.items():
        bone = data.edit_bones.new(bone_name)
        bone.head, bone.tail, bone.roll = head, tail, roll
        if parent:
            bone.parent = data.edit_bones[parent]
    OPS.object.mode_set(mode="OBJECT")
    rig.rotation_euler = rotation
    rig.scale = (scale,) * 3
    CONTEXT.view_layer.update()
    return rig


def _from_mannequin(
    rename: Any,
    *,
    change: Any = None,
    rolls: float = 0.0,
    rotation: Any = (0, 0, 0),
    scale: float = 1.0,
    extra: Any = None,
) -> Any:
    """The mannequin's joints under other names, in other axes. `change`: point (z up, metres) → point in the armature."""
    body = core("mannequin").load()
    to_blender = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    change = change or (lambda point: point)
    heads, tails = body.heads @ to_blender.T, body.tails @ to_blender.T
    bones = dict(extra or {})
    for index, name in enumerate(body.skeleton.names):
        new = rename(name)
        if new is None:
            continue
        parent = int(body.skeleton.parents[index])
        while parent >= 0 and rename(body.skeleton.names[parent]) is None:
            parent = int(body.skeleton.parents[parent])
        above = rename(body.skeleton.names[parent]) if parent >= 0 else next(iter(extra or {}), None)
        bones[new] = (above, change(heads[index]) / scale, change(tails[index]) / scale, rolls * (index % 5))
    return armature("Character", bones, rotation=rotation, scale=scale)


def mixamo() -> Any:
    """Build a rig like Mixamo's FBX: prefixed names, y up in a rotated object, centimetres with scale 0.01."""
    y_up = lambda point: np.array([point[0], point[2], -point[1]])  # noqa: E731
    return _from_mannequin(
        lambda name: f"mixamorig:{name}", change=y_up, rolls=0.3, rotation=(math.pi / 2, 0, 0), scale=0.01
    )


def long_shins() -> Any:
    """Knees at two thirds of the legs' height."""
    knee, hip = 0.47, 0.9

    def raised(z: float) -> float:
        return float(np.interp(z, (0, knee, hip, 2), (0, 0.62, hip, 2)))

    return _from_mannequin(lambda name: name, change=lambda point: np.array([point[0], point[1], raised(point[2])]))


_UNREAL = {
    "Hips": "pelvis",
    "Spine": "spine_01",
    "Spine1": "spine_02",
    "Spine2": "spine_03",
    "Neck": "neck_01",
    "Head": "head",
    **{
        f"{long}{old}": f"{new}_{short}"
        for long, short in (("Left", "l"), ("Right", "r"))
        for old, new in {
            "Shoulder": "clavicle",
            "Arm": "upperarm",
            "ForeArm": "lowerarm",
            "Hand": "hand",
            "UpLeg": "thigh",
            "Leg": "calf",
            "Foot": "foot",
            "ToeBase": "ball",
        }.items()
    },
}


def unreal() -> Any:
    """Unreal's names, a root bone on the floor, no fingers, turned to face +x."""
    turned = Matrix.Rotation(math.pi / 2, 3, "Z")
    return _from_mannequin(
        _UNREAL.get,
        change=lambda point: np.array(turned @ Vector(point)),
        rolls=0.7,
        extra={"root": (None, (0, 0, 0), (0, 0.2, 0), 0.0)},
    )


def centimetres() -> Any:
    """A rig of 170 units in an object without scale, in a scene that measures centimetres."""
    CONTEXT.scene.unit_settings.system = "METRIC"
    CONTEXT.scene.unit_settings.scale_length = 0.01
    return _from_mannequin(lambda name: name, change=lambda point: point * 100)


def torn() -> Any:
    """The deform bones of a generated Rigify rig as a game's file has them: limbs hang from the root, beside the spine."""
    rig = _from_mannequin(
        lambda name: _UNREAL.get(name) and f"DEF-{_UNREAL[name]}",
        rolls=0.4,
        extra={"root": (None, (0, 0, 0), (0, 0.2, 0), 0.0)},
    )
    CONTEXT.view_layer.objects.active = rig
    OPS.object.mode_set(mode="EDIT")
    for name in ("DEF-thigh_l", "DEF-thigh_r", "DEF-clavicle_l", "DEF-clavicle_r", "DEF-upperarm_l", "DEF-upperarm_r"):
        rig.data.edit_bones[name].parent = rig.data.edit_bones["root"]
    OPS.object.mode_set(mode="OBJECT")
    return rig


def metarig() -> Any:
    addon_utils.enable("rigify", default_set=True)
    OPS.object.armature_human_metarig_add()
    return CONTEXT.object


def generated() -> Any:
    metarig()
    OPS.pose.rigify_generate()
    return next(rig for rig in armatures() if rig.data.get("rig_id"))


MAKERS = {
    "mannequin": mannequin,
    "mixamo": mixamo,
    "unreal": unreal,
    "centimetres": centimetres,
    "metarig": metarig,
    "torn": torn,
}

LIMBS = [
    (f"{side}{first}", f"{side}{second}")
    for side in ("Left", "Right")
    for first, second in (
        ("UpperArm", "LowerArm"),
        ("LowerArm", "Hand"),
        ("UpperLeg", "LowerLeg"),
        ("LowerLeg", "Foot"),
    )
]


def limb_errors(rig: Any, motion: Any, frames: Any, *, bone_of: Any = None, start: float = 1.0) -> Any:
    """Degrees between each limb of the clip and of the evaluated rig: {frame: {limb: degrees}}, in the rig's own upright frame."""
    mapping, kinematics = core("motion.mapping.automatic"), core("motion.kinematics")
    quat, read = core("motion.quaternion"), addon("importing.rig").read_rig(rig, 1.0)
    source = mapping.map_bones(motion.skeleton)
    _, places = kinematics.forward(motion)
    scene = CONTEXT.scene
    rate = scene.render.fps / scene.render.fps_base
    out = {}
    for frame in frames:
        at = start + frame / motion.fps * rate
        scene.frame_set(int(at), subframe=at - int(at))
        posed = rig.evaluated_get(CONTEXT.evaluated_depsgraph_get()).pose.bones
        errors = {}
        for first, second in LIMBS:
            wanted = places[frame, source.index(second)] - places[frame, source.index(first)]
            ends = []
            for human in (first, second):
                name = (bone_of or {}).get(human) or read.mapping.bones[human].name
                ends.append(np.array(posed[name].head))
            found = quat.rotate(read.align, ends[1] - ends[0])
            cosine = wanted @ found / np.linalg.norm(wanted) / np.linalg.norm(found)
            errors[first] = math.degrees(math.acos(min(1.0, max(-1.0, cosine))))
        out[frame] = errors
    return out


def worst(errors: Any) -> Any:
    return max(value for row in errors.values() for value in row.values())


def write_clip(motion: Any, folder: Path, name: str = "clip") -> Path:
    target = folder / f"{name}.glb"
    target.write_bytes(core("formats.glb").write_emote(motion))
    return target
