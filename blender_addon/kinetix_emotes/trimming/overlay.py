# SPDX-License-Identifier: GPL-3.0-or-later
"""The tool over its 3D view: draw handler, timer and cursor."""

from __future__ import annotations

from typing import Any, cast

import bpy
from bpy.types import Area, Context

from .. import blender
from ..hub import heartbeat
from .drawing import draw
from .geometry import Rect
from .tool import Trimming

_EVERY_S = 1 / 20
_COVERING = ("UI", "TOOLS", "HEADER", "TOOL_HEADER", "ASSET_SHELF", "ASSET_SHELF_HEADER")


class Overlay:
    """It is there from its making until `close`; modal operators get the ticks of its timer."""

    def __init__(self, context: Context, area: Area, tool: Trimming) -> None:
        self.tool, self.clip = tool, tool.film.clip
        self.window, self.area = context.window, area
        self._place = area.as_pointer()  # a view that is closed leaves a reference that may not be read
        self.region = next(region for region in area.regions if region.type == "WINDOW")
        space: Any = bpy.types.SpaceView3D
        self._handle = space.draw_handler_add(self._draw, (), "WINDOW", "POST_PIXEL")
        self._timer = blender.window_manager(context).event_timer_add(_EVERY_S, window=self.window)
        self._cursor = ""
        tool.lies_in(self.free(), self.scale)

    @property
    def scale(self) -> float:
        """Scale of the interface."""
        return float(blender.preferences(bpy.context).system.ui_scale)

    def is_there(self, context: Context) -> bool:
        """Return whether the area is still a 3D view in its window."""
        screen = context.screen
        return screen is not None and any(
            one.as_pointer() == self._place and one.type == "VIEW_3D" for one in screen.areas
        )

    def region_rect(self) -> Rect:
        return Rect(0.0, 0.0, self.region.width, self.region.height)

    def free(self) -> Rect:
        """Return the part of the region that no other region overlaps, in pixels."""
        region, free = self.region, self.region_rect()
        left, bottom, right, top = free.left, free.bottom, free.right, free.top
        for other in self.area.regions:
            if other.type not in _COVERING or other.width <= 1 or other.height <= 1:
                continue
            x, y = other.x - region.x, other.y - region.y
            if other.type in ("UI", "TOOLS"):
                left, right = (left, min(right, x)) if x > free.right / 2 else (max(left, x + other.width), right)
            else:
                bottom, top = (bottom, min(top, y)) if y > free.top / 2 else (max(bottom, y + other.height), top)
        return Rect(left, bottom, max(right, left + 1), max(top, bottom + 1))

    def show_cursor(self, kind: str) -> None:
        if kind != self._cursor and self.window is not None:
            self.window.cursor_modal_set(cast("Any", kind))
            self._cursor = kind

    def redraw(self) -> None:
        self.region.tag_redraw()
        heartbeat.redraw()

    def _draw(self) -> None:
        context: Context = bpy.context
        if context.area is not None and context.area.as_pointer() == self._place and context.region == self.region:
            self.tool.lies_in(self.free(), self.scale)
            draw(self.tool, self.region_rect(), self.free(), self.scale)

    def close(self) -> None:
        space: Any = bpy.types.SpaceView3D
        space.draw_handler_remove(self._handle, "WINDOW")
        manager = blender.window_manager(bpy.context)
        manager.event_timer_remove(self._timer)
        if self.window in list(manager.windows):
            if self._cursor:
                self.window.cursor_modal_restore()
            for area in self.window.screen.areas:
                area.tag_redraw()
