"""What an artist reads speaks of Kinetix, this machine and players, not of the parts that it is built of (docs/glossary.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.blender import shown_texts

ROOT = Path(__file__).resolve().parents[2]
GODOT = ROOT / "godot_bridge" / "addons" / "kinetix_emotes"
BLENDER = ROOT / "blender_addon" / "kinetix_emotes"

# Names of parts, and of what a game's developer manages, in every language of the front ends.
_DEVELOPERS_WORD = re.compile(r"\b(?:hub|services?|users?|worlds?|utilisateurs?)\b", re.IGNORECASE)


def _with_a_developers_word(texts: Iterable[str]) -> set[str]:
    return {text for text in texts if _DEVELOPERS_WORD.search(text)}


def _texts_of_script(script: str) -> set[str]:
    """What a GDScript source says to a person: its literals with a blank or a capital in front. Keys and paths have neither."""
    code = re.sub(r"^\s*#.*$", "", script, flags=re.MULTILINE)
    literals = re.findall(r'"((?:[^"\\\n]|\\.)*)"', code)
    return {text for text in literals if " " in text.strip() or text[:1].isupper()}


@pytest.mark.quick
def test_the_texts_of_a_script_are_found() -> None:
    script = '## "A hub of ours"\nvar a := {"user": "The hub\\"s", "hub/hub.json": "User"}\n\t# "The user"'
    assert _texts_of_script(script) == {'The hub\\"s', "User"}
    assert _with_a_developers_word({"Kinetix Hub", "GitHub", "Players", "Users"}) == {"Kinetix Hub", "Users"}


@pytest.mark.quick
def test_godots_add_on_speaks_to_an_artist() -> None:
    scripts = sorted(GODOT.rglob("*.gd"))
    assert scripts
    found = {script.name: _with_a_developers_word(_texts_of_script(script.read_text("utf-8"))) for script in scripts}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.quick
def test_blenders_add_on_speaks_to_an_artist() -> None:
    assert _with_a_developers_word(shown_texts.texts(sorted(BLENDER.rglob("*.py")))) == set()


@pytest.mark.quick
@pytest.mark.parametrize("table", sorted((BLENDER / "locale").glob("*.json")), ids=lambda table: table.stem)
def test_a_translation_speaks_to_an_artist(table: Path) -> None:
    """What the hub says is translated there too, so it is read along with the add-on's own texts."""
    pairs = json.loads(table.read_text("utf-8")).items()
    assert _with_a_developers_word(f"{english} = {translated}" for english, translated in pairs) == set()
