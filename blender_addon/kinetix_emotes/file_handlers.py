# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers of the file: previews and tools end before it changes, and what was sent to Godot is sent again after a save."""

from __future__ import annotations

import bpy
from bpy.types import Scene

from .blender import persistent
from .godot.ops import send_again
from .preview import beside
from .view_modes import PREVIEW, TRIMMING

_saved = False


@persistent
def _end_preview(*_: object) -> None:
    PREVIEW.end()


@persistent
def _end_trimming(*_: object) -> None:
    TRIMMING.end()  # opening a file ends modal operators without a call


@persistent
def _follow(scene: Scene, *_: object) -> None:
    beside.follow(scene)


@persistent
def _after_save(*_: object) -> None:
    global _saved
    _saved = True


_HANDLERS = [
    *((name, _end_preview) for name in ("save_pre", "load_pre", "undo_pre", "redo_pre", "render_init")),
    ("load_pre", _end_trimming),
    ("frame_change_pre", _follow),
    ("save_post", _after_save),
]


def tick() -> None:
    """Send again in the tick after a save, not inside the save."""
    global _saved
    if _saved:
        _saved = False
        send_again()


def add() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def remove() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    TRIMMING.end()
