"""Write the TypeScript types of the service's private answers from its models.

Run it after a change of `kinetix_local.web.library_answers` or `refinements`; a test fails where that was forgotten.
"""

from __future__ import annotations

import json
import types
import typing
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from kinetix_local.web.library_answers import AuditPage, Overview
from kinetix_local.web.refinements import FigureJson

ROOT = Path(__file__).resolve().parents[2]
TYPES = ROOT / "shared" / "kinetix_local" / "web" / "frontend" / "src" / "common" / "answers.ts"
_PLAIN: dict[object, str] = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def answers() -> str:
    """Return the text of `answers.ts`."""
    made: dict[str, str] = {}

    def of(kind: typing.Any) -> str:
        parts = typing.get_args(kind)
        origin = typing.get_origin(kind)
        if kind in _PLAIN:
            return _PLAIN[kind]
        if origin in (typing.Union, types.UnionType):
            return " | ".join(of(part) for part in parts)
        if origin is typing.Literal:
            return " | ".join(json.dumps(word) for word in parts)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return " | ".join(json.dumps(word.value) for word in kind)
        if origin is dict:
            return f"Partial<Record<{of(parts[0])}, {of(parts[1])}>>"
        if origin is list:
            return f"({inner})[]" if "|" in (inner := of(parts[0])) else f"{inner}[]"
        if origin is tuple:
            return f"[{', '.join(of(part) for part in parts)}]"
        assert issubclass(kind, BaseModel), kind
        add(kind)
        return str(kind.__name__)

    def add(model: type[BaseModel]) -> None:
        if model.__name__ in made:
            return
        base = next((b for b in model.__bases__ if issubclass(b, BaseModel) and b is not BaseModel), None)
        if base is not None:
            add(base)
        known = set() if base is None else base.model_fields.keys()
        fields = {name: of(field.annotation) for name, field in model.model_fields.items() if name not in known}
        extends = "" if base is None else f" extends {base.__name__}"
        rows = [f"export interface {model.__name__}{extends} {{", *(f"  {n}: {k};" for n, k in fields.items()), "}"]
        made[model.__name__] = "\n".join(rows)

    for root in (AuditPage, FigureJson, Overview):
        add(root)
    return "\n\n".join(["// Written by packaging/generated/web_types.py.", *made.values()]) + "\n"


if __name__ == "__main__":
    TYPES.write_text(answers(), encoding="utf-8")
