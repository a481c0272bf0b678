"""Import and preview of an emote from the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
import rigs
from blender_api import CONTEXT, OPS
from check_guarantee import whole_file

pytestmark = pytest.mark.usefixtures("fresh")


def test_preview_leaves_the_file_as_it_was(emote: Any) -> None:
    rig = rigs.unreal()
    rigs.addon("importing.apply").apply_motion(rig, rigs.clip().with_(name="Former"))
    scene = CONTEXT.scene
    scene.tool_settings.use_keyframe_insert_auto = True
    scene.frame_set(17)
    rig.pose.bones["head"].rotation_quaternion = (0.9, 0.1, 0.2, 0.3)
    OPS.object.mode_set(mode="POSE")
    before = whole_file()
    assert OPS.kinetix.preview_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 2 and not scene.tool_settings.use_keyframe_insert_auto
    scene.frame_set(30)
    assert OPS.kinetix.stop_preview() == {"FINISHED"}
    after = whole_file()
    changed = {key: (before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)}
    # Matrices follow from the channels, up to float noise.
    assert not {key for key in changed if "matrix" not in key and ".head" not in key and ".tail" not in key}, changed


def test_preview_without_a_character_brings_one_and_takes_it_away(emote: Any) -> None:
    before = whole_file()
    OPS.kinetix.preview_emote()
    assert any(obj.type == "ARMATURE" for obj in bpy.data.objects)
    OPS.kinetix.preview_emote()
    assert not bpy.data.objects and not bpy.data.actions and not bpy.data.armatures and not bpy.data.meshes
    assert set(whole_file()) == set(before)


def test_saving_ends_a_preview_first(emote: Any, tmp_path: Path) -> None:
    rigs.mannequin()
    OPS.kinetix.preview_emote()
    OPS.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    assert not bpy.data.actions
    assert not rigs.addon("view_modes").PREVIEW.is_on


def test_import_operator_and_batch(emote: Any) -> None:
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    rig = CONTEXT.view_layer.objects.active
    assert rig.type == "ARMATURE" and rig.animation_data.action.name.startswith("Wave")
    assert rig.animation_data.action["kinetix_emote"] == emote["id"]
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 2


def test_many_emotes_on_many_characters(emote: Any, tmp_path: Path) -> None:
    second = {**emote, "id": "another", "name": "Jump"}
    rigs.addon("hub.heartbeat").LINK.state.emotes["another"] = second
    first, other = rigs.mannequin(), rigs.unreal()
    first.select_set(True)
    rigs.addon("library.props").LIBRARY.ticked = [emote["id"], "another"]
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 4
    for rig in (first, other):
        assert rig.animation_data.action.name.startswith("Jump")
        assert rigs.worst(rigs.limb_errors(rig, rigs.clip(), (5, 40))) < 1.0


def test_a_preview_is_no_undo_step_and_undo_ends_it(emote: Any) -> None:
    rig = rigs.mannequin()
    name = rig.name
    OPS.ed.undo_push(message="before")
    rig.location.x = 3.0
    OPS.ed.undo_push(message="moved")
    OPS.kinetix.preview_emote()
    OPS.kinetix.stop_preview()
    assert bpy.data.objects[name].location.x == 3.0
    OPS.kinetix.preview_emote()
    OPS.ed.undo()
    assert not rigs.addon("view_modes").PREVIEW.is_on and not bpy.data.actions
    assert bpy.data.objects[name].location.x == 0.0, "one undo takes back the move, not the preview"


def test_an_error_is_a_report_not_a_traceback(emote: Any) -> None:
    emote["files"]["glb"] = "/nowhere/at all.glb"
    with pytest.raises(RuntimeError) as caught:
        OPS.kinetix.import_emote()
    assert "is missing" in str(caught.value) and "Traceback" not in str(caught.value)


def test_a_damaged_file_changes_nothing(emote: Any) -> None:
    file = Path(emote["files"]["glb"])
    file.write_bytes(file.read_bytes()[:3000])
    rig = rigs.mannequin()
    with pytest.raises(RuntimeError):
        OPS.kinetix.import_emote()
    assert not bpy.data.actions and rig.animation_data is None
