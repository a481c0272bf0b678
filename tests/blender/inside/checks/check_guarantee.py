"""What an import and a preview leave of the file: one added Action, assigned, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
import rigs
from blender_api import CONTEXT, OPS, data_libraries


@pytest.fixture(autouse=True)
def _fresh() -> None:
    rigs.empty()


SKIPPED = {
    "bl_rna",
    "rna_type",
    "session_uid",
    "original",
    "is_evaluated",
    "preview",
    "is_updated",
    "is_updated_data",
    "users",
    "matrix_channel",
}
DEEP = {
    "pose",
    "data",
    "bones",
    "constraints",
    "animation_data",
    "nla_tracks",
    "strips",
    "modifiers",
    "tool_settings",
    "render",
}


def _properties(owner: Any, known: dict[str, Any]) -> Any:
    """Name, kind, and whether it is an array, of every property that is looked at; `known` has those of the kinds seen before."""
    kind = owner.bl_rna.identifier
    if kind not in known:
        known[kind] = [
            (prop.identifier, prop.type, bool(getattr(prop, "is_array", False)))
            for prop in owner.bl_rna.properties
            if prop.identifier not in SKIPPED
        ]
    return known[kind]


def picture(owner: Any, at: str, out: dict[str, Any], known: dict[str, Any], depth: int = 0, seen: Any = None) -> None:
    """Enter every plain value below a data-block into `out`, by its path below `at`."""
    seen = seen if seen is not None else set()
    if owner.as_pointer() in seen or depth > 7:
        return
    seen.add(owner.as_pointer())
    for name, kind, is_array in _properties(owner, known):
        try:
            value = getattr(owner, name)
        except (AttributeError, RuntimeError):
            continue
        path = f"{at}.{name}"
        if kind == "COLLECTION":
            out[f"{path}#"] = len(value)
            if name in DEEP:
                for key, item in enumerate(value):
                    picture(item, f"{path}[{key}]", out, known, depth + 1, seen)
        elif kind == "POINTER":
            out[path] = getattr(value, "name", None) if value is not None else None
            if value is not None and name in DEEP:
                picture(value, path, out, known, depth + 1, seen)
        elif is_array:
            out[path] = tuple(tuple(row) if hasattr(row, "__len__") else row for row in value)
        else:
            out[path] = value


def whole_file() -> Any:
    found: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for collection in (
        "objects",
        "armatures",
        "meshes",
        "shape_keys",
        "scenes",
        "collections",
        "materials",
        "actions",
        "texts",
        "images",
    ):
        for block in getattr(bpy.data, collection):
            picture(block, f"{collection}/{block.name}", found, known)
    return found


def test_nothing_else_changes() -> None:
    rig = rigs.unreal()
    former = rigs.addon("importing.apply").apply_motion(rig, rigs.clip().with_(name="Former")).action
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
    scene = CONTEXT.scene
    scene.tool_settings.use_keyframe_insert_auto = True
    scene.frame_set(17)
    before = whole_file()
    done = rigs.addon("importing.apply").apply_motion(rig, rigs.clip())
    # What follows from the new action being played belongs to the guarantee, so the poses are compared with none assigned.
    after = whole_file()
    added = {key for key in after if key.startswith(f"actions/{done.action.name}.")}
    changed = {
        key: (before.get(key), value) for key, value in after.items() if key not in added and before.get(key) != value
    }
    allowed = {"objects/Character.animation_data.action", "objects/Character.animation_data.action_slot"}
    allowed |= {
        "objects/Character.animation_data.last_slot_identifier",
        "objects/Character.animation_data.action_slot_handle",
    }
    assert set(changed) <= allowed, changed
    assert set(before) <= set(after)
    assert done.action is rig.animation_data.action and former.use_fake_user
    assert CONTEXT.view_layer.objects.active is other and other.select_get() and not rig.select_get()


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


def test_values_of_the_panels_stay_out_of_the_file(tmp_path: Path) -> None:
    values = CONTEXT.window_manager.kinetix_create
    values.name = "a name that must not be saved"
    assert not list(values.keys())
    target = tmp_path / "saved.blend"
    OPS.wm.save_as_mainfile(filepath=str(target), compress=False)
    assert b"a name that must not be saved" not in target.read_bytes()


def test_a_linked_rig_says_so_and_an_override_works(tmp_path: Path) -> None:
    rigs.mannequin()
    source = tmp_path / "character.blend"
    OPS.wm.save_as_mainfile(filepath=str(source))
    rigs.empty()
    with data_libraries().load(str(source), link=True) as (_, loaded):
        loaded.objects = list(_.objects)
    linked = next(obj for obj in loaded.objects if obj.type == "ARMATURE")
    for obj in loaded.objects:
        CONTEXT.collection.objects.link(obj)
    errors = rigs.core("values.errors")
    apply_motion = rigs.addon("importing.apply").apply_motion
    with pytest.raises(errors.InputError) as caught:
        apply_motion(linked, rigs.clip())
    assert "Override" in caught.value.next_step
    override = linked.override_create(remap_local_usages=True)
    motion = rigs.clip()
    apply_motion(override, motion)
    assert rigs.worst(rigs.limb_errors(override, motion, (5, 50))) < 1.0


def test_tweak_mode_and_other_objects_are_refused_with_a_way_out() -> None:
    errors, apply_motion = rigs.core("values.errors"), rigs.addon("importing.apply").apply_motion
    camera = bpy.data.objects.new("Camera", None)
    with pytest.raises(errors.InputError) as caught:
        apply_motion(camera, rigs.clip())
    assert caught.value.next_step
    data = bpy.data.armatures.new("Nothing")
    with pytest.raises(errors.InputError):
        apply_motion(bpy.data.objects.new("Nothing", data), rigs.clip())


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
