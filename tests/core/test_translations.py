"""Every message has its translations in every front end that shows it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

import pytest

from kinetix_capture.views import several_clips
from kinetix_core import translations
from kinetix_core.api import next_steps
from kinetix_core.protocol.corrections import Limb, LimbPart, PictureJoint, Side, words_of
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.enumerations import JobStage, JobState, status_of
from kinetix_core.values.errors import InputError
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.wording import worded

_ROOT = Path(__file__).parents[2]
_SHARED = _ROOT / "shared"
_CORE = sorted((_SHARED / "kinetix_core/translations").glob("*.json"))
_BLENDER = sorted((_ROOT / "blender_addon/kinetix_emotes/locale").glob("*.json"))
_PAGES = sorted((_SHARED / "kinetix_local/web/frontend/src/locales/messages").glob("*.json"))
_DOCK = sorted((_ROOT / "godot_bridge/addons/kinetix_emotes/editor/locale").glob("[!m]*.json"))
# What an editor may show: the hub's errors, the API client's, the sync's, and why a clip is refused.
_EDITORS = (
    "kinetix_hub",
    "kinetix_core/api",
    "kinetix_core/values/capture_settings.py",
    "kinetix_core/protocol/corrections.py",
    "kinetix_core/formats",
    "kinetix_core/motion",
    "kinetix_core/io/glb_chunks.py",
    "kinetix_core/io/untrusted_json.py",
    "kinetix_core/io/given_files.py",
    "kinetix_core/values/people.py",
    "kinetix_core/io/files.py",
    "kinetix_core/values/errors.py",
    "kinetix_tools/opening",
    "kinetix_tools/retargeting.py",
    "kinetix_capture/rejection.py",
    "../godot_bridge/kinetix_godot",
)
# Said at a terminal, in a log or to a game's developer only, or before there is a hub that an editor could hear.
_NOT_IN_EDITORS = (
    "kinetix_hub/cli",
    "kinetix_core/io/output_files.py",
    "kinetix_hub/database.py",
    "kinetix_hub/installation/uninstalling.py",
    "kinetix_hub/library/verify.py",
    "kinetix_core/api/webhooks.py",
    "../godot_bridge/kinetix_godot/run/commands.py",
    "../godot_bridge/kinetix_godot/run/headless.py",
)
# What a capture says of a clip that became an emote, by the functions that say it; and what a job says of its link, the sync of
# a conflict.
_HINTS = {
    "kinetix_capture/tracking/darkness.py": ("describe",),
    "kinetix_capture/tracking/visible_span.py": ("describe_absence",),
    "kinetix_capture/tracking/camera_motion.py": ("describe",),
    "kinetix_capture/people/group_capture.py": ("_observed", "_crossed"),
    "kinetix_capture/deliver.py": ("_emote",),
    "kinetix_capture/report/quality_report.py": ("report", "_hints"),
    "kinetix_capture/views/several_clips.py": ("_reject",),
}
_ALSO_SAID = {"kinetix_hub/jobs/job.py": ("phone_hint",), "../godot_bridge/kinetix_godot/run/report.py": ("status_of",)}
_SAID = ("title", "next_step")
_ERRORS = (
    "CaptureRejected",
    "FormatError",
    "KinetixError",
    "InputError",
    "ConnectionFailed",
    "TimedOut",
    "BadAnswer",
    "Cancelled",
    "Conflict",
)


def _sources(roots: tuple[str, ...], without: tuple[str, ...] = ()) -> list[Path]:
    found = [
        path
        for root in roots
        for path in ([_SHARED / root] if root.endswith(".py") else (_SHARED / root).rglob("*.py"))
    ]
    left_out = tuple(str(_SHARED / place) for place in without)
    return [path for path in found if not str(path).startswith(left_out)]


def _constants(tree: ast.Module) -> dict[str, set[str]]:
    """The sentences in what a module gives a name to, by that name."""
    found: dict[str, set[str]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                constants = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
                found[name] = {text for text in constants if isinstance(text, str) and " " in text}
    return found


def _sentences(node: ast.expr, constants: dict[str, set[str]]) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text) if " " in text:
            yield text
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            yield from constants.get(name, ())
        case ast.IfExp():
            yield from (*_sentences(node.body, constants), *_sentences(node.orelse, constants))
        case ast.BoolOp():
            yield from (text for value in node.values for text in _sentences(value, constants))
        case ast.Call(func=ast.Name(id="worded")):
            yield from _sentences(node.args[0], constants)
        case ast.JoinedStr():
            yield f"not to be translated, as it is filled in before: {ast.unparse(node)}"


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""), node


def _said(roots: tuple[str, ...], without: tuple[str, ...] = ()) -> set[str]:
    """Titles and next steps where an error is made: by the name of what is called, or as it is given a code or a next step."""
    found: set[str] = set()
    for path in _sources(roots, without):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = _constants(tree)
        for called, call in _calls(tree):
            named = {keyword.arg for keyword in call.keywords}
            if named & {"code", "next_step"} or called in _ERRORS:
                given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg in _SAID)]
                found.update(text for one in given for text in _sentences(one, constants))
    return found


def _reasons() -> set[str]:
    return {text for reason in FailureReason for text in (reason.summary, reason.advice)}


def _said_by(functions: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Every sentence in these functions, but what they are documented with."""
    found: set[str] = set()
    for module, names in functions.items():
        tree = ast.parse((_SHARED / module).read_text(encoding="utf-8"))
        said = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in names}
        assert said.keys() == set(names)
        for function in said.values():
            body = function.body[1:] if ast.get_docstring(function) else function.body
            parts = [part for statement in body for part in ast.walk(statement)]
            constants = [part.value for part in parts if isinstance(part, ast.Constant)]
            found.update(text for text in constants if isinstance(text, str) and " " in text.strip())
    return found


