"""The kit of rigs: every kind that users bring, built by transformations of the mannequin and from the name tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

import kinetix_core.motion.mapping
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from tests.motion.draft import UP, Draft, Rig

TABLES = Path(kinetix_core.motion.mapping.__file__).with_name("tables")
_LITTLE = {"Thumb": 0, "Index": 1, "Middle": 2, "Ring": 3, "Little": 4}


def table_names(key: str, spine: list[str] | None = None, form: int = 0) -> dict[str, str]:
    """Humanoid bone → the name that rigs of this family have, written as they write it."""
    data = json.loads(next(TABLES.rglob(f"{key}.json")).read_text(encoding="utf-8"))
    out: dict[str, str] = {}

    def first(names: str | list[str]) -> str:
        return names if isinstance(names, str) else names[-1]

    for bone, names in data["centre"].items():
        out[bone] = first(names)
    fingers = data.get("fingers")
    fingers = fingers[form] if isinstance(fingers, list) else fingers
    for side, written in zip(("Left", "Right"), data["sides"], strict=True):
        s = written if isinstance(written, str) else written[0]
        for bone, names in data["paired"].items():
            out[side + bone] = (names if isinstance(names, str) else names[0]).format(s=s)
        for finger, chain in humanoid_profile.FINGERS.items():
            if fingers:
                k = _LITTLE[finger]
                numbers = fingers.get("thumb_numbers", fingers["numbers"]) if not k else fingers["numbers"]
                pattern = fingers.get("thumb_pattern", fingers["pattern"]) if not k else fingers["pattern"]
                for bone, number in zip(chain, numbers, strict=True):
                    out[side + bone] = pattern.format(s=s, f=fingers["names"][k], n=number)
    if spine:
        for bone in humanoid_profile.SPINE:
            out.pop(bone, None)
        out |= {f"spine#{k}": name for k, name in enumerate(spine)}
    return out


def _prefixed(names: dict[str, str], prefix: str) -> dict[str, str]:
    return {bone: prefix + name for bone, name in names.items()}


KINDS: dict[str, Callable[[], Draft]] = {}


def kind(make: Callable[[], Draft]) -> Callable[[], Draft]:
    KINDS[make.__name__] = make
    return make


@cache
def build(name: str) -> Rig:
    draft = KINDS[name]()
    return draft.build()


@kind
def mixamo_t_pose() -> Draft:
    d = Draft("mixamo_t_pose")
    d.t_pose()
    d.ends()
    d.rename(_prefixed(table_names("mixamo"), "mixamorig:"))
    d.axes("along_y")
    return d


@kind
def mixamo_numbered_prefix() -> Draft:
    d = Draft("mixamo_numbered_prefix")
    d.t_pose()
    d.rename(_prefixed(table_names("mixamo"), "mixamorig12:"))
    d.axes("any")
    return d


@kind
def child() -> Draft:
    d = Draft("child")
    d.stretch({"": 0.6, "LowerLeg": 0.5, "Foot": 0.5, "Toes": 0.55, "LowerArm": 0.52, "Hand": 0.5, "Head": 0.9})
    d.t_pose()
    d.rename(_prefixed(table_names("mixamo"), "mixamorig:"))
    d.axes("along_y", 1)
    return d


@kind
def centimetres() -> Draft:
    d = Draft("centimetres")
    d.t_pose()
    d.unit = 100.0
    d.rename(table_names("mixamo"))
    d.axes("along_y", 2)
    return d


@kind
def rotated_object() -> Draft:
    d = Draft("rotated_object")
    d.t_pose()
    d.frame = quat.from_axis_angle([0.0, 1, 0], np.radians(130))
    d.rename(table_names("mixamo"))
    d.axes("any", 3)
    return d


@kind
def lying_z_up() -> Draft:
    d = Draft("lying_z_up")
    d.t_pose()
    d.frame = quat.from_axis_angle([1.0, 0, 0], np.radians(90))
    d.rename(table_names("mixamo"))
    d.axes("any", 4)
    return d


@kind
def unreal5() -> Draft:
    """A-pose, five spines, twist and IK bones, palm bones."""
    d = Draft("unreal5")
    d.spine(5)
    d.twists()
    for side in ("Left", "Right"):
        for finger in ("Index", "Middle", "Ring", "Little"):
            d.insert(f"{side}{finger}Palm", f"{side}Hand", 0.4, f"{side}{finger}Proximal")
    d.root("root")
    for name, parent, at in (
        ("ik_foot_root", "root", [0.0, 0, 0]),
        ("ik_foot_l", "ik_foot_root", [0.198, 0.081, -0.009]),
        ("ik_foot_r", "ik_foot_root", [-0.2, 0.081, -0.009]),
        ("ik_hand_root", "root", [0.0, 0, 0]),
        ("ik_hand_gun", "ik_hand_root", [-0.52, 1.156, 0.194]),
        ("ik_hand_l", "ik_hand_gun", [1.04, 0, 0]),
        ("ik_hand_r", "ik_hand_gun", [0.0, 0, 0]),
    ):
        d.add(name, parent, at)
    names = table_names("unreal", [f"spine_0{k}" for k in range(1, 6)])
    for side, s in (("Left", "l"), ("Right", "r")):
        for finger, written in (("Index", "index"), ("Middle", "middle"), ("Ring", "ring"), ("Little", "pinky")):
            names[f"{side}{finger}Palm"] = f"{written}_metacarpal_{s}"
        for limb, written in (("UpperArm", "upperarm"), ("LowerArm", "lowerarm"), ("UpperLeg", "thigh")):
            names[f"{side}{limb}Twist"] = f"{written}_twist_01_{s}"
    d.rename(names)
    d.axes("along_x")
    return d


@kind
def unreal4() -> Draft:
    d = Draft("unreal4")
    d.twists()
    d.root("root")
    names = table_names("unreal") | {"Chest": "spine_02", "UpperChest": "spine_03"}
    for side, s in (("Left", "l"), ("Right", "r")):
        for limb, written in (("UpperArm", "upperarm"), ("LowerArm", "lowerarm"), ("UpperLeg", "thigh")):
            names[f"{side}{limb}Twist"] = f"{written}_twist_01_{s}"
    d.rename(names)
    d.axes("along_x", 8)
    return d


@kind
def hair_and_bust() -> Draft:
    """VRoid: hair and bust chains."""
    d = Draft("hair_and_bust")
    d.t_pose()
    d.hair_and_bust()
    names = table_names("vroid")
    for side, s in (("Left", "L"), ("Right", "R")):
        names |= {f"{side}Bust{k}": f"J_Sec_{s}_Bust{k}" for k in (1, 2)}
        names |= {f"{side}Hair{k}": f"J_Sec_Hair{k}_{s}" for k in range(1, 7)}
    names |= {f"HairBack{k}": f"J_Sec_Hair{k}_07" for k in range(1, 6)}
    d.root("Root")
    d.rename(names)
    d.axes("identity")
    return d


@kind
def vrm1() -> Draft:
    d = Draft("vrm1")
    d.t_pose()
    d.hair_and_bust()
    names = {bone: bone[0].lower() + bone[1:] for bone in humanoid_profile.BONES}
    d.rename(names)
    d.axes("identity")
    return d


@kind
def identity_axes() -> Draft:
    d = Draft("identity_axes")
    d.t_pose()
    d.rename(table_names("mixamo"))
    d.axes("identity")
    return d


@kind
def four_spines() -> Draft:
    """Kinetix emotes (rig A), with finger ends."""
    d = Draft("four_spines")
    d.t_pose()
    d.spine(4)
    d.ends()
    d.rename(table_names("kinetix_rokoko", ["Spine1", "Spine2", "Spine3", "Spine4"]))
    d.axes("any", 6)
    return d


@kind
def five_spines_made_up() -> Draft:
    d = Draft("five_spines_made_up")
    d.spine(5)
    d.rename({name: f"k{3 * k % 101}x" for k, name in enumerate(list(d.bones))})
    d.axes("any", 9)
    return d


@kind
def one_spine() -> Draft:
    d = Draft("one_spine")
    d.spine(1)
    names = table_names("bvh_classic")
    names["spine#0"] = "Chest"
    d.drop(
        *[
            f"{side}{bone}"
            for side in ("Left", "Right")
            for chain in humanoid_profile.FINGERS.values()
            for bone in chain
        ]
    )
    d.rename(names)
    d.axes("identity")
    return d


@kind
def no_toes_no_fingers() -> Draft:
    d = Draft("no_toes_no_fingers")
    d.t_pose()
    d.drop("LeftToes", "RightToes")
    d.drop(
        *[
            f"{side}{bone}"
            for side in ("Left", "Right")
            for chain in humanoid_profile.FINGERS.values()
            for bone in chain
        ]
    )
    d.rename(table_names("mixamo"))
    d.axes("along_y", 12)
    return d


@kind
def no_names() -> Draft:
    d = Draft("no_names")
    d.rename({name: f"Bone.{k:03d}" for k, name in enumerate(list(d.bones))})
    d.axes("any", 13)
    return d


@kind
def no_names_t_pose_hair() -> Draft:
    d = Draft("no_names_t_pose_hair")
    d.t_pose()
    d.hair_and_bust()
    d.twists()
    d.ends()
    d.root("x")
    d.rename({name: f"joint{k}" for k, name in enumerate(list(d.bones))})
    d.axes("along_y", 14)
    return d


@kind
def no_names_bare() -> Draft:
    d = Draft("no_names_bare")
    d.arms_down()
    d.drop("LeftToes", "RightToes", "LeftShoulder", "RightShoulder", "Neck")
    d.drop(
        *[
            f"{side}{bone}"
            for side in ("Left", "Right")
            for chain in humanoid_profile.FINGERS.values()
            for bone in chain
        ]
    )
    d.rename({name: f"n{k}" for k, name in enumerate(list(d.bones))})
    d.axes("any", 15)
    return d


@kind
def made_up_names() -> Draft:
    """Words of another language, sides and all."""
    d = Draft("made_up_names")
    d.t_pose()
    words = {"Left": "Lewy", "Right": "Prawy"}
    parts = ["Biodra", "Kregoslup", "Klatka", "Piers", "Szyja", "Glowa", "Bark", "Ramie", "Przedramie", "Dlon"]
    parts += ["Udo", "Lydka", "Stopa", "Palce"]
    short = ("Hips", "Spine", "Chest", "UpperChest", "Neck", "Head", "Shoulder", "UpperArm", "LowerArm", "Hand")
    polish = dict(zip((*short, "UpperLeg", "LowerLeg", "Foot", "Toes"), parts, strict=True))
    names = {}
    for bone in d.bones:
        side = next((side for side in words if bone.startswith(side)), "")
        rest = bone[len(side) :]
        names[bone] = words.get(side, "") + polish.get(rest, "Palec" + rest[::-1])
    d.rename(names)
    d.axes("along_y", 16)
    return d


@kind
def rigify_metarig() -> Draft:
    """The hips bone lies behind and below the hip joints, not above them."""
    d = Draft("rigify_metarig")
    d.hips_at([0, -0.062, -0.043])
    for side, s in (("Left", "L"), ("Right", "R")):
        for k, finger in enumerate(("Index", "Middle", "Ring", "Little")):
            d.insert(f"palm.0{k + 1}.{s}", f"{side}Hand", 0.35, f"{side}{finger}Proximal")
        d.add(f"heel.02.{s}", f"{side}Foot", [-0.03, -0.08, -0.05])
        d.add(f"pelvis.{s}", "Hips", [0, 0, 0])
        d.add(f"breast.{s}", "UpperChest", [0.1 if s == "L" else -0.1, -0.02, 0.1])
    d.insert("spine.005", "Neck", 0.5, "Head")
    d.add("face", "Head", [0, 0, 0])
    for name, x in (("L", 0.03), ("R", -0.03)):
        d.add(f"eye.{name}", "face", [x, 0.1, 0.09])
        d.add(f"ear.{name}", "face", [2.5 * x, 0.09, 0.0])
    d.add("jaw", "face", [0, 0.02, 0.05])
    d.bones["eye.L"].human, d.bones["eye.R"].human, d.bones["jaw"].human = "LeftEye", "RightEye", "Jaw"
    d.rename(table_names("rigify_metarig") | {"Neck": "spine.004", "Head": "spine.006"})
    d.axes("along_y", 17)
    return d


@kind
def rigify_deform() -> Draft:
    """The deform bones of a generated rig as games get them: limbs in two in-line segments."""
    d = Draft("rigify_deform")
    d.hips_at([0, -0.062, -0.043])
    for side, s in (("Left", "L"), ("Right", "R")):
        for limb, end, name in (
            ("UpperArm", "LowerArm", "upper_arm"),
            ("LowerArm", "Hand", "forearm"),
            ("UpperLeg", "LowerLeg", "thigh"),
            ("LowerLeg", "Foot", "shin"),
        ):
            d.insert(f"DEF-{name}.{s}.001", side + limb, 0.5, side + end)
    d.insert("DEF-spine.005", "Neck", 0.5, "Head")
    d.root("root")
    d.rename(table_names("rigify_deform") | {"Neck": "DEF-spine.004", "Head": "DEF-spine.006"})
    d.axes("along_y", 18)
    return d


@kind
def godot_humanoid() -> Draft:
    d = Draft("godot_humanoid")
    d.t_pose()
    d.root("Root")
    d.bones["Root"].human = "Root"
    d.axes("any", 19)
    return d


@kind
def unity_humanoid() -> Draft:
    d = Draft("unity_humanoid")
    d.t_pose()
    d.rename(table_names("humanoid", form=1))
    d.axes("identity")
    return d


@kind
def ready_player_me() -> Draft:
    d = Draft("ready_player_me")
    d.ends()
    d.root("Armature")
    d.rename(table_names("mixamo"))
    d.axes("along_y", 20)
    return d


@kind
def daz_genesis8() -> Draft:
    d = Draft("daz_genesis8")
    d.spine(4)
    d.add("pelvis", "Hips", [0, 0.01, 0])
    for side, s in (("Left", "l"), ("Right", "r")):
        d.bones[f"{side}UpperLeg"].parent = "pelvis"
        d.insert(f"{s}ThighTwist", f"{side}UpperLeg", 0.5, f"{side}LowerLeg")
        d.insert(f"{s}ShldrTwist", f"{side}UpperArm", 0.5, f"{side}LowerArm")
        d.insert(f"{s}ForearmTwist", f"{side}LowerArm", 0.5, f"{side}Hand")
        d.insert(f"{s}Metatarsals", f"{side}Foot", 0.5, f"{side}Toes")
        for k, finger in enumerate(("Index", "Middle", "Ring", "Little")):
            d.insert(f"{s}Carpal{k + 1}", f"{side}Hand", 0.3, f"{side}{finger}Proximal")
    d.insert("neckUpper", "Neck", 0.5, "Head")
    d.rename(table_names("daz_g8", ["abdomenLower", "abdomenUpper", "chestLower", "chestUpper"]))
    d.axes("any", 21)
    return d


@kind
def daz_genesis9() -> Draft:
    d = Draft("daz_genesis9")
    d.spine(4)
    d.add("pelvis", "Hips", [0, 0.01, 0])
    for side, s in (("Left", "l"), ("Right", "r")):
        d.bones[f"{side}UpperLeg"].parent = "pelvis"
        d.add_at(
            f"{s}_thightwist1",
            f"{side}UpperLeg",
            d.bones[f"{side}UpperLeg"].at * 0.5 + d.bones[f"{side}LowerLeg"].at * 0.5,
        )
        d.insert(f"{s}_metatarsal", f"{side}Foot", 0.5, f"{side}Toes")
    d.insert("neck2", "Neck", 0.5, "Head")
    d.rename(table_names("daz_g9", ["spine1", "spine2", "spine3", "spine4"]))
    d.axes("any", 22)
    return d


@kind
def character_creator() -> Draft:
    d = Draft("character_creator")
    d.t_pose()
    d.twists()
    d.add("Pelvis", "Hips", [0, 0.01, 0])
    for side, s in (("Left", "L"), ("Right", "R")):
        d.bones[f"{side}UpperLeg"].parent = "Pelvis"
        d.add(f"{s}_Breast", "UpperChest", [0.08 if s == "L" else -0.08, 0, 0.1])
    d.insert("NeckTwist02", "Neck", 0.5, "Head")
    d.root("BoneRoot")
    d.rename(table_names("character_creator"))
    d.rename({name: "CC_Base_" + name for name in d.bones})
    d.unit = 100.0
    d.axes("any", 23)
    return d


@kind
def auto_rig_pro() -> Draft:
    d = Draft("auto_rig_pro")
    for side, s in (("Left", "l"), ("Right", "r")):
        a, b = d.bones[f"{side}UpperArm"].at, d.bones[f"{side}LowerArm"].at
        d.add_at(f"arm_twist.{s}", f"{side}Shoulder", a + 0.05 * (b - a))
    d.rename(table_names("auto_rig_pro") | {"UpperChest": "spine_03.x"})
    d.axes("along_y", 24)
    return d


@kind
def makehuman() -> Draft:
    d = Draft("makehuman")
    d.spine(5)
    for side, s in (("Left", "L"), ("Right", "R")):
        d.insert(f"pelvis.{s}", "Hips", 0.6, f"{side}UpperLeg")
        d.insert(f"upperleg02.{s}", f"{side}UpperLeg", 0.4, f"{side}LowerLeg")
        d.insert(f"lowerleg02.{s}", f"{side}LowerLeg", 0.4, f"{side}Foot")
        d.insert(f"shoulder01.{s}", f"{side}Shoulder", 0.7, f"{side}UpperArm")
        d.insert(f"upperarm02.{s}", f"{side}UpperArm", 0.5, f"{side}LowerArm")
        d.insert(f"lowerarm02.{s}", f"{side}LowerArm", 0.5, f"{side}Hand")
        for k, finger in enumerate(("Index", "Middle", "Ring", "Little")):
            d.insert(f"metacarpal{k + 1}.{s}", f"{side}Hand", 0.3, f"{side}{finger}Proximal")
    d.insert("neck02", "Neck", 0.4, "Head")
    d.rename(table_names("makehuman", ["spine05", "spine04", "spine03", "spine02", "spine01"]))
    d.axes("along_y", 25)
    return d


@kind
def cmu_bvh() -> Draft:
    d = Draft("cmu_bvh")
    d.t_pose()
    d.legs_apart(12)
    for side in ("Left", "Right"):
        d.insert(f"{side[0]}HipJoint", "Hips", 0.05, f"{side}UpperLeg")
    d.insert("Neck1", "Neck", 0.5, "Head")
    d.drop(
        *[
            f"{side}{bone}"
            for side in ("Left", "Right")
            for chain in humanoid_profile.FINGERS.values()
            for bone in chain
        ]
    )
    names = table_names("cmu")
    d.rename(names)
    d.axes("identity")
    return d


@kind
def smpl() -> Draft:
    d = Draft("smpl")
    d.t_pose()
    d.rename(_prefixed(table_names("smpl", form=0), "m_avg_"))
    d.axes("identity")
    return d


@kind
def biped() -> Draft:
    d = Draft("biped")
    d.root("Pivot")
    d.rename(table_names("biped") | {"UpperChest": "Spine2", "Neck": "Neck", "Head": "Head"})
    d.rename({name: "Bip01 " + name for name in d.bones})
    d.axes("any", 27)
    return d


@kind
def xsens() -> Draft:
    d = Draft("xsens")
    d.t_pose()
    d.drop(
        *[
            f"{side}{bone}"
            for side in ("Left", "Right")
            for chain in humanoid_profile.FINGERS.values()
            for bone in chain
        ]
    )
    d.spine(4)
    d.rename(table_names("xsens", ["L5", "L3", "T12", "T8"]))
    d.axes("identity")
    return d


@kind
def soma() -> Draft:
    d = Draft("soma")
    d.root("Root")
    d.rename(table_names("soma"))
    d.axes("any", 11)
    return d


@kind
def mmd() -> Draft:
    d = Draft("mmd")
    d.drop("UpperChest")
    names = table_names("mmd")
    d.rename({bone: name for bone, name in names.items() if bone in d.bones})
    d.axes("identity")
    return d


@kind
def kinetix_bibi() -> Draft:
    """Rig E: Rigify-like names with underscores."""
    d = Draft("kinetix_bibi")
    d.t_pose()
    for side, s in (("Left", "L"), ("Right", "R")):
        for k, finger in enumerate(("Index", "Middle", "Ring", "Little")):
            d.insert(f"palm_0{k + 1}_{s}", f"{side}Hand", 0.35, f"{side}{finger}Proximal")
        d.add(f"breast_{s}", "UpperChest", [0.1 if s == "L" else -0.1, -0.02, 0.1])
        d.add(f"heel_02_{s}", f"{side}Foot", [0, -0.08, -0.05])
    names = table_names("rigify_metarig") | {"Neck": "neck", "Head": "head"}
    d.rename({bone: name.replace(".", "_") for bone, name in names.items()})
    d.axes("any", 28)
    return d


@kind
def decentraland() -> Draft:
    d = Draft("decentraland")
    d.t_pose()
    d.rename(_prefixed(table_names("mixamo"), "Avatar_"))
    d.axes("any", 29)
    return d


@kind
def sketchfab_counters() -> Draft:
    d = Draft("sketchfab_counters")
    d.t_pose()
    d.rename(_prefixed(table_names("mixamo"), "mixamorig:"))
    d.root("_rootJoint")
    d.rename({name: f"{name}_{k:02d}" for k, name in enumerate(list(d.bones)) if name != "_rootJoint"})
    d.axes("any", 30)
    return d


@kind
def high_hips() -> Draft:
    """A child whose hips bone sits higher above its hip joints than the emote's does, as on many bought characters."""
    d = Draft("high_hips")
    d.stretch({"": 0.6, "LowerLeg": 0.56, "Foot": 0.58, "Head": 0.8})
    d.hips_at([0, 0.052, 0.005])
    d.t_pose()
    d.rename(_prefixed(table_names("mixamo"), "mixamorig:"))
    d.axes("along_y", 33)
    return d


