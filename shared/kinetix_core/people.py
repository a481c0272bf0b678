"""Who of several people in a clip is captured. Standard library only."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["MOST_PEOPLE", "People"]

MOST_PEOPLE = 4
"""Of a clip that become an emote each: the most prominent ones."""


class People(StrEnum):
    """What is done with a clip of several people where it is not refused. The value is what travels."""

    ALL = "all"
    """Every person becomes an emote, and they keep their places to each other."""
    ONE = "one"
    """The most prominent person does."""
