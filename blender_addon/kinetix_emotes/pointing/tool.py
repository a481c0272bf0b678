# SPDX-License-Identifier: GPL-3.0-or-later
"""What the mouse and the keys do while joints are dragged in the clip's picture.

The corrections of the take are the state: what is dragged is among them as soon as it is let go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import films
from ..clip_view.pictures import Pictures
from ..clip_view.rect import Rect
from ..refining.takes import RATE, Take
from .figure import PARTS, Figure
from .sheet import Place, Point, Sheet, arranged, nearest, part_around

__all__ = ["Pointing"]

_REACH, _BEGINS_AT = 16.0, 3.0  # pixels: around a joint, and before a press counts as a drag
_PRECISE = 0.1  # as everywhere in Blender while Shift is held


@dataclass
class _Drag:
    joint: str
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

    def __init__(self, take: Take, figure: Figure, frame: int, solved_with: Sequence[dict[str, Any]] = ()) -> None:
        """`solved_with`: the corrections that the figure follows already."""
        self.take, self.figure, self.frame = take, figure, frame
        self._solved_with = solved_with
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
        """Where the joint is said to be in this frame of this picture."""
        return self._found(self.take.corrections.values(), {"kind": "point", "joint": joint})

    def said_depth(self, joint: str) -> dict[str, Any] | None:
        """To which side the part that ends in the joint is said to point, in this frame of this picture."""
        return self._found(self.take.corrections.values(), {"kind": "depth", "part": PARTS.get(joint)})

    def is_said(self, joint: str) -> bool:
        return self.said(joint) is not None or self.said_depth(joint) is not None

    def is_towards(self, joint: str) -> bool | None:
        """Whether the part that ends in the joint points towards the camera, as it was said or as it was solved.

        None where no part ends in it, or where that is not known.
        """
        said = self.said_depth(joint)
        return bool(said["towards"]) if said else self._solved_towards(joint)

    def _solved_towards(self, joint: str) -> bool | None:
        sides = self.picture.towards.get(PARTS.get(joint, ""))
        return sides[self._number()] if sides else None

    def _found(self, corrections: Iterable[dict[str, Any]], what: dict[str, Any]) -> dict[str, Any] | None:
        """That one of them which is about this, in this frame of this picture."""
        about = what | {"frame": self.frame}
        found = (one for one in corrections if about.items() <= one.items())
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
            self._drag = _Drag(joint, self.place(joint), (x, y))

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
        self._say_anew(self.said(drag.joint), drag.joint, kind="point", joint=drag.joint, x=round(x, 4), y=round(y, 4))

    def cancel_drag(self) -> None:
        self._drag = None

    # --- the keys ---------------------------------------------------------------------------------------------------
    def take_back(self) -> None:
        """What is said of the joint under the mouse, in this frame: first of its place, then of the part that ends in it."""
        before = (self.said(self.hovered) or self.said_depth(self.hovered)) if self.hovered else None
        if before is not None:
            self._keep(_Change(str(before["id"]), before, None))

    def turn_round(self) -> None:
        """The part that ends in the joint under the mouse points to the other side in this frame than is shown now."""
        joint = self.hovered
        now = self.is_towards(joint) if joint else None
        if joint is None or now is None:
            return
        about, before = {"kind": "depth", "part": PARTS[joint]}, self.said_depth(joint)
        # What the capture found by itself need not be said. But a figure that follows a correction would without it turn back.
        found_by_itself = self._found(self._solved_with, about) is None
        if before is not None and found_by_itself and self._solved_towards(joint) is (not now):
            self._keep(_Change(str(before["id"]), before, None))
        else:
            self._say_anew(before, PARTS[joint], **about, towards=not now)

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

    def _say_anew(self, before: dict[str, Any] | None, about: str, **what: Any) -> None:
        """Says something in this frame of this picture, in place of what was said before."""
        camera = {} if self.picture.camera is None else {"camera": self.picture.camera}
        own = "-".join(map(str, (about, self.frame, *(f"camera-{number}" for number in camera.values()))))
        name = str(before["id"]) if before else own
        self._keep(_Change(name, before, {"id": name, "frame": self.frame, **what, **camera}))

    def _keep(self, change: _Change) -> None:
        self._say(change.id, change.after)
        self._done.append(change)
        self._undone.clear()

    def _say(self, name: str, correction: dict[str, Any] | None) -> None:
        if correction is None:
            self.take.corrections.pop(name, None)
        else:
            self.take.corrections[name] = correction
