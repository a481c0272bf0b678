# SPDX-License-Identifier: GPL-3.0-or-later
"""A preview ends before anything that could keep a part of it: saving, loading, undo, rendering."""

from __future__ import annotations

import bpy
from bpy.types import Scene

from ..blender import persistent
from ..view_modes import PREVIEW
from . import beside

__all__ = ["add", "remove"]


@persistent
def _end(*_: object) -> None:
    PREVIEW.end()


@persistent
def _follow(scene: Scene, *_: object) -> None:
    beside.follow(scene)


_ENDS = ("save_pre", "load_pre", "undo_pre", "redo_pre", "render_init")


def add() -> None:
    for name in _ENDS:
        getattr(bpy.app.handlers, name).append(_end)
    bpy.app.handlers.frame_change_pre.append(_follow)


def remove() -> None:
    for name in _ENDS:
        getattr(bpy.app.handlers, name).remove(_end)
    bpy.app.handlers.frame_change_pre.remove(_follow)
