"""The face of an emote: onto shape keys by ARKit's names, as a whole or not at all, and left out where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT, OPS
from check_atomic import Broken, break_at
from file_state import changed, state

FRAMES = 31


pytestmark = pytest.mark.usefixtures("fresh")


@pytest.fixture
def spoken(emote: Any, tmp_path: Path) -> Any:
    """The emote of the library has a face."""
    emote["files"]["glb"] = str(written(tmp_path))
    return emote


def talking() -> Any:
    """The jaw opens by and by, and half a smile stays."""
    shapes = rigs.core("values.face_shapes").FACE_SHAPES
    face = np.zeros((FRAMES, len(shapes)))
    face[:, shapes.index("jawOpen")] = np.linspace(0.0, 0.9, FRAMES)
    face[:, shapes.index("mouthSmileLeft")] = 0.5
    return rigs.clip(FRAMES, name="Talking").with_(face=face)


def with_face() -> Any:
    return rigs.addon("importing.mannequin").bring(CONTEXT, face=True)


def apply(rig: Any, **choices: Any) -> Any:
    return rigs.apply(rig, talking(), timing="SCENE", **choices)


def keys_of(rig: Any) -> Any:
    return rig.children[0].data.shape_keys


def weight(rig: Any, name: str, frame: int) -> float:
    CONTEXT.scene.frame_set(frame)
    evaluated = rig.children[0].evaluated_get(CONTEXT.evaluated_depsgraph_get())
    return float(evaluated.data.shape_keys.key_blocks[name].value)


def written(folder: Path, ending: str = ".glb") -> Path:
    file = folder / f"talking{ending}"
    file.write_bytes(rigs.core("formats").to_bytes(talking(), ending))
    return file


@pytest.mark.parametrize("ending", [".glb", ".vrma", ".kinanim"])
def test_a_file_with_a_face_brings_a_mannequin_that_speaks(tmp_path: Path, ending: str) -> None:
    OPS.kinetix.import_file(filepath=str(written(tmp_path, ending)))
    (rig,) = rigs.armatures()
    assert rig.children[0].data.shape_keys.animation_data.action.name.startswith("talking Face")
    rate = CONTEXT.scene.render.fps
    last = 1 + round((FRAMES - 1) / 30 * rate)
    assert weight(rig, "jawOpen", 1) == pytest.approx(0.0, abs=1e-5)
    assert weight(rig, "jawOpen", last) == pytest.approx(0.9, abs=2e-4)
    assert weight(rig, "mouthSmileLeft", last) == pytest.approx(0.5) and weight(rig, "mouthSmileRight", last) == 0
    assert "52 shape keys" in rigs.addon("import_options").IMPORT.report
    assert rigs.worst(rigs.limb_errors(rig, talking(), (0, 20))) < 1.0


def test_the_shapes_of_the_mannequin_move_its_chin_down() -> None:
    blocks = keys_of(with_face()).key_blocks
    assert [block.name for block in blocks] == ["Basis", *rigs.core("values.face_shapes").FACE_SHAPES]
    places = {}
    for name in ("Basis", "jawOpen"):
        found = np.empty(3 * len(blocks[name].data), np.float32)
        blocks[name].data.foreach_get("co", found)
        places[name] = found.reshape(-1, 3)
    moved = places["jawOpen"] - places["Basis"]
    chin = np.linalg.norm(moved, axis=1).argmax()
    assert moved[chin, 2] < -0.005 and 1.6 < places["Basis"][chin, 2] < 1.75 and places["Basis"][chin, 1] < -0.05


def test_a_rig_without_shape_keys_gets_the_body_and_a_word_about_the_face(tmp_path: Path) -> None:
    rig = rigs.unreal()
    OPS.kinetix.import_file(filepath=str(written(tmp_path)))
    assert rigs.worst(rigs.limb_errors(rig, talking(), (0, 20))) < 1.0
    assert len(bpy.data.actions) == 1 and not bpy.data.shape_keys
    assert "face is left out" in rigs.addon("import_options").IMPORT.report
    other = rigs.mannequin()
    assert [note for note in apply(other).notes if "face is left out" in note]
    assert not [note for note in apply(with_face(), mask="LOWER").notes if "face" in note.lower()]


def test_strips_and_replaced_keys_and_the_mirror() -> None:
    rig = with_face()
    apply(rig)
    keys = keys_of(rig)
    first = keys.animation_data.action
    apply(rig, into="REPLACE", start=50, mirrored=True)
    assert keys.animation_data.action is first and len(bpy.data.actions) == 2
    assert weight(rig, "mouthSmileRight", 60) == pytest.approx(0.5) and weight(rig, "mouthSmileLeft", 60) == 0
    apply(rig, into="NLA", start=200)
    former, track = keys.animation_data.nla_tracks
    assert keys.animation_data.action is None and former.strips[0].action is first
    assert track.strips[0].frame_start == 200
    assert weight(rig, "jawOpen", 200 + FRAMES - 1) == pytest.approx(0.9, abs=1e-5)


def test_what_drivers_and_others_hold_stays() -> None:
    rig = with_face()
    keys = keys_of(rig)
    keys.key_blocks["jawOpen"].driver_add("value").driver.expression = "0.25"
    keys.key_blocks["tongueOut"].name = "mine"
    assert [note for note in apply(rig).notes if "1 shape keys of the face have drivers" in note]
    curves = rigs.addon("compat").channels_played(keys.animation_data).fcurves
    names = {curve.data_path.split('"')[1] for curve in curves}
    assert len(names) == 50 and not names & {"jawOpen", "tongueOut", "mine"}


@pytest.mark.parametrize("into", ["ACTION", "NLA", "REPLACE"])
@pytest.mark.parametrize("step", ["apply.write_values", "apply._write_face"])
def test_a_face_that_fails_leaves_the_file_as_it_was(into: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for again in (False, True):
        rigs.empty()
        rig = with_face()
        if again:
            apply(rig)
        before = state()
        with monkeypatch.context() as broken:
            calls = break_at(broken, step, 1)
            with pytest.raises(Broken):
                apply(rig, into=into, start=50)
        assert calls
        assert not changed(before)


def test_a_mannequin_that_came_with_the_face_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state()
    break_at(monkeypatch, "apply._write_face", 1)
    with pytest.raises(RuntimeError):
        OPS.kinetix.import_file(filepath=str(written(tmp_path)))
    assert not changed(before)


@pytest.mark.parametrize("former", [False, True])
def test_a_preview_moves_the_face_and_puts_it_back(spoken: Any, former: bool) -> None:
    rig = with_face()
    if former:
        apply(rig, mirrored=True)
        rigs.addon("compat").channels_played(keys_of(rig).animation_data).fcurves.clear()
        keys_of(rig).animation_data.action.use_fake_user = False
    keys_of(rig).key_blocks["jawOpen"].value = 0.25
    CONTEXT.scene.frame_set(1)
    before = state()
    assert OPS.kinetix.preview_emote() == {"FINISHED"}
    assert weight(rig, "jawOpen", 1) == 0 and weight(rig, "mouthSmileLeft", 10) == pytest.approx(0.5)
    assert OPS.kinetix.stop_preview() == {"FINISHED"}
    assert not changed(before, played=True)


def test_a_preview_without_a_character_shows_the_mannequins_face(spoken: Any) -> None:
    OPS.kinetix.preview_emote()
    (rig,) = rigs.armatures()
    assert weight(rig, "mouthSmileLeft", 10) == pytest.approx(0.5)
    OPS.kinetix.preview_emote()  # the same button ends it
    assert not bpy.data.objects and not bpy.data.actions and not bpy.data.meshes and not bpy.data.shape_keys
    assert not bpy.data.armatures


@pytest.mark.parametrize("step", ["apply.write_values", "apply._write_face"])
def test_a_preview_that_fails_at_the_face_is_taken_back(
    spoken: Any, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_face()
    before = state()
    with monkeypatch.context() as broken:
        assert break_at(broken, step, 1) == []
        with pytest.raises(RuntimeError):
            OPS.kinetix.preview_emote()
    assert not changed(before)


def library_file() -> Path:
    file: Path = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    return file


def test_an_asset_gives_a_character_body_and_face_in_one_step(spoken: Any) -> None:
    rig = with_face()
    rig.name = "Hero"
    CONTEXT.scene.render.fps = 30  # as the clip's, so that every frame has a key
    before = state()
    assert OPS.kinetix.to_assets() == {"FINISHED"}
    assert not changed(before), "the file's own shape keys are left alone"
    apply(rig, mirrored=True)
    former = keys_of(rig).animation_data.action
    former.use_fake_user = False
    OPS.ed.undo_push(message="before")
    place = rigs.addon("assets.place")
    action = place.place(library_file(), "Wave", [rig], CONTEXT.scene)
    OPS.ed.undo_push(message="placed")
    assert rigs.worst(rigs.limb_errors(rig, talking(), (0, 20))) < 1.0
    has_slots = rigs.addon("compat").one_action_for_all()
    face = keys_of(rig).animation_data.action
    assert (face is action) is has_slots and face.use_fake_user and face.frame_range[:] == action.frame_range[:]
    assert weight(rig, "jawOpen", FRAMES) == pytest.approx(0.9, abs=1e-4)
    assert weight(rig, "mouthSmileLeft", 10) == pytest.approx(0.5) and weight(rig, "mouthSmileRight", 10) == 0
    assert former.use_fake_user and len(bpy.data.actions) == (3 if has_slots else 4)
    OPS.ed.undo()
    rig = bpy.data.objects["Hero"]
    assert weight(rig, "mouthSmileRight", 10) == pytest.approx(0.5) and "Wave" not in bpy.data.actions


def test_an_asset_of_the_mannequin_moves_the_faces_of_others_and_leaves_drivers(spoken: Any) -> None:
    CONTEXT.scene.render.fps = 30
    OPS.kinetix.to_assets()
    assert not bpy.data.actions and not bpy.data.objects and not bpy.data.shape_keys
    place = rigs.addon("assets.place")
    first, second, bare = with_face(), with_face(), rigs.unreal()
    driver = keys_of(second).key_blocks["jawOpen"].driver_add("value").driver
    driver.expression = "0.25"
    action = place.place(library_file(), "Wave", [first, second, bare], CONTEXT.scene)
    assert {rig.animation_data.action for rig in (first, second, bare)} == {action}
    assert weight(first, "jawOpen", FRAMES) == pytest.approx(0.9, abs=1e-4)
    assert weight(second, "jawOpen", FRAMES) == pytest.approx(0.25)
    assert weight(second, "mouthSmileLeft", 10) == pytest.approx(0.5)


def test_an_asset_of_a_blender_without_slots_is_whole_in_every_other(
    spoken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = with_face()
    CONTEXT.scene.render.fps = 30
    with monkeypatch.context() as older:
        older.setattr(rigs.addon("compat"), "one_action_for_all", lambda: False)
        OPS.kinetix.to_assets()
    assert not bpy.data.actions
    rigs.addon("assets.place").place(library_file(), "Wave", [rig], CONTEXT.scene)
    assert weight(rig, "jawOpen", FRAMES) == pytest.approx(0.9, abs=1e-4)
    assert rigs.worst(rigs.limb_errors(rig, talking(), (0, 20))) < 1.0
    assert sorted(action.name for action in bpy.data.actions) == ["Wave", f"Wave {rig.children[0].name}"]


def test_an_asset_goes_onto_body_and_face_or_onto_none(spoken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = with_face()
    OPS.kinetix.to_assets()
    apply(rig)
    place, assign, last = rigs.addon("assets.place"), rigs.addon("compat").assign_action, keys_of(rig)

    def refuse(holder: Any, action: Any, slot: Any = None) -> None:
        assign(holder, action, slot)
        if holder.id_data == last:
            raise Broken

    place.place(library_file(), "Wave", [rigs.unreal()], CONTEXT.scene)  # Blender keeps a note of the file from now on
    before = state()
    with monkeypatch.context() as broken:
        broken.setattr(place.compat, "assign_action", refuse)
        with pytest.raises(Broken):
            place.place(library_file(), "Wave", [rig], CONTEXT.scene)
    assert not changed(before)
