"""Rigs as programs and services write them."""

from __future__ import annotations

from kinetix_core.motion.mapping import humanoid_profile
from tests.motion import namings
from tests.motion.draft import UP, Draft
from tests.motion.rig_kinds import edited, family, hang, kind, table_names

T = Draft.t_pose
edited("unity_humanoid", "identity", 0, T, family("humanoid", form=1))
edited("ready_player_me", "along_y", 20, Draft.ends, lambda d: d.root("Armature"), family("mixamo"))
edited("smpl", "identity", 0, T, family("smpl", "m_avg_"))
_XSENS = family("xsens", spine=["L5", "L3", "T12", "T8"])
edited("xsens", "identity", 0, T, Draft.drop_fingers, lambda d: d.spine(4), _XSENS)
edited("soma", "any", 11, lambda d: d.root("Root"), family("soma"))
edited("mmd", "identity", 0, lambda d: d.drop("UpperChest"), family("mmd"))
edited("decentraland", "any", 29, T, family("mixamo", "Avatar_"))
# HumanIK: names as Mixamo's, but for a spine that goes on to Spine4.
_MAYA = family("mixamo", "Character1_", ["Spine", "Spine1", "Spine2", "Spine3", "Spine4"])
edited("maya_five_spines", "any", 36, T, lambda d: d.spine(5), _MAYA)
# Poser and Daz Genesis 2: a second abdomen between the abdomen and the chest.
edited("poser", "any", 38, T, lambda d: d.spine(3), namings.named("poser"))

_UNREAL_TWISTS = {
    f"{side}{limb}Twist": f"{written}_twist_01_{side[0].lower()}"
    for side in ("Left", "Right")
    for limb, written in (("UpperArm", "upperarm"), ("LowerArm", "lowerarm"), ("UpperLeg", "thigh"))
}
_RIGIFY_NAMES = table_names("rigify_deform") | {"Neck": "DEF-spine.004", "Head": "DEF-spine.006"}


def _rigify_limbs(d: Draft) -> None:
    """Limbs in two in-line segments, and the hips bone behind and below the hip joints."""
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


@kind
def unreal5(d: Draft) -> None:
    """A-pose, five spines, twist and IK bones, palm bones."""
    d.spine(5)
    d.twists()
    d.palms("{f}_metacarpal_{s}", 0.4, "lr")
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
    d.rename(names | _UNREAL_TWISTS)
    d.axes("along_x")


@kind
def unreal4(d: Draft) -> None:
    d.twists()
    d.root("root")
    d.rename(table_names("unreal") | {"Chest": "spine_02", "UpperChest": "spine_03"} | _UNREAL_TWISTS)
    d.axes("along_x", 8)


@kind
def vrm1(d: Draft) -> None:
    d.t_pose()
    d.hair_and_bust()
    d.rename({bone: bone[0].lower() + bone[1:] for bone in humanoid_profile.BONES})
    d.axes("identity")


@kind
def rigify_metarig(d: Draft) -> None:
    """The hips bone lies behind and below the hip joints, not above them."""
    d.hips_at([0, -0.062, -0.043])
    d.palms("palm.0{n}.{s}", 0.35)
    for side, s in (("Left", "L"), ("Right", "R")):
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


@kind
def rigify_deform(d: Draft) -> None:
    """The deform bones of a generated rig as games get them: limbs in two in-line segments."""
    _rigify_limbs(d)
    d.root("root")
    d.rename(_RIGIFY_NAMES)
    d.axes("along_y", 18)


@kind
def godot_humanoid(d: Draft) -> None:
    d.t_pose()
    d.root("Root")
    d.bones["Root"].human = "Root"
    d.axes("any", 19)


