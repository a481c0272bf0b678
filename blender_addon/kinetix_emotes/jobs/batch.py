# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips that were sent together, and what became of each: one table at the top of the jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from kinetix_core.protocol.hub.json_types import ErrorInfo, Job

from .. import heartbeat, session
from ..hub_link import Answer

__all__ = ["SentClip", "begin", "clear", "made", "note", "refused", "sent"]

_KEY = "jobs.batch"


@dataclass(frozen=True)
class SentClip:
    """A clip with its job, or with why the hub took none; neither while it was not sent yet."""

    clip: str
    job_id: str = ""
    error: ErrorInfo | None = None

    @property
    def job(self) -> Job | None:
        """As the hub tells it now; None also once it was taken off the list."""
        return heartbeat.LINK.state.jobs.get(self.job_id)


def begin(clips: list[str]) -> None:
    """These clips, in addition to those of before that are still in the works."""
    going = [one for one in sent() if one.job and one.job.get("state") not in ("delivered", "cancelled")]
    session.VALUES[_KEY] = [*going, *(SentClip(clip) for clip in clips)]


def note(clip: str, answer: Answer) -> None:
    """What the hub said to a clip that was sent."""
    job = cast("Job", answer.data) if isinstance(answer.data, dict) and answer.data.get("id") else None
    if job is not None and not answer.error:
        heartbeat.LINK.state.jobs[job["id"]] = job
    session.VALUES[_KEY] = [
        replace(one, job_id=job["id"] if job is not None and not answer.error else "", error=answer.error)
        if one.clip == clip and not one.job_id
        else one
        for one in sent()
    ]
    heartbeat.LINK.state.changed()


def sent() -> list[SentClip]:
    """In the order in which they were sent; without those whose job was taken off the list."""
    rows: list[SentClip] = session.VALUES.get(_KEY, [])
    return [row for row in rows if not row.job_id or row.job is not None]


def made() -> int:
    return sum(1 for row in sent() if row.job and row.job.get("state") == "delivered")


def refused() -> int:
    return sum(1 for row in sent() if row.error or (row.job and row.job.get("state") in ("failed", "rejected")))


def clear() -> None:
    """The table goes; its jobs are in the list of jobs as before."""
    session.VALUES.pop(_KEY, None)
