# SPDX-License-Identifier: GPL-3.0-or-later
"""Trim and crop the clip in its picture: a modal operator over a 3D view. Nothing of it is left when it ends, whatever ends it."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Operator

from .. import blender, heartbeat
from ..blender import Result, persistent
from ..create import frames
from ..view_modes import TRIMMING
from .drawing import draw
from .geometry import Rect, Sides, StripGrip
from .tool import Trimming

__all__ = ["CLASSES", "add", "remove"]

_EVERY_S = 1 / 20
_COVERING = ("UI", "TOOLS", "HEADER", "TOOL_HEADER", "ASSET_SHELF", "ASSET_SHELF_HEADER")
_LEFT_RIGHT, _TOP_BOTTOM = Sides.LEFT | Sides.RIGHT, Sides.TOP | Sides.BOTTOM


class _Use:
    """The tool in its view, with everything that is to be taken back."""

    def __init__(self, context: Any, area: Any, tool: Trimming) -> None:
        self.tool, self.clip = tool, tool.film.clip
        self.window, self.area = context.window, area
        self._place = area.as_pointer()  # a view that is closed leaves a reference that may not be asked
        self.region = next(region for region in area.regions if region.type == "WINDOW")
        space: Any = bpy.types.SpaceView3D
        self._handle = space.draw_handler_add(self._draw, (), "WINDOW", "POST_PIXEL")
        self._timer = blender.window_manager(context).event_timer_add(_EVERY_S, window=self.window)
        self._cursor = ""
        tool.lies_in(self.free(), blender.preferences(context).system.ui_scale)

    def is_there(self, context: Any) -> bool:
        """Whether the view is still one, and still in its window."""
        screen = context.screen
        return screen is not None and any(
            one.as_pointer() == self._place and one.type == "VIEW_3D" for one in screen.areas
        )

    def free(self) -> Rect:
        """What of the region no other region lies over, in its pixels: with Region Overlap the sidebar lies over the view."""
        region, free = self.region, Rect(0.0, 0.0, self.region.width, self.region.height)
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
            self.window.cursor_modal_set(kind)
            self._cursor = kind

    def redraw(self) -> None:
        self.region.tag_redraw()
        heartbeat.redraw()

    def _draw(self) -> None:
        context: Any = bpy.context
        if context.area is None or context.area.as_pointer() != self._place or context.region != self.region:
            return
        scale = context.preferences.system.ui_scale
        self.tool.lies_in(self.free(), scale)
        draw(self.tool, Rect(0.0, 0.0, self.region.width, self.region.height), self.free(), scale)

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


_current: _Use | None = None


def _close() -> None:
    """The form keeps what it has."""
    global _current
    use, _current = _current, None
    if use is not None:
        use.close()
        heartbeat.redraw()


def _give_up(use: _Use) -> Result:
    """Ends the tool, and the form has again what it had."""
    use.tool.give_up()
    TRIMMING.end()
    return {"CANCELLED"}


@persistent
def _file_changes(*_: Any) -> None:
    """Another file takes the modal operator away without a word."""
    TRIMMING.end()


def add() -> None:
    bpy.app.handlers.load_pre.append(_file_changes)


def remove() -> None:
    bpy.app.handlers.load_pre.remove(_file_changes)
    TRIMMING.end()


def _view(context: Any) -> Any:
    """The 3D view that the button stands in, else the largest one of the window."""
    if context.area is not None and context.area.type == "VIEW_3D":
        return context.area
    views = [area for area in context.screen.areas if area.type == "VIEW_3D"] if context.screen else []
    return max(views, key=lambda area: area.width * area.height, default=None)


class KINETIX_OT_trim_and_crop(Operator):
    bl_idname = "kinetix.trim_and_crop"
    bl_label = "Trim and Crop"
    bl_description = (
        "Show the clip over the 3D view: drag the ends of its strip, and draw a rectangle around the person. "
        "Press again to take it"
    )

    @classmethod
    def poll(cls, _context: Any) -> bool:
        film = frames.film()
        if film is None or not film.seconds:
            cls.poll_message_set("Choose a clip first")
            return False
        return True

    def invoke(self, context: Any, _event: Any) -> Result:
        film, area = frames.film(), _view(context)
        if TRIMMING.is_on:
            TRIMMING.end()
            return {"FINISHED"}
        if film is None or area is None:
            self.report({"INFO"}, "Open a 3D view first.")
            return {"CANCELLED"}
        global _current
        _current = _Use(context, area, Trimming(film))
        TRIMMING.begin(_close)
        blender.window_manager(context).modal_handler_add(self)
        _current.redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> Result:
        use = _current
        if use is None:  # taken by its button, or the add-on goes
            return {"FINISHED"}
        film = frames.film()
        if not use.is_there(context) or film is None or film.clip != use.clip:
            TRIMMING.end()
            return {"FINISHED"}
        return _handle(use, event)

    def cancel(self, _context: Any) -> None:
        """Blender takes the operator away, as when its window is closed."""
        TRIMMING.end()


def _handle(use: _Use, event: Any) -> Result:
    tool, free = use.tool, use.free()
    if event.type == "TIMER":
        if tool.tick():
            use.redraw()
        return {"PASS_THROUGH"}
    x, y = event.mouse_x - use.region.x, event.mouse_y - use.region.y
    if event.type == "ESC" and event.value == "PRESS" and not tool.dragging:
        return _give_up(use)
    if not tool.dragging and not free.holds(x, y):
        use.show_cursor("DEFAULT")
        return {"PASS_THROUGH"}  # the sidebar and the other editors are as always
    if event.type in ("MOUSEMOVE", "INBETWEEN_MOUSEMOVE"):
        tool.move(x, y, precise=event.shift)
        use.show_cursor(_cursor_of(tool))
    elif event.type == "LEFTMOUSE":
        if event.value == "PRESS":
            tool.press(x, y)
        elif event.value == "RELEASE":
            tool.release()
    elif event.value == "PRESS" and tool.dragging and event.type in ("RIGHTMOUSE", "ESC"):
        tool.cancel_drag()
    elif event.value == "PRESS" and not tool.dragging:
        if event.type in ("RET", "NUMPAD_ENTER"):
            TRIMMING.end()
            return {"FINISHED"}
        if event.type == "RIGHTMOUSE":
            return _give_up(use)
        _press_key(tool, event)
    use.redraw()
    return {"RUNNING_MODAL"}


def _press_key(tool: Trimming, event: Any) -> None:
    if event.type == "Z" and (event.ctrl or getattr(event, "oskey", False)):
        tool.redo() if event.shift else tool.undo()
    elif event.type == "SPACE":
        tool.pause() if tool.playing else tool.play()
    elif event.type in ("LEFT_ARROW", "WHEELDOWNMOUSE"):
        tool.step(-1)
    elif event.type in ("RIGHT_ARROW", "WHEELUPMOUSE"):
        tool.step(1)
    elif event.type == "I":
        tool.cut_here(StripGrip.FROM)
    elif event.type == "O":
        tool.cut_here(StripGrip.TO)
    elif event.type in ("BACK_SPACE", "DEL"):
        tool.whole()


def _cursor_of(tool: Trimming) -> str:
    grip = tool.hovered
    if isinstance(grip, StripGrip):
        return "DEFAULT" if grip is StripGrip.TIME else "MOVE_X"
    if grip is None:
        return "CROSSHAIR"
    if grip == Sides.ALL:
        return "SCROLL_XY"
    return "MOVE_X" if grip in _LEFT_RIGHT else "MOVE_Y" if grip in _TOP_BOTTOM else "CROSSHAIR"


CLASSES = [KINETIX_OT_trim_and_crop]
