# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouse and keyboard handling of Trim and Crop.

The form's own fields are the state: what is dragged is in them at once, and what is typed into them is seen here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from .. import films
from ..clip_form import FORM, Form
from ..create import props
from ..hub.requests import shortest_s
from .geometry import (
    Crop,
    Part,
    Places,
    Rect,
    Sides,
    Strip,
    StripGrip,
    arranged,
    crop_by_drag,
    crop_drawn,
    nearest_frame,
    sides_at,
)
from .pictures import Pictures

_REACH, _BEGINS_AT = 9.0, 4.0  # pixels: around a side, and before a press counts as a drag
_PRECISE = 0.1  # as everywhere in Blender while Shift is held
_SIDES = ("left", "right", "top", "bottom")
_FIELDS = ("start", "end", "crop", *(f"crop_{side}" for side in _SIDES))

Grip = StripGrip | Sides


@dataclass(frozen=True)
class Choice:
    """Trim and crop as the form has them."""

    part: Part
    crop: Crop


@dataclass
class _Drag:
    grip: Grip | None  # None: a new crop is drawn
    began: tuple[float, float]
    last: tuple[float, float]
    moved: tuple[float, float]
    choice: Choice


class Trimming:
    """One use of the tool, from the press of its button until it is taken or given up."""

    def __init__(self, film: films.Film, shown_s: float = 0.0) -> None:
        self.film, self.pictures = film, Pictures(film)
        self.shown_s = shown_s
        self._form = {name: getattr(FORM, name) for name in _FIELDS}
        self.hovered: Grip | None = None
        self._free, self._scale = Rect(0, 0, 1, 1), 1.0
        self._drag: _Drag | None = None
        self._played: tuple[float, float] | None = None  # when it began, and at which moment of the clip
        self._done: list[Choice] = []
        self._undone: list[Choice] = []
        self.pictures.look_at(shown_s)

    # --- what is shown ----------------------------------------------------------------------------------------------
    def lies_in(self, free: Rect, scale: float) -> None:
        """Set the free part of the region."""
        self._free, self._scale = free, scale

    def places(self) -> Places:
        return arranged(self._free, self.pictures.aspect, self._scale)

    def strip(self) -> Strip:
        places = self.places()
        return Strip(places.strip, self.film.seconds, places.handle, places.bar)

    @staticmethod
    def choice_of(values: Form, seconds: float) -> Choice:
        end = min(values.end or seconds, seconds)
        shares = {side: getattr(values, f"crop_{side}") / 100 if values.crop else 0.0 for side in _SIDES}
        return Choice(Part(min(values.start, end), end), Crop(**shares))

    def choice(self) -> Choice:
        return self.choice_of(FORM, self.film.seconds)

    @property
    def dragging(self) -> bool:
        return self._drag is not None

    @property
    def playing(self) -> bool:
        return self._played is not None

    def tick(self) -> bool:
        """Play on, and read what is to be seen. True when there is something new."""
        if self._played is not None:
            part, (began, at) = self.choice().part, self._played
            self.shown_s = part.start + (at - part.start + time.monotonic() - began) % max(part.seconds, 0.1)
        new = self.pictures.look_at(self.shown_s)
        rect = self.places().strip
        return self.pictures.read_along(max(1, round(rect.width / (rect.height * self.pictures.aspect)))) or new

    # --- the mouse --------------------------------------------------------------------------------------------------
    def grip_at(self, x: float, y: float) -> Grip | None:
        choice, places, reach = self.choice(), self.places(), _REACH * self._scale
        return self.strip().grip_at(x, y, choice.part, reach / 2) or sides_at(places.picture, choice.crop, x, y, reach)

    def press(self, x: float, y: float) -> None:
        grip = self.grip_at(x, y)
        if grip is None and not self.places().picture.grown(_REACH * self._scale).holds(x, y):
            return
        self.pause()
        self._drag = _Drag(grip, (x, y), (x, y), (0.0, 0.0), self.choice())
        if grip is StripGrip.TIME:
            self.look_at(self.strip().time_at(x))

    def move(self, x: float, y: float, *, precise: bool = False) -> None:
        drag = self._drag
        if drag is None:
            self.hovered = self.grip_at(x, y)
            return
        slower = _PRECISE if precise else 1.0
        drag.moved = (drag.moved[0] + (x - drag.last[0]) * slower, drag.moved[1] + (y - drag.last[1]) * slower)
        drag.last = (x, y)
        self._dragged(drag)

    def _dragged(self, drag: _Drag) -> None:
        picture, strip, (dx, dy) = self.places().picture, self.strip(), drag.moved
        here = (drag.began[0] + dx, drag.began[1] + dy)
        if drag.grip is StripGrip.TIME:
            self.look_at(strip.time_at(here[0]))
        elif isinstance(drag.grip, StripGrip):
            part = strip.moved(drag.choice.part, drag.grip, strip.seconds_of(dx), shortest_s())
            self._cut_to(drag.grip, part, drag.choice)
        elif drag.grip is not None:
            self._put(Choice(drag.choice.part, crop_by_drag(picture, drag.choice.crop, drag.grip, dx, dy)))
        elif max(abs(dx), abs(dy)) > _BEGINS_AT * self._scale:
            self._put(Choice(drag.choice.part, crop_drawn(picture, drag.began, here)))

    def _cut_to(self, grip: StripGrip, part: Part, before: Choice) -> None:
        """Move a cut to a frame of the clip and show that frame."""
        start, end = self._on_frame(part.start), self._on_frame(part.end)
        if grip is StripGrip.BOTH:
            end = min(start + before.part.seconds, self.film.seconds)
        self.shown_s = end if grip is StripGrip.TO else start
        self._put(Choice(Part(start, end), before.crop))

    def release(self) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and self.choice() != drag.choice:
            self._done.append(drag.choice)
            self._undone.clear()

    def cancel_drag(self) -> None:
        drag, self._drag = self._drag, None
        if drag is not None:
            self._put(drag.choice)

    # --- the keys ---------------------------------------------------------------------------------------------------
    def look_at(self, seconds: float) -> None:
        self.pause()
        self.shown_s = self._on_frame(min(max(seconds, 0.0), self.film.seconds))
        self.pictures.look_at(self.shown_s)

    def step(self, frames: int) -> None:
        self.look_at(self.shown_s + frames / (self.film.fps or 30.0))

    def cut_here(self, grip: StripGrip) -> None:
        """From, or To, at the moment that is shown."""
        before = self.choice()
        at = before.part.start if grip is StripGrip.FROM else before.part.end
        self._cut_to(grip, self.strip().moved(before.part, grip, self.shown_s - at, shortest_s()), before)
        self._keep(before)

    def reset(self) -> None:
        """Choose the whole clip and the whole frame."""
        before = self.choice()
        self._put(Choice(Part(0.0, self.film.seconds), Crop()))
        self._keep(before)

    def play(self) -> None:
        part = self.choice().part
        at = self.shown_s if part.start <= self.shown_s < part.end else part.start
        self._played = (time.monotonic(), at)

    def pause(self) -> None:
        self._played = None

    def undo(self) -> None:
        if self._done:
            self._undone.append(self.choice())
            self._put(self._done.pop())

    def redo(self) -> None:
        if self._undone:
            self._done.append(self.choice())
            self._put(self._undone.pop())

    def give_up(self) -> None:
        """Restore the values of the form."""
        self._drag = None
        for name, value in self._form.items():
            setattr(FORM, name, value)
        props.part_chosen(self.choice().part.start)

    def _keep(self, before: Choice) -> None:
        if self.choice() != before:
            self._done.append(before)
            self._undone.clear()

    def _on_frame(self, seconds: float) -> float:
        return nearest_frame(seconds, self.film.fps, self.film.seconds)

    def _put(self, choice: Choice) -> None:
        part, crop = choice.part, choice.crop
        percent = {side: round(100 * getattr(crop, side), 2) for side in _SIDES}
        # No later than the last frame: that is the clip's own end, which the form writes as 0.
        end = part.end if part.end < self.film.seconds - 0.5 / (self.film.fps or 30.0) else 0.0
        self.pictures.look_at(self.shown_s)
        props.choose_part(part.start, end, percent if crop != Crop() else None, self.shown_s)
