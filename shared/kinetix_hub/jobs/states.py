"""Every state of a job and the only moves between them. Pure, so that the whole machine is one tested table."""

from __future__ import annotations

from enum import StrEnum

from kinetix_core.failure import CaptureStage

__all__ = ["ENDED", "MOVES", "JobStage", "State", "WrongMove", "check_move"]


class State(StrEnum):
    QUEUED = "queued"
    UPLOADING = "uploading"
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    AWAITING_UPLOAD = "awaitingUpload"
    AWAITING_DECISION = "awaitingDecision"
    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class JobStage(StrEnum):
    """What is being done for a job within its state; the capture's own stages where a service tells them."""

    NONE = ""
    UPLOAD = "upload"
    WAITING = "waiting"
    CAPTURE = "capture"  # of a service that says no more
    DECODE = CaptureStage.DECODE
    TRACK = CaptureStage.TRACK
    FIT = CaptureStage.FIT
    WRITE = CaptureStage.WRITE
    DECISION = "decision"
    DOWNLOAD = "download"
    VERIFY = "verify"
    DONE = "done"


ENDED = frozenset({State.DELIVERED, State.FAILED, State.CANCELLED, State.REJECTED})

_STOPS = {State.FAILED, State.CANCELLED}

# from → the states it may go to. A state that leads to itself is a step that is done again (another token, another file address).
MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.UPLOADING, State.AWAITING_UPLOAD, *_STOPS}),
    # back to queued: the token ran out unused. submitted: the upload was accepted, or found to have been.
    State.UPLOADING: frozenset({State.SUBMITTED, State.QUEUED, *_STOPS}),
    State.AWAITING_UPLOAD: frozenset({State.SUBMITTED, State.QUEUED, *_STOPS}),
    State.SUBMITTED: frozenset({State.PROCESSING, State.AWAITING_DECISION, State.DOWNLOADING, State.REJECTED, *_STOPS}),
    State.PROCESSING: frozenset({State.AWAITING_DECISION, State.DOWNLOADING, State.REJECTED, *_STOPS}),
    # uploading / awaitingUpload: the person films the move again.
    State.AWAITING_DECISION: frozenset(
        {State.DOWNLOADING, State.UPLOADING, State.AWAITING_UPLOAD, State.REJECTED, *_STOPS}
    ),
    # back to downloading: a file was damaged on the way or its address has expired.
    State.DOWNLOADING: frozenset({State.VERIFYING, *_STOPS}),
    State.VERIFYING: frozenset({State.DELIVERED, State.DOWNLOADING, *_STOPS}),
    State.DELIVERED: frozenset(),
    # A retry goes on where the service stands: submitted when a process is there, else queued.
    State.FAILED: frozenset({State.QUEUED, State.SUBMITTED}),
    State.CANCELLED: frozenset({State.QUEUED, State.SUBMITTED}),
    State.REJECTED: frozenset({State.QUEUED}),
}


class WrongMove(Exception):
    """A move that the table does not have: a bug, or a command that came too late."""


def check_move(before: State, after: State) -> None:
    """Raises WrongMove when a job may not go from `before` to `after`."""
    if after not in MOVES[before]:
        raise WrongMove(f"a job cannot go from {before} to {after}")
