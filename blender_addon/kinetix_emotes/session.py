# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the panels, one dataclass per feature. They live in this process: never in a .blend, never undone, never saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any

import bpy
from bpy.types import PropertyGroup

from . import blender, properties

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


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
    annotations = {
        one.name: _property(values, one, (on_change or {}).get(one.name), (shown or {}).get(one.name))
        for one in fields(values)
        if one.metadata
    }
    return type(name, (PropertyGroup,), {"__annotations__": annotations, "__module__": __name__})


def _property(
    values: DataclassInstance,
    declared: Field[Any],
    update: Callable[[Any], None] | None,
    shown: Callable[[], Any] | None,
) -> object:
    name, identifiers = declared.name, [item[0] for item in declared.metadata["words"].get("items", ())]

    def read(_group: PropertyGroup) -> object:
        value = shown() if shown else getattr(values, name)
        return identifiers.index(value) if identifiers else value

    def write(_group: PropertyGroup, value: Any) -> None:
        setattr(values, name, identifiers[value] if identifiers else value)
        if update:
            update(getattr(values, name))

    return properties.made(declared, get=read, set=write)


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
