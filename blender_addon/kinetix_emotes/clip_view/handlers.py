# SPDX-License-Identifier: GPL-3.0-or-later
"""End the tool over a 3D view when another file is opened, which ends modal operators without a call."""

from __future__ import annotations

import bpy

from ..blender import persistent
from ..view_modes import TRIMMING

__all__ = ["add", "remove"]


@persistent
def _file_changes(*_: object) -> None:
    TRIMMING.end()


def add() -> None:
    bpy.app.handlers.load_pre.append(_file_changes)


def remove() -> None:
    bpy.app.handlers.load_pre.remove(_file_changes)
    _file_changes()
