"""Page of every error with its next step, read from the code that creates it.

Calls of error classes are repeated with their literal texts; values known only at run time appear as `…`.
"""

from __future__ import annotations

import ast
import functools
import importlib
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinetix_core.api.next_steps import BY_CODE, BY_STATUS, COMMANDS, TITLES
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.failure import FailureReason

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "shared/kinetix_core",
    "shared/kinetix_hub",
    "shared/kinetix_tools",
    "shared/kinetix_capture",
    "shared/kinetix_local",
    "shared/kinetix_studio",
    "godot_bridge/kinetix_godot",
)
UNKNOWN = "…"

_FILLED_IN = re.compile(r"\{\w+\}")
_PARTS = (ast.ClassDef, ast.Call)


@dataclass(frozen=True, order=True)
class Entry:
    """One error as a person reads it. `next_step` is empty where there is nothing to do, `command` where none does it."""

    code: str
    title: str
    next_step: str
    command: str = ""


def errors(folders: Iterable[Path]) -> list[Entry]:
    """Return every error that the code below these folders creates, in order of code and title."""
    modules = [
        (file, ast.parse(file.read_text(encoding="utf-8"))) for folder in folders for file in folder.rglob("*.py")
    ]
    parts = [(file, tree, [node for node in ast.walk(tree) if isinstance(node, _PARTS)]) for file, tree in modules]
    classes = _classes([(file, node) for file, _, nodes in parts for node in nodes if isinstance(node, ast.ClassDef)])
    found: set[Entry] = set()
    for _, tree, nodes in parts:
        constants = _constants(tree)
        for call in nodes:
            if isinstance(call, ast.Call) and (made := classes.get(_last_name(call.func))):
                found.update(_entries(call, made, constants))
    return sorted(found)


@functools.cache
def own() -> tuple[Entry, ...]:
    """Return every error of the project."""
    return tuple(errors(ROOT / source for source in SOURCES))


def _classes(defined: Sequence[tuple[Path, ast.ClassDef]]) -> dict[str, type[KinetixError]]:
    """Return the error classes by name; names are unique enough."""
    known: dict[str, type[KinetixError] | None] = {"KinetixError": KinetixError}
    while new := [
        (file, node) for file, node in defined if node.name not in known and {*map(_last_name, node.bases)} & {*known}
    ]:
        for file, node in new:
            kind = getattr(importlib.import_module(_module(file)), node.name)
            known.setdefault(node.name, kind if issubclass(kind, KinetixError) else None)
    return {name: kind for name, kind in known.items() if kind}


def _module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts[1:]).removesuffix(".__init__")


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _constants(module: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _entries(call: ast.Call, kind: type[KinetixError], constants: Mapping[str, ast.expr]) -> Iterator[Entry]:
    """Create the errors of a call, one per branch of the `if`s in its texts."""
    given = {None: call.args} | {keyword.arg: [keyword.value] for keyword in call.keywords}
    texts = [(name, _texts(value, constants)) for name, values in given.items() for value in values]
    longest = max((len(each) for _, each in texts), default=1)
    if all(len(each) in (1, longest) for _, each in texts):  # texts by the same `if`
        ways = list(zip(*(each * longest if len(each) == 1 else each for _, each in texts), strict=True)) or [()]
    else:
        ways = list(itertools.product(*(each for _, each in texts)))
    for way in ways:
        named = list(zip([name for name, _ in texts], way, strict=True))
        try:
            error = kind(*[text for name, text in named if name is None], **{n: t for n, t in named if n is not None})
        except (AttributeError, TypeError):  # an argument is not a text
            continue
        if error.title != UNKNOWN:
            yield Entry(error.code, error.title, error.next_step, error.command)


def _texts(value: ast.expr, names: Mapping[str, ast.expr]) -> list[str]:
    """Return the possible texts of an expression: one, or one per branch of an `if`."""
    match value:
        case ast.Name(id=name) if name in names:
            return _texts(names[name], {})
        case ast.Constant(value=known):
            return ["" if known is None else str(known)]
        case ast.Call(func=ast.Name(id="worded"), args=[ast.Constant(value=template)]):
            return [_FILLED_IN.sub(UNKNOWN, str(template))]
        case ast.JoinedStr(values=parts):
            return ["".join(each) for each in itertools.product(*(_texts(part, names) for part in parts))]
        case ast.FormattedValue(value=inner):
            return _texts(inner, names)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(each) for each in itertools.product(_texts(left, names), _texts(right, names))]
        case ast.IfExp(body=one, orelse=other):
            return [*_texts(one, names), *_texts(other, names)]
        case ast.BoolOp(op=ast.Or(), values=parts):
            return next((texts for part in parts if any(texts := _texts(part, names))), [""])
        case ast.Attribute(value=ast.Name(id="FailureReason"), attr=name):
            return [FailureReason[name]]
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="FailureReason"), attr=name), attr=part):
            return [str(getattr(FailureReason[name], part))]
    return [UNKNOWN]


# ---- the page


def document() -> str:
    """The page in Markdown."""
    by_code: dict[str, list[Entry]] = defaultdict(list)
    for each in own():
        by_code[each.code].append(each)
    named = sorted((code for code in by_code if code not in (UNKNOWN, "error")), key=str.casefold)
    lines = [
        "# Every error and its cure",
        "",
        "Made from the code that says them. An error has a code for programs (`--json`, the hub's answers), one sentence that says",
        f"what happened, and the next step. `{UNKNOWN}` stands for what only the case itself knows: a name, a number.",
        "",
        "`kinetix doctor` looks for the causes by itself, and `kinetix doctor --fix` removes those that it can.",
        "",
        "## A clip that cannot become an emote",
        "",
        *_table("code", ((f"`{reason.value}`", reason.summary, reason.advice) for reason in FailureReason)),
        "## Answers of the API",
        "",
        *_table(
            "status",
            (
                (str(status), TITLES.get(status, ""), _cure(step, COMMANDS.get(step, "")))
                for status, step in BY_STATUS.items()
            ),
        ),
        "Some codes say more than their status:",
        "",
        "| code | what to do |",
        "| --- | --- |",
        *(f"| `{code}` | {_cell(_cure(step, COMMANDS.get(step, '')))} |" for code, step in sorted(BY_CODE.items())),
        "",
        "## Errors of hub, command line, sync and files",
        "",
    ]
    for code in named:
        lines += [f"### {code}", "", "| what it says | what to do |", "| --- | --- |"]
        lines += [f"| {_cell(each.title)} | {_cell(_cure(each.next_step, each.command))} |" for each in by_code[code]]
        lines += [""]
    return "\n".join(lines)


def _cure(step: str, command: str) -> str:
    return f"{step} At a terminal: `{command}`." if command and command != UNKNOWN else step


def _table(first: str, rows: Iterable[tuple[str, str, str]]) -> list[str]:
    head = [f"| {first} | what it says | what to do |", "| --- | --- | --- |"]
    return [*head, *(f"| {code} | {_cell(title)} | {_cell(step)} |" for code, title, step in rows), ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
