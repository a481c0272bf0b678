"""Rigs of every kind that users bring: those of programs, and odd ones."""

from __future__ import annotations

import numpy as np

from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from tests.motion import program_rigs
from tests.motion.draft import Draft
from tests.motion.rig_kinds import KINDS, build, hang, kind, prefixed, table_names

__all__ = ["KINDS", "build", "program_rigs", "table_names"]


@kind
def mixamo_t_pose(d: Draft) -> None:
    d.t_pose()
    d.ends()
    d.rename(prefixed(table_names("mixamo"), "mixamorig:"))
    d.axes("along_y")


@kind
def mixamo_numbered_prefix(d: Draft) -> None:
    d.t_pose()
    d.rename(prefixed(table_names("mixamo"), "mixamorig12:"))
    d.axes("any")


@kind
def child(d: Draft) -> None:
    d.stretch({"": 0.6, "LowerLeg": 0.5, "Foot": 0.5, "Toes": 0.55, "LowerArm": 0.52, "Hand": 0.5, "Head": 0.9})
    d.t_pose()
    d.rename(prefixed(table_names("mixamo"), "mixamorig:"))
    d.axes("along_y", 1)


@kind
def centimetres(d: Draft) -> None:
    d.t_pose()
    d.unit = 100.0
    d.rename(table_names("mixamo"))
    d.axes("along_y", 2)


@kind
def rotated_object(d: Draft) -> None:
    d.t_pose()
    d.frame = quat.from_axis_angle([0.0, 1, 0], np.radians(130))
    d.rename(table_names("mixamo"))
    d.axes("any", 3)


@kind
def lying_z_up(d: Draft) -> None:
    d.t_pose()
    d.frame = quat.from_axis_angle([1.0, 0, 0], np.radians(90))
    d.rename(table_names("mixamo"))
    d.axes("any", 4)


@kind
def hair_and_bust(d: Draft) -> None:
    """VRoid: hair and bust chains."""
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


@kind
def identity_axes(d: Draft) -> None:
    d.t_pose()
    d.rename(table_names("mixamo"))
    d.axes("identity")


@kind
def four_spines(d: Draft) -> None:
    """Kinetix emotes (rig A), with finger ends."""
    d.t_pose()
    d.spine(4)
    d.ends()
    d.rename(table_names("kinetix_rokoko", ["Spine1", "Spine2", "Spine3", "Spine4"]))
    d.axes("any", 6)


@kind
def five_spines_made_up(d: Draft) -> None:
    d.spine(5)
    d.rename({name: f"k{3 * k % 101}x" for k, name in enumerate(list(d.bones))})
    d.axes("any", 9)


@kind
def one_spine(d: Draft) -> None:
    d.spine(1)
    names = table_names("bvh_classic")
    names["spine#0"] = "Chest"
    d.drop_fingers()
    d.rename(names)
    d.axes("identity")


@kind
def no_toes_no_fingers(d: Draft) -> None:
    d.t_pose()
    d.drop("LeftToes", "RightToes")
    d.drop_fingers()
    d.rename(table_names("mixamo"))
    d.axes("along_y", 12)


@kind
def no_names(d: Draft) -> None:
    d.rename({name: f"Bone.{k:03d}" for k, name in enumerate(list(d.bones))})
    d.axes("any", 13)


@kind
def no_names_t_pose_hair(d: Draft) -> None:
    d.t_pose()
    d.hair_and_bust()
    d.twists()
    d.ends()
    d.root("x")
    d.rename({name: f"joint{k}" for k, name in enumerate(list(d.bones))})
    d.axes("along_y", 14)


@kind
def no_names_bare(d: Draft) -> None:
    d.arms_down()
    d.drop("LeftToes", "RightToes", "LeftShoulder", "RightShoulder", "Neck")
    d.drop_fingers()
    d.rename({name: f"n{k}" for k, name in enumerate(list(d.bones))})
    d.axes("any", 15)


@kind
def made_up_names(d: Draft) -> None:
    """Words of another language, sides and all."""
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


@kind
def sketchfab_counters(d: Draft) -> None:
    d.t_pose()
    d.rename(prefixed(table_names("mixamo"), "mixamorig:"))
    d.root("_rootJoint")
    d.rename({name: f"{name}_{k:02d}" for k, name in enumerate(list(d.bones)) if name != "_rootJoint"})
    d.axes("any", 30)


@kind
def high_hips(d: Draft) -> None:
    """A child whose hips bone sits higher above its hip joints than the emote's does, as on many bought characters."""
    d.stretch({"": 0.6, "LowerLeg": 0.56, "Foot": 0.58, "Head": 0.8})
    d.hips_at([0, 0.052, 0.005])
    d.t_pose()
    d.rename(prefixed(table_names("mixamo"), "mixamorig:"))
    d.axes("along_y", 33)


@kind
def stocky_legs_apart(d: Draft) -> None:
    """Other proportions within the limb, wide stance, hip joints elsewhere."""
    d.stretch(
        {"": 0.9, "UpperLeg": 1.3, "LowerLeg": 0.75, "Foot": 0.95, "LowerArm": 1.1, "Hand": 0.85, "Shoulder": 1.2}
    )
    d.legs_apart(8)
    d.arms_down()
    d.rename(table_names("mixamo"))
    d.axes("along_y", 31)


@kind
def legs_beside_the_trunk(d: Draft) -> None:
    """MikuMikuDance: the upper and the lower body hang side by side from a centre."""
    d.drop("UpperChest")
    names = table_names("mmd")
    d.rename({bone: name for bone, name in names.items() if bone in d.bones})
    d.root("全ての親")
    d.add("センター", "全ての親", [0, 0.6, 0])
    hang(d, {names["Hips"]: "センター", names["Spine"]: "センター"})
    d.axes("identity")


@kind
def toes_placed_outward(d: Draft) -> None:
    """Toe joints 1 cm farther out in the same feet: joints are placed by eye."""
    for side, x in (("Left", 0.01), ("Right", -0.01)):
        d.bones[side + "Toes"].at = d.bones[side + "Toes"].at + x * np.array([1.0, 0, 0])
    d.rename(table_names("mixamo"))
    d.axes("along_y", 37)


@kind
def fingers_from_zero(d: Draft) -> None:
    """Names of a known family, but for fingers that are counted from nought."""
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


@kind
def short_thighs(d: Draft) -> None:
    """Thigh and shin in another proportion, 0.85 of the mannequin's: as far as plain retargeting holds every measure."""
    d.stretch({"LowerLeg": 0.85**0.5, "Foot": 0.85**-0.5})
    d.rename(table_names("mixamo"))
    d.axes("along_y", 40)


@kind
def long_thighs(d: Draft) -> None:
    d.stretch({"LowerLeg": 1.15**0.5, "Foot": 1.15**-0.5})
    d.rename(table_names("mixamo"))
    d.axes("along_y", 41)
