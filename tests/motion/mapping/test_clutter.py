"""Nameless rigs with everything that artists hang on them, in any pose, turned any way; and what is no figure at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from kinetix_core.motion import Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.retargeting.retarget import retarget
from kinetix_core.values.errors import InputError
from tests.motion import moves
from tests.motion.draft import Draft

pytestmark = pytest.mark.xdist_group("motion")

SIDES = (("Left", 1.0), ("Right", -1.0))


def assert_mapped(d: Draft, but: Sequence[str] = ("Root",)) -> None:
    """Every main bone of the rig is found, and none is wrong except those of `but`."""
    rig = d.build()
    found = map_bones(rig.skeleton)
    assert not {
        bone: one.name for bone, one in found.bones.items() if bone not in but and rig.truth.get(bone) != one.name
    }
    assert not found.missing


def fixes(d: Draft) -> None:
    for side, _ in SIDES:
        for upper, lower in (("UpperLeg", "LowerLeg"), ("UpperArm", "LowerArm")):
            d.add_at(f"fix{side}{upper}", side + upper, d.bones[side + lower].at)


def uneven(d: Draft) -> None:
    rng = np.random.default_rng(4)
    for bone in d.bones.values():
        if bone.name.startswith("Left"):
            bone.at = bone.at + rng.normal(0, 0.006, 3)


ON_THE_HEAD = ["antenna", "topknot", "braid", "twists_and_ends"]
HUNG = ["weapon", "skirt", "wings", "tail_and_cape", "pigtails", "soft_parts", "controls", "uneven", "single_toes"]
EDITS: dict[str, list[Callable[[Draft], None]]] = {
    "soft_parts": [fixes],
    "controls": [lambda d: d.root("master")],
    "uneven": [uneven],
    "single_toes": [lambda d: d.drop("LeftToes", "RightToes")],
    "twists_and_ends": [Draft.twists, Draft.ends],
}
CHAINS: dict[str, list[tuple[str, str, list[float], list[float], int]]] = {
    "antenna": [("antenna", "Head", [0, 0.19, 0], [0, 0.1, 0], 2)],
    "topknot": [("knot", "Head", [0, 0.2, -0.04], [0, 0.04, -0.02], 3)],
    "braid": [("braid", "Head", [0, 0.12, -0.1], [0, -0.1, -0.02], 5)],
    "weapon": [
        ("sword", "RightHand", [-0.05, -0.02, 0.1], [0, 0, 0.9], 2),
        ("quiver", "Chest", [-0.1, 0.1, -0.15], [0, 0, 0], 1),
    ],
    "skirt": [
        (f"skirt{k}_", "Hips", [x, -0.02, z], [0.02 * np.sign(x), -0.2, 0.02 * np.sign(z)], 5)
        for k, (x, z) in enumerate(((0.12, 0.1), (-0.12, 0.1), (0.15, -0.1), (-0.15, -0.1), (0.18, 0), (-0.18, 0)))
    ],
    "wings": [("wing{}", "Chest", [0.06, 0.1, -0.1], [0.3, 0.05, -0.1], 4)],
    "tail_and_cape": [
        ("tail", "Hips", [0, -0.02, -0.1], [0, -0.08, -0.1], 7),
        *((f"cape{k}_", "UpperChest", [x, 0.1, -0.08], [0, -0.2, -0.01], 7) for k, x in enumerate((-0.2, 0.0, 0.2))),
    ],
    "pigtails": [("pig{}", "Head", [0.1, 0.15, -0.05], [0.02, -0.12, -0.01], 7)],
    "soft_parts": [
        ("behind{}", "Hips", [0.1, -0.05, -0.12], [0, 0, 0], 1),
        ("breast{}", "UpperChest", [0.1, -0.1, 0.1], [0, -0.02, 0.05], 2),
    ],
    "controls": [
        ("footIK{}", "master", [0.2, 0.08, 0], [0, 0, 0], 1),
        ("kneeIK{}", "master", [0.17, 0.5, 0.5], [0, 0, 0], 1),
        ("handIK{}", "master", [0.55, 1.1, 0.2], [0, 0, 0], 1),
        ("elbowIK{}", "master", [0.4, 1.3, -0.5], [0, 0, 0], 1),
        ("roll{}", "footIK{}1", [0, -0.08, -0.1], [0, 0, 0.22], 2),
    ],
    "single_toes": [
        (f"{{}}Toe{k}_", "{}Foot", [0.02 * k - 0.03, -0.05, 0.15 - 0.01 * k], [0, 0, 0], 1) for k in range(4)
    ],
}
"""Arguments of `Draft.chain`."""
POSES: dict[str, Callable[[Draft], None]] = {"a": lambda d: None, "t": Draft.t_pose, "down": Draft.arms_down}


def wear(d: Draft, clutter: str) -> None:
    for edit in EDITS.get(clutter, ()):
        edit(d)
    for chain in CHAINS.get(clutter, ()):
        d.chain(*chain)


@pytest.mark.parametrize("turn", [0.0, 2.2, np.pi])
@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("clutter", [*HUNG, *ON_THE_HEAD])
def test_the_body_is_found(clutter: str, pose: str, turn: float) -> None:
    d = Draft(clutter)
    POSES[pose](d)
    wear(d, clutter)
    d.frame = quat.from_axis_angle([0.0, 1, 0], turn)
    d.axes("any")
    d.number(seed=1)
    assert_mapped(d)


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.8])
@pytest.mark.parametrize(
    "limb", ["Shoulder UpperArm", "UpperArm LowerArm", "LowerArm Hand", "UpperLeg LowerLeg", "LowerLeg Foot"]
)
def test_a_helper_bone_on_one_side_only_moves_no_joint(limb: str, share: float, pose: str) -> None:
    d = Draft("one_sided")
    POSES[pose](d)
    upper, lower = limb.split()
    d.insert("helper", f"Left{upper}", share, f"Left{lower}")
    d.number()
    assert_mapped(d)


@pytest.mark.parametrize("seed", range(40))
def test_any_body_in_any_clutter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = Draft("any")
    legs, arms_ = rng.uniform(0.8, 1.2), rng.uniform(0.75, 1.15)
    d.stretch({"LowerLeg": legs, "Foot": legs, "LowerArm": arms_, "Hand": arms_, "UpperArm": rng.uniform(0.8, 1.35)})
    POSES[str(rng.choice(list(POSES)))](d)
    d.legs_apart(float(rng.uniform(0, 8)))
    for clutter in [*rng.choice(HUNG, 3, replace=False), rng.choice(ON_THE_HEAD)]:
        wear(d, str(clutter))
    gone = {"Neck": 0.4, "Shoulder": 0.3, "Proximal": 0.4}
    for part in [part for part, often in gone.items() if rng.random() < often]:
        fingers = (
            [bone for chain in humanoid_profile.FINGERS.values() for bone in chain] if part == "Proximal" else [part]
        )
        d.drop(*[bone for side in ("", "Left", "Right") for name in fingers if (bone := side + name) in d.bones])
    d.frame = quat.from_axis_angle([0.0, 1, 0], float(rng.uniform(-3, 3)))
    d.axes("any", seed)
    d.number(seed=seed)
    assert_mapped(d, but=("Root", *humanoid_profile.SPINE))


@pytest.mark.parametrize("turn", [0.0, 2.0, np.pi])
@pytest.mark.parametrize("pose", POSES)
def test_knees_and_elbows_tell_the_front_when_there_are_no_toes(pose: str, turn: float) -> None:
    d = Draft("bare")
    POSES[pose](d)
    d.drop_toes_shoulders_and_neck()
    d.drop_fingers()
    d.frame = quat.from_axis_angle([0.0, 1, 0], turn)
    d.number()
    rig = d.build()
    found = map_bones(rig.skeleton)
    assert {bone: one.name for bone, one in found.bones.items()} == rig.truth


def test_a_stiff_figure_is_taken_to_face_the_front_and_that_is_said() -> None:
    d = Draft("stiff")
    d.t_pose()
    d.drop_toes_shoulders_and_neck()
    d.drop_fingers()
    for bone in d.bones.values():
        bone.at = bone.at * [1, 1, 0]
    d.number()
    found = map_bones(d.build().skeleton)
    assert "taken to face" in found.bones["LeftHand"].reason
    assert found.bones["LeftHand"].confidence < 0.8


def test_what_follows_the_neck_is_the_head_whatever_it_is_called() -> None:
    d = Draft("dome")
    d.add("Visor", "Head", [0, 0.06, 0.01])
    d.add("Lamp", "Visor", [0, 0.05, 0.01])
    d.rename({"Head": "Dome"})
    rig = d.build()
    assert map_bones(rig.skeleton).bones["Head"].name == "Dome"


def test_bones_within_the_trunk_and_the_neck_that_share_their_bend_are_passed_over() -> None:
    d = Draft("parts")
    d.insert("RootPart1_M", "Hips", 0.5, "Spine")
    d.insert("NeckTwist1", "Neck", 0.5, "Head")
    d.rename({"Hips": "Root_M", "Neck": "Neck_M", "Head": "Head_M"})
    found = map_bones(d.build().skeleton)
    assert [found.bones[bone].name for bone in ("Spine", "Neck", "Head")] == ["Spine", "Neck_M", "Head_M"]


def test_what_hangs_at_the_wrist_is_no_hand_whatever_the_other_hand_holds() -> None:
    d = Draft("wizard")
    d.drop_fingers()
    for side, _ in SIDES:
        at = d.bones[f"{side}Hand"].at - d.bones[f"{side}LowerArm"].at
        d.chain(f"{side}Cuff", f"{side}LowerArm", list(at), [0, -0.1, 0], 3)
    wear(d, "weapon")
    d.rename({f"{side}Hand": f"{side}Grip" for side, _ in SIDES})
    found = map_bones(d.build().skeleton)
    assert [found.bones[f"{side}Hand"].name for side, _ in SIDES] == ["LeftGrip", "RightGrip"]


def test_a_name_that_a_table_gives_to_the_collarbone_may_be_the_upper_arm() -> None:
    d = Draft("ipi")
    limbs = {"Shoulder": "Clavicle", "UpperArm": "Shoulder", "LowerArm": "Forearm", "Hand": "Hand"}
    limbs |= {"UpperLeg": "Thigh", "LowerLeg": "Shin", "Foot": "Foot", "Toes": "Toe"}
    names = {side + bone: side[0] + written for side, _ in SIDES for bone, written in limbs.items()}
    d.rename(names | {"Hips": "Hip", "Spine": "LowerSpine", "Chest": "MiddleSpine", "UpperChest": "Chest"})
    rig = d.build()
    found = map_bones(rig.skeleton)
    assert {bone: found.bones[bone].name for bone in rig.truth if bone in names} == names


@pytest.mark.parametrize("pose", POSES)
def test_a_toon_with_the_shortest_legs_is_mapped_by_its_shape(pose: str) -> None:
    d = Draft("toon")
    d.stretch({"LowerLeg": 0.42, "Foot": 0.42, "LowerArm": 0.7, "Hand": 0.7})
    POSES[pose](d)
    d.axes("any")
    d.number()
    assert_mapped(d)


def test_a_long_collarbone_over_a_hanging_arm_is_no_upper_arm() -> None:
    d = Draft("broad")
    d.arms_down()
    for side, x in SIDES:
        for bone in d.subtree(f"{side}UpperArm"):
            bone.at = bone.at + np.array([0.14 * x, 0, 0])
    d.number()
    assert_mapped(d)


def skeleton(*bones: tuple[str, str, tuple[float, float, float]]) -> Skeleton:
    names = [bone[0] for bone in bones]
    parents = np.array([names.index(bone[1]) if bone[1] else -1 for bone in bones])
    at = np.array([bone[2] for bone in bones], float)
    offsets = np.where((parents >= 0)[:, None], at - at[parents], at)
    return Skeleton(tuple(names), parents, np.tile(quat.IDENTITY, (len(names), 1)), offsets)


def dog() -> Skeleton:
    bones = [
        ("a", "", (0.0, 0.6, -0.4)),
        ("b", "a", (0.0, 0.62, -0.2)),
        ("c", "b", (0.0, 0.63, 0)),
        ("d", "c", (0.0, 0.62, 0.2)),
        ("e", "d", (0.0, 0.7, 0.35)),
        ("f", "e", (0.0, 0.85, 0.5)),
        ("g", "a", (0.0, 0.62, -0.5)),
        ("h", "g", (0.0, 0.55, -0.8)),
    ]
    for s, x in (("p", 0.1), ("q", -0.1)):
        hind = [(x, 0.55, -0.42), (x, 0.33, -0.35), (x, 0.17, -0.5), (x, 0.03, -0.46), (x, 0.01, -0.4)]
        fore = [(x, 0.6, 0.2), (x, 0.45, 0.28), (x, 0.3, 0.2), (x, 0.04, 0.22), (x, 0.01, 0.28)]
        for leg, top, places in (("k", "a", hind), ("m", "d", fore)):
            bones += [(f"{leg}{s}{n}", f"{leg}{s}{n - 1}" if n else top, at) for n, at in enumerate(places)]
    return skeleton(*bones)


def spider() -> Skeleton:
    bones = [("body", "", (0.0, 0.3, 0.0)), ("front", "body", (0, 0.3, 0.2))]
    for s, x in (("p", 1), ("q", -1)):
        for k, z in enumerate((0.2, 0.07, -0.07, -0.2)):
            places = [(0.1 * x, 0.3, z), (0.4 * x, 0.6, 1.5 * z), (0.8 * x, 0.0, 2 * z), (0.85 * x, 0.0, 2.1 * z)]
            bones += [(f"{s}{k}{n}", f"{s}{k}{n - 1}" if n else "body", at) for n, at in enumerate(places)]
    return skeleton(*bones)


def table() -> Skeleton:
    bones = [("top", "", (0.0, 0.8, 0.0))]
    for k, (x, z) in enumerate(((0.5, 0.3), (-0.5, 0.3), (0.5, -0.3), (-0.5, -0.3))):
        bones += [(f"x{k}", "top", (x, 0.75, z)), (f"y{k}", f"x{k}", (x, 0.0, z))]
    return skeleton(*bones)


@pytest.mark.parametrize("thing", [dog, spider, table])
def test_what_is_no_figure_is_not_mapped_as_one(thing: Callable[[], Skeleton]) -> None:
    found = map_bones(thing())
    assert "Hips" not in found
    assert set(found.unsure) == set(found.missing)
    assert not {f"{side}UpperLeg" for side in ("Left", "Right")} & set(found.bones)
    with pytest.raises(InputError, match="hips"):
        retarget(moves.load("walk"), thing())