@kind
def stocky_legs_apart() -> Draft:
    """Other proportions within the limb, wide stance, hip joints elsewhere."""
    d = Draft("stocky_legs_apart")
    d.stretch(
        {"": 0.9, "UpperLeg": 1.3, "LowerLeg": 0.75, "Foot": 0.95, "LowerArm": 1.1, "Hand": 0.85, "Shoulder": 1.2}
    )
    d.legs_apart(8)
    d.arms_down()
    d.rename(table_names("mixamo"))
    d.axes("along_y", 31)
    return d


def _hang(d: Draft, parents: dict[str, str]) -> None:
    """Hangs bones from others than before; they stay where they are."""
    for bone, parent in parents.items():
        d.bones[bone].parent = parent


def _rigify_body(d: Draft) -> None:
    """The deform bones of a generated Rigify rig that matter here, still in one tree."""
    d.hips_at([0, -0.062, -0.043])
    for side, s in (("Left", "L"), ("Right", "R")):
        for limb, end, name in (
            ("UpperArm", "LowerArm", "upper_arm"),
            ("LowerArm", "Hand", "forearm"),
            ("UpperLeg", "LowerLeg", "thigh"),
            ("LowerLeg", "Foot", "shin"),
        ):
            d.insert(f"DEF-{name}.{s}.001", side + limb, 0.5, side + end)
        d.add(f"DEF-pelvis.{s}", "Hips", [0, 0, 0])
        d.add(f"DEF-breast.{s}", "UpperChest", [0.1 if s == "L" else -0.1, 0.04, 0.12])
        d.add(f"DEF-ear.{s}", "Head", [0.08 if s == "L" else -0.08, 0.09, 0.0])
    d.insert("DEF-spine.005", "Neck", 0.5, "Head")
    d.add("DEF-jaw", "Head", [0, 0.01, 0.06])
    d.rename(table_names("rigify_deform") | {"Neck": "DEF-spine.004", "Head": "DEF-spine.006"})


