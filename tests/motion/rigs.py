"""Rigs of every kind that users bring: those of programs, and odd ones."""

from __future__ import annotations

import numpy as np

from kinetix_core.motion import quaternion as quat
from tests.motion import namings, program_rigs
from tests.motion.draft import Draft
from tests.motion.rig_kinds import KINDS, build, edited, family, hang, kind, table_names

__all__ = ["KINDS", "build", "program_rigs", "table_names"]

T, DOWN, ENDS, BARE = Draft.t_pose, Draft.arms_down, Draft.ends, Draft.drop_fingers
MIXAMO, PREFIXED = family("mixamo"), family("mixamo", "mixamorig:")
AHEAD, LYING = quat.from_axis_angle([0.0, 1, 0], np.radians(130)), quat.from_axis_angle([1.0, 0, 0], np.radians(90))
_CHILD = {"": 0.6, "LowerLeg": 0.5, "Foot": 0.5, "Toes": 0.55, "LowerArm": 0.52, "Hand": 0.5, "Head": 0.9}
_STOCKY = {"": 0.9, "UpperLeg": 1.3, "LowerLeg": 0.75, "Foot": 0.95, "LowerArm": 1.1, "Hand": 0.85, "Shoulder": 1.2}


def toes_outward(d: Draft) -> None:
    for side, x in (("Left", 0.01), ("Right", -0.01)):
        d.bones[side + "Toes"].at = d.bones[side + "Toes"].at + x * np.array([1.0, 0, 0])


edited("mixamo_t_pose", "along_y", 5, T, ENDS, PREFIXED)
edited("mixamo_numbered_prefix", "any", 5, T, family("mixamo", "mixamorig12:"))
edited("child", "along_y", 1, lambda d: d.stretch(_CHILD), T, PREFIXED)
edited("centimetres", "along_y", 2, T, MIXAMO, unit=100.0)
edited("rotated_object", "any", 3, T, MIXAMO, frame=AHEAD)
edited("lying_z_up", "any", 4, T, MIXAMO, frame=LYING)
edited("identity_axes", "identity", 0, T, MIXAMO)
# Kinetix emotes (rig A), with finger ends.
_FOUR = family("kinetix_rokoko", spine=["Spine1", "Spine2", "Spine3", "Spine4"])
edited("four_spines", "any", 6, T, lambda d: d.spine(4), ENDS, _FOUR)
edited("five_spines_made_up", "any", 9, lambda d: d.spine(5), lambda d: d.number("k{}x"))
edited("one_spine", "identity", 0, lambda d: d.spine(1), BARE, family("bvh_classic", spine=["Chest"]))
edited("no_toes_no_fingers", "along_y", 12, T, lambda d: d.drop("LeftToes", "RightToes"), BARE, MIXAMO)
edited("no_names", "any", 13, lambda d: d.number("Bone.{:03d}"))
_DRESSED = (Draft.hair_and_bust, Draft.twists, ENDS, lambda d: d.root("x"))
edited("no_names_t_pose_hair", "along_y", 14, T, *_DRESSED, lambda d: d.number("joint{}"))
edited("no_names_bare", "any", 15, DOWN, Draft.drop_toes_shoulders_and_neck, BARE, lambda d: d.number("n{}"))
# A child whose hips bone sits higher above its hip joints than the emote's does, as on many bought characters.
_HIGH = {"": 0.6, "LowerLeg": 0.56, "Foot": 0.58, "Head": 0.8}
edited("high_hips", "along_y", 33, lambda d: d.stretch(_HIGH), lambda d: d.hips_at([0, 0.052, 0.005]), T, PREFIXED)
# Other proportions within the limb, wide stance, hip joints elsewhere.
edited("stocky_legs_apart", "along_y", 31, lambda d: d.stretch(_STOCKY), lambda d: d.legs_apart(8), DOWN, MIXAMO)
# Toe joints 1 cm farther out in the same feet: joints are placed by eye.
edited("toes_placed_outward", "along_y", 37, toes_outward, MIXAMO)
# Names of a known family, but for fingers that are counted from nought.
edited("fingers_from_zero", "along_y", 39, DOWN, lambda d: d.spine(3), namings.named("fingers from zero"))
# Thigh and shin in another proportion, 0.85 of the mannequin's: as far as plain retargeting holds every measure.
edited("short_thighs", "along_y", 40, lambda d: d.stretch({"LowerLeg": 0.85**0.5, "Foot": 0.85**-0.5}), MIXAMO)
edited("long_thighs", "along_y", 41, lambda d: d.stretch({"LowerLeg": 1.15**0.5, "Foot": 1.15**-0.5}), MIXAMO)


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
    PREFIXED(d)
    d.root("_rootJoint")
    d.rename({name: f"{name}_{k:02d}" for k, name in enumerate(list(d.bones)) if name != "_rootJoint"})
    d.axes("any", 30)


@kind
def legs_beside_the_trunk(d: Draft) -> None:
    """MikuMikuDance: the upper and the lower body hang side by side from a centre."""
    d.drop("UpperChest")
    names = table_names("mmd")
    d.rename(names)
    d.root("全ての親")
    d.add("センター", "全ての親", [0, 0.6, 0])
    hang(d, {names["Hips"]: "センター", names["Spine"]: "センター"})
    d.axes("identity")
