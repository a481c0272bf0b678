# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints onto the time line where the capture of the emote that plays is unsure."""

from __future__ import annotations

from typing import Any

import bpy

from .takes import playing
from .unsure import is_very_unsure, unsure_of

__all__ = ["add", "remove"]

# Above the scroll bar.
_BOTTOM_PX, _TOP_PX = 15.0, 21.0
_UNSURE, _VERY_UNSURE = (1.0, 0.75, 0.1, 0.55), (0.9, 0.25, 0.2, 0.75)
_handles: list[Any] = []


def add() -> None:
    space: Any = bpy.types.SpaceDopeSheetEditor
    _handles.append(space.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))


def remove() -> None:
    space: Any = bpy.types.SpaceDopeSheetEditor
    while _handles:
        space.draw_handler_remove(_handles.pop(), "WINDOW")


def _draw() -> None:
    context: Any = bpy.context
    found = playing(context) if context.region else None
    spans = unsure_of(found) if found else []
    if not found or not spans:
        return
    import gpu  # there is none without a window
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    low, high = (edge * context.preferences.system.ui_scale for edge in (_BOTTOM_PX, _TOP_PX))
    for span in spans:
        left, right = (
            context.region.view2d.view_to_region(found.scene_frame(span[end] + more), 0.0, clip=False)[0]
            for end, more in (("first", -0.5), ("last", 0.5))
        )
        corners = [(left, low), (right, low), (right, high), (left, high)]
        batch = batch_for_shader(shader, "TRI_FAN", {"pos": corners})
        shader.uniform_float("color", _VERY_UNSURE if is_very_unsure(span) else _UNSURE)
        batch.draw(shader)
    gpu.state.blend_set("NONE")
