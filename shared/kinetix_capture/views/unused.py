"""Why a clip of a take was not used: one list, with what is said to the one who filmed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Unused", "UnusedReason"]


class UnusedReason(StrEnum):
    """Values are those of the quality report."""

    REFUSED = "refused"
    NO_TIME = "noTime"
    NOT_SHARED = "notShared"
    OTHER_TAKE = "otherTake"

    @property
    def summary(self) -> str:
        return _TEXTS[self][0]

    @property
    def advice(self) -> str:
        return _TEXTS[self][1]


_TEXTS = {
    UnusedReason.REFUSED: ("it could not be captured", "Film it again as its own refusal says."),
    UnusedReason.NO_TIME: (
        "neither its sound nor the move tells when it began",
        "Clap once while both cameras run, or move more.",
    ),
    UnusedReason.NOT_SHARED: (
        "less than a second of it was filmed at the same time",
        "Let all cameras run before the move begins.",
    ),
    UnusedReason.OTHER_TAKE: (
        "what it shows does not fit to the other clips",
        "Give clips of one take, of one person, from cameras that stand still.",
    ),
}


@dataclass(frozen=True)
class Unused:
    """A reason, and what this clip shows of it."""

    reason: UnusedReason
    detail: str = ""

    def sentence(self, number: int) -> str:
        """`number` of the clip in the take, from 1 on."""
        detail = f" ({self.detail.rstrip('.')})" if self.detail else ""
        return f"Clip {number} was not used: {self.reason.summary}{detail}. {self.reason.advice}"