def _hints() -> set[str]:
    return _said_by(_HINTS) | {*several_clips.SENTENCES.values()}


def _statuses() -> set[str]:
    return {status_of(state, stage) for state in JobState for stage in JobStage}


def _of_corrections() -> set[str]:
    return {words_of(name) for kind in (Limb, LimbPart, PictureJoint) for name in kind} | {
        f"{side} {what}" for side in Side for what in ("hand", "foot")
    }


def _of_pages() -> set[str]:
    from kinetix_local.web.errors import NEXT_STEPS

    found = {*NEXT_STEPS.values()}
    for path in _sources(("kinetix_local/web",)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for called, call in _calls(tree):
            if called == "PageError":
                found.update(text for one in call.args[2:4] for text in _sentences(one, _constants(tree)))
    return found


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(
    ("variables", "chosen"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "pt"}, "pt_BR"),
        ({"LANG": "zh_TW.UTF-8"}, "zh_CN"),
        ({"LC_ALL": "ja_JP.UTF-8", "LANG": "de_DE.UTF-8"}, "ja"),
        ({"LANGUAGE": "sv:fr:de", "LC_ALL": "es_ES"}, "fr"),
        ({"LANGUAGE": "", "LC_MESSAGES": "es"}, "es"),
        ({"LANGUAGE": "en:de"}, None),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, None),
        ({}, None),
    ],
)
def test_the_environment_chooses_the_language(variables: dict[str, str], chosen: str | None) -> None:
    assert translations.language(variables) == chosen


def test_a_message_from_the_hub_is_shown_in_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with values in it, which the wire has in `wording`; for programs it stays English."""
    sent = ErrorInfo.of(
        InputError(
            worded("The scene changes at {seconds} s.", seconds="2.5"), code="broke", next_step="Split the file."
        )
    )
    monkeypatch.setenv("LANGUAGE", "de")
    for shown in (ErrorInfo.model_validate_json(sent.to_json()), sent):
        assert shown.title == "The scene changes at 2.5 s."
        assert shown.translated().title == "Bei 2.5 s wechselt die Szene."
        assert translations.translated(shown.raised().title) == "Bei 2.5 s wechselt die Szene."
        assert shown.translated().next_step == "Die Datei aufteilen."


@pytest.mark.parametrize("table", _CORE, ids=lambda path: path.stem)
def test_an_editor_has_every_error_in_its_languages(table: Path) -> None:
    known = json.loads(table.read_text(encoding="utf-8"))
    steps = {*next_steps.TITLES.values(), *next_steps.BY_CODE.values(), *next_steps.BY_STATUS.values()}
    said = _said(_EDITORS, _NOT_IN_EDITORS) | _reasons() | steps
    said |= _hints() | _said_by(_ALSO_SAID) | _of_corrections() | _statuses()
    assert len(said) > 250
    assert sorted(said - known.keys()) == []


@pytest.mark.parametrize("table", _PAGES, ids=lambda path: path.stem)
def test_a_page_has_every_refusal_in_its_languages(table: Path) -> None:
    known = json.loads(table.read_text(encoding="utf-8"))
    said = (
        _said(("kinetix_capture/rejection.py", "kinetix_core/values/capture_settings.py"))
        | _reasons()
        | _of_pages()
        | _hints()
    )
    assert len(said) > 50
    assert sorted(said - known.keys()) == []


def test_every_front_end_has_the_languages_of_the_core() -> None:
    own = [table for table in (_SHARED / "kinetix_local/web/frontend/src/locales").glob("*.json") if table.stem != "en"]
    hub = [Path(table.stem.removeprefix("messages_")) for table in _DOCK[0].parent.glob("messages_*.json")]
    for tables in (_BLENDER, _PAGES, _DOCK, own, hub):
        assert sorted(table.stem for table in tables) == translations.languages()


@pytest.mark.parametrize("language", [table.stem for table in _CORE])
def test_a_sentence_has_one_translation_in_every_front_end(language: str) -> None:
    tables = [table for table in (*_CORE, *_BLENDER, *_PAGES, *_DOCK) if table.stem == language]
    found: dict[str, set[str]] = {}
    for table in tables:
        for english, translation in json.loads(table.read_text(encoding="utf-8")).items():
            found.setdefault(english, set()).add(translation)
    assert {english: said for english, said in found.items() if len(said) > 1} == {}


@pytest.mark.parametrize("table", [*_CORE, *_BLENDER, *_PAGES], ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_translation_names_what_its_sentence_names(table: Path) -> None:
    """It may leave one out, as where a value is English in any language; none of its own could be filled in."""
    texts: dict[str, str] = json.loads(table.read_text(encoding="utf-8"))
    assert {english: text for english, text in texts.items() if not _names(text) <= _names(english)} == {}
    assert all(text.strip() for text in texts.values())
