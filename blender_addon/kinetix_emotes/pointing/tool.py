# SPDX-License-Identifier: GPL-3.0-or-later
"""What the mouse and the keys do while joints are dragged in the clip's picture.

The corrections of the take are the state: what is dragged is among them as soon as it is let go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import films
from ..clip_view.pictures import Pictures
from ..clip_view.rect import Rect
from ..refining.takes import RATE, Take
from .figure import Figure
from .sheet import Place, Point, Sheet, arranged, nearest, part_around

__all__ = ["Pointing"]

_REACH, _BEGINS_AT = 16.0, 3.0  # pixels: around a joint, and before a press counts as a drag
_PRECISE = 0.1  # as everywhere in Blender while Shift is held


@dataclass
class _Drag:
    joint: str
    frame: int
    began: Place
    last: Point
    moved: Point = (0.0, 0.0)
    begun: bool = False


@dataclass(frozen=True)
class _Change:
    """What was said under an id, before and after; None for nothing."""

    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Pointing:
    """One use of the tool, once it is known where the figure is, until it is taken or given up."""

    def __init__(self, take: Take, figure: Figure, frame: int) -> None:
        self.take, self.figure, self.frame = take, figure, frame
        self.hovered: str | None = None
        self._free, self._scale = Rect(0.0, 0.0, 1.0, 1.0), 1.0
        self._drag: _Drag | None = None
        self._done: list[_Change] = []
        self._undone: list[_Change] = []
        self._show(0)

    # --- what is shown ----------------------------------------------------------------------------------------------
    def lies_in(self, free: Rect, scale: float) -> None:
        """The room that there is now; the region may have been made larger."""
        self._free, self._scale = free, scale
        self._sheet = arranged(free, self._part, self.picture.size, scale)

    def _show(self, number: int) -> None:
        self.number, self.picture = number, self.figure.pictures[number]
        self.film = films.open_film(self.picture.clip, films.LARGE) if self.picture.clip else None
        self.pictures = Pictures(self.film) if self.film is not None else None
        self._part = part_around(self.picture.places(), self.picture.size)
        self.lies_in(self._free, self._scale)

    def show_next_camera(self) -> None:
        """The picture of the take's next clip, after the last one the first."""
        self._show((self.number + 1) % len(self.figure.pictures))
        self.look_at(self.frame)

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    @property
    def seconds(self) -> float:
        """The moment of the clip that is shown."""
        return self.picture.clip_start + self.frame / RATE

    @property
    def dragging(self) -> bool:
        return self._drag is not None

    def look_at(self, frame: int) -> bool:
        """Shows this frame of the take. True when there is something new to be seen."""
        new = frame != self.frame
        if new:
            self.frame = frame
            self.cancel_drag()
        if self.pictures is not None:
            new = self.pictures.look_at(self.seconds) or new
        return new

    def place(self, joint: str) -> Place:
        """Where the joint is in this frame: as it is dragged, as it was said, or as it was solved."""
        if self._drag is not None and self._drag.joint == joint and self._drag.begun:
            return self._sheet.moved(self._drag.began, *self._drag.moved)
        said = self.said(joint)
        return (float(said["x"]), float(said["y"])) if said else self.picture.joints[joint][self._number()]

    def head(self) -> Place:
        return self.picture.head[self._number()]

    def said(self, joint: str) -> dict[str, Any] | None:
        """What is said of the joint in this frame of this picture."""
        about = {"kind": "point", "joint": joint, "frame": self.frame}
        found = (one for one in self.take.corrections.values() if about.items() <= one.items())
        return next((one for one in found if self._camera_of(one) == self.picture.camera), None)

    def _camera_of(self, correction: dict[str, Any]) -> int | None:
        camera = correction.get("camera")
        return None if camera == self.figure.first_camera else camera

    def points(self) -> dict[str, Point]:
        """Joint → where it is in the region."""
        return {joint: self._sheet.point(self.place(joint)) for joint in self.picture.joints}

    def _number(self) -> int:
        return min(max(self.frame, 0), self.picture.frames - 1)

    # --- the mouse --------------------------------------------------------------------------------------------------
    def press(self, x: float, y: float) -> None:
        joint = nearest(self.points(), x, y, _REACH * self._scale)
        if joint is not None:
            self._drag = _Drag(joint, self.frame, self.place(joint), (x, y))

    def move(self, x: float, y: float, *, precise: bool = False) -> None:
        drag = self._drag
        if drag is None:
            self.hovered = nearest(self.points(), x, y, _REACH * self._scale)
            return
        slower = _PRECISE if precise else 1.0
        drag.moved = (drag.moved[0] + (x - drag.last[0]) * slower, drag.moved[1] + (y - drag.last[1]) * slower)
        drag.last = (x, y)
        drag.begun = drag.begun or max(map(abs, drag.moved)) > _BEGINS_AT * self._scale * slower

    def release(self) -> None:
        """What was dragged is said; a joint that was only touched is not moved."""
        drag = self._drag
        if drag is None or not drag.begun:
            self._drag = None
            return
        x, y = self.place(drag.joint)
        self._drag = None
        before = self.said(drag.joint)
        camera = {} if self.picture.camera is None else {"camera": self.picture.camera}
        own = "-".join(map(str, (drag.joint, drag.frame, *(f"camera-{number}" for number in camera.values()))))
        name = str(before["id"]) if before else own
        said = {
            "id": name,
            "kind": "point",
            "frame": drag.frame,
            "joint": drag.joint,
            "x": round(x, 4),
            "y": round(y, 4),
        }
        self._keep(_Change(name, before, said | camera))

    def cancel_drag(self) -> None:
        self._drag = None

    # --- the keys ---------------------------------------------------------------------------------------------------
    def take_back(self) -> None:
        """What is said of the joint under the mouse, in this frame."""
        before = self.said(self.hovered) if self.hovered else None
        if before is not None:
            self._keep(_Change(str(before["id"]), before, None))

    def undo(self) -> None:
        if self._done:
            self._undone.append(self._done.pop())
            self._say(self._undone[-1].id, self._undone[-1].before)

    def redo(self) -> None:
        if self._undone:
            self._done.append(self._undone.pop())
            self._say(self._done[-1].id, self._done[-1].after)

    def give_up(self) -> None:
        """The take has again what it had."""
        self._drag = None
        while self._done:
            self.undo()

    def _keep(self, change: _Change) -> None:
        self._say(change.id, change.after)
        self._done.append(change)
        self._undone.clear()

    def _say(self, name: str, correction: dict[str, Any] | None) -> None:
        if correction is None:
            self.take.corrections.pop(name, None)
        else:
            self.take.corrections[name] = correction
