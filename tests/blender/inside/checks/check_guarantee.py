"""What an import and a preview leave of the file: one added Action, assigned, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
import rigs
from blender_api import CONTEXT, OPS
from file_state import changed, state, whole_file

pytestmark = pytest.mark.usefixtures("fresh")


def test_nothing_else_changes() -> None:
    rig = rigs.unreal()
    former = rigs.apply(rig, rigs.clip(name="Former")).action
    rig.animation_data.nla_tracks.new().strips.new("Kept", 400, former)
    rig.pose.bones["head"].rotation_mode = "ZXY"
    rig.pose.bones["hand_l"].lock_rotation = (True, False, True)
    rig.data.bones["foot_r"].hide = True
    other = bpy.data.objects.new("Other", None)
    CONTEXT.collection.objects.link(other)
    for obj in CONTEXT.selected_objects:
        obj.select_set(False)
    other.select_set(True)
    CONTEXT.view_layer.objects.active = other
    CONTEXT.scene.tool_settings.use_keyframe_insert_auto = True
    CONTEXT.scene.frame_set(17)
    before = whole_file()
    done = rigs.apply(rig, rigs.clip())
    after = whole_file()  # before the view layer is updated: what is played then is the emote
    own = f"actions/{done.action.name}."
    differs = {key for key, value in after.items() if before.get(key) != value and not key.startswith(own)}
    allowed = {f"objects/Character.animation_data.{name}" for name in ("action", "action_slot")}
    assert differs <= allowed and set(before) <= set(after)
    assert CONTEXT.view_layer.objects.active is other and other.select_get() and not rig.select_get()
    assert done.action is rig.animation_data.action and former.use_fake_user


def test_the_operator_is_one_undo_step(tmp_path: Path) -> None:
    rig = rigs.mannequin()
    name = rig.name
    OPS.ed.undo_push(message="before")
    file = rigs.write_clip(rigs.clip(), tmp_path)
    assert OPS.kinetix.import_file("EXEC_DEFAULT", True, filepath=str(file)) == {"FINISHED"}
    assert len(bpy.data.actions) == 1
    OPS.ed.undo()
    assert len(bpy.data.actions) == 0
    assert name in bpy.data.objects
    OPS.ed.redo()
    assert len(bpy.data.actions) == 1


def test_neither_a_panels_value_nor_a_key_is_saved(tmp_path: Path) -> None:
    link, key = rigs.addon("hub.heartbeat").LINK, "0123456789abcdef" * 2
    values = CONTEXT.window_manager.kinetix_create
    values.name = "a name that must not be saved"
    link.close()
    assert OPS.kinetix.add_profile(name="cloud", kind="cloud", user="player", key=key) == {"FINISHED"}
    assert link._queue and key not in str(link._queue[0][1:3]), "the key goes in a request of its own"
    link.close()
    target = tmp_path / "saved.blend"
    OPS.wm.save_as_mainfile(filepath=str(target), compress=False)
    data = target.read_bytes()
    assert values.name.encode() not in data and key.encode() not in data
    assert not list(values.keys()) and key not in CONTEXT.window_manager.clipboard


def test_a_linked_rig_says_so_and_an_override_works(tmp_path: Path) -> None:
    rigs.mannequin()
    linked, motion = rigs.linked(tmp_path / "character.blend"), rigs.clip()
    with pytest.raises(rigs.core("values.errors").InputError) as caught:
        rigs.apply(linked, motion)
    assert "Override" in caught.value.next_step
    override = linked.override_create(remap_local_usages=True)
    rigs.apply(override, motion)
    assert rigs.worst(rigs.limb_errors(override, motion, (5, 50))) < 1.0


@pytest.mark.parametrize("bones", [None, {}, {"Bone": (None, (0, 0, 0), (0, 0, 1), 0.0)}])
def test_what_is_no_body_is_refused_with_a_way_out(bones: Any) -> None:
    obj = bpy.data.objects.new("Empty", None) if bones is None else rigs.armature("Box", bones)
    with pytest.raises(rigs.core("values.errors").InputError) as caught:
        rigs.apply(obj, rigs.clip())
    assert caught.value.next_step and obj.animation_data is None and not bpy.data.actions


def test_a_preview_leaves_the_file_as_it_was(emote: Any) -> None:
    rig = rigs.unreal()
    rigs.apply(rig, rigs.clip(name="Former"))
    scene = CONTEXT.scene
    scene.tool_settings.use_keyframe_insert_auto = True
    scene.frame_set(17)
    rig.pose.bones["head"].rotation_quaternion = (0.9, 0.1, 0.2, 0.3)
    OPS.object.mode_set(mode="POSE")
    before = state()
    assert OPS.kinetix.preview_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 2 and not scene.tool_settings.use_keyframe_insert_auto
    scene.frame_set(30)
    assert OPS.kinetix.stop_preview() == {"FINISHED"}
    assert not changed(before, played=True)


def test_many_emotes_on_many_characters(emote: Any) -> None:
    rigs.addon("hub.heartbeat").LINK.state.emotes["another"] = {**emote, "id": "another", "name": "Jump"}
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
