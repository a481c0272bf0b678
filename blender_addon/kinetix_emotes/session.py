# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the panels, one dataclass per feature. They live in this process: never in a .blend, never undone, never saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import PropertyGroup

from . import blender

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value", str, bool, int, float)


def text(name: str, description: str = "", **options: Any) -> str:
    return _declared(StringProperty, "", name=name, description=description, **options)


def boolean(name: str, description: str = "", default: bool = False) -> bool:
    return _declared(BoolProperty, default, name=name, description=description)


def integer(name: str, description: str = "", **options: Any) -> int:
    return _declared(IntProperty, 0, name=name, description=description, **options)


def number(name: str, description: str = "", default: float = 0.0, **options: Any) -> float:
    return _declared(FloatProperty, default, name=name, description=description, **options)


def choice(name: str, items: list[tuple[str, str, str]], description: str = "") -> Any:
    """Declare an enumeration of `items` (identifier, label, tooltip). The first one is the default."""
    return _declared(EnumProperty, items[0][0], name=name, description=description, items=items)


def _declared(make: Callable[..., None], default: Value, **words: Any) -> Value:
    return field(default=default, metadata={"make": make, "words": words})


def property_group(
    name: str,
    values: DataclassInstance,
    on_change: Mapping[str, Callable[[Any], None]] | None = None,
    shown: Mapping[str, Callable[[], Any]] | None = None,
) -> type[PropertyGroup]:
    """Return a PropertyGroup of this class name that reads and writes `values`.

    Args:
        on_change: for a field's name, a function that is called with the value a user has set.
        shown: for a field's name, a function that returns the value to show.
    """
    properties = {
        one.name: _property(values, one, (on_change or {}).get(one.name), (shown or {}).get(one.name))
        for one in fields(values)
        if one.metadata
    }
    return type(name, (PropertyGroup,), {"__annotations__": properties, "__module__": __name__})


def _property(
    values: DataclassInstance,
    declared: Field[Any],
    update: Callable[[Any], None] | None,
    shown: Callable[[], Any] | None,
) -> object:
    name, words = declared.name, declared.metadata["words"]
    identifiers = [item[0] for item in words.get("items", ())]

    def read(_group: PropertyGroup) -> object:
        value = shown() if shown else getattr(values, name)
        return identifiers.index(value) if identifiers else value

    def write(_group: PropertyGroup, value: Any) -> None:
        setattr(values, name, identifiers[value] if identifiers else value)
        if update:
            update(getattr(values, name))

    return declared.metadata["make"](get=read, set=write, translation_context=blender.OWN_WORDS, **words)


def changed(values: DataclassInstance, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the labels of those fields that differ from their defaults."""
    for one in fields(values):
        value = getattr(values, one.name)
        if one.name in names and value != one.default:
            words = one.metadata["words"]
            yield next((label for key, label, _ in words.get("items", ()) if key == value), words["name"])


def group(attribute: str) -> PropertyGroup:
    """Return a feature's properties for `UILayout.prop`: `group("kinetix_create")`."""
    found: PropertyGroup = getattr(blender.window_manager(bpy.context), attribute)
    return found