_TORN = [
    *(f"{name}.{s}" for name in ("DEF-thigh", "DEF-shoulder", "DEF-upper_arm", "DEF-breast", "DEF-ear") for s in "LR"),
    *(f"DEF-pelvis.{s}" for s in "LR"),
    "DEF-jaw",
]
"""Deform bones of a generated rig whose parents are no deform bones."""


@kind
def rigify_deform_bones_only() -> Draft:
    """Return a generated rig exported with "deformation bones only": limbs and face hang from the root."""
    d = Draft("rigify_deform_bones_only")
    _rigify_body(d)
    d.root("rig")
    _hang(d, dict.fromkeys(_TORN, "rig"))
    d.axes("along_y", 34)
    return d


@kind
def rigify_with_its_controls() -> Draft:
    """A generated rig exported whole: limbs hang from a second spine, which hangs from the controls and moves by constraints only."""
    d = Draft("rigify_with_its_controls")
    _rigify_body(d)
    d.root("rig")
    d.add("root", "rig", [0, 0, 0])
    d.bones["DEF-spine"].parent = "root"
    d.add_at("torso", "rig", d.bones["DEF-spine.001"].at - 0.04 * UP)
    above = "torso"
    for name in ("spine", "spine.001", "spine.002", "spine.003", "spine.004", "spine.006"):
        d.add_at(f"ORG-{name}", above, d.bones[f"DEF-{name}"].at)
        above = f"ORG-{name}"
    d.add_at("ORG-face", "ORG-spine.006", d.bones["DEF-spine.006"].at)
    for s in "LR":
        _hang(d, {f"DEF-thigh.{s}": "ORG-spine", f"DEF-pelvis.{s}": "ORG-spine", f"DEF-ear.{s}": "ORG-face"})
        _hang(d, dict.fromkeys((f"DEF-shoulder.{s}", f"DEF-upper_arm.{s}", f"DEF-breast.{s}"), "ORG-spine.003"))
        d.add_at(f"hand_ik.{s}", "root", d.bones[f"DEF-hand.{s}"].at)
    d.bones["DEF-jaw"].parent = "ORG-face"
    d.axes("along_y", 35)
    return d


