"""Why a clip cannot become an emote, and how far its capture and process are: one list of each, from the capture to every front end.

The capture raises a reason, Kinetix Local stores and sends it; for the cloud it follows from published return codes and texts.
Standard library only.
"""

from __future__ import annotations

from enum import StrEnum


class CaptureStage(StrEnum):
    """Stages of a capture, in order. `label` is the wording of every front end, in English."""

    label: str

    DECODE = "decode", "Reading the clip"
    TRACK = "track", "Tracking the person"
    FIT = "fit", "Fitting the body"
    WRITE = "write", "Writing the files"

    def __new__(cls, value: str, label: str = "") -> CaptureStage:
        member = str.__new__(cls, value)
        member._value_, member.label = value, label
        return member


class ProcessStatus(StrEnum):
    """The groups into which the API sorts the steps of a process (docs/api-contract.md#3.1)."""

    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    VALIDATED = "validated"
    FAILED = "failed"
    REJECTED = "rejected"


# mlReturnCode → errorMessage (docs/api-contract.md#3.1).
PUBLISHED_TEXTS = {
    5: "Too much characters detected in the video",
    6: "No character detected in the video",
    7: "Character too small in the video",
}


class FailureReason(StrEnum):
    """Why a clip failed. The value is the code that people and programs see everywhere.

    Attributes:
        summary: the failure in one sentence, unless a caller has a more precise one.
        advice: the next step.
        status: the API's HTTP status for it.
        return_code: the API's `mlReturnCode`; -1 where it has no code.
    """

    summary: str
    advice: str
    status: int
    return_code: int

    NOBODY = (
        "noPerson",
        "Nobody was found in the clip.",
        "Film one person from head to feet, in good light, about 3 m from the camera.",
        406,
        6,
    )
    SEVERAL_PEOPLE = (
        "severalPeople",
        "More than one person is in the clip.",
        "Choose a person or “Everybody” (Kinetix Local), film one person alone, or crop the clip.",
        406,
        5,
    )
    TOO_SMALL = (
        "personTooSmall",
        "The person is too small in the frame.",
        "Move closer until the person fills half of the frame's height, or crop the clip.",
        406,
        7,
    )
    HALF_BODY = (
        "halfBody",
        "The person is not in frame from head to feet.",
        "Step back until the whole body, feet included, stays in frame.",
    )
    LOST = (
        "personLost",
        "The person is lost for much of the clip.",
        "Keep one person fully in frame for the whole move, or trim the clip.",
    )
    CUT = (
        "sceneCut",
        "The clip contains a cut.",
        "Use one uncut shot with a steady camera, or choose the part before or after the cut.",
    )
    TOO_SHORT = ("videoTooShort", "The clip is too short.", "Film a longer move, or choose a longer part.")
    TOO_LONG = (
        "videoTooLong",
        "The clip is too long.",
        "Choose the part to use (start and end), or film a shorter move.",
        413,
    )
    NOT_A_VIDEO = (
        "notAVideo",
        "The file is not a readable video.",
        "Use an mp4, mov, webm, mkv or avi file from a phone or camera.",
        415,
    )
    DAMAGED = (
        "damagedVideo",
        "The file is damaged or incomplete.",
        "Copy or download the clip again, or film a new one.",
        415,
    )
    TOO_LARGE = ("fileTooLarge", "The file is too large.", "Film in 1080p, or cut the clip to the move itself.", 413)
    REFUSED = (
        "clipRefused",
        "No emote was created from this clip.",
        "Film one person, full body, in good light, with a steady camera.",
    )

    def __new__(
        cls, value: str, summary: str = "", advice: str = "", status: int = 406, return_code: int = -1
    ) -> FailureReason:
        member = str.__new__(cls, value)
        member._value_, member.summary, member.advice = value, summary, advice
        member.status, member.return_code = status, return_code
        return member

    @classmethod
    def published(cls, return_code: int | None, text: str | None) -> FailureReason | None:
        """Return the reason for a service's `mlReturnCode` or published `errorMessage`, or None."""
        wanted = (text or "").strip().rstrip(".").casefold()
        for reason in cls:
            if reason.return_code > 0 and reason.return_code == return_code:
                return reason
            if wanted and wanted == PUBLISHED_TEXTS.get(reason.return_code, "").casefold():
                return reason
        return None
