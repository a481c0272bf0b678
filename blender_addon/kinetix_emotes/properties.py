# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations of properties, one way for panels, operators and preferences: `name: str = properties.text("Label", "Tooltip")`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, field
from typing import Any, TypeVar

import bpy
from bpy.props import (
    BoolProperty,
    BoolVectorProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    StringProperty,
)

from .blender import OWN_WORDS

Value = TypeVar("Value")
Items = list[tuple[str, str, str]]


def text(name: str = "", description: str = "", default: str = "", **options: Any) -> str:
    return _declared(StringProperty, default, name=name, description=description, **options)


def boolean(name: str, description: str = "", default: bool = False, **options: Any) -> bool:
    return _declared(BoolProperty, default, name=name, description=description, **options)


def integer(name: str = "", description: str = "", default: int = 0, **options: Any) -> int:
    return _declared(IntProperty, default, name=name, description=description, **options)


def number(name: str, description: str = "", default: float = 0.0, **options: Any) -> float:
    return _declared(FloatProperty, default, name=name, description=description, **options)


def choice(name: str, items: Items | Callable[[Any, Any], Items], description: str = "") -> Any:
    """Declare an enumeration of `items` (identifier, label, tooltip). The first one is the default."""
    default = items[0][0] if isinstance(items, list) else ""
    return _declared(EnumProperty, default, name=name, description=description, items=items)


def booleans(size: int) -> Sequence[bool]:
    """Declare `size` switches that are on."""
    return _declared(BoolVectorProperty, (True,) * size, size=size)


def many(kind: type, **options: Any) -> Any:
    return _declared(CollectionProperty, None, type=kind, **options)


def same_as(form: type, name: str) -> Any:
    """Declare a field of the dataclass `form` again, with its label, tooltip, limits and default."""
    declared: Field[Any] = form.__dataclass_fields__[name]  # type: ignore[attr-defined]
    return field(default=declared.default, metadata=declared.metadata)


def _declared(make: Callable[..., None], default: Value, **words: Any) -> Value:
    return field(default=default, metadata={"make": make, "words": words})


def made(declared: Field[Any], **more: Any) -> object:
    """Return Blender's property for a declaration."""
    words = {**declared.metadata["words"], **more}
    if declared.metadata["make"] is not CollectionProperty:
        words["translation_context"] = OWN_WORDS
    return declared.metadata["make"](**words)


def register(cls: type) -> None:
    """Register a class with the properties that it and its bases declare. An operator forgets their values after each run."""
    always: set[str] = set()
    if issubclass(cls, bpy.types.Operator):
        cls.bl_idname, always = "kinetix." + cls.__name__.partition("_OT_")[2], {"SKIP_SAVE"}
    found: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        for name, declared in vars(base).items():
            if isinstance(declared, Field):
                default = {"default": declared.default} if declared.default else {}
                options = declared.metadata["words"].get("options", set()) | always
                found[name] = made(declared, options=options, **default)
    if found:
        cls.__annotations__ = found
    bpy.utils.register_class(cls)
