# SPDX-License-Identifier: GPL-3.0-or-later
"""Paint onto the time line where the capture of the emote that plays is unsure."""

from __future__ import annotations

from typing import Any

import bpy

from .. import blender, colours
from .takes import is_very_unsure, playing, unsure_of

# From the top: below the frame numbers, above the keys of the first row.
_TOP_PX, _BOTTOM_PX, _EDGE_PX = 24.0, 27.0, 1.0
_handles: list[Any] = []


def add() -> None:
    space: Any = bpy.types.SpaceDopeSheetEditor
    _handles.append(space.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))


def remove() -> None:
    space: Any = bpy.types.SpaceDopeSheetEditor
    while _handles:
        space.draw_handler_remove(_handles.pop(), "WINDOW")


def heights(region: float, scale: float) -> tuple[float, float]:
    """Return from where to where marks are drawn in a region of that height, in pixels."""
    return region - _BOTTOM_PX * scale, region - _TOP_PX * scale


def _draw() -> None:
    context, region = bpy.context, bpy.context.region
    found = playing(context) if region else None
    spans = unsure_of(found) if found else []
    if region is None or not found or not spans:
        return
    import gpu  # there is none without a window
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    scale = blender.preferences(context).system.ui_scale
    low, high = heights(region.height, scale)
    for span in spans:
        left, right = (
            region.view2d.view_to_region(found.scene_frame(span[end] + more), 0.0, clip=False)[0]
            for end, more in (("first", -0.5), ("last", 0.5))
        )
        mark = colours.VERY_UNSURE if is_very_unsure(span) else colours.UNSURE
        for colour, more in ((colours.MARK_EDGE, _EDGE_PX * scale), (mark, 0.0)):
            corners = [
                (left - more, low - more),
                (right + more, low - more),
                (right + more, high + more),
                (left - more, high + more),
            ]
            batch = batch_for_shader(shader, "TRI_FAN", {"pos": corners})
            shader.uniform_float("color", colour)
            batch.draw(shader)
