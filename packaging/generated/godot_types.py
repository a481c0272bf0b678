"""Write the typed objects of the Godot add-on from the models of the hub protocol.

Run it after a change of `kinetix_core.protocol.hub`; a test compares its output with the file.
"""

from __future__ import annotations

import re
import types
import typing
from enum import Enum
from pathlib import Path

from gdtoolkit.formatter import format_code
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import hub_reference
from kinetix_core.protocol.hub import answers, base_models, models, sync_models
from kinetix_core.protocol.hub.enumerations import ENDED, JobState
from kinetix_core.values import clip_length

ROOT = Path(__file__).resolve().parents[2]
TYPES = ROOT / "godot_bridge" / "addons" / "kinetix_emotes" / "editor" / "hub" / "hub_types.gd"
# What the add-on reads; the models that these contain are added.
READ: tuple[type[BaseModel], ...] = (
    models.Snapshot,
    models.Notice,
    sync_models.SyncTargetChange,
    answers.CharacterMap,
    answers.ClipVerdict,
    answers.CutProposal,
    answers.DoctorReport,
    answers.EmoteList,
    answers.LibraryPage,
    answers.ProfileList,
    answers.SyncRun,
)
# Members that the add-on's scripts name; a field that none of them names is left out.
NAMED = {
    name
    for script in TYPES.parents[1].rglob("*.gd")
    if script != TYPES
    for name in re.findall(r"\.([a-z]\w*)", script.read_text(encoding="utf-8"))
}
# Types of JSON and those of GDScript.
SCALARS = {str: "String", bool: "bool", int: "int", float: "float"}


def _kinds(kind: object) -> tuple[list[object], bool]:
    """Return the members of a union without None, and whether None is one of them."""
    if typing.get_origin(kind) is typing.Annotated:
        return _kinds(typing.get_args(kind)[0])
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return [kind], False
    parts = typing.get_args(kind)
    return [_kinds(part)[0][0] for part in parts if part is not type(None)], type(None) in parts


def _plain(kind: object) -> type:
    """Return the type of JSON that a scalar travels as."""
    if typing.get_origin(kind) is typing.Literal:
        return type(typing.get_args(kind)[0])
    return str if isinstance(kind, type) and issubclass(kind, Enum | str) else typing.cast(type, kind)


def _is_model(kind: object) -> typing.TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _model_of(kinds: list[object]) -> str:
    """Return the class that all these models are read as: the one that the others inherit."""
    bases = [
        kind for kind in kinds if _is_model(kind) and all(issubclass(each, kind) for each in kinds if _is_model(each))
    ]
    return bases[0].__name__


def _quoted(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else repr(value)


def _lines(name: str, key: str, field: FieldInfo) -> tuple[str, str]:
    """Return the declaration of a field, and the statement that reads it if its declaration is not enough for the base class."""
    kinds, is_nullable = _kinds(field.annotation)
    origin, parts = typing.get_origin(kinds[0]), typing.get_args(kinds[0])
    if _is_model(kinds[0]):
        model = _model_of(kinds)
        if is_nullable:
            return f"var {name}: {model}", f'{name} = _object("{key}", {model})'
        return f"var {name} := {model}.new({{}})", ""
    if origin is dict:
        model = _model_of([parts[1]]) if _is_model(parts[1]) else "String"
        return f"var {name}: Dictionary[String, {model}] = {{}}", ""
    if origin in (list, tuple):
        inner = _kinds(parts[0])[0]
        if _is_model(inner[0]):
            return f"var {name}: Array[{_model_of(inner)}] = []", ""
        return (f"var {name}: PackedStringArray" if _plain(inner[0]) is str else f"var {name}: Array"), ""
    plain = _plain(kinds[0])
    if plain not in SCALARS:
        return f"var {name}: Array", ""
    if is_nullable and plain is not str:
        return f"var {name} := NAN", ""
    default = field.get_default() if not field.is_required() else None
    return (f"var {name} := {_quoted(plain(default))}" if default else f"var {name}: {SCALARS[plain]}"), ""


def _class(model: type[BaseModel], made: list[type[BaseModel]]) -> list[str]:
    base = next((base for base in model.__mro__[1:] if base in made), None)
    own = [
        _lines(name, field.alias or name, field)
        for name, field in model.model_fields.items()
        if name in NAMED and (base is None or name not in base.model_fields)
    ]
    if not own:
        return []
    read = [statement for _, statement in own if statement]
    return [
        "",
        "",
        f"class {model.__name__}:",
        f"\textends {base.__name__ if base else 'Json'}",
        *(f"\t{declaration}" for declaration, _ in own),
        *(["", "\tfunc _init(value: Variant) -> void:", "\t\tsuper(value)"] if read else []),
        *(f"\t\t{statement}" for statement in read),
    ]


def godot_types() -> str:
    """Return the text of hub_types.gd."""
    made = [model for model in hub_reference.reachable(*READ) if model is not base_models.Wording]
    ended = ", ".join(f'"{state}"' for state in JobState if state in ENDED)
    lines = [
        "@tool",
        "extends RefCounted",
        "## The hub's JSON as typed objects, made from the models of the hub protocol by packaging/generated/godot_types.py.",
        "##",
        "## A text that may be null is empty, a number that may be null is NAN, an object null. Sentences are translated.",
        "",
        'const Json := preload("hub_json.gd")',
        "## States of a job that has ended.",
        f"const ENDED: PackedStringArray = [{ended}]",
        "## Seconds of a clip that become one emote: as in the Kinetix cloud, and the limits of Kinetix Local.",
        f"const MIN_CLIP_S := {clip_length.MIN_SECONDS}",
        f"const MAX_CLIP_S := {clip_length.MAX_SECONDS}",
        f"const SHORTEST_CLIP_S := {clip_length.SHORTEST_SECONDS}",
        f"const LONGEST_CLIP_S := {clip_length.LONGEST_SECONDS}",
    ]
    for model in made:
        lines += _class(model, made)
    return str(format_code("\n".join(lines) + "\n", 100))


if __name__ == "__main__":
    TYPES.write_text(godot_types(), encoding="utf-8")
