# SPDX-License-Identifier: GPL-3.0-or-later
"""Trim and crop the clip in its picture: a modal operator over a 3D view. Nothing of it is left when it ends, whatever ends it."""

from __future__ import annotations

from bpy.types import Context, Event, Operator

from .. import blender
from ..blender import Result
from ..create import frames
from ..hub import heartbeat
from ..view_modes import TRIMMING, view_of
from .geometry import Sides, StripGrip
from .overlay import Overlay
from .tool import Trimming

_LEFT_RIGHT, _TOP_BOTTOM = Sides.LEFT | Sides.RIGHT, Sides.TOP | Sides.BOTTOM


_current: Overlay | None = None


def _close() -> None:
    """Close the tool and keep what the form has."""
    global _current
    use, _current = _current, None
    if use is not None:
        use.close()
        heartbeat.redraw()


def _give_up(use: Overlay) -> Result:
    """End the tool, and the form has again what it had."""
    use.tool.give_up()
    TRIMMING.end()
    return {"CANCELLED"}


class KINETIX_OT_trim_and_crop(Operator):
    bl_label = "Trim and Crop"
    bl_description = "Trim and crop the clip over the 3D Viewport. Press again to apply"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        film = frames.film()
        if film is None or not film.seconds:
            cls.poll_message_set("Choose a clip first")
            return False
        return True

    def invoke(self, context: Context, _event: Event) -> Result:
        film, area = frames.film(), view_of(context)
        if TRIMMING.is_on:
            TRIMMING.end()
            return {"FINISHED"}
        if film is None or area is None:
            self.report({"INFO"}, "Open a 3D view first.")
            return {"CANCELLED"}
        global _current
        _current = Overlay(context, area, Trimming(film))
        TRIMMING.begin(_close)
        blender.window_manager(context).modal_handler_add(self)
        _current.redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Result:
        use = _current
        if use is None:  # taken by its button, or the add-on goes
            return {"FINISHED"}
        film = frames.film()
        if not use.is_there(context) or film is None or film.clip != use.clip:
            TRIMMING.end()
            return {"FINISHED"}
        return _handle(use, event)

    def cancel(self, _context: Context) -> None:
        """Blender takes the operator away, as when its window is closed."""
        TRIMMING.end()


def _handle(use: Overlay, event: Event) -> Result:
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


def _press_key(tool: Trimming, event: Event) -> None:
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
        tool.reset()


def _cursor_of(tool: Trimming) -> str:
    grip = tool.hovered
    if isinstance(grip, StripGrip):
        return "DEFAULT" if grip is StripGrip.TIME else "MOVE_X"
    if grip is None:
        return "CROSSHAIR"
    if grip == Sides.ALL:
        return "SCROLL_XY"
    return "MOVE_X" if grip in _LEFT_RIGHT else "MOVE_Y" if grip in _TOP_BOTTOM else "CROSSHAIR"
