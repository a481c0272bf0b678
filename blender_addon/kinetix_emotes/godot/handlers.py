# SPDX-License-Identifier: GPL-3.0-or-later
"""After a save: what was sent to Godot from this file is sent again, in the next tick and not inside the save."""

from __future__ import annotations

import bpy

from ..blender import persistent
from .ops import send_again

__all__ = ["add", "remove", "tick"]

_saved = False


@persistent
def _after_save(*_: object) -> None:
    global _saved
    _saved = True


def tick() -> float | None:
    global _saved
    if _saved:
        _saved = False
        send_again()
    return None


def add() -> None:
    bpy.app.handlers.save_post.append(_after_save)


def remove() -> None:
    bpy.app.handlers.save_post.remove(_after_save)
