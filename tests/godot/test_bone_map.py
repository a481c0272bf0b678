"""One bone map file for Blender, the command line and Godot."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetix_core.errors import InputError
from kinetix_core.formats import glb
from kinetix_core.motion import Motion
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_godot.target.importing import character_map
from tests.motion import rigs

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]


def character(path: Path, kind: str) -> Path:
    skeleton = rigs.build(kind).skeleton
    rest = Motion(skeleton, 30.0, skeleton.rest_rotations[None].copy(), skeleton.rest_translations[:1].copy(), "rest")
    path.write_bytes(glb.write_motion(rest))
    return path


def test_bones_are_found_under_the_names_that_godot_makes(tmp_path: Path) -> None:
    answer = character_map(character(tmp_path / "Hero.glb", "mixamo_t_pose"))
    assert answer["bones"]["Hips"] == "mixamorig_Hips"
    assert answer["bones"]["LeftLowerArm"] == "mixamorig_LeftForeArm"
    answer = character_map(character(tmp_path / "Rigify.glb", "rigify_deform"))
    assert answer["bones"]["LeftUpperArm"] == "DEF-upper_arm.L", "Godot keeps the dots of bones"


def test_a_file_that_a_person_corrected_goes_before(tmp_path: Path) -> None:
    hero = character(tmp_path / "Hero.glb", "mixamo_t_pose")
    skeleton = rigs.build("mixamo_t_pose").skeleton
    chosen = map_bones(skeleton).with_bone("Chest", "mixamorig:Spine2").with_bone("LeftToes", None)
    chosen.save(tmp_path / "Hero.bones.json")
    bones = character_map(hero)["bones"]
    assert bones["Chest"] == "mixamorig_Spine2"
    assert "LeftToes" not in bones and bones["RightToes"] == "mixamorig_RightToeBase"


def test_a_file_of_another_rig_is_refused(tmp_path: Path) -> None:
    hero = character(tmp_path / "Hero.glb", "mixamo_t_pose")
    map_bones(rigs.build("unreal5").skeleton).save(tmp_path / "Hero.bones.json")
    with pytest.raises(InputError, match="another rig"):
        character_map(hero)
