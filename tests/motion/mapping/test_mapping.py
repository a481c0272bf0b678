"""Every kind of rig is mapped unattended: all fifteen main bones, nothing wrong, no side swapped."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinetix_core.motion import Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.values.errors import FormatError, InputError
from tests.motion import rigs
from tests.motion.draft import Draft

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]

NAMELESS = {name for name in rigs.KINDS if "no_names" in name or "made_up" in name}
TORN = {"rigify_deform_bones_only", "rigify_with_its_controls", "legs_beside_the_trunk"}
"""Limbs do not hang from the trunk: only names show what belongs together."""


@pytest.mark.parametrize("name", rigs.KINDS)
def test_main_bones_are_found_and_none_is_wrong(name: str) -> None:
    rig = rigs.build(name)
    found = map_bones(rig.skeleton)
    mapped = {bone: one.name for bone, one in found.bones.items() if bone != "Root"}
    wrong = {bone: (got, rig.truth.get(bone)) for bone, got in mapped.items() if rig.truth.get(bone) != got}
    assert not wrong
    assert not found.missing
    if name not in NAMELESS:
        assert set(rig.truth) - {"Root"} <= set(mapped)
    assert all(0 <= one.confidence <= 1 and one.reason for one in found.bones.values())
    assert {one.name for one in found.bones.values()} | set(found.unmapped) == set(rig.skeleton.names)


@pytest.mark.parametrize("name", sorted(set(rigs.KINDS) - NAMELESS - TORN))
def test_the_shape_alone_finds_the_main_bones_too(name: str) -> None:
    rig = rigs.build(name)
    count = len(rig.skeleton)
    order = np.random.default_rng(0).permutation(count)
    blank = Skeleton(
        tuple(f"b{k:03d}" for k in order),
        rig.skeleton.parents,
        rig.skeleton.rest_rotations,
        rig.skeleton.rest_translations,
    )
    found = map_bones(blank)
    truth = {bone: rig.skeleton.index(written) for bone, written in rig.truth.items()}
    got = {bone: one.index for bone, one in found.bones.items() if bone in humanoid_profile.MAIN}
    wrong = {bone: (rig.skeleton.names[index], rig.truth[bone]) for bone, index in got.items() if truth[bone] != index}
    assert not wrong
    assert not found.missing


def test_a_child_of_the_shape_without_arms_is_unsure() -> None:
    rig = rigs.build("no_names")
    arm = {rig.skeleton.index(rig.truth[side + "UpperArm"]) for side in ("Left", "Right")}
    kept = [bone for bone in range(len(rig.skeleton)) if not arm.intersection(rig.skeleton.up_to_root(bone))]
    place = {bone: k for k, bone in enumerate(kept)}
    torso = Skeleton(
        tuple(rig.skeleton.names[bone] for bone in kept),
        np.array([place.get(int(rig.skeleton.parents[bone]), -1) for bone in kept]),
        rig.skeleton.rest_rotations[kept],
        rig.skeleton.rest_translations[kept],
    )
    found = map_bones(torso)
    assert not any("Arm" in bone or "Hand" in bone for bone in found.bones)
    assert "LeftUpperArm" in found.unsure
    assert found.bones["LeftFoot"].name == rig.truth["LeftFoot"]


def test_what_names_do_not_say_the_shape_says_with_any_axis_up() -> None:
    for up in (
        quat.IDENTITY,
        quat.from_axis_angle([1.0, 0, 0], np.pi / 2),
        quat.from_axis_angle([0, 0, 1.0], -np.pi / 2),
    ):
        draft = Draft("daz_with_another_spine")
        draft.frame = up
        draft.t_pose()
        draft.spine(4)
        draft.rename(rigs.table_names("daz_g8", [f"torso{k}" for k in range(4)]))
        draft.axes("any", 7)
        rig = draft.build()
        found = map_bones(rig.skeleton)
        assert {bone: one.name for bone, one in found.bones.items()} == rig.truth
        assert found.rig == "daz_g8"


def test_a_root_that_is_called_as_the_hips_are_elsewhere() -> None:
    draft = Draft("makehuman_on_a_root")
    draft.rename({bone: f"Human:{name}" for bone, name in rigs.table_names("makehuman").items()})
    draft.root("root")
    draft.axes("any", 8)
    rig = draft.build()
    found = map_bones(rig.skeleton)
    assert found.bones["Hips"].name == "Human:root" == rig.truth["Hips"]
    assert found.bones["Root"].name == "root"
    assert not found.missing and found.rig == "makehuman"


def test_a_nameless_neck_that_starts_high_is_no_head() -> None:
    draft = Draft("long_shoulders")
    draft.stretch({"": 1.0, "Neck": 1.3})
    draft.number()
    draft.axes("any", 9)
    rig = draft.build()
    found = map_bones(rig.skeleton)
    assert {bone: found.bones[bone].name for bone in ("Neck", "Head")} == {
        bone: rig.truth[bone] for bone in ("Neck", "Head")
    }


def test_a_preset_and_an_unknown_one() -> None:
    rig = rigs.build("unreal4")
    assert map_bones(rig.skeleton, preset="unreal").rig == "unreal"
    with pytest.raises(InputError, match="preset"):
        map_bones(rig.skeleton, preset="octopus")


class TestFile:
    def test_round_trip(self, tmp_path: Path) -> None:
        rig = rigs.build("rigify_metarig")
        found = map_bones(rig.skeleton)
        found.save(tmp_path / "map.json")
        again = BoneMap.load(tmp_path / "map.json", rig.skeleton)
        assert dict(again.bones) == dict(found.bones)
        assert again.unmapped == found.unmapped and again.rig == found.rig
        assert json.loads(found.to_json())["bones"]["Hips"]["bone"] == "spine"

    def test_the_names_that_godot_makes_are_found(self) -> None:
        rig = rigs.build("mixamo_t_pose")
        text = map_bones(rig.skeleton).to_json()
        renamed = Skeleton(
            tuple(name.replace(":", "_") for name in rig.skeleton.names),
            rig.skeleton.parents,
            rig.skeleton.rest_rotations,
            rig.skeleton.rest_translations,
        )
        bound = BoneMap.from_json(text, renamed)
        assert bound.bones["Hips"].name == "mixamorig_Hips"
        assert not bound.missing

    def test_editing(self) -> None:
        rig = rigs.build("mixamo_t_pose")
        found = map_bones(rig.skeleton)
        edited = found.with_bone("Jaw", "mixamorig:Spine1").with_bone("LeftToes", None).bind(rig.skeleton)
        assert edited.index("Jaw") == rig.skeleton.index("mixamorig:Spine1")
        assert "Chest" not in edited and "LeftToes" not in edited
        assert "mixamorig:LeftToeBase" in edited.unmapped
        with pytest.raises(InputError):
            found.with_bone("Tail", "x")

    def test_a_plain_mapping_is_read(self) -> None:
        assert BoneMap.from_json('{"Hips": "pelvis", "Head": "head"}').bones["Hips"].name == "pelvis"

    def test_another_rigs_map_is_refused(self) -> None:
        text = map_bones(rigs.build("unreal5").skeleton).to_json()
        with pytest.raises(InputError, match="another rig"):
            BoneMap.from_json(text, rigs.build("no_names").skeleton)
        with pytest.raises(InputError, match="another rig"):  # though `head` is `mixamorig:Head`
            BoneMap.from_json(text, rigs.build("mixamo_t_pose").skeleton)
        assert BoneMap.from_json(text, rigs.build("unreal4").skeleton).bones["Hips"].name == "pelvis"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "{}",
            '{"bones": 3}',
            '{"version": 9, "bones": {"Hips": "a"}}',
            '{"bones": {"Hips": 7}}',
            '{"bones": {"Hips": {"bone": "a", "confidence": "high"}}}',
            '{"bones": {"Hips": "a", "Head": "a"}}',
            "[" * 100_000,
        ],
    )
    def test_a_damaged_file_is_refused(self, text: str) -> None:
        with pytest.raises(FormatError):
            BoneMap.from_json(text)
