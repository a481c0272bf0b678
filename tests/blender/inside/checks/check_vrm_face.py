"""Faces on VRM models, and the face of a character in a `.blend` that is read (`kinetix convert talk.blend talk.glb`)."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import rigs
import vrm_addon_double
from blender_api import CONTEXT, OPS
from check_face import (  # the marks and a fixture too
    FRAMES,
    apply,
    keys_of,
    library_file,
    pytestmark,  # noqa: F401
    spoken,  # noqa: F401
    talking,
    weight,
    with_face,
)

VROID = {
    "jawOpen": "Fcl_MTH_A",
    "mouthSmileLeft": "Fcl_MTH_Fun",
    "eyeBlinkLeft": "Fcl_EYE_Close",
    "browInnerUp": "Fcl_ALL_Joy",
}
"""Shape keys of the mannequin, as VRoid Studio calls such ones."""
MINE = {shape: f'my "{number}"' for number, shape in enumerate(VROID)}


def model(names: dict[str, str]) -> Any:
    """The mannequin with these shape keys alone."""
    rig = with_face()
    mesh = rig.children[0]
    for block in list(keys_of(rig).key_blocks)[1:]:
        if block.name in names:
            block.name = names[block.name]
        else:
            mesh.shape_key_remove(block)
    return rig


@pytest.fixture
def add_on() -> Iterator[None]:
    with vrm_addon_double.enabled():
        yield


def animated(rig: Any) -> set[str]:
    channels = rigs.addon("compat").channels_played(keys_of(rig).animation_data)
    return {curve.data_path for curve in channels.fcurves}


def bind(rows: Any, mesh: str, shape_key: str, share: float, place: str) -> None:
    row = rows.add()
    getattr(row, place).mesh_object_name = mesh
    row.index, row.weight = shape_key, share


def test_shape_keys_by_the_names_of_vroid_studio_show_the_face() -> None:
    rig = model(VROID)
    apply(rig)
    assert weight(rig, "Fcl_MTH_A", FRAMES) == pytest.approx(0.9, abs=1e-4)
    assert weight(rig, "Fcl_MTH_Fun", 10) == pytest.approx(0.25)  # half a smile of one side
    assert weight(rig, "Fcl_EYE_Close", 10) == 0
    assert animated(rig) == {f'key_blocks["{name}"].value' for name in VROID.values() if name != "Fcl_ALL_Joy"}
    apply(rig, mirrored=True)
    assert weight(rig, "Fcl_MTH_Fun", 10) == pytest.approx(0.25)


def test_a_vrm_1_model_moves_what_its_expressions_say(add_on: None) -> None:
    rig = model(MINE)
    mesh, expressions = rig.children[0].name, rig.data.vrm_addon_extension.vrm1.expressions
    bind(expressions.preset.aa.morph_target_binds, mesh, MINE["jawOpen"], 0.5, "node")
    bind(expressions.preset.aa.morph_target_binds, "another model's", MINE["jawOpen"], 1.0, "node")
    bind(expressions.preset.blink.morph_target_binds, mesh, "gone", 1.0, "node")
    custom = expressions.custom.add()
    custom.custom_name = "MouthSmileLeft"
    bind(custom.morph_target_binds, mesh, MINE["mouthSmileLeft"], 1.0, "node")
    notes = apply(rig).notes
    assert weight(rig, MINE["jawOpen"], FRAMES) == pytest.approx(0.45, abs=1e-4)
    assert weight(rig, MINE["mouthSmileLeft"], 10) == pytest.approx(0.5)
    assert [note for note in notes if "2 shape keys" in note]


def test_a_vrm_0_model_moves_what_its_expressions_say(add_on: None) -> None:
    rig = model(MINE)
    extension = rig.data.vrm_addon_extension
    extension.spec_version = "0.0"
    for name, preset, shape in (("A", "a", "jawOpen"), ("mouthSmileLeft", "unknown", "mouthSmileLeft")):
        group = extension.vrm0.blend_shape_master.blend_shape_groups.add()
        group.name, group.preset_name = name, preset
        bind(group.binds, rig.children[0].name, MINE[shape], 0.8, "mesh")
    apply(rig)
    assert weight(rig, MINE["jawOpen"], FRAMES) == pytest.approx(0.72, abs=1e-4)
    assert weight(rig, MINE["mouthSmileLeft"], 10) == pytest.approx(0.4)


def test_a_model_without_a_face_that_is_known_gets_the_body(add_on: None) -> None:
    rig = model(MINE)
    assert [note for note in apply(rig).notes if "face is left out" in note]
    assert keys_of(rig).animation_data is None


def test_an_asset_moves_the_face_of_the_model_that_it_was_made_for(spoken: Any) -> None:  # noqa: F811 - the fixture
    rig = model(VROID)
    CONTEXT.scene.render.fps = 30
    OPS.kinetix.to_assets()
    place = rigs.addon("assets.place")
    other = with_face()
    action = place.place(library_file(), "Wave", [rig, other], CONTEXT.scene)
    assert {one.animation_data.action for one in (rig, other)} == {action}
    assert keys_of(other).animation_data is None, "none of its shape keys is in the asset"
    assert weight(rig, "Fcl_MTH_A", FRAMES) == pytest.approx(0.9, abs=1e-4)


TO_GLB = Path(__file__).parents[4] / "shared" / "kinetix_tools" / "opening" / "to_glb.py"


@pytest.fixture
def rig() -> Any:
    made = with_face()
    CONTEXT.scene.render.fps = 30  # as the clip's, so that every frame has a key
    return made


def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The first clip of the scene, as it is read once it was saved."""
    source, target = folder / "saved.blend", folder / "read.glb"
    OPS.wm.save_as_mainfile(filepath=str(source))
    monkeypatch.setattr(sys, "argv", ["blender", str(source), str(target)])
    runpy.run_path(str(TO_GLB))
    return rigs.core("formats.glb").read_motion(target)


@pytest.mark.parametrize("into", ["ACTION", "NLA"])
def test_body_and_face_are_one_clip(rig: Any, into: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(rig, into=into)
    motion = read(tmp_path, monkeypatch)
    assert motion.name == "Talking" and len(motion) == FRAMES
    assert motion.face is not None and np.abs(motion.face - talking().face).max() < 1e-5


def test_a_face_that_lasts_for_another_time_is_not_taken_for_the_bodys(
    rig: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(rig)
    keys_of(rig).animation_data.action.frame_end += 40
    motion = read(tmp_path, monkeypatch)
    assert motion.name == "Talking" and len(motion) == FRAMES and motion.face is None


def test_what_another_character_does_stays_apart(rig: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(rig)
    face = keys_of(rig).animation_data.action
    keys_of(rig).animation_data.action = None
    other = with_face()
    rigs.addon("compat").assign_action(keys_of(other).animation_data_create(), face)
    motion = read(tmp_path, monkeypatch)
    assert motion.name == "Talking" and motion.face is None
    assert bpy.data.filepath == str(tmp_path / "saved.blend")