@kind
def daz_genesis8(d: Draft) -> None:
    d.spine(4)
    d.add("pelvis", "Hips", [0, 0.01, 0])
    for side, s in (("Left", "l"), ("Right", "r")):
        d.bones[f"{side}UpperLeg"].parent = "pelvis"
        d.insert(f"{s}ThighTwist", f"{side}UpperLeg", 0.5, f"{side}LowerLeg")
        d.insert(f"{s}ShldrTwist", f"{side}UpperArm", 0.5, f"{side}LowerArm")
        d.insert(f"{s}ForearmTwist", f"{side}LowerArm", 0.5, f"{side}Hand")
        d.insert(f"{s}Metatarsals", f"{side}Foot", 0.5, f"{side}Toes")
    d.palms("{s}Carpal{n}", 0.3, "lr")
    d.insert("neckUpper", "Neck", 0.5, "Head")
    d.rename(table_names("daz_g8", ["abdomenLower", "abdomenUpper", "chestLower", "chestUpper"]))
    d.axes("any", 21)


@kind
def daz_genesis9(d: Draft) -> None:
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


@kind
def character_creator(d: Draft) -> None:
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


@kind
def auto_rig_pro(d: Draft) -> None:
    for side, s in (("Left", "l"), ("Right", "r")):
        a, b = d.bones[f"{side}UpperArm"].at, d.bones[f"{side}LowerArm"].at
        d.add_at(f"arm_twist.{s}", f"{side}Shoulder", a + 0.05 * (b - a))
    d.rename(table_names("auto_rig_pro") | {"UpperChest": "spine_03.x"})
    d.axes("along_y", 24)


@kind
def makehuman(d: Draft) -> None:
    d.spine(5)
    for side, s in (("Left", "L"), ("Right", "R")):
        d.insert(f"pelvis.{s}", "Hips", 0.6, f"{side}UpperLeg")
        d.insert(f"upperleg02.{s}", f"{side}UpperLeg", 0.4, f"{side}LowerLeg")
        d.insert(f"lowerleg02.{s}", f"{side}LowerLeg", 0.4, f"{side}Foot")
        d.insert(f"shoulder01.{s}", f"{side}Shoulder", 0.7, f"{side}UpperArm")
        d.insert(f"upperarm02.{s}", f"{side}UpperArm", 0.5, f"{side}LowerArm")
        d.insert(f"lowerarm02.{s}", f"{side}LowerArm", 0.5, f"{side}Hand")
    d.palms("metacarpal{n}.{s}", 0.3)
    d.insert("neck02", "Neck", 0.4, "Head")
    d.rename(table_names("makehuman", ["spine05", "spine04", "spine03", "spine02", "spine01"]))
    d.axes("along_y", 25)


@kind
def cmu_bvh(d: Draft) -> None:
    d.t_pose()
    d.legs_apart(12)
    for side in ("Left", "Right"):
        d.insert(f"{side[0]}HipJoint", "Hips", 0.05, f"{side}UpperLeg")
    d.insert("Neck1", "Neck", 0.5, "Head")
    d.drop_fingers()
    d.rename(table_names("cmu"))
    d.axes("identity")


@kind
def biped(d: Draft) -> None:
    d.root("Pivot")
    d.rename(table_names("biped") | {"UpperChest": "Spine2", "Neck": "Neck", "Head": "Head"})
    d.rename({name: "Bip01 " + name for name in d.bones})
    d.axes("any", 27)


@kind
def kinetix_bibi(d: Draft) -> None:
    """Rig E: Rigify-like names with underscores."""
    d.t_pose()
    d.palms("palm_0{n}_{s}", 0.35)
    for side, s in (("Left", "L"), ("Right", "R")):
        d.add(f"breast_{s}", "UpperChest", [0.1 if s == "L" else -0.1, -0.02, 0.1])
        d.add(f"heel_02_{s}", f"{side}Foot", [0, -0.08, -0.05])
    names = table_names("rigify_metarig") | {"Neck": "neck", "Head": "head"}
    d.rename({bone: name.replace(".", "_") for bone, name in names.items()})
    d.axes("any", 28)


