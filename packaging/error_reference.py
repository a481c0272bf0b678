"""The page of errors: what can be said to a person, and what to do about it, read from the code that says it.

Every call that makes a `KinetixError` is followed, without running it, through the classes between it and `KinetixError`. What only
a run knows (a file's name, a number) is shown as `…`.
"""

from __future__ import annotations

import ast
import copy
import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kinetix_core.api.next_steps import BY_CODE, BY_STATUS, COMMANDS, TITLES
from kinetix_core.values.failure import FailureReason

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "shared/kinetix_core",
    "shared/kinetix_hub",
    "shared/kinetix_tools",
    "shared/kinetix_capture",
    "shared/kinetix_local",
    "godot_bridge/kinetix_godot",
)
UNKNOWN = "…"

_FILLED_IN = re.compile(r"\{\w+\}")
_BASE = "KinetixError"
_LOOKED_AT = (ast.ClassDef, ast.Call)
_FIELDS = ("title", "code", "detail", "next_step", "command")


@dataclass(frozen=True, order=True)
class Told:
    """One error as a person reads it. `next_step` is empty where there is nothing to do, `command` where none does it."""

    code: str
    title: str
    next_step: str
    command: str = ""


@dataclass(frozen=True)
class _Class:
    """An error's class: what it hands on to its base, in terms of the parameters of its own `__init__` (None: it has none)."""

    base: str
    parameters: tuple[str, ...] | None = None
    defaults: Mapping[str, ast.expr] = field(default_factory=dict)
    hands_on: ast.Call | None = None


_KINETIX_ERROR = _Class(
    "", _FIELDS, {"code": ast.Constant("error"), "next_step": ast.Constant(""), "command": ast.Constant("")}
)


def errors(sources: Iterable[ast.Module]) -> list[Told]:
    """Every error that these modules make, in order of code and title."""
    # Walking through a module takes about as long as parsing it: once.
    modules = [(module, [node for node in ast.walk(module) if isinstance(node, _LOOKED_AT)]) for module in sources]
    classes = _classes(node for _, nodes in modules for node in nodes if isinstance(node, ast.ClassDef))
    found: set[Told] = set()
    for module, nodes in modules:
        constants = _constants(module)
        for call in nodes:
            if isinstance(call, ast.Call) and _last_name(call.func) in classes:
                found.update(_told(call, classes, constants))
    return sorted(found)


@functools.cache
def own() -> tuple[Told, ...]:
    """Every error of ours."""
    return tuple(errors(parsed(ROOT / source for source in SOURCES)))


def parsed(folders: Iterable[Path]) -> Iterator[ast.Module]:
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            yield ast.parse(file.read_text(encoding="utf-8"), str(file))


# ---- classes


def _classes(defined: Iterable[ast.ClassDef]) -> dict[str, _Class]:
    """Classes of errors by their names, which are unique enough: a base that is none of ours leads nowhere."""
    written = list(defined)
    known = {_BASE: _KINETIX_ERROR}
    while new := [node for node in written if node.name not in known and _base(node) in known]:
        known |= {node.name: _class(node) for node in new}
    return known


def _base(node: ast.ClassDef) -> str:
    return next((name for base in node.bases if (name := _last_name(base))), "")


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _class(node: ast.ClassDef) -> _Class:
    own = next((part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None)
    if own is None:
        return _Class(_base(node))
    positional = [argument.arg for argument in (*own.args.posonlyargs, *own.args.args)][1:]
    given = own.args.defaults
    defaults = dict(zip(positional[len(positional) - len(given) :], given, strict=True))
    defaults |= {
        argument.arg: value
        for argument, value in zip(own.args.kwonlyargs, own.args.kw_defaults, strict=True)
        if value is not None
    }
    inner = next((call for call in ast.walk(own) if isinstance(call, ast.Call) and _is_super_init(call)), None)
    return _Class(_base(node), tuple(positional), defaults, inner)


def _is_super_init(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "__init__"
        and isinstance(call.func.value, ast.Call)
        and _last_name(call.func.value.func) == "super"
    )


def _constants(module: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


# ---- what a call says


def _told(call: ast.Call, classes: Mapping[str, _Class], constants: Mapping[str, ast.expr]) -> Iterator[Told]:
    names = dict(constants)
    name = _last_name(call.func)
    while name != _BASE:
        kind = classes[name]
        if kind.parameters is not None:
            names |= _bound(call, kind, names)
            if kind.hands_on is None:
                return
            call = kind.hands_on
        name = kind.base
    said = _bound(call, _KINETIX_ERROR, names)
    titles, codes, steps = (_texts(said[key]) for key in ("title", "code", "next_step"))
    command = _texts(said["command"])[0]
    if len(titles) == len(steps):  # two texts by one `if`
        yield from (
            Told(codes[0], title, step, command) for title, step in zip(titles, steps, strict=True) if title != UNKNOWN
        )
    else:
        yield from (Told(codes[0], title, step, command) for title in titles for step in steps if title != UNKNOWN)


def _bound(call: ast.Call, kind: _Class, names: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
    """Parameters of a class with what this call gives them, names of the call's own place already replaced."""
    assert kind.parameters is not None
    given = dict(zip(kind.parameters, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return {key: _replaced(value, names) for key, value in {**kind.defaults, **given}.items()}


class _Replacing(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.names.get(node.id, node)


def _replaced(value: ast.expr, names: Mapping[str, ast.expr]) -> ast.expr:
    replaced = _Replacing(names).visit(copy.deepcopy(value))
    assert isinstance(replaced, ast.expr)
    return replaced


def _texts(value: ast.expr) -> list[str]:
    """Return the possible texts of an expression: one, or one per branch of an `if`."""
    match value:
        case ast.Constant(value=known):
            return ["" if known is None else str(known)]
        case ast.Call(func=ast.Name(id="worded"), args=[ast.Constant(value=template)]):
            return [_FILLED_IN.sub(UNKNOWN, str(template))]
        case ast.JoinedStr(values=parts):
            return ["".join(each) for each in itertools.product(*map(_texts, parts))]
        case ast.FormattedValue(value=inner):
            return _texts(inner)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(each) for each in itertools.product(_texts(left), _texts(right))]
        case ast.IfExp(body=one, orelse=other):
            return [*_texts(one), *_texts(other)]
        case ast.BoolOp(op=ast.Or(), values=parts):
            return next((texts for part in parts if any(texts := _texts(part))), [""])
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="FailureReason"), attr=name), attr=told):
            return [str(getattr(FailureReason[name], told))]
    return [UNKNOWN]


# ---- the page


def document() -> str:
    """The page in Markdown."""
    by_code: dict[str, list[Told]] = defaultdict(list)
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
