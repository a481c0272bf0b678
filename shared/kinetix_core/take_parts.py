"""What the parts of a take are that is cut into several emotes. Standard library only."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["PartKind"]


class PartKind(StrEnum):
    """What a part of a take is, beside the others. The value is what travels."""

    MOVE = "move"
    """What lies between two rests."""
    ROUND = "round"
    """One time of a move that repeats."""
    CHOSEN = "chosen"
    """What lies between two times that a person named."""
