"""A VRM's own word counts more than any name."""

from __future__ import annotations

from typing import Any

import pytest

from kinetix_core.motion.mapping import vrm
from kinetix_core.motion.mapping.automatic import map_bones
from tests.motion import rigs
from tests.motion.draft import Rig

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]

THUMB = {"ThumbMetacarpal": "ThumbProximal", "ThumbProximal": "ThumbIntermediate"}


def document(version: int, rig: Rig, first_node: int) -> dict[str, Any]:
    nodes = {bone: rig.skeleton.index(name) + first_node for bone, name in rig.truth.items()}
    lower = {bone: bone[0].lower() + bone[1:] for bone in nodes}
    if version == 1:
        bones = {lower[bone]: {"node": node} for bone, node in nodes.items()}
        return {"extensions": {"VRMC_vrm": {"humanoid": {"humanBones": bones}}}}
    old = []
    for bone, node in nodes.items():
        name = lower[bone]
        for side in ("left", "right"):
            rest = name.removeprefix(side)
            if rest != name and rest in THUMB:
                name = side + THUMB[rest]
        old.append({"bone": name, "node": node})
    return {"extensions": {"VRM": {"humanoid": {"humanBones": old}}}}


@pytest.mark.parametrize("version", [0, 1])
def test_every_bone_is_the_one_the_file_names(version: int) -> None:
    rig = rigs.build("no_names_bare")
    nodes = range(7, 7 + len(rig.skeleton))
    found = vrm.bone_map(document(version, rig, 7), rig.skeleton, nodes)
    assert {bone: one.name for bone, one in found.bones.items()} == rig.truth
    assert found.rig == "vrm" and not found.unsure


@pytest.mark.parametrize("version", [0, 1])
def test_thumbs_keep_their_joints(version: int) -> None:
    rig = rigs.build("no_names")
    found = vrm.bone_map(document(version, rig, 0), rig.skeleton, range(len(rig.skeleton)))
    assert found.bones["LeftThumbMetacarpal"].name == rig.truth["LeftThumbMetacarpal"]
    assert found.bones["LeftThumbDistal"].name == rig.truth["LeftThumbDistal"]


@pytest.mark.parametrize(
    "text",
    [
        {},
        {"extensions": []},
        {"extensions": {"VRM": {"humanoid": {"humanBones": {"hips": 3}}}}},
        {"extensions": {"VRM": {"humanoid": {"humanBones": [None, {"bone": 3, "node": "x"}]}}}},
        {"extensions": {"VRMC_vrm": {"humanoid": {"humanBones": {"hips": {"node": 99999}}}}}},
    ],
)
def test_damage_is_passed_over(text: dict[str, Any]) -> None:
    rig = rigs.build("mixamo_t_pose")
    found = vrm.bone_map(text, rig.skeleton, range(len(rig.skeleton)))
    assert found == map_bones(rig.skeleton)
