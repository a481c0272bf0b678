# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Jobs panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import session

if TYPE_CHECKING:
    from .batch import SentClip


@dataclass
class JobValues:
    show_ended: bool = session.boolean("Finished", "Show the jobs that have ended")

    batch: list[SentClip] = field(default_factory=list)
    clips: dict[str, tuple[str, float]] = field(default_factory=dict)  # by job: its clip, and where the trim starts
    views: dict[str, list[str]] = field(default_factory=dict)  # by job: the clips of further cameras
    announced: set[str] = field(default_factory=set)


JOBS = JobValues()
KinetixJobsValues = session.property_group("KinetixJobsValues", JOBS)
