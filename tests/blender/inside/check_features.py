"""Preview, comparison, asset library, mapping editor, export to Godot, translations, disable and enable."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import bpy
import pytest
import rigs
from check_guarantee import whole_file


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    rigs.empty()


@pytest.fixture
def emote(tmp_path):
    """An emote of the library, selected."""
    file = rigs.write_clip(rigs.clip(), tmp_path)
    made = {
        "id": "0a1b2c3d-0000-4000-8000-000000000000",
        "name": "Wave",
        "durationS": 2.0,
        "fps": 30.0,
        "frames": 61,
        "sha256": "0",
        "files": {"glb": str(file), "thumbnail": ""},
    }
    rigs.addon("heartbeat").LINK.state.emotes = {made["id"]: made}
    rigs.addon("session").VALUES["library.selected"] = made["id"]
    rigs.addon("session").VALUES["library.ticked"] = []
    yield made
    rigs.addon("heartbeat").LINK.state.emotes = {}


def test_preview_leaves_the_file_as_it_was(emote):
    rig = rigs.unreal()
    rigs.addon("importing.apply").apply_motion(rig, rigs.clip().with_(name="Former"))
    scene = bpy.context.scene
    scene.tool_settings.use_keyframe_insert_auto = True
    scene.frame_set(17)
    rig.pose.bones["head"].rotation_quaternion = (0.9, 0.1, 0.2, 0.3)
    bpy.ops.object.mode_set(mode="POSE")
    before = whole_file()
    assert bpy.ops.kinetix.preview_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 2 and not scene.tool_settings.use_keyframe_insert_auto
    scene.frame_set(30)
    assert bpy.ops.kinetix.stop_preview() == {"FINISHED"}
    after = whole_file()
    changed = {key: (before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)}
    # Matrices follow from the channels, up to float noise.
    assert not {key for key in changed if "matrix" not in key and ".head" not in key and ".tail" not in key}, changed


def test_preview_without_a_character_brings_one_and_takes_it_away(emote):
    before = whole_file()
    bpy.ops.kinetix.preview_emote()
    assert any(obj.type == "ARMATURE" for obj in bpy.data.objects)
    bpy.ops.kinetix.preview_emote()
    assert not bpy.data.objects and not bpy.data.actions and not bpy.data.armatures and not bpy.data.meshes
    assert set(whole_file()) == set(before)


def test_saving_ends_a_preview_first(emote, tmp_path):
    rigs.mannequin()
    bpy.ops.kinetix.preview_emote()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    assert not bpy.data.actions
    assert not rigs.addon("preview.ops").is_previewing()


def test_import_operator_and_batch(emote):
    assert bpy.ops.kinetix.import_emote() == {"FINISHED"}
    rig = bpy.context.view_layer.objects.active
    assert rig.type == "ARMATURE" and rig.animation_data.action.name.startswith("Wave")
    assert rig.animation_data.action["kinetix_emote"] == emote["id"]
    assert bpy.ops.kinetix.import_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 2


def test_an_error_is_a_report_not_a_traceback(emote):
    emote["files"]["glb"] = "/nowhere/at all.glb"
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.kinetix.import_emote()
    assert "is not there" in str(caught.value) and "Traceback" not in str(caught.value)


def test_a_damaged_file_changes_nothing(emote):
    file = Path(emote["files"]["glb"])
    file.write_bytes(file.read_bytes()[:3000])
    rig = rigs.mannequin()
    with pytest.raises(RuntimeError):
        bpy.ops.kinetix.import_emote()
    assert (not bpy.data.actions and rig.animation_data is None) or rig.animation_data.action is None


def test_asset_library_has_action_preview_catalog_and_metadata(emote):
    rigs.mannequin()
    bpy.context.object.name = "Hero"
    assert bpy.ops.kinetix.to_assets() == {"FINISHED"}
    assert not bpy.data.actions, "the action lives in the library's file, not in this one"
    folder = rigs.addon("assets.ops").folder()
    catalog = (folder / "blender_assets.cats.txt").read_text(encoding="utf-8")
    assert "Emotes/Hero" in catalog and catalog.startswith("# This is an Asset Catalog Definition")
    files = list((folder / "Hero").glob("*.blend"))
    assert len(files) == 1 and not list(folder.rglob("*.tmp"))
    with bpy.data.libraries.load(str(files[0]), assets_only=True) as (found, loaded):
        loaded.actions = list(found.actions)
    action = loaded.actions[0]
    assert action.name.startswith("Wave") and "kinetix" in [tag.name for tag in action.asset_data.tags]
    assert action.asset_data.catalog_id in catalog
    libraries = bpy.context.preferences.filepaths.asset_libraries
    assert [one for one in libraries if Path(one.path) == folder]
    bpy.ops.kinetix.to_assets()
    assert len([one for one in libraries if Path(one.path) == folder]) == 1


def test_mapping_by_hand_is_kept_and_can_be_forgotten():
    rig, mapping = rigs.unreal(), rigs.addon("importing.mapping")
    try:
        assert mapping.mapping_of(rig) is None
        mapping.change(rig, "LeftHand", "lowerarm_l")
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
        assert "LeftLowerArm" not in mapping.mapping_of(rig).bones
        mapping._known.clear()  # as after a restart
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
        assert bpy.ops.kinetix.save_mapping(name="My rig") == {"FINISHED"}
        assert "My rig" in mapping.presets()
        assert bpy.ops.kinetix.automatic_mapping() == {"FINISHED"}
        assert mapping.mapping_of(rig) is None
        assert bpy.ops.kinetix.load_mapping(preset="My rig") == {"FINISHED"}
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
    finally:
        mapping.forget(rig)


def test_a_rig_with_foreign_names_can_be_mapped_by_hand():
    body = rigs.core("mannequin").load()
    rig = rigs._from_mannequin(lambda name: f"b{body.skeleton.names.index(name):02d}")
    mapping, motion = rigs.addon("importing.mapping"), rigs.clip()
    source = rigs.core("motion.mapping").map_bones(body.skeleton)
    try:
        for human, bone in source.bones.items():
            mapping.change(rig, human, f"b{bone.index:02d}")
        rigs.addon("importing.apply").apply_motion(rig, motion, mapping=mapping.mapping_of(rig))
        bpy.context.scene.frame_set(20)
        assert rig.pose.bones["b00"].matrix_basis.to_quaternion().angle > 0.01
    finally:
        mapping.forget(rig)


def test_export_writes_one_clip_and_leaves_no_trace(tmp_path):
    rig = rigs.mannequin()
    apply = rigs.addon("importing.apply").apply_motion
    first = apply(rig, rigs.clip(31).with_(name="First")).action
    apply(rig, rigs.clip(31).with_(name="Second"))
    bpy.context.scene.frame_set(9)
    before = whole_file()
    target = tmp_path / "First.glb"
    rigs.addon("godot.export").action_to_glb(bpy.context, rig, first, target)
    after = whole_file()
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    assert not {key for key in changed if "matrix" not in key}, changed
    data = target.read_bytes()
    document = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
    assert [one["name"] for one in document["animations"]] == ["First"]
    assert document["skins"] and document["meshes"]
    back = rigs.core("formats.glb").read_motion(data)
    assert back.duration == pytest.approx(1.0, abs=0.05)


def test_every_label_has_a_translation():
    table = rigs.addon("translations").TABLE
    assert len(table) >= 1
    shown = set()
    for cls in rigs.addon("registration")._CLASSES:
        shown.add(getattr(cls, "bl_label", ""))
        for prop in getattr(cls, "bl_rna", None).properties if issubclass(cls, bpy.types.PropertyGroup) else ():
            if prop.identifier not in ("rna_type", "name"):
                shown |= {prop.name, *(item.name for item in getattr(prop, "enum_items", ()))}
    own = {"", "Kinetix", "Clip for an emote", "Kinetix emote", "Name"}
    for language, texts in table.items():
        english = {key[1] for key in texts}
        assert not shown - english - own, (language, sorted(shown - english - own))
        assert all(value.strip() for value in texts.values())


def test_disable_and_enable_leaves_nothing_behind():
    import sys

    module = sys.modules["kinetix_emotes"]
    module.unregister()
    try:
        assert not hasattr(bpy.types, "KINETIX_PT_account") and not hasattr(bpy.types.WindowManager, "kinetix_create")
        assert not [one for one in bpy.app.handlers.save_pre if "kinetix" in one.__module__]
    finally:
        module.register()
    assert hasattr(bpy.types, "KINETIX_PT_account")


def test_a_key_never_reaches_the_file_or_a_property(tmp_path):
    link, key = rigs.addon("heartbeat").LINK, "0123456789abcdef" * 2
    link.close()
    assert bpy.ops.kinetix.add_profile(name="cloud", kind="cloud", user="player", key=key) == {"FINISHED"}
    assert link._queue and key not in str(link._queue[0][1:3]), (
        "the key goes in a request of its own, after the profile's"
    )
    link.close()
    assert key not in str(rigs.addon("session").VALUES)
    target = tmp_path / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(target), compress=False)
    assert key.encode() not in target.read_bytes()
    assert key not in bpy.context.window_manager.clipboard


def test_a_qr_code_keeps_its_squares():
    """As QR writers make them: one bit a pixel, some pixels a module."""
    import struct
    import zlib

    import numpy as np

    pixels_of = rigs.addon("jobs.qr").pixels_of
    modules = np.random.default_rng(5).random((33, 33)) < 0.5
    dark = np.pad(np.kron(modules, np.ones((5, 5), bool)), 20)
    rows = np.packbits(~dark, axis=1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", dark.shape[1], dark.shape[0], 1, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    found = pixels_of(png)
    assert found.shape == ((33 + 8) * 4, (33 + 8) * 4, 4)
    assert np.array_equal(found[::4, ::4, 0] == 0, np.pad(modules, 4))
    for damaged in (b"", png[:40], png[:-30], b"GIF89a", png.replace(b"IDAT", b"IDAX")):
        assert pixels_of(damaged) is None or len(damaged) > 40
