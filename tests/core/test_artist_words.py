"""What an artist reads speaks of Kinetix, this machine and players, not of the parts that it is built of (docs/glossary.md)."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from kinetix_core.api.next_steps import BY_CODE, BY_STATUS
from tests.blender import shown_texts

ROOT = Path(__file__).resolve().parents[2]
GODOT = ROOT / "godot_bridge" / "addons" / "kinetix_emotes"
BLENDER = ROOT / "blender_addon" / "kinetix_emotes"
TABLES = [
    *sorted((BLENDER / "locale").glob("*.json")),
    *sorted((GODOT / "editor/locale").glob("??.json")),
    *sorted((ROOT / "shared/kinetix_core/translations").glob("*.json")),
]
# What reaches an editor from outside it, less the command line, whose command is `kinetix hub`.
TELLS = ("shared/kinetix_hub", "shared/kinetix_core", "godot_bridge/kinetix_godot")
# Where a developer is spoken to: at the terminal, or who writes a game's server.
TO_A_DEVELOPER = {
    "shared/kinetix_core/api",
    "shared/kinetix_core/hub_protocol/client.py",
    "shared/kinetix_hub/cli",
    "shared/kinetix_hub/link.py",
}

# Whom an error or a finding reaches at a terminal alone, where its next step may be a command.
AT_A_TERMINAL = {"godot_bridge/kinetix_godot/run/commands.py", "shared/kinetix_hub/cli"}
# A checkout of the sources has a developer in front of it.
WITH_A_COMMAND = {"Install the complete add-on file, which brings them. In a checkout of the sources: make setup."}

# Names of parts, and of what a game's developer manages, in every language of the front ends.
_DEVELOPERS_WORD = re.compile(
    r"\b(?:hub|services?|users?|worlds?|utilisateurs?|Dienste?s?|Nutzern?|Welt(?:en)?)\b", re.IGNORECASE
)

# Of the command line, which is `kinetix` in small letters, and of the sources' Makefile.
_TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
_COMMAND = re.compile(rf"\bkinetix [a-z-]|\bmake (?:{'|'.join(_TARGETS)})\b")


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
@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.parts[-3]}-{table.stem}")
def test_a_translation_speaks_to_an_artist(table: Path) -> None:
    """What the hub says is translated there too, so it is read along with the add-on's own texts."""
    sources = [
        path for at in TO_A_DEVELOPER for path in ([ROOT / at] if at.endswith(".py") else (ROOT / at).rglob("*.py"))
    ]
    to_a_developer = {
        part.value
        for source in sources
        for part in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(part, ast.Constant)
    }
    pairs = [pair for pair in json.loads(table.read_text("utf-8")).items() if pair[0] not in to_a_developer]
    assert len(pairs) > 200
    assert _with_a_developers_word(f"{english} = {translated}" for english, translated in pairs) == set()


def _told(tree: ast.AST) -> Iterator[str]:
    """Titles, details and next steps of errors, notices and findings; `command` is typed, not read."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        named = {word.arg: word.value for word in node.keywords if word.arg != "command"}
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
                    yield text.value


def _without_commands(texts: Iterable[str]) -> Iterator[str]:
    return (re.sub(r"`[^`]*`", "", text) for text in texts)


@pytest.mark.quick
def test_what_an_error_says_is_found() -> None:
    code = 'raise KinetixError(f"The hub {x} broke.", code="hub", next_step="Run `kinetix hub stop` now.")\nlog.info("a hub")'
    assert set(_without_commands(_told(ast.parse(code)))) == {"The hub ", "Run  now."}


@pytest.mark.quick
def test_errors_and_notices_speak_to_an_artist() -> None:
    found = {}
    for file in (file for place in TELLS for file in sorted((ROOT / place).rglob("*.py"))):
        name = file.relative_to(ROOT).as_posix()
        if not any(name == place or name.startswith(f"{place}/") for place in TO_A_DEVELOPER):
            found[name] = _with_a_developers_word(_without_commands(_told(ast.parse(file.read_text("utf-8")))))
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.quick
def test_every_place_of_the_list_still_speaks_to_a_developer() -> None:
    for place in TO_A_DEVELOPER:
        files = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
        assert any(
            _with_a_developers_word(_without_commands(_told(ast.parse(file.read_text("utf-8"))))) for file in files
        ), place


@pytest.mark.quick
def test_a_command_is_seen_in_a_text() -> None:
    told = [
        "Run `kinetix hub stop` now.",
        "Or kinetix doctor.",
        "First: make setup.",
        "Restart Kinetix: make a new emote.",
    ]
    assert [bool(_COMMAND.search(text)) for text in told] == [True, True, True, False]


@pytest.mark.quick
def test_no_error_or_notice_names_a_command() -> None:
    """An editor shows the sentence to people without a terminal; the command line has the command in a field of its own."""
    found = {text for text in (*BY_CODE.values(), *BY_STATUS.values()) if _COMMAND.search(text)}
    for file in (file for place in TELLS for file in sorted((ROOT / place).rglob("*.py"))):
        name = file.relative_to(ROOT).as_posix()
        if not any(name == place or name.startswith(f"{place}/") for place in AT_A_TERMINAL):
            told = _told(ast.parse(file.read_text("utf-8")))
            found.update(text for text in told if _COMMAND.search(text))
    assert found == WITH_A_COMMAND


@pytest.mark.quick
def test_every_place_at_a_terminal_still_names_a_command() -> None:
    for place in AT_A_TERMINAL:
        files = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
        texts = (text for file in files for text in _told(ast.parse(file.read_text("utf-8"))))
        assert any(_COMMAND.search(text) for text in texts), place
