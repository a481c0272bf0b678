# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's API with the types that it has while an add-on runs: the stubs leave some of them open, optional or wrong.

The scripts that a second Blender runs load this file by itself, so it imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, TypeVar, cast

import bpy
from bpy.app import handlers, translations

ROOT_PACKAGE = __package__ or ""
# The context in which the names of our properties are translated: Blender's own word for “Face” is that of a mesh.
OWN_WORDS = "Kinetix"

# What `execute` and `invoke` of an operator answer.
Result = set[Literal["RUNNING_MODAL", "CANCELLED", "FINISHED", "PASS_THROUGH", "INTERFACE"]]
Handler = TypeVar("Handler", bound=Callable[..., None])

# The stub says that it returns nothing.
pgettext_iface = cast("Callable[..., str]", translations.pgettext_iface)


class SidebarPanel(bpy.types.Panel):
    """Base of the add-on's panels."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Kinetix"
    bl_translation_context = OWN_WORDS


class Drawn(Protocol):
    """A panel, a menu or an operator's dialog."""

    @property
    def layout(self) -> bpy.types.UILayout | None: ...


def layout(drawn: Drawn) -> bpy.types.UILayout:
    """Return the layout that `draw` draws into."""
    return cast("bpy.types.UILayout", drawn.layout)


def scene(context: bpy.types.Context) -> bpy.types.Scene:
    return cast("bpy.types.Scene", context.scene)


def view_layer(context: bpy.types.Context) -> bpy.types.ViewLayer:
    return cast("bpy.types.ViewLayer", context.view_layer)


def collection(context: bpy.types.Context) -> bpy.types.Collection:
    return cast("bpy.types.Collection", context.collection)


def preferences(context: bpy.types.Context) -> bpy.types.Preferences:
    return cast("bpy.types.Preferences", context.preferences)


def own_preferences() -> Any | None:
    """Return the values of `KinetixPreferences`; None while the add-on is not enabled."""
    addon = preferences(bpy.context).addons.get(ROOT_PACKAGE)
    return addon.preferences if addon else None


def window_manager(context: bpy.types.Context) -> bpy.types.WindowManager:
    return cast("bpy.types.WindowManager", context.window_manager)


def persistent(handler: Handler) -> Handler:
    """Decorate a handler that stays when another file is loaded."""
    return cast("Handler", handlers.persistent(handler))


def pointer_to(group: type[bpy.types.PropertyGroup]) -> Any:
    """Return the property that holds one `group`."""
    make = cast("Callable[..., Any]", bpy.props.PointerProperty)  # the stub says that it returns nothing
    return make(type=group)


def add_translations(owner: str, table: dict[str, dict[tuple[str, str], str]]) -> None:
    """Add `table`: {language: {(context, English): translation}}."""
    translations.register(owner, cast("Any", table))  # the stub takes (context, English) for one word


def pixels(image: bpy.types.Image) -> bpy.types.bpy_prop_array[float]:
    """Return the pixels of an image, (height * width * 4), rows from the bottom."""
    return cast("bpy.types.bpy_prop_array[float]", image.pixels)


def load_library(file: str, *, assets_only: bool = False) -> AbstractContextManager[tuple[Any, Any]]:
    """Open a .blend to append from: the names that it has, and the lists of those that are wanted."""
    load = cast("Callable[..., AbstractContextManager[tuple[Any, Any]]]", bpy.data.libraries.load)
    return load(file, assets_only=assets_only)
