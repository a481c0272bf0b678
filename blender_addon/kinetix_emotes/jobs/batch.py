# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips that were sent together, with the state of each: a table at the top of the jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from kinetix_core.protocol.hub.json_types import Job

from ..hub import heartbeat
from ..hub.link import Answer
from .props import JOBS, SentClip


def begin(clips: list[str]) -> None:
    """Add these clips to those that are still processed."""
    going = [one for one in sent() if one.job and one.job.get("state") not in ("delivered", "cancelled")]
    JOBS.batch = [*going, *(SentClip(clip) for clip in clips)]


def note(clip: str, answer: Answer) -> None:
    """Keep the hub's answer for a clip."""
    job = cast("Job", answer.data) if isinstance(answer.data, dict) and answer.data.get("id") else None
    if job is not None and not answer.error:
        heartbeat.LINK.state.jobs[job["id"]] = job
    JOBS.batch = [
        replace(one, job_id=job["id"] if job is not None and not answer.error else "", error=answer.error)
        if one.clip == clip and not one.job_id
        else one
        for one in sent()
    ]
    heartbeat.LINK.state.changed()


def sent() -> list[SentClip]:
    """Return the clips in the order they were sent, without those whose job was removed."""
    return [row for row in JOBS.batch if not row.job_id or row.job is not None]


def made() -> int:
    return sum(1 for row in sent() if row.job and row.job.get("state") == "delivered")


def refused() -> int:
    return sum(1 for row in sent() if row.error or (row.job and row.job.get("state") in ("failed", "rejected")))


def clear() -> None:
    """Close the table. Its jobs stay in the list of jobs."""
    JOBS.batch = []
