"""Bone names of common programs and services, written down from their files, not from our tables.

Each naming is drawn on the mannequin's skeleton with what such rigs have besides a body: `rig(naming, variant)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kinetix_core.motion.mapping import humanoid_profile
from tests.motion.draft import Draft, Rig

_LIMBS = ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")


@dataclass(frozen=True)
class Naming:
    """
    Attributes:
        root: what stands on the floor above the hips; "" where such rigs have none.
        spine: from the hips upwards, as many as such a rig may have; `usual` of them it usually has.
        limbs: pattern of each of `_LIMBS`, "" for one that such rigs lack; `{s}` is the side.
        finger: pattern with `{f}` and `{n}`; "" where there are none.
        fingers: words for thumb to little finger.
        pelvis: whether the legs hang from a bone of their own below the hips, by this name.
    """

    root: str
    hips: str
    spine: tuple[str, ...]
    usual: int
    neck: str
    head: str
    limbs: tuple[str, ...]
    sides: tuple[str, str]
    finger: str = ""
    fingers: tuple[str, ...] = ("Thumb", "Index", "Middle", "Ring", "Pinky")
    first: int = 1
    pelvis: str = ""


_ENGLISH = ("thumb", "index", "middle", "ring", "pinky")
_HUMAN_IK = tuple("{s}" + name for name in ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase"))
_UNITY = tuple(
    "{s}" + name for name in ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")
)
_BLENDER = tuple(f"{name}.{{s}}" for name in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe"))
_COUNTED = ("spine_01", "spine_02", "spine_03", "spine_04", "spine_05")

NAMINGS: dict[str, Naming] = {
    "blender": Naming(
        "root",
        "hips",
        ("spine", "chest"),
        2,
        "neck",
        "head",
        ("clavicle.{s}", *_BLENDER),
        ("L", "R"),
        "f_{f}.0{n}.{s}",
        _ENGLISH,
    ),
    "blender counting": Naming(
        "root",
        "hips",
        ("spine", "spine.001", "chest"),
        3,
        "neck",
        "head",
        ("shoulder.{s}", *_BLENDER),
        ("L", "R"),
    ),
    "rigify before 2.8": Naming(
        "root",
        "hips",
        ("spine", "chest"),
        2,
        "neck",
        "head",
        ("shoulder.{s}", *_BLENDER),
        ("L", "R"),
        "finger_{f}.0{n}.{s}",
        _ENGLISH,
    ),
    "rigify metarig": Naming(
        "",
        "spine",
        ("spine.001", "spine.002", "spine.003"),
        3,
        "spine.004",
        "spine.006",
        ("shoulder.{s}", *_BLENDER),
        ("L", "R"),
        "f_{f}.0{n}.{s}",
        _ENGLISH,
    ),
    "rigify for a game": Naming(
        "root",
        "DEF-spine",
        ("DEF-spine.001", "DEF-spine.002", "DEF-spine.003"),
        3,
        "DEF-spine.004",
        "DEF-spine.006",
        tuple(f"DEF-{name}" for name in ("shoulder.{s}", *_BLENDER)),
        ("L", "R"),
        "DEF-f_{f}.0{n}.{s}",
        _ENGLISH,
    ),
    "mixamo": Naming(
        "Armature",
        "mixamorig:Hips",
        tuple(f"mixamorig:{one}" for one in ("Spine", "Spine1", "Spine2", "Spine3", "Spine4")),
        3,
        "mixamorig:Neck",
        "mixamorig:Head",
        tuple(f"mixamorig:{one}" for one in _HUMAN_IK),
        ("Left", "Right"),
        "mixamorig:{s}Hand{f}{n}",
    ),
    "maya human ik": Naming(
        "Reference",
        "Hips",
        ("Spine", "Spine1", "Spine2", "Spine3", "Spine4"),
        3,
        "Neck",
        "Head",
        _HUMAN_IK,
        ("Left", "Right"),
        "{s}Hand{f}{n}",
    ),
    "maya character1": Naming(
        "Character1_Reference",
        "Character1_Hips",
        tuple(f"Character1_{one}" for one in ("Spine", "Spine1", "Spine2", "Spine3", "Spine4")),
        2,
        "Character1_Neck",
        "Character1_Head",
        tuple(f"Character1_{one}" for one in _HUMAN_IK),
        ("Left", "Right"),
        "Character1_{s}Hand{f}{n}",
    ),
    "unreal": Naming(
        "root",
        "pelvis",
        _COUNTED,
        3,
        "neck_01",
        "head",
        tuple(
            f"{name}_{{s}}" for name in ("clavicle", "upperarm", "lowerarm", "hand", "thigh", "calf", "foot", "ball")
        ),
        ("l", "r"),
        "{f}_0{n}_{s}",
        _ENGLISH,
    ),
    "unity": Naming(
        "Root",
        "Hips",
        ("Spine", "Chest", "UpperChest"),
        3,
        "Neck",
        "Head",
        _UNITY,
        ("Left", "Right"),
        "{s}{f}{n}",
        ("Thumb", "Index", "Middle", "Ring", "Little"),
    ),
    "unity with sides behind": Naming(
        "Armature",
        "Hips",
        ("Spine", "Chest", "UpperChest"),
        2,
        "Neck",
        "Head",
        (
            "Shoulder.{s}",
            "Upper arm.{s}",
            "Lower arm.{s}",
            "Hand.{s}",
            "Upper leg.{s}",
            "Lower leg.{s}",
            "Foot.{s}",
            "Toe.{s}",
        ),
        ("L", "R"),
    ),
    "vroid": Naming(
        "Root",
        "J_Bip_C_Hips",
        ("J_Bip_C_Spine", "J_Bip_C_Chest", "J_Bip_C_UpperChest"),
        3,
        "J_Bip_C_Neck",
        "J_Bip_C_Head",
        tuple(
            f"J_Bip_{{s}}_{one}"
            for one in ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "ToeBase")
        ),
        ("L", "R"),
        "J_Bip_{s}_{f}{n}",
        ("Thumb", "Index", "Middle", "Ring", "Little"),
    ),
    "vrm": Naming(
        "",
        "hips",
        ("spine", "chest", "upperChest"),
        3,
        "neck",
        "head",
        tuple(
            "{s}" + one for one in ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")
        ),
        ("left", "right"),
    ),
    "daz genesis 8": Naming(
        "Genesis8Female",
        "hip",
        ("abdomenLower", "abdomenUpper", "chestLower", "chestUpper"),
        4,
        "neckLower",
        "head",
        ("{s}Collar", "{s}ShldrBend", "{s}ForearmBend", "{s}Hand", "{s}ThighBend", "{s}Shin", "{s}Foot", "{s}Toe"),
        ("l", "r"),
        "{s}{f}{n}",
        ("Thumb", "Index", "Mid", "Ring", "Pinky"),
        pelvis="pelvis",
    ),
    "daz genesis 9": Naming(
        "Genesis9",
        "hip",
        ("spine1", "spine2", "spine3", "spine4"),
        4,
        "neck1",
        "head",
        (
            "{s}_shoulder",
            "{s}_upperarm",
            "{s}_forearm",
            "{s}_hand",
            "{s}_thigh",
            "{s}_shin",
            "{s}_foot",
            "{s}_toes",
        ),
        ("l", "r"),
        "{s}_{f}{n}",
        ("thumb", "index", "mid", "ring", "pinky"),
        pelvis="pelvis",
    ),
    "makehuman": Naming(
        "",
        "root",
        ("spine05", "spine04", "spine03", "spine02", "spine01"),
        5,
        "neck01",
        "head",
        (
            "clavicle.{s}",
            "upperarm01.{s}",
            "lowerarm01.{s}",
            "wrist.{s}",
            "upperleg01.{s}",
            "lowerleg01.{s}",
            "foot.{s}",
            "toe1-1.{s}",
        ),
        ("L", "R"),
    ),
    "makehuman for games": Naming(
        "Root",
        "pelvis",
        _COUNTED,
        3,
        "neck_01",
        "head",
        tuple(
            f"{name}_{{s}}" for name in ("clavicle", "upperarm", "lowerarm", "hand", "thigh", "calf", "foot", "ball")
        ),
        ("l", "r"),
    ),
    "character creator": Naming(
        "CC_Base_BoneRoot",
        "CC_Base_Hip",
        ("CC_Base_Waist", "CC_Base_Spine01", "CC_Base_Spine02"),
        3,
        "CC_Base_NeckTwist01",
        "CC_Base_Head",
        tuple(
            f"CC_Base_{{s}}_{one}"
            for one in ("Clavicle", "Upperarm", "Forearm", "Hand", "Thigh", "Calf", "Foot", "ToeBase")
        ),
        ("L", "R"),
        "CC_Base_{s}_{f}{n}",
        ("Thumb", "Index", "Mid", "Ring", "Pinky"),
        pelvis="CC_Base_Pelvis",
    ),
    "auto-rig pro": Naming(
        "root",
        "root.x",
        tuple(f"{one}.x" for one in _COUNTED),
        3,
        "neck.x",
        "head.x",
        (
            "shoulder.{s}",
            "arm_stretch.{s}",
            "forearm_stretch.{s}",
            "hand.{s}",
            "thigh_stretch.{s}",
            "leg_stretch.{s}",
            "foot.{s}",
            "toes_01.{s}",
        ),
        ("l", "r"),
        "{f}{n}.{s}",
        _ENGLISH,
    ),
    "3ds max biped": Naming(
        "Bip001",
        "Bip001 Pelvis",
        tuple(f"Bip001 {one}" for one in ("Spine", "Spine1", "Spine2", "Spine3", "Spine4")),
        2,
        "Bip001 Neck",
        "Bip001 Head",
        tuple(
            f"Bip001 {{s}} {one}"
            for one in ("Clavicle", "UpperArm", "Forearm", "Hand", "Thigh", "Calf", "Foot", "Toe0")
        ),
        ("L", "R"),
    ),
    "source": Naming(
        "",
        "ValveBiped.Bip01_Pelvis",
        tuple(f"ValveBiped.Bip01_{one}" for one in ("Spine", "Spine1", "Spine2", "Spine4")),
        4,
        "ValveBiped.Bip01_Neck1",
        "ValveBiped.Bip01_Head1",
        tuple(
            f"ValveBiped.Bip01_{{s}}_{one}"
            for one in ("Clavicle", "UpperArm", "Forearm", "Hand", "Thigh", "Calf", "Foot", "Toe0")
        ),
        ("L", "R"),
    ),
    "roblox r15": Naming(
        "HumanoidRootPart",
        "LowerTorso",
        ("UpperTorso",),
        1,
        "",
        "Head",
        ("", *("{s}" + one for one in ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot")), ""),
        ("Left", "Right"),
    ),
    "second life": Naming(
        "",
        "mPelvis",
        ("mTorso", "mChest"),
        2,
        "mNeck",
        "mHead",
        tuple(f"m{one}{{s}}" for one in ("Collar", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Foot")),
        ("Left", "Right"),
        "mHand{f}{n}{s}",
    ),
    "mikumikudance in english": Naming(
        "center",
        "lower body",
        ("upper body", "upper body 2"),
        2,
        "neck",
        "head",
        tuple(f"{one}_{{s}}" for one in ("shoulder", "arm", "elbow", "wrist", "leg", "knee", "ankle", "toe")),
        ("L", "R"),
    ),
    "mikumikudance": Naming(
        "センター",
        "下半身",
        ("上半身", "上半身2", "上半身3"),
        2,
        "首",
        "頭",
        ("{s}肩", "{s}腕", "{s}ひじ", "{s}手首", "{s}足", "{s}ひざ", "{s}足首", "{s}つま先"),
        ("左", "右"),
    ),
}


def _twists(draft: Draft) -> None:
    draft.twists()


def _in_line(draft: Draft) -> None:
    """Limbs in two segments."""
    for side in ("Left", "Right"):
        for upper, lower in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("UpperLeg", "LowerLeg")):
            draft.insert(f"{side}{upper}_twist", side + upper, 0.5, side + lower)


def _helpers(draft: Draft) -> None:
    """IK targets and poles beside the body, ends, hair, and what hangs at a belt."""
    draft.ends()
    draft.hair_and_bust()
    for side, x in (("Left", 1.0), ("Right", -1.0)):
        draft.add(f"ik_foot_{side}", _top(draft), [0.1 * x, 0.08, 0])
        draft.add(f"ik_hand_{side}", _top(draft), [0.6 * x, 1.0, 0])
        draft.add(f"pole_knee_{side}", _top(draft), [0.1 * x, 0.5, 0.6])


def _hidden(draft: Draft) -> None:
    """The mechanism of a rig: a second body at the same places, hanging from the top."""
    body = [bone for bone in draft.bones.values() if bone.human in humanoid_profile.MAIN]
    for bone in body:
        draft.add_at(f"MCH-{bone.human}", _top(draft), bone.at)


def _top(draft: Draft) -> str:
    return next(bone.name for bone in draft.bones.values() if not bone.parent)


VARIANTS: dict[str, Callable[[Draft], None]] = {
    "plain": lambda draft: None,
    "twist bones": _twists,
    "limbs in two segments": _in_line,
    "helpers": _helpers,
    "a hidden mechanism": _hidden,
    "more spine bones": lambda draft: None,
    "hands without fingers": lambda draft: None,
}


def rig(naming: str, variant: str, *, root: bool) -> Rig:
    """A rig of this naming; the same for the same words."""
    named = NAMINGS[naming]
    draft = Draft(f"{naming}, {variant}")
    draft.t_pose() if len(naming) % 2 else None
    fingers = bool(named.finger) and variant != "hands without fingers"
    if not fingers:
        draft.drop(
            *(s + bone for s in ("Left", "Right") for chain in humanoid_profile.FINGERS.values() for bone in chain)
        )
    count = min(len(named.spine), named.usual + 2) if variant == "more spine bones" else named.usual
    draft.spine(count)
    names = {"Hips": named.hips, "Head": named.head, **{f"spine#{k}": named.spine[k] for k in range(count)}}
    if named.neck:
        names["Neck"] = named.neck
    else:
        draft.drop("Neck")
    for side, word in zip(("Left", "Right"), named.sides, strict=True):
        for bone, pattern in zip(_LIMBS, named.limbs, strict=True):
            if pattern:
                names[side + bone] = pattern.format(s=word)
            else:
                draft.drop(side + bone)
        for word_of_finger, chain in zip(named.fingers, humanoid_profile.FINGERS.values(), strict=True):
            for n, bone in enumerate(chain, named.first):
                if fingers:
                    names[side + bone] = named.finger.format(s=word, f=word_of_finger, n=n)
    if named.pelvis:
        draft.add(named.pelvis, "Hips", [0, -0.02, 0])
        for side in ("Left", "Right"):
            draft.bones[side + "UpperLeg"].parent = named.pelvis
    VARIANTS[variant](draft)
    if root and named.root:
        draft.root(named.root)
    draft.rename(names)
    draft.axes("along_y" if len(naming) % 3 else "any", len(naming))
    return draft.build()
