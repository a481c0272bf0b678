"""Why a clip of a take was not used: one list, with what is said to the one who filmed."""

from __future__ import annotations

from dataclasses import dataclass

from kinetix_capture.quality_model import UnusedReason
from kinetix_core.values.wording import Worded, sentence, worded

SENTENCES = {
    UnusedReason.REFUSED: "Clip {number} was not used: it could not be captured. {detail} Film it again.",
    UnusedReason.NO_TIME: "Clip {number} was not used: neither its sound nor the move tells when it began. "
    "Clap once while both cameras run, or move more.",
    UnusedReason.NOT_SHARED: "Clip {number} was not used: less than a second of it was filmed at the same time. "
    "Let all cameras run before the move begins.",
    UnusedReason.OTHER_TAKE: "Clip {number} was not used: what it shows does not fit to the other clips ({detail}). "
    "Give clips of one take, of one person, from cameras that stand still.",
}


@dataclass(frozen=True)
class Unused:
    """A reason, and what this clip shows of it."""

    reason: UnusedReason
    detail: str = ""

    def sentence(self, number: int) -> Worded:
        """`number` of the clip in the take, from 1 on."""
        return worded(SENTENCES[self.reason], number=number, detail=sentence(self.detail))
