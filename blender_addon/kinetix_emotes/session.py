# SPDX-License-Identifier: GPL-3.0-or-later
"""Values behind the properties of the panels. They live in this process only: never in a .blend, never undone, never saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from . import blender

__all__ = ["VALUES", "boolean", "changed", "choice", "integer", "number", "text"]

VALUES: dict[str, Any] = {}


_DEFAULTS: dict[str, Any] = {}


def _accessors(key: str, default: Any) -> dict[str, Any]:
    _DEFAULTS[key] = default

    def read(_self: Any) -> Any:
        return VALUES.get(key, default)

    def write(_self: Any, value: Any) -> None:
        VALUES[key] = value
        update = _ON_CHANGE.get(key)
        if update:
            update(value)

    return {"get": read, "set": write, "translation_context": blender.OWN_WORDS}


_ON_CHANGE: dict[str, Any] = {}


def text(key: str, name: str, description: str = "", default: str = "", on_change: Any = None, **more: Any) -> Any:
    if on_change:
        _ON_CHANGE[key] = on_change
    return StringProperty(name=name, description=description, **_accessors(key, default), **more)


def boolean(key: str, name: str, description: str = "", default: bool = False) -> Any:
    return BoolProperty(name=name, description=description, **_accessors(key, default))


def integer(key: str, name: str, description: str = "", default: int = 0, **more: Any) -> Any:
    return IntProperty(name=name, description=description, **_accessors(key, default), **more)


def number(key: str, name: str, description: str = "", default: float = 0.0, on_change: Any = None, **more: Any) -> Any:
    if on_change:
        _ON_CHANGE[key] = on_change
    return FloatProperty(name=name, description=description, **_accessors(key, default), **more)


def choice(key: str, name: str, items: list[tuple[str, str, str]], description: str = "", default: int = 0) -> Any:
    """An enumeration; `default` is the index of an item. The value is kept as that index."""
    return EnumProperty(name=name, description=description, items=items, **_accessors(key, default))


def changed(feature: str, names: Iterable[str]) -> Iterator[str]:
    """The labels of those values of a feature that differ from their defaults: `changed("import", ["into"])`."""
    values = group(f"kinetix_{feature}")
    for name in names:
        key = f"{feature}.{name}"
        if VALUES.get(key, _DEFAULTS[key]) != _DEFAULTS[key]:
            label = values.bl_rna.properties[name]
            yield label.enum_items[getattr(values, name)].name if label.type == "ENUM" else label.name


def group(attribute: str) -> Any:
    """The panel values of one feature: `group("kinetix_create")`."""
    return getattr(blender.window_manager(bpy.context), attribute)
