"""Every panel, menu, list and dialog is drawn in every state, held against what this Blender has; the console stays empty."""

from __future__ import annotations

import ctypes
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
    monkeypatch.setattr(rigs.addon("hub.heartbeat"), "_panel_seen", False)
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
    assert not wrong
    ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush(None)
    said = "".join(capfd.readouterr())
    assert not said, said


@pytest.mark.parametrize("state", names_of_states())
def test_what_comes_and_goes_stands_below_create(made: Any, state: str) -> None:
    with made.made(dict(made.all())[state]):
        icons = panels.drawn("create.KINETIX_PT_create").icons
    assert icons[0] in ("FILEBROWSER", "FILE_MOVIE") and icons[1] == "OUTLINER_OB_ARMATURE"


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
