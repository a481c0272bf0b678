"""Bone mapping, library pages, translations, registration, and keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import panels
import pytest
import rigs
from blender_api import CONTEXT, OPS

pytestmark = pytest.mark.usefixtures("fresh")


def test_mapping_by_hand_is_kept_and_can_be_forgotten() -> None:
    rig, mapping = rigs.unreal(), rigs.addon("importing.mapping")
    try:
        assert mapping.mapping_of(rig) is None
        mapping.change(rig, "LeftHand", "lowerarm_l")
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
        assert "LeftLowerArm" not in mapping.mapping_of(rig).bones
        mapping._known.clear()  # as after a restart
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
        assert OPS.kinetix.save_mapping(name="My rig") == {"FINISHED"}
        assert "My rig" in mapping.presets()
        assert OPS.kinetix.automatic_mapping() == {"FINISHED"}
        assert mapping.mapping_of(rig) is None
        assert OPS.kinetix.load_mapping(preset="My rig") == {"FINISHED"}
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
    finally:
        mapping.forget(rig)


def test_bones_are_picked_and_shown_in_the_viewport() -> None:
    rig, mapping, compat = rigs.unreal(), rigs.addon("importing.mapping"), rigs.addon("compat")
    try:
        OPS.object.mode_set(mode="POSE")
        rig.data.bones.active = rig.data.bones["lowerarm_l"]
        assert OPS.kinetix.map_bone(human="LeftHand") == {"FINISHED"}
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
        assert OPS.kinetix.show_bone(bone="head") == {"FINISHED"}
        assert compat.selected_bone_names(rig) == ["head"] and rig.data.bones.active.name == "head"
        shown = panels.drawn("importing.KINETIX_PT_mapping")
        assert {"LeftHand", "Hips"} <= set(shown.texts)
        # The usual width leaves a long name its end.
        assert "lowerarm_l".endswith(shown.texts[shown.texts.index("LeftHand") + 1].removeprefix("…"))
        assert {"kinetix.choose_bone", "kinetix.map_bone", "kinetix.show_bone", "kinetix.load_mapping"} <= {
            one.button for one in shown.operators
        }
    finally:
        mapping.forget(rig)


def test_the_library_is_searched_and_turned_over() -> None:
    link = rigs.addon("hub.heartbeat").LINK
    link.state.emotes = {
        str(number): {"id": str(number), "name": f"Wave {number}", "createdAt": f"{number:03d}"} for number in range(20)
    }
    try:
        assert len([text for text in panels.drawn("library.KINETIX_PT_library").texts if "Wave" in text]) == 6
        OPS.kinetix.library_page(step=1)
        assert any("Wave 13" in text for text in panels.drawn("library.KINETIX_PT_library").texts)
        rigs.addon("library.props").LIBRARY.search = "wave 7"
        found = panels.drawn("library.KINETIX_PT_library").texts
        assert [text.split("  ")[0] for text in found if "Wave" in text] == ["Wave 17", "Wave 7"]
    finally:
        link.state.emotes = {}
        rigs.addon("library.props").LIBRARY.search = ""
        rigs.addon("library.props").LIBRARY.page = 0


def test_a_rig_with_foreign_names_can_be_mapped_by_hand() -> None:
    body = rigs.core("mannequin").load()
    rig = rigs._from_mannequin(lambda name: f"b{body.skeleton.names.index(name):02d}")
    mapping, motion = rigs.addon("importing.mapping"), rigs.clip()
    source = rigs.core("motion.mapping.automatic").map_bones(body.skeleton)
    try:
        for human, bone in source.bones.items():
            mapping.change(rig, human, f"b{bone.index:02d}")
        rigs.addon("importing.apply").apply_motion(rig, motion, mapping=mapping.mapping_of(rig))
        CONTEXT.scene.frame_set(20)
        assert rig.pose.bones["b00"].matrix_basis.to_quaternion().angle > 0.01
    finally:
        mapping.forget(rig)


def test_a_message_of_the_hub_is_french_around_the_files_name(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = '{"title": "“a.mp4” is empty.", "wording": {"title": {"text": "“{clip}” is empty.", "values": {"clip": "a.mp4"}}}}'
    error = json.loads(sent, object_hook=rigs.addon("hub.link").restored)
    assert rigs.addon("messages").line(error) == "“a.mp4” is empty."
    french = rigs.addon("translations").TABLE["fr_FR"]  # Blender as a module has no languages of its own
    monkeypatch.setattr(rigs.addon("translations"), "pgettext_iface", lambda text: french.get(("*", text), text))
    assert rigs.addon("messages").line(error) == "« a.mp4 » est vide."


def test_disable_and_enable_leaves_nothing_behind() -> None:
    import sys

    module, heartbeat = sys.modules["kinetix_emotes"], rigs.addon("hub.heartbeat")

    def hooked() -> Any:
        handlers = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
        lists = {name: value for name, value in handlers.items() if isinstance(value, list)}
        own = [
            f"{name} {one.__name__}" for name, value in lists.items() for one in value if "kinetix" in one.__module__
        ]
        return own, len(heartbeat._tick_parts), len(heartbeat.LINK.state.listeners)

    before = hooked()
    assert before[0] and before[1:] == (10, 3)
    for _ in range(3):
        module.unregister()
        try:
            assert not hasattr(bpy.types, "KINETIX_PT_create")
            assert not hasattr(bpy.types.WindowManager, "kinetix_create")
            assert not bpy.app.timers.is_registered(heartbeat.pump)
            assert hooked() == ([], 0, 0)
        finally:
            module.register()
        assert hooked() == before
    assert hasattr(bpy.types, "KINETIX_PT_create")


def test_a_key_never_reaches_the_file_or_a_property(tmp_path: Path) -> None:
    link, key = rigs.addon("hub.heartbeat").LINK, "0123456789abcdef" * 2
    link.close()
    assert OPS.kinetix.add_profile(name="cloud", kind="cloud", user="player", key=key) == {"FINISHED"}
    assert link._queue and key not in str(link._queue[0][1:3]), (
        "the key goes in a request of its own, after the profile's"
    )
    link.close()
    target = tmp_path / "saved.blend"
    OPS.wm.save_as_mainfile(filepath=str(target), compress=False)
    assert key.encode() not in target.read_bytes()
    assert key not in CONTEXT.window_manager.clipboard


def test_a_sentence_without_spaces_is_broken_between_its_letters() -> None:
    lines = rigs.addon("text")._lines("请将“到”设在“从”之后，或设为 0。", 12)
    assert lines == ["请将“到”设在", "“从”之后，或", "设为 0。"]
