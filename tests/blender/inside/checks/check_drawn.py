"""Everything is drawn in every state without a word on the console; mapping, library pages, translations, registration, keys."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import panels
import pytest
import rigs
import states
from blender_api import CONTEXT, OPS


def names_of_states() -> Any:
    return [name for name, _ in states.States(rigs.addon, None).all()]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    rigs.empty()
    found = states.States(rigs.addon, tmp_path)
    yield found
    found.leave()


def draws() -> Iterator[Any]:
    """(name, what draws, RNA, values) of everything that the add-on draws."""
    registration = rigs.addon("registration")
    for cls in registration._CLASSES:
        if issubclass(cls, bpy.types.Panel | bpy.types.Menu):
            if not getattr(cls, "poll", lambda _context: True)(bpy.context):
                continue
            for name in {"draw_header", "draw_header_preset"} & vars(cls).keys():
                yield f"{cls.__name__}.{name}", vars(cls)[name], None, {}
            yield cls.__name__, cls.draw, None, {}
        elif issubclass(cls, bpy.types.AddonPreferences) and "draw" in vars(cls):
            yield cls.__name__, cls.draw, cls.bl_rna, dict.fromkeys(cls.__annotations__)
        elif issubclass(cls, bpy.types.Operator) and "draw" in vars(cls):
            yield from dialogs(cls)
    for menu, draw in rigs.addon("importing.panel")._MENUS:
        assert hasattr(bpy.types, menu)
        yield menu, draw, None, {}
    yield "asset menu", rigs.addon("assets.place")._entry, None, {}


def dialogs(cls: Any) -> Iterator[Any]:
    """A dialog with its own values, once for each value of its enumerations."""
    folder, _, name = cls.bl_idname.partition(".")
    rna = getattr(getattr(OPS, folder), name).get_rna_type()
    values = {
        one.identifier: getattr(one, "default", "") for one in rna.properties if one.identifier in cls.__annotations__
    }
    yield cls.__name__, cls.draw, rna, values
    for one in rna.properties:
        if one.type == "ENUM" and one.identifier in values:
            for item in one.enum_items:
                yield f"{cls.__name__} {item.identifier}", cls.draw, rna, values | {one.identifier: item.identifier}


@pytest.mark.parametrize("state", names_of_states())
def test_everything_is_drawn(made: Any, state: str, capfd: Any) -> None:
    capfd.readouterr()
    wrong = {}
    with made.made(dict(made.all())[state]):
        for name, draw, rna, values in draws():
            try:
                panels.drawn_by(draw, rna=rna, **values)
            except Exception as error:  # noqa: BLE001 - each of them is a panel that stays half drawn
                wrong[name] = f"{type(error).__name__}: {error}"
        icons = panels.drawn("create.KINETIX_PT_create").icons
        assert icons[0] in ("FILEBROWSER", "FILE_MOVIE") and icons[1] == "OUTLINER_OB_ARMATURE", (
            "what is pressed stands first"
        )
    assert not wrong
    ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush(None)
    said = "".join(capfd.readouterr())
    assert not said, said


def test_a_newcomer_sees_few_controls(made: Any) -> None:
    """Count the controls of the panels that are open at first, with each panel's heading."""
    shown = []
    with made.made(dict(made.all())["nothing"]):
        for cls in rigs.addon("registration")._CLASSES:
            if issubclass(cls, bpy.types.Panel) and getattr(cls, "poll", lambda _context: True)(bpy.context):
                shown.append(cls.__name__)
                if "DEFAULT_CLOSED" not in getattr(cls, "bl_options", ()):
                    drawn = panels.drawn_by(cls.draw)
                    shown += [*(one.button for one in drawn.operators), *drawn.properties]
    assert len(shown) <= 12, shown
    assert shown[:2] == ["KINETIX_PT_create", "kinetix.choose_clip"]


def test_import_says_which_options_are_changed(made: Any) -> None:
    with made.made(lambda: made.library(1)):
        assert "Import" in panels.drawn("library.KINETIX_PT_library").texts
        values = CONTEXT.window_manager.kinetix_import
        values.into, values.mirrored = "NLA", True
        assert "Import · NLA Strip · Mirror" in panels.drawn("library.KINETIX_PT_library").texts


