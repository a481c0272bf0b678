"""The transitions between the states of a job."""

from __future__ import annotations

from kinetix_core.protocol.hub.enumerations import JobState

_STOPS = {JobState.FAILED, JobState.CANCELLED}

# from → the states it may go to. A state that leads to itself is a step that is done again (another token, another file address).
MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.UPLOADING, JobState.AWAITING_UPLOAD, JobState.SUBMITTED, *_STOPS}),
    # submitted: Kinetix Local has the clip, and solves its take again.
    # back to queued: the token ran out unused. submitted: the upload was accepted, or found to have been.
    JobState.UPLOADING: frozenset({JobState.SUBMITTED, JobState.QUEUED, *_STOPS}),
    JobState.AWAITING_UPLOAD: frozenset({JobState.SUBMITTED, JobState.QUEUED, *_STOPS}),
    JobState.SUBMITTED: frozenset(
        {JobState.PROCESSING, JobState.AWAITING_DECISION, JobState.DOWNLOADING, JobState.REJECTED, *_STOPS}
    ),
    JobState.PROCESSING: frozenset({JobState.AWAITING_DECISION, JobState.DOWNLOADING, JobState.REJECTED, *_STOPS}),
    # uploading / awaitingUpload: the person films the move again.
    JobState.AWAITING_DECISION: frozenset(
        {JobState.DOWNLOADING, JobState.UPLOADING, JobState.AWAITING_UPLOAD, JobState.REJECTED, *_STOPS}
    ),
    # back to downloading: a file was damaged on the way or its address has expired.
    JobState.DOWNLOADING: frozenset({JobState.VERIFYING, *_STOPS}),
    JobState.VERIFYING: frozenset({JobState.DELIVERED, JobState.DOWNLOADING, *_STOPS}),
    JobState.DELIVERED: frozenset(),
    # A retry goes on where the service stands: submitted when a process is there, else queued.
    JobState.FAILED: frozenset({JobState.QUEUED, JobState.SUBMITTED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED, JobState.SUBMITTED}),
    JobState.REJECTED: frozenset({JobState.QUEUED}),
}


class WrongMove(Exception):
    """Raised for a transition that the table does not have: a bug, or a late command."""


def check_move(before: JobState, after: JobState) -> None:
    """Raise WrongMove unless a job may go from `before` to `after`."""
    if after not in MOVES[before]:
        raise WrongMove(f"a job cannot go from {before} to {after}")
