"""Every sentence that the add-on shows to a person, read from its sources. Sentences with something filled in are left out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

# Functions whose arguments of these places are shown.
_PLACES = {
    "wrapped": (1,),
    "unfolds": (3,),
    "pgettext_iface": (0,),
    "worded": (0,),
    "poll_message_set": (0,),
    "InputError": (0,),
    "KinetixError": (0,),
    "notice": (1, 2),
    "show_outcome": (0,),
    "send_request": (3,),
    "_fail": (0, 1),
    "Finding": (1, 2, 3),
    "text": (0, 1),
    "boolean": (0, 1),
    "integer": (0, 1),
    "number": (0, 1),
    "choice": (0, 2),
}
_KEYWORDS = {"text", "description", "next_step", "title", "heading"}
# What says something to a person besides our errors, and the errors that say nothing to one.
_SAY = {"Notice", "notice", "Temporary"}
_TO_PROGRAMS = {
    "ConnectionAbortedError",
    "FileNotFoundError",
    "LookupError",
    "NewConnectionError",
    "OSError",
    "RuntimeError",
}
_TO_PROGRAMS |= {"SignatureError", "TypeError", "ValueError"}
_LABELS = {"bl_label", "bl_description"}
_CONSTANTS = {
    "KEYS",
    "NO_COMMAND",
    "NO_COMMAND_ADVICE",
    "NOT_SHOWN",
    "OTHER_PYTHON",
    "RULE",
    "UNREADABLE",
    "_CUT_AWAY",
    "_OTHER_HEADING",
}
_TABLES = {"_FAULTS", "_HEADINGS", "_JOINTS", "_LIMBS", "_PARTS"}
_DICTS = {"title", "nextStep"}


def texts(files: Iterable[Path]) -> set[str]:
    found = {text for file in files for text in _of(ast.parse(file.read_text(encoding="utf-8")))}
    return {text for text in found if any(letter.isalpha() for letter in text)}


def texts_of_checks(file: Path) -> set[str]:
    """Return the next steps of the hub's doctor: the fourth argument of each `check`."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    steps = [
        node.args[3]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "check" and len(node.args) > 3
    ]
    named = [constants.get(step.id, step) if isinstance(step, ast.Name) else step for step in steps]
    return {text for text in _strings(named) if text}


def sentences_with_values(file: Path) -> tuple[set[str], list[str]]:
    """Return the messages passed through `worded`, and the lines that format values in another way."""
    kept, lost = set(), []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        if name == "worded":
            kept |= set(_strings(node.args[:1]))
        elif name in _SAY or (name.endswith("Error") and name not in _TO_PROGRAMS):
            said = [*node.args, *(word.value for word in node.keywords if word.arg in _KEYWORDS)]
            lost += [
                f"{file.name}:{one.lineno}: {ast.unparse(one)}"
                for part in said
                for one in ((part.body, part.orelse) if isinstance(part, ast.IfExp) else (part,))
                if isinstance(one, ast.JoinedStr) and " " in ast.unparse(one)  # not an address
            ]
    return kept, lost


def _of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            yield from _strings(node.args[place] for place in _PLACES.get(name, ()) if place < len(node.args))
            untouched = any(word.arg == "translate" for word in node.keywords)
            for word in node.keywords:
                own_name = word.arg == "name" and name.endswith("Property")
                if own_name or (word.arg in _KEYWORDS and not (word.arg == "text" and untouched)):
                    yield from _strings([word.value])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id in _LABELS | _CONSTANTS:
                yield from _strings([node.value])
            if node.targets[0].id in _TABLES and isinstance(node.value, ast.Dict):
                yield from _strings(node.value.values)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in _DICTS:
                    yield from _strings([value])
        elif isinstance(node, ast.List):
            for item in node.elts:  # items of an enumeration
                if isinstance(item, ast.Tuple) and len(item.elts) == 3:
                    yield from _strings(item.elts[1:])


def _strings(values: Iterable[ast.expr]) -> Iterator[str]:
    for value in values:
        for part in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
