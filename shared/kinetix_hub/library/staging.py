"""Names of the folders in `.incoming`."""

from __future__ import annotations

from kinetix_core.values.identity import JobId
from kinetix_core.values.people import MOST_PEOPLE


def person_folder(job_id: str, person: int) -> JobId:
    """Return the folder of one person's emote; the first person's is the job's own."""
    return JobId(job_id if person == 1 else f"{job_id}-person-{person}")


def preview_folder(job_id: str) -> JobId:
    """Return the folder of a take that awaits a decision."""
    return JobId(f"{job_id}-preview")


def staging_folders(job_id: str) -> tuple[JobId, ...]:
    """Return every folder that a job may have."""
    people = (person_folder(job_id, person) for person in range(1, MOST_PEOPLE + 1))
    return (*people, preview_folder(job_id))