@kind
def legs_beside_the_trunk() -> Draft:
    """MikuMikuDance: the upper and the lower body hang side by side from a centre."""
    d = Draft("legs_beside_the_trunk")
    d.drop("UpperChest")
    names = table_names("mmd")
    d.rename({bone: name for bone, name in names.items() if bone in d.bones})
    d.root("全ての親")
    d.add("センター", "全ての親", [0, 0.6, 0])
    _hang(d, {names["Hips"]: "センター", names["Spine"]: "センター"})
    d.axes("identity")
    return d


@kind
def maya_five_spines() -> Draft:
    """HumanIK: names as Mixamo's, but for a spine that goes on to Spine4."""
    d = Draft("maya_five_spines")
    d.t_pose()
    d.spine(5)
    d.rename(table_names("mixamo", ["Spine", "Spine1", "Spine2", "Spine3", "Spine4"]))
    d.rename({name: "Character1_" + name for name in d.bones})
    d.axes("any", 36)
    return d


@kind
def cmu_bvh_with_fingers() -> Draft:
    """CMU's BVH files: a spine that starts at LowerBack, index fingers called as Mixamo's."""
    d = Draft("cmu_bvh_with_fingers")
    d.t_pose()
    fingers = [
        f"{side}{bone}" for side in ("Left", "Right") for chain in humanoid_profile.FINGERS.values() for bone in chain
    ]
    d.drop(*[bone for bone in fingers if not bone.endswith("IndexProximal")])
    for side in ("Left", "Right"):
        d.insert(f"{side[0]}HipJoint", "Hips", 0.05, f"{side}UpperLeg")
        d.insert(f"{side}FingerBase", f"{side}Hand", 0.02, f"{side}IndexProximal")
        d.add(f"{side[0]}Thumb", f"{side}Hand", [0.02, -0.02, 0.03])
    d.insert("Neck1", "Neck", 0.5, "Head")
    d.rename(table_names("cmu") | {f"{side}IndexProximal": f"{side}HandIndex1" for side in ("Left", "Right")})
    d.axes("identity")
    return d


