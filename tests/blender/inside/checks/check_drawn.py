"""Everything is drawn in every state without a word on the console; mapping, library pages, translations, registration, keys."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
import rigs
import states
from blender_api import CONTEXT, OPS
from panels import drawn, drawn_by


def names_of_states() -> Any:
    return [name for name, _ in states.States(rigs.addon, None).all()]


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
def test_everything_is_drawn(form: Any, state: str, capfd: Any) -> None:
    capfd.readouterr()
    wrong = {}
    with form.made(dict(form.all())[state]):
        for name, draw, rna, values in draws():
            try:
                drawn_by(draw, rna=rna, **values)
            except Exception as error:  # noqa: BLE001 - each of them is a panel that stays half drawn
                wrong[name] = f"{type(error).__name__}: {error}"
        icons = drawn("create").icons
        assert icons[0] in ("FILEBROWSER", "FILE_MOVIE") and icons[1] == "OUTLINER_OB_ARMATURE", (
            "what is pressed stands first"
        )
    assert not wrong
    ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush(None)
    said = "".join(capfd.readouterr())
    assert not said, said


def test_a_newcomer_sees_few_controls(form: Any) -> None:
    """Count the controls of the panels that are open at first, with each panel's heading."""
    shown = []
    for cls in rigs.addon("registration")._CLASSES:
        if issubclass(cls, bpy.types.Panel) and getattr(cls, "poll", lambda _context: True)(bpy.context):
            shown.append(cls.__name__)
            if "DEFAULT_CLOSED" not in getattr(cls, "bl_options", ()):
                found = drawn_by(cls.draw)
                shown += [*found.buttons, *found.properties]
    assert len(shown) <= 12, shown
    assert shown[:2] == ["KINETIX_PT_create", "kinetix.choose_clip"]


def test_import_says_which_options_are_changed(form: Any) -> None:
    form.library(1)
    assert "Import" in drawn("library").texts
    values = CONTEXT.window_manager.kinetix_import
    values.into, values.mirrored = "NLA", True
    assert "Import · NLA Strip · Mirror" in drawn("library").texts


def test_every_button_and_field_has_a_tooltip_of_at_most_100_letters(form: Any) -> None:
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


def test_the_pies_key_does_nothing_until_it_is_switched_on(form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_what_is_dropped_finds_its_way_in_any_place(form: Any) -> None:
    for area in (None, SimpleNamespace(type="VIEW_3D"), SimpleNamespace(type="PROPERTIES")):
        for cls in rigs.addon("registration")._CLASSES:
            if issubclass(cls, bpy.types.FileHandler):
                wanted = area is not None and area.type == "VIEW_3D"
                assert cls.poll_drop(SimpleNamespace(area=area)) is wanted


def test_fingers_are_folded_away_until_they_are_wanted(form: Any) -> None:
    finger = "LeftIndexProximal"
    with form.made(dict(form.all())["the mannequin"]):
        shown = drawn("mapping")
        assert finger not in shown.texts and "Fingers" in shown.texts and "LeftHand" in shown.texts
    with form.made(dict(form.all())["mapped fingers"]):
        shown = drawn("mapping")
        # The usual width cuts the whole name, which the tooltip has.
        at = shown.texts.index("LeftIndex")
        assert shown.texts[at + 1] == "Proximal" and finger not in shown.texts
        chosen = next(made for made in shown.operators if getattr(made, "human", "") == finger)
        choose = rigs.addon("importing.ops").KINETIX_OT_choose_bone
        assert choose.description(bpy.context, chosen).startswith(f"{finger}: {chosen.bone}\n") and chosen.bone


@pytest.mark.parametrize(
    ("state", "warned"), [("mapped wrong", True), ("mapped by hand", False), ("the mannequin", False)]
)
def test_hips_that_cannot_be_hips_are_red(form: Any, state: str, warned: Any) -> None:
    with form.made(dict(form.all())[state]):
        shown = drawn("mapping")
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
        shown = drawn("mapping")
        assert {"LeftHand", "Hips"} <= set(shown.texts)
        # The usual width leaves a long name its end.
        assert "lowerarm_l".endswith(shown.texts[shown.texts.index("LeftHand") + 1].removeprefix("…"))
        wanted = ("choose_bone", "map_bone", "show_bone", "load_mapping")
        assert {f"kinetix.{name}" for name in wanted} <= set(shown.buttons)
    finally:
        mapping.forget(rig)


def test_the_library_is_searched_and_turned_over(form: Any) -> None:
    form.library(20)

    def listed() -> list[str]:
        return [text.split("  ")[0] for text in drawn("library").texts if "Wave" in text]

    assert len(set(listed()) - {"Wave 1"}) == 6
    OPS.kinetix.library_page(step=1)
    assert "Wave 13" in listed()
    rigs.addon("library.props").LIBRARY.search = "wave 7"
    assert listed()[:2] == ["Wave 17", "Wave 7"] and "Wave 13" not in listed()


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


def test_a_message_of_the_hub_is_french_around_the_files_name(in_language: Any) -> None:
    sent = '{"title": "“a.mp4” is empty.", "wording": {"title": {"text": "“{clip}” is empty.", "values": {"clip": "a.mp4"}}}}'
    error = json.loads(sent, object_hook=rigs.addon("hub.link").restored)
    assert rigs.addon("messages").line(error) == "“a.mp4” is empty."
    in_language("fr_FR")
    assert rigs.addon("messages").line(error) == "« a.mp4 » est vide."


def test_disable_and_enable_leaves_nothing_behind() -> None:
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


def test_a_sentence_without_spaces_is_broken_between_its_letters() -> None:
    lines = rigs.addon("text")._lines("请将“到”设在“从”之后，或设为 0。", 12)
    assert lines == ["请将“到”设在", "“从”之后，或", "设为 0。"]
