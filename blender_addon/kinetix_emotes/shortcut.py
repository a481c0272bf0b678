# SPDX-License-Identifier: GPL-3.0-or-later
"""The pie menu of the 3D view and its key, which does nothing until a person switches it on in the preferences."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Menu

from . import blender

_items: list[tuple[Any, Any]] = []  # keymap, its item


class KINETIX_MT_pie(Menu):
    bl_label = "Kinetix Emotes"

    def draw(self, _context: Context) -> None:
        pie: Any = blender.layout(self).menu_pie()
        for name, icon in (  # left, right, below, above, then the corners
            ("choose_clip", "FILE_MOVIE"),
            ("import_emote", "IMPORT"),
            ("create", "OUTLINER_OB_ARMATURE"),
            ("preview_emote", "PLAY"),
            ("trim_and_crop", "MOD_EDGESPLIT"),
            ("next_unsure", "NEXT_KEYFRAME"),
            ("phone", "CAMERA_DATA"),
            ("send_to_godot", "EXPORT"),
        ):
            pie.operator(f"kinetix.{name}", icon=icon)


def add() -> None:
    config = blender.window_manager(bpy.context).keyconfigs.addon
    if config is None:
        return  # there are no keys without a window
    keymap = config.keymaps.new(name="3D View", space_type="VIEW_3D")
    item = keymap.keymap_items.new("wm.call_menu_pie", "K", "PRESS", shift=True, alt=True)
    made: Any = item.properties
    made.name = KINETIX_MT_pie.__name__
    _items.append((keymap, item))
    follow()


def follow() -> None:
    """Enable or disable the key as the preferences say."""
    found = blender.own_preferences()
    for _, item in _items:
        item.active = found is not None and found.use_shortcut


def remove() -> None:
    while _items:
        keymap, item = _items.pop()
        keymap.keymap_items.remove(item)
