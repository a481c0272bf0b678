"""Kinds of parts of a take that is cut into several emotes. Standard library only."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class PartKind(StrEnum):
    """Kind of a part of a take. The value is what travels."""

    MOVE = "move"
    """What lies between two rests."""
    ROUND = "round"
    """One time of a move that repeats."""
    CHOSEN = "chosen"
    """What lies between two times that a person named."""


class NamedPart(NamedTuple):
    """Seconds of a take of which an emote is to be made, and what that one is called."""

    start_s: float
    end_s: float
    name: str
