# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Jobs panel."""

from __future__ import annotations

from dataclasses import dataclass, field

from kinetix_core.protocol.hub.json_types import ErrorInfo, Job

from .. import properties, session
from ..hub import heartbeat


@dataclass(frozen=True)
class SentClip:
    """A clip with its job or with the hub's error; with neither until it is sent."""

    clip: str
    job_id: str = ""
    error: ErrorInfo | None = None

    @property
    def job(self) -> Job | None:
        """The job as the hub has it; None after its removal from the list."""
        return heartbeat.LINK.state.jobs.get(self.job_id)


@dataclass
class JobValues:
    show_ended: bool = properties.boolean("Finished", "Show the jobs that have ended")

    batch: list[SentClip] = field(default_factory=list)
    clips: dict[str, tuple[str, float]] = field(default_factory=dict)  # by job: its clip, and where the trim starts
    views: dict[str, list[str]] = field(default_factory=dict)  # by job: the clips of further cameras
    announced: set[str] = field(default_factory=set)


JOBS = JobValues()
KinetixJobsValues = session.property_group("KinetixJobsValues", JOBS)