@kind
def toes_placed_outward() -> Draft:
    """Toe joints 1 cm farther out in the same feet: joints are placed by eye."""
    d = Draft("toes_placed_outward")
    for side, x in (("Left", 0.01), ("Right", -0.01)):
        d.bones[side + "Toes"].at = d.bones[side + "Toes"].at + x * np.array([1.0, 0, 0])
    d.rename(table_names("mixamo"))
    d.axes("along_y", 37)
    return d


@kind
def poser() -> Draft:
    """Poser and Daz Genesis 2: a second abdomen between the abdomen and the chest."""
    d = Draft("poser")
    d.t_pose()
    names = {
        "Hips": "hip",
        "Spine": "abdomen",
        "Chest": "abdomen2",
        "UpperChest": "chest",
        "Neck": "neck",
        "Head": "head",
    }
    limbs = {"Shoulder": "Collar", "UpperArm": "Shldr", "LowerArm": "ForeArm", "Hand": "Hand"}
    limbs |= {"UpperLeg": "Thigh", "LowerLeg": "Shin", "Foot": "Foot", "Toes": "Toe"}
    for side, s in (("Left", "l"), ("Right", "r")):
        names |= {side + bone: s + written for bone, written in limbs.items()}
        for finger, chain in humanoid_profile.FINGERS.items():
            short = {"Middle": "Mid", "Little": "Pinky"}.get(finger, finger)
            names |= {side + bone: f"{s}{short}{k}" for k, bone in enumerate(chain, 1)}
    d.rename(names)
    d.axes("any", 38)
    return d