def test_every_button_and_field_has_a_tooltip_of_at_most_100_letters(made: Any) -> None:
    tooltips = {}
    for cls in rigs.addon("registration")._CLASSES:
        if issubclass(cls, bpy.types.Operator):
            tooltips[cls.__name__] = getattr(cls, "bl_description", "")
        elif issubclass(cls, bpy.types.PropertyGroup | bpy.types.AddonPreferences):
            fields = [one for one in cls.bl_rna.properties if one.identifier in cls.__annotations__]
            tooltips |= {f"{cls.__name__}.{one.identifier}": one.description for one in fields}
    # Neither is a control: a page or row that is selected.
    missing = {name for name, text in tooltips.items() if not text}
    assert missing <= {"KinetixLibraryValues.page", "KinetixGodotValues.row"}
    said = {text for text in tooltips.values() if text}
    shown = [(text, 100) for text in said]
    for language, table in rigs.addon("translations").TABLE.items():
        shown += [(table[("*", text)], 60 if language.startswith(("ja", "zh")) else 100) for text in said]
    assert not [text for text, longest in shown if len(text) > longest]


def test_the_pies_key_does_nothing_until_it_is_switched_on(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shortcut, wanted = rigs.addon("shortcut"), SimpleNamespace(use_shortcut=False)
    monkeypatch.setattr(rigs.addon("blender"), "own_preferences", lambda: wanted)
    keymap, item = shortcut._items[0]
    shortcut.follow()
    assert not item.active
    wanted.use_shortcut = True
    shortcut.follow()
    assert item.active and item.properties.name == "KINETIX_MT_pie"
    before = len(keymap.keymap_items)
    shortcut.remove()
    assert len(keymap.keymap_items) == before - 1
    shortcut.add()
    assert len(keymap.keymap_items) == before


def test_what_is_dropped_finds_its_way_in_any_place(made: Any) -> None:
    for area in (None, SimpleNamespace(type="VIEW_3D"), SimpleNamespace(type="PROPERTIES")):
        for cls in rigs.addon("registration")._CLASSES:
            if issubclass(cls, bpy.types.FileHandler):
                wanted = area is not None and area.type == "VIEW_3D"
                assert cls.poll_drop(SimpleNamespace(area=area)) is wanted


def test_fingers_are_folded_away_until_they_are_wanted(made: Any) -> None:
    finger = "LeftIndexProximal"
    with made.made(dict(made.all())["the mannequin"]):
        shown = panels.drawn("importing.KINETIX_PT_mapping")
        assert finger not in shown.texts and "Fingers" in shown.texts and "LeftHand" in shown.texts
    with made.made(dict(made.all())["mapped fingers"]):
        shown = panels.drawn("importing.KINETIX_PT_mapping")
        # The usual width cuts the whole name, which the tooltip has.
        at = shown.texts.index("LeftIndex")
        assert shown.texts[at + 1] == "Proximal" and finger not in shown.texts
        chosen = next(made for made in shown.operators if getattr(made, "human", "") == finger)
        choose = rigs.addon("importing.ops").KINETIX_OT_choose_bone
        assert choose.description(bpy.context, chosen).startswith(f"{finger}: {chosen.bone}\n") and chosen.bone


@pytest.mark.parametrize(
    ("state", "warned"), [("mapped wrong", True), ("mapped by hand", False), ("the mannequin", False)]
)
def test_hips_that_cannot_be_hips_are_red(made: Any, state: str, warned: Any) -> None:
    with made.made(dict(made.all())[state]):
        shown = panels.drawn("importing.KINETIX_PT_mapping")
        first = next(icon for icon in shown.icons if icon.startswith("COLLECTION_COLOR"))
        assert first == ("COLLECTION_COLOR_01" if warned else "COLLECTION_COLOR_04")
        assert ("parent bone of legs and spine" in " ".join(shown.texts)) is warned


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
    assert before[0] and before[1:] == (8, 2)
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
