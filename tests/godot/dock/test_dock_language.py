"""The dock in the language of the editor: its tables are whole, and what it shows is from them, but for what is the person's."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

import build_godot_addon
from kinetix_core.values.wording import worded, wording_of
from tests.godot.dock import texts
from tests.godot.dock.states import STATES, show, speaking
from tests.godot.editor import editor, imported_project
from tests.support import tools

ADDON = tools.ROOT / "godot_bridge/addons/kinetix_emotes"
SCENES = sorted((ADDON / "editor").rglob("*.tscn"))
SCRIPTS = [*sorted((ADDON / "editor").rglob("*.gd")), ADDON / "plugin.gd"]
LOCALE = ADDON / "editor/locale"
LANGUAGES = sorted(table.stem for table in build_godot_addon.CORE_MESSAGES.glob("*.json"))


def _table(name: str) -> dict[str, str]:
    table: dict[str, str] = json.loads((LOCALE / name).read_text(encoding="utf-8"))
    return table


@pytest.mark.quick
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_has_every_text_of_the_dock_and_no_other(language: str) -> None:
    said = {text for script in (*SCRIPTS, *SCENES) for text in texts.translated(script)}
    assert len(said) > 250
    assert said ^ _table(f"{language}.json").keys() == set()


@pytest.mark.quick
def test_no_text_of_the_dock_goes_past_the_tables() -> None:
    assert {script.name: loose for script in SCRIPTS if (loose := texts.loose(script))} == {}


@pytest.mark.quick
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_filled_in_as_its_text_is(language: str) -> None:
    """`%s` in their order, {names} in any."""
    for text, translation in _table(f"{language}.json").items():
        assert re.findall(r"%[sd]", translation) == re.findall(r"%[sd]", text), text
        assert Counter(re.findall(r"{\w+}", translation)) == Counter(re.findall(r"{\w+}", text)), text
        assert translation.strip() and translation[:1].isspace() == text[:1].isspace(), text


@pytest.mark.quick
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_choices_of_an_import_can_be_parted(language: str) -> None:
    """Godot takes them as one text with commas, and what follows a colon as a number."""
    loops = ("As in the file", "None", "Linear", "Ping-pong")
    assert not [text for text in loops if {",", ":"} & set(_table(f"{language}.json")[text])]


@pytest.mark.quick
def test_what_the_hub_says_is_the_cores(tmp_path: Path) -> None:
    """Also where the links of the sources were checked out as plain texts; and no game has it in its pack."""
    with zipfile.ZipFile(build_godot_addon.build(tmp_path)) as archive:
        for language in LANGUAGES:
            core = build_godot_addon.CORE_MESSAGES / f"{language}.json"
            assert archive.read(f"addons/kinetix_emotes/editor/locale/messages_{language}.json") == core.read_bytes()
        assert "addons/kinetix_emotes/editor/locale/.gdignore" in archive.namelist()


_SHOWN = """
var found = []
for part in dock.find_children('*', 'Control', true, false):
	if (part is Label or part is Button) and not part.text.is_empty(): found.append(part.atr(part.text))
return found
"""


def test_a_german_editor_has_a_german_dock(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    """Also what the hub says; but neither an emote's name nor anything twice."""
    imported_project(tmp_path_factory, tmp_path)
    own, messages = _table("de.json"), _table("messages_de.json")
    title = worded("The scene changes at {seconds} s.", seconds="2.5")
    advice = "Use one uncut shot, or choose the part before or after the cut."
    refused = {"code": "sceneCut", "title": title, "nextStep": advice, "wording": wording_of({"title": title})}
    late = worded("The person is in the picture until {seconds} s of the clip; the move ends there.", seconds="{why} 4")
    jobs = [
        {"id": "1", "name": "Create", "state": "failed", "status": "Failed", "percent": 40.0, "error": refused},
        {"id": "2", "name": "Retry", "state": "awaitingDecision", "percent": 95.0, "hints": ["Unknown.", late]}
        | {"wording": wording_of({"hints": ["Unknown.", late]})},
    ]
    with editor(tmp_path, speaking("de")) as found:
        assert found.get("range(3).map(func(tab): return dock._tabs.get_tab_title(tab))") == [
            own[tab] for tab in ("Library", "Create", "Sync")
        ]
        show(found, "", state=("Create", {"jobs": jobs}, ""))
        shown = found.run(_SHOWN)
        assert {own["By phone"], own["Create emote"], own["Retry"], own["Accept"]} <= set(shown)
        (failed,) = [text for text in shown if text.startswith("Create · ")]
        assert failed.startswith(f"Create · {messages['Failed']}\n")
        assert messages[title.template].format(seconds="2.5") in failed and messages[advice] in failed
        (waiting,) = [text for text in shown if text.startswith("Retry · ")]
        assert waiting.endswith("\nUnknown.\n" + messages[late.template].format(seconds="{why} 4"))
        english = set()
        for name, (_, held, _) in STATES.items():
            if "reason" not in held:  # which are made up in English
                show(found, name)
                english |= own.keys() & set(found.run(_SHOWN)) - set(own.values())
        assert english == set()
        cut = "var search = part('Search').get_menu()\nreturn search.atr(search.get_item_text(0))"
        assert found.run(cut) == "Ausschneiden", "Godot's own words stay Godot's"
