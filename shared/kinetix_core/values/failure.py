"""Why a clip cannot become an emote, and how far its capture and process are: one list of each, from the capture to every front end.

The capture raises a reason, Kinetix Local stores and sends it; for the cloud it follows from published return codes and texts.
Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CaptureStage(StrEnum):
    """Stages of a capture, in order."""

    DECODE = "decode"
    TRACK = "track"
    FIT = "fit"
    WRITE = "write"

    @property
    def label(self) -> str:
        """The wording of every front end, in English."""
        return _STAGE_LABELS[self]


_STAGE_LABELS = {
    CaptureStage.DECODE: "Reading the clip",
    CaptureStage.TRACK: "Tracking the person",
    CaptureStage.FIT: "Fitting the body",
    CaptureStage.WRITE: "Writing the files",
}


class ProcessStatus(StrEnum):
    """The groups into which the API sorts the steps of a process (docs/api-contract.md#3.1)."""

    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    VALIDATED = "validated"
    FAILED = "failed"
    REJECTED = "rejected"


class FailureReason(StrEnum):
    """Why a clip failed. The value is the code that people and programs see everywhere."""

    NOBODY = "noPerson"
    SEVERAL_PEOPLE = "severalPeople"
    TOO_SMALL = "personTooSmall"
    HALF_BODY = "halfBody"
    LOST = "personLost"
    CUT = "sceneCut"
    TOO_SHORT = "videoTooShort"
    TOO_LONG = "videoTooLong"
    NOT_A_VIDEO = "notAVideo"
    DAMAGED = "damagedVideo"
    TOO_LARGE = "fileTooLarge"
    REFUSED = "clipRefused"

    @property
    def summary(self) -> str:
        """The failure in one sentence, unless a caller has a more precise one."""
        return _KINDS[self].summary

    @property
    def advice(self) -> str:
        """The next step."""
        return _KINDS[self].advice

    @property
    def status(self) -> int:
        """The API's HTTP status for it."""
        return _KINDS[self].status

    @property
    def return_code(self) -> int:
        """The API's `mlReturnCode`; -1 for what it has no code for."""
        return _KINDS[self].return_code

    @classmethod
    def published(cls, return_code: int | None, text: str | None) -> FailureReason | None:
        """The reason that a service's `mlReturnCode` or published `errorMessage` stands for, or None."""
        wanted = (text or "").strip().rstrip(".").casefold()
        for reason, kind in _KINDS.items():
            if kind.return_code > 0 and kind.return_code == return_code:
                return reason
            if wanted and wanted == PUBLISHED_TEXTS.get(kind.return_code, "").casefold():
                return reason
        return None


@dataclass(frozen=True)
class _Kind:
    summary: str
    advice: str
    status: int = 406
    return_code: int = -1


# mlReturnCode → errorMessage (docs/api-contract.md#3.1).
PUBLISHED_TEXTS = {
    5: "Too much characters detected in the video",
    6: "No character detected in the video",
    7: "Character too small in the video",
}

_KINDS = {
    FailureReason.NOBODY: _Kind(
        "Nobody was found in the clip.",
        "Film one person from head to feet, in good light, about 3 m from the camera.",
        return_code=6,
    ),
    FailureReason.SEVERAL_PEOPLE: _Kind(
        "More than one person is in the clip.",
        "Choose a person or “Everybody” (Kinetix Local), film one person alone, or crop the clip.",
        return_code=5,
    ),
    FailureReason.TOO_SMALL: _Kind(
        "The person is too small in the frame.",
        "Move closer until the person fills half of the frame's height, or crop the clip.",
        return_code=7,
    ),
    FailureReason.HALF_BODY: _Kind(
        "The person is not in frame from head to feet.",
        "Step back until the whole body, feet included, stays in frame.",
    ),
    FailureReason.LOST: _Kind(
        "The person is lost for much of the clip.",
        "Keep one person fully in frame for the whole move, or trim the clip.",
    ),
    FailureReason.CUT: _Kind(
        "The clip contains a cut.",
        "Use one uncut shot with a steady camera, or choose the part before or after the cut.",
    ),
    FailureReason.TOO_SHORT: _Kind("The clip is too short.", "Film a longer move, or choose a longer part."),
    FailureReason.TOO_LONG: _Kind(
        "The clip is too long.", "Choose the part to use (start and end), or film a shorter move.", status=413
    ),
    FailureReason.NOT_A_VIDEO: _Kind(
        "The file is not a readable video.",
        "Use an mp4, mov, webm, mkv or avi file from a phone or camera.",
        status=415,
    ),
    FailureReason.DAMAGED: _Kind(
        "The file is damaged or incomplete.", "Copy or download the clip again, or film a new one.", status=415
    ),
    FailureReason.TOO_LARGE: _Kind(
        "The file is too large.", "Film in 1080p, or cut the clip to the move itself.", status=413
    ),
    FailureReason.REFUSED: _Kind(
        "No emote was created from this clip.", "Film one person, full body, in good light, with a steady camera."
    ),
}
