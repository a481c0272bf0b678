# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends the tools that lie over a 3D view when another file is opened: it takes modal operators away without a word."""

from __future__ import annotations

from typing import Any

import bpy

from ..blender import persistent
from ..view_modes import POINTING, TRIMMING

__all__ = ["add", "remove"]


@persistent
def _file_changes(*_: Any) -> None:
    for mode in (TRIMMING, POINTING):
        mode.end()


def add() -> None:
    bpy.app.handlers.load_pre.append(_file_changes)


def remove() -> None:
    bpy.app.handlers.load_pre.remove(_file_changes)
    _file_changes()