@kind
def fingers_from_zero() -> Draft:
    """Names of a known family, but for fingers that are counted from nought."""
    d = Draft("fingers_from_zero")
    d.arms_down()
    names = table_names("biped")
    for side, s in (("Left", "L"), ("Right", "R")):
        for finger, chain in humanoid_profile.FINGERS.items():
            short = {"Middle": "Mid", "Little": "Pinky"}.get(finger, finger)
            names |= {side + bone: f"{s}_{short}{k}" for k, bone in enumerate(chain)}
        limbs = {"Shoulder": "Clavicle", "UpperArm": "UpperArm", "LowerArm": "Forearm", "Hand": "Hand"}
        limbs |= {"UpperLeg": "Thigh", "LowerLeg": "Calf", "Foot": "Foot", "Toes": "Toe"}
        names |= {side + bone: f"{s}_{written}" for bone, written in limbs.items()}
    names |= {"Hips": "Pelvis", "Spine": "Spine0", "Chest": "Spine1", "UpperChest": "Spine2"}
    d.rename({bone: f"b__{name}__" for bone, name in names.items() if bone in d.bones})
    d.axes("along_y", 39)
    return d


@kind
def short_thighs() -> Draft:
    """Thigh and shin in another proportion, 0.85 of the mannequin's: as far as plain retargeting holds every measure."""
    d = Draft("short_thighs")
    d.stretch({"LowerLeg": 0.85**0.5, "Foot": 0.85**-0.5})
    d.rename(table_names("mixamo"))
    d.axes("along_y", 40)
    return d


