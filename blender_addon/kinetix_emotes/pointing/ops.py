# SPDX-License-Identifier: GPL-3.0-or-later
"""Drag joints in the clip's picture: a modal operator over a 3D view. Nothing of it is left when it ends, whatever ends it."""

from __future__ import annotations

from typing import Any

from bpy.types import Operator

from kinetix_core.protocol.hub.json_types import ErrorInfo

from .. import blender, heartbeat, messages
from ..blender import Result
from ..clip_view.overlay import Overlay, view_of
from ..hub_link import Answer
from ..refining.takes import Playing, Take, frame_of, playing, refuse_mirrored, take_of
from ..view_modes import POINTING, PREVIEW, TRIMMING
from .drawing import draw
from .figure import Figure
from .tool import Pointing

__all__ = ["CLASSES"]

_FIGURE_S = 90.0  # the take is solved once more for it, and a capture may have to end first
_CAMERA_MOVED: ErrorInfo = {
    "code": "cameraMoved",
    "title": "The camera moved, so a point in the picture corrects nothing.",
    "detail": "",
    "nextStep": "Say in the panel to which side a limb points, or pose it.",
    "command": "",
}


class _Use(Overlay):
    """The tool in its view.

    Attributes:
        tool: None until the hub has told where the figure is.
        error: why it cannot be used.
    """

    def __init__(self, context: Any, area: Any, found: Playing, take: Take) -> None:
        self.emote, self.take = found.emote, take
        self.tool: Pointing | None = None
        self.error: ErrorInfo | None = None
        self._figure: Figure | None = None
        super().__init__(context, area)
        number = take.version(found.emote)["number"]
        path = f"/v1/emotes/{found.emote}/refine/{number}/figure"
        heartbeat.LINK.request("GET", path, None, self._told, limit_s=_FIGURE_S)

    def _told(self, answer: Answer) -> None:
        self.error = answer.error
        if isinstance(answer.data, dict) and not answer.error:
            self._figure = Figure.of(answer.data)
            self.error = None if self._figure.pictures else _CAMERA_MOVED

    def follow(self, found: Playing, scene: Any) -> bool:
        """Shows the frame of the scene. True when there is something new to be seen."""
        frame = frame_of(found, self.take, scene.frame_current_final)
        if self.tool is not None:
            return self.tool.look_at(frame)
        if self._figure is None:
            return False
        solved_with = self.take.version(found.emote).get("corrections") or []
        self.tool = Pointing(self.take, self._figure, frame, solved_with)
        self.tool.lies_in(self.free(), self.scale)
        return True

    def draw(self) -> None:
        if self.tool is not None:
            self.tool.lies_in(self.free(), self.scale)
        draw(self.tool, self.whole(), self.free(), self.scale)


_current: _Use | None = None


def _close() -> None:
    """The take keeps what was said."""
    global _current
    use, _current = _current, None
    if use is not None:
        use.close()
        heartbeat.redraw()


def _give_up(use: _Use) -> Result:
    """Ends the tool, and the take has again what it had."""
    if use.tool is not None:
        use.tool.give_up()
    POINTING.end()
    return {"CANCELLED"}


class KINETIX_OT_drag_joints(Operator):
    bl_idname = "kinetix.drag_joints"
    bl_label = "Drag Joints in the Clip"
    bl_description = (
        "Show the clip over the 3D view, with the figure over it: drag a wrist, or another joint, to where it is in this frame. "
        "Press again to take it"
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        found = playing(context)
        if found is None:
            cls.poll_message_set("Select a rig that plays an emote of the library")
            return False
        return bool(take_of(found.emote).version(found.emote).get("number"))

    def invoke(self, context: Any, _event: Any) -> Result:
        if POINTING.is_on:
            POINTING.end()
            return {"FINISHED"}
        return self.execute(context)

    @messages.guarded
    def execute(self, context: Any) -> Result:
        global _current
        found, area = playing(context), view_of(context)
        if found is None or area is None:
            self.report({"INFO"}, "Open a 3D view first.")
            return {"CANCELLED"}
        refuse_mirrored(found)
        PREVIEW.end()
        TRIMMING.end()
        _current = _Use(context, area, found, take_of(found.emote))
        POINTING.begin(_close)
        blender.window_manager(context).modal_handler_add(self)
        _current.redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> Result:
        use = _current
        if use is None:  # taken by its button, or the add-on goes
            return {"FINISHED"}
        found = playing(context)
        if not use.is_there(context) or found is None or found.emote != use.emote:
            POINTING.end()
            return {"FINISHED"}
        if use.error is not None:
            messages.report(self, use.error)
            return _give_up(use)
        return _handle(use, event, found, context.scene)

    def cancel(self, _context: Any) -> None:
        """Blender takes the operator away, as when its window is closed."""
        POINTING.end()


def _handle(use: _Use, event: Any, found: Playing, scene: Any) -> Result:
    if event.type == "TIMER":
        if use.follow(found, scene):
            use.redraw()
        return {"PASS_THROUGH"}
    tool = use.tool
    dragging = tool is not None and tool.dragging
    x, y = event.mouse_x - use.region.x, event.mouse_y - use.region.y
    pressed = event.value == "PRESS"
    if event.type == "ESC" and pressed and not dragging:
        return _give_up(use)
    if not dragging and (tool is None or not use.free().holds(x, y)):
        use.show_cursor("DEFAULT")
        return {"PASS_THROUGH"}  # the sidebar and the other editors are as always
    assert tool is not None
    if event.type in ("MOUSEMOVE", "INBETWEEN_MOUSEMOVE"):
        tool.move(x, y, precise=event.shift)
        use.show_cursor("SCROLL_XY" if tool.hovered or dragging else "DEFAULT")
    elif event.type == "LEFTMOUSE":
        if pressed:
            tool.press(x, y)
        elif event.value == "RELEASE":
            tool.release()
    elif pressed and dragging and event.type in ("RIGHTMOUSE", "ESC"):
        tool.cancel_drag()
    elif pressed and not dragging:
        if event.type in ("RET", "NUMPAD_ENTER"):
            POINTING.end()
            return {"FINISHED"}
        if event.type == "RIGHTMOUSE":
            return _give_up(use)
        if event.type == "SPACE":
            return {"PASS_THROUGH"}  # plays, and the picture follows
        _press_key(tool, event, found, scene)
        use.follow(found, scene)
    use.redraw()
    return {"RUNNING_MODAL"}


def _press_key(tool: Pointing, event: Any, found: Playing, scene: Any) -> None:
    if event.type == "Z" and (event.ctrl or getattr(event, "oskey", False)):
        tool.redo() if event.shift else tool.undo()
    elif event.type in ("LEFT_ARROW", "WHEELDOWNMOUSE"):
        _step(found, scene, -1)
    elif event.type in ("RIGHT_ARROW", "WHEELUPMOUSE"):
        _step(found, scene, 1)
    elif event.type in ("X", "BACK_SPACE", "DEL"):
        tool.take_back()
    elif event.type == "F":
        tool.turn_round()
    elif event.type == "C":
        tool.show_next_camera()


def _step(found: Playing, scene: Any, frames: int) -> None:
    """To another frame of the scene at which the emote plays."""
    first, last = round(found.scene_frame(0)), round(found.scene_frame(found.frames - 1))
    scene.frame_set(min(max(scene.frame_current + frames, first), last))


CLASSES = [KINETIX_OT_drag_joints]
