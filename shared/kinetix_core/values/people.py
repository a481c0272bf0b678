"""Which of several people in a clip is captured, and how one is named. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

_Person = TypeVar("_Person")

MOST_PEOPLE = 4
"""Of a clip that become an emote each: the most prominent ones."""


class People(StrEnum):
    """Handling of a clip of several people. The value is what travels."""

    ALL = "all"
    """Every person becomes an emote, and they keep their places to each other."""
    ONE = "one"
    """The most prominent person does, or the one who is named by a `PersonAt`."""


class PersonAt(NamedTuple):
    """One of several people, named by where the middle of the body is seen at a moment: whoever looks again finds the same one.

    `time_s`: seconds of the clip; `x`, `y`: fractions of the captured picture from the left and the top.
    """

    time_s: float
    x: float
    y: float

    def __str__(self) -> str:
        """Return the form field's text."""
        return f"{self.time_s:.3f},{self.x:.4f},{self.y:.4f}"

    @classmethod
    def of(cls, text: str) -> PersonAt:
        """Parse the text of `str`. Raises ValueError for anything else."""
        time_s, x, y = map(float, text.split(","))
        if not (0 <= time_s < math.inf and 0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(f"{text} is no place in a picture")
        return cls(time_s, x, y)


def numbered(seen: Sequence[_Person], number: int) -> _Person:
    """The one of this number, from 1, among those who are seen in a clip. Raises InputError when there is none."""
    if not 0 < number <= len(seen):
        raise InputError(
            worded("There is no person {number}; {count} are in the clip.", number=number, count=len(seen)),
            code="noPeople",
            next_step="Count them from 1, from left to right, or capture everybody with --people all.",
        )
    return seen[number - 1]