@kind
def long_thighs() -> Draft:
    d = Draft("long_thighs")
    d.stretch({"LowerLeg": 1.15**0.5, "Foot": 1.15**-0.5})
    d.rename(table_names("mixamo"))
    d.axes("along_y", 41)
    return d


@kind
def second_life() -> Draft:
    """Avatars of Second Life: a spine with pairs of bones that lead up and back, wings and hind limbs nobody uses."""
    d = Draft("second_life")
    d.t_pose()
    d.spine(2)
    names = {"Hips": "mPelvis", "spine#0": "mTorso", "spine#1": "mChest", "Neck": "mNeck", "Head": "mHead"}
    limbs = {"Shoulder": "Collar", "UpperArm": "Shoulder", "LowerArm": "Elbow", "Hand": "Wrist"}
    limbs |= {"UpperLeg": "Hip", "LowerLeg": "Knee", "Foot": "Ankle", "Toes": "Foot"}
    for side, x in (("Left", 1.0), ("Right", -1.0)):
        names |= {side + bone: f"m{written}{side}" for bone, written in limbs.items()}
        for finger, chain in humanoid_profile.FINGERS.items():
            short = {"Little": "Pinky"}.get(finger, finger)
            names |= {side + bone: f"mHand{short}{k}{side}" for k, bone in enumerate(chain, 1)}
        d.add(f"mHindLimb1{side}", "Hips", [0.1 * x, 0, -0.15])
        d.add(f"mHindLimb2{side}", f"mHindLimb1{side}", [0, -0.2, -0.1])
        d.add(f"mWing1{side}", "spine#1", [0.1 * x, 0.1, -0.15])
        d.add(f"mWing2{side}", f"mWing1{side}", [0.2 * x, 0.06, -0.05])
    for k, (below, above) in enumerate((("Hips", "spine#0"), ("spine#0", "spine#1"))):
        up, back = f"mSpine{2 * k + 1}", f"mSpine{2 * k + 2}"
        d.add_at(up, below, d.bones[above].at)
        d.add_at(back, up, d.bones[below].at)
        d.bones[above].parent = back
    d.rename(names)
    d.axes("identity")
    return d
