"""Find the process of a job after a kill or a lost answer, so that nothing is sent twice."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from kinetix_core.protocol.hub.enumerations import JobKind
from kinetix_core.values.identity import ProcessId
from kinetix_hub.jobs.job import Job, service_name
from kinetix_hub.services.port import ProcessInfo, ServicePort

# The token is deleted a moment before the process appears in the lists.
_ATTEMPTS = 4
_LOOK_EVERY_S = 0.4


def seen_before(processes: Sequence[ProcessInfo], job: Job) -> list[ProcessId]:
    """Return the processes that could later be mistaken for the job's; any, for a phone, which names its emote freely."""
    return [
        process.uuid for process in processes if job.kind is JobKind.PHONE or process.name == service_name(job.name)
    ]


def pick_process(processes: Sequence[ProcessInfo], job: Job, claimed: Collection[str]) -> ProcessId | None:
    """Return the process of this job's upload, or None.

    The token's metadata identify the job if the service returns them. Otherwise the process has the same name, is new since the
    upload and belongs to no other job. Uploads of one user and name run one after the other (runner.py), so there is at most one;
    if the same user uploads from elsewhere, the oldest match is taken.
    """
    for process in processes:
        if process.metadata.get("job") == job.id and process.uuid not in claimed:
            return process.uuid
    if job.kind is JobKind.REFINE:
        return None
    seen = set(job.token.seen) if job.token else set()
    fits = [
        process.uuid
        for process in processes
        if process.uuid not in seen
        and process.uuid not in claimed
        and (job.kind is JobKind.PHONE or process.name == service_name(job.name))
        and not process.metadata.get("job")
    ]
    return fits[-1] if fits else None  # lists are newest first


def adopt_process(port: ServicePort, job: Job, claimed: Collection[str]) -> ProcessId | None:
    """Look for the process several times, as a restarted service needs a moment."""
    for look in range(_ATTEMPTS):
        found = pick_process(port.processes(job.user), job, claimed)
        if found is not None:
            return found
        if look + 1 < _ATTEMPTS:
            time.sleep(_LOOK_EVERY_S)
    return None
