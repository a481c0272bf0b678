"""One bone map file for Blender, the command line and Godot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.formats import glb
from kinetix_core.motion import Motion
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.values.errors import FormatError, InputError
from kinetix_godot.target.importing import character_map, find_rig
from tests.formats.rigs import join, parts
from tests.motion import rigs

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]


def character(path: Path, kind: str) -> Path:
    skeleton = rigs.build(kind).skeleton
    rest = Motion(skeleton, 30.0, skeleton.rest_rotations[None].copy(), skeleton.rest_translations[:1].copy(), "rest")
    path.write_bytes(glb.write_motion(rest))
    return path


def test_bones_are_found_under_the_names_that_godot_makes(tmp_path: Path) -> None:
    answer = character_map(character(tmp_path / "Hero.glb", "mixamo_t_pose"))
    assert answer.bones["Hips"] == "mixamorig_Hips"
    assert answer.bones["LeftLowerArm"] == "mixamorig_LeftForeArm"
    answer = character_map(character(tmp_path / "Rigify.glb", "rigify_deform"))
    assert answer.bones["LeftUpperArm"] == "DEF-upper_arm.L", "Godot keeps the dots of bones"


def test_a_file_that_a_person_corrected_goes_before(tmp_path: Path) -> None:
    hero = character(tmp_path / "Hero.glb", "mixamo_t_pose")
    skeleton = rigs.build("mixamo_t_pose").skeleton
    chosen = map_bones(skeleton).with_bone("Chest", "mixamorig:Spine2").with_bone("LeftToes", None)
    chosen.save(tmp_path / "Hero.bones.json")
    bones = character_map(hero).bones
    assert bones["Chest"] == "mixamorig_Spine2"
    assert "LeftToes" not in bones and bones["RightToes"] == "mixamorig_RightToeBase"


def test_a_file_of_another_rig_is_refused(tmp_path: Path) -> None:
    hero = character(tmp_path / "Hero.glb", "mixamo_t_pose")
    map_bones(rigs.build("unreal5").skeleton).save(tmp_path / "Hero.bones.json")
    with pytest.raises(InputError, match="another rig"):
        character_map(hero)


def changed(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    document, binary = parts(path.read_bytes())
    change(document)
    path.write_bytes(join(document, binary))
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["nodes"][d["skins"][0]["joints"][3]].update(children=[d["skins"][0]["joints"][2]]),
        lambda d: d["nodes"][0].update(children=[1, 1]),
        lambda d: d["nodes"][0].update(children=[10**6]),
        lambda d: d["nodes"][0].update(children=5),
        lambda d: d["nodes"].insert(0, None),
        lambda d: d["skins"][0].update(joints=[-1]),
        lambda d: d["skins"].insert(0, 5),
        lambda d: d["skins"][0].update(joints=[]),
        lambda d: d["nodes"][2].update(rotation=["x", 0, 0, 1]),
    ],
    ids=[
        "circle",
        "two parents",
        "no such node",
        "no list",
        "no node",
        "no such joint",
        "no skin",
        "no joints",
        "text",
    ],
)
def test_a_damaged_character_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    with pytest.raises(FormatError) as caught:
        character_map(changed(character(tmp_path / "Hero.glb", "mixamo_t_pose"), change))
    assert caught.value.next_step


def test_odd_but_sound_characters_are_read(tmp_path: Path) -> None:
    def odd(document: dict[str, Any]) -> None:
        last = document["skins"][0]["joints"][-1]
        document["nodes"][last].update(name=5, rotation=None, translation=None, children=None)

    hero = changed(character(tmp_path / "Hero.glb", "mixamo_t_pose"), odd)
    assert character_map(hero).bones["Hips"] == "mixamorig_Hips"
    assert find_rig(glb.read_description(changed(hero, lambda d: d["skins"].insert(0, {})))) is None
    compressed = changed(hero, lambda d: d.update(extensionsRequired=["EXT_meshopt_compression"], skins=d["skins"][1:]))
    assert character_map(compressed).bones["Hips"] == "mixamorig_Hips", "the names are enough"
