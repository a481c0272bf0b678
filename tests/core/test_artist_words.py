"""What an artist reads speaks of Kinetix, this machine and players, not of the parts that it is built of (docs/glossary.md)."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.blender import shown_texts

ROOT = Path(__file__).resolve().parents[2]
GODOT = ROOT / "godot_bridge" / "addons" / "kinetix_emotes"
BLENDER = ROOT / "blender_addon" / "kinetix_emotes"
# What reaches an editor from outside it, less the command line, whose command is `kinetix hub`.
TELLS = ("shared/kinetix_hub", "shared/kinetix_core", "godot_bridge/kinetix_godot")
# Where a developer is spoken to: at the terminal, or who writes a game's server.
TO_A_DEVELOPER = {
    "shared/kinetix_core/api",
    "shared/kinetix_core/hub_protocol/client.py",
    "shared/kinetix_hub/cli",
    "shared/kinetix_hub/link.py",
}

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


def _told(tree: ast.AST) -> Iterator[str]:
    """Titles, details and next steps of errors, notices and findings. A command in backquotes is left out."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        named = {word.arg: word.value for word in node.keywords if word.arg != "command"}  # typed, not read
        is_told = "next_step" in named or ast.unparse(node.func).rpartition(".")[2] in {
            "notice",
            "report",
            "check",
            "_Kind",
        }
        parts = [*node.args, *named.values()] if is_told else []
        for part in parts:
            if isinstance(part, ast.Call):
                continue  # told by itself, if it is
            for text in ast.walk(part):
                if isinstance(text, ast.Constant) and isinstance(text.value, str) and " " in text.value.strip():
                    yield re.sub(r"`[^`]*`", "", text.value)


@pytest.mark.quick
def test_what_an_error_says_is_found() -> None:
    code = 'raise KinetixError(f"The hub {x} broke.", code="hub", next_step="Run `kinetix hub stop` now.")\nlog.info("a hub")'
    assert set(_told(ast.parse(code))) == {"The hub ", "Run  now."}


@pytest.mark.quick
def test_errors_and_notices_speak_to_an_artist() -> None:
    found = {}
    for file in (file for place in TELLS for file in sorted((ROOT / place).rglob("*.py"))):
        name = file.relative_to(ROOT).as_posix()
        if not any(name == place or name.startswith(f"{place}/") for place in TO_A_DEVELOPER):
            found[name] = _with_a_developers_word(_told(ast.parse(file.read_text("utf-8"))))
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.quick
def test_every_place_of_the_list_still_speaks_to_a_developer() -> None:
    for place in TO_A_DEVELOPER:
        files = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
        assert any(_with_a_developers_word(_told(ast.parse(file.read_text("utf-8")))) for file in files), place