def _rigify_body(d: Draft) -> None:
    """The deform bones of a generated Rigify rig that matter here, still in one tree."""
    _rigify_limbs(d)
    for s in "LR":
        d.add(f"DEF-pelvis.{s}", "Hips", [0, 0, 0])
        d.add(f"DEF-breast.{s}", "UpperChest", [0.1 if s == "L" else -0.1, 0.04, 0.12])
        d.add(f"DEF-ear.{s}", "Head", [0.08 if s == "L" else -0.08, 0.09, 0.0])
    d.add("DEF-jaw", "Head", [0, 0.01, 0.06])
    d.rename(_RIGIFY_NAMES)


_TORN = [
    *(f"{name}.{s}" for name in ("DEF-thigh", "DEF-shoulder", "DEF-upper_arm", "DEF-breast", "DEF-ear") for s in "LR"),
    *(f"DEF-pelvis.{s}" for s in "LR"),
    "DEF-jaw",
]
"""Deform bones of a generated rig whose parents are no deform bones."""


@kind
def rigify_deform_bones_only(d: Draft) -> None:
    """Return a generated rig exported with "deformation bones only": limbs and face hang from the root."""
    _rigify_body(d)
    d.root("rig")
    hang(d, dict.fromkeys(_TORN, "rig"))
    d.axes("along_y", 34)


@kind
def rigify_with_its_controls(d: Draft) -> None:
    """A generated rig exported whole: limbs hang from a second spine, which hangs from the controls and moves by constraints only."""
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
        hang(d, {f"DEF-thigh.{s}": "ORG-spine", f"DEF-pelvis.{s}": "ORG-spine", f"DEF-ear.{s}": "ORG-face"})
        hang(d, dict.fromkeys((f"DEF-shoulder.{s}", f"DEF-upper_arm.{s}", f"DEF-breast.{s}"), "ORG-spine.003"))
        d.add_at(f"hand_ik.{s}", "root", d.bones[f"DEF-hand.{s}"].at)
    d.bones["DEF-jaw"].parent = "ORG-face"
    d.axes("along_y", 35)


@kind
def cmu_bvh_with_fingers(d: Draft) -> None:
    """CMU's BVH files: a spine that starts at LowerBack, index fingers called as Mixamo's."""
    d.t_pose()
    d.drop_fingers(but="IndexProximal")
    for side in ("Left", "Right"):
        d.insert(f"{side[0]}HipJoint", "Hips", 0.05, f"{side}UpperLeg")
        d.insert(f"{side}FingerBase", f"{side}Hand", 0.02, f"{side}IndexProximal")
        d.add(f"{side[0]}Thumb", f"{side}Hand", [0.02, -0.02, 0.03])
    d.insert("Neck1", "Neck", 0.5, "Head")
    d.rename(table_names("cmu") | {f"{side}IndexProximal": f"{side}HandIndex1" for side in ("Left", "Right")})
    d.axes("identity")


@kind
def second_life(d: Draft) -> None:
    """Avatars of Second Life: a spine with pairs of bones that lead up and back, wings and hind limbs nobody uses."""
    d.t_pose()
    d.spine(2)
    for side, x in (("Left", 1.0), ("Right", -1.0)):
        d.add(f"mHindLimb1{side}", "Hips", [0.1 * x, 0, -0.15])
        d.add(f"mHindLimb2{side}", f"mHindLimb1{side}", [0, -0.2, -0.1])
        d.add(f"mWing1{side}", "spine#1", [0.1 * x, 0.1, -0.15])
        d.add(f"mWing2{side}", f"mWing1{side}", [0.2 * x, 0.06, -0.05])
    for k, (below, above) in enumerate((("Hips", "spine#0"), ("spine#0", "spine#1"))):
        up, back = f"mSpine{2 * k + 1}", f"mSpine{2 * k + 2}"
        d.add_at(up, below, d.bones[above].at)
        d.add_at(back, up, d.bones[below].at)
        d.bones[above].parent = back
    namings.named("second life")(d)
    d.axes("identity")
