"""Form fields of an upload, and the metadata of its token."""

from __future__ import annotations

from pathlib import Path

from kinetix_hub.jobs.job import Job, service_name
from kinetix_hub.jobs.picture_size import picture_size
from kinetix_hub.jobs.port import ClipForm

__all__ = ["clip_form", "metadata"]


def clip_form(job: Job, *, local: bool) -> ClipForm:
    """Return the form of the upload; `local` adds the fields that only Kinetix Local has. Raises as `picture_size`."""
    settings, clip = job.settings, Path(job.clip)
    picture = None if settings.crop is None else picture_size(clip)
    fields = settings.to_form(plain=not local, picture=picture)
    return ClipForm(clip, service_name(job.name), fields, tuple(map(Path, settings.views)))


def metadata(job: Job) -> dict[str, str]:
    """Return the token's metadata: the job, the proposed name, and whether the hub asks before accepting."""
    asks = {"asks": "true"} if job.settings.ask_first else {}
    return {"job": job.id, "name": service_name(job.name), **asks}
