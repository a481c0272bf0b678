"""What a job sends with its clip and with its token."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinetix_core.protocol.hub.enumerations import RootMode
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.people import PersonAt
from kinetix_hub.jobs.job import Job, service_name
from kinetix_hub.jobs.picture_size import picture_size
from kinetix_hub.jobs.port import ClipForm

__all__ = ["clip_form", "metadata"]


def clip_form(job: Job, *, local: bool) -> ClipForm:
    """The form of the upload; with what Kinetix Local alone takes where the service is `local`. Raises as `picture_size` does."""
    settings, clip = job.settings, Path(job.clip)
    end = settings.trim_end
    return ClipForm(
        clip,
        service_name(job.name),
        mature=settings.mature,
        start_s=settings.trim_start if end is not None or settings.trim_start else None,
        end_s=end,
        crop=_in_pixels(settings.crop, clip),
        views=tuple(map(Path, settings.views)),
        extra=_capture_fields(job) if local else {},
    )


def metadata(job: Job) -> dict[str, str]:
    """Return what goes with the token: the job, the name that the upload page proposes, and whether the hub asks before accepting."""
    asks = {"asks": "true"} if job.settings.ask_first else {}
    return {"job": job.id, "name": service_name(job.name), **asks}


def _capture_fields(job: Job) -> dict[str, str]:
    """Settings that the contract has no field for; Kinetix refuses unknown fields, Kinetix Local knows these."""
    settings, fields = job.settings, {}
    if settings.height_cm is not None:
        fields["height"] = f"{settings.height_cm / 100:.3f}"
    if settings.loop:
        fields["loop"] = "true"
    if settings.root_mode is RootMode.IN_PLACE:
        fields["rootMode"] = settings.root_mode.value
    if settings.people is not None:
        fields["people"] = settings.people.value
    if settings.person is not None:
        fields["person"] = str(PersonAt(*settings.person))
    if settings.body is not CapturedBody.WHOLE:
        fields["body"] = settings.body.value
    if settings.face:
        fields["face"] = "true"
    return fields


def _in_pixels(crop: Sequence[float] | None, clip: Path) -> dict[str, int] | None:
    """The API's fields of a crop that is kept as fractions of the upright picture."""
    if crop is None:
        return None
    left, top, share_wide, share_high = crop
    width, height = picture_size(clip)
    return {
        "x": round(left * width),
        "y": round(top * height),
        "outputWidth": round(share_wide * width),
        "outputHeight": round(share_high * height),
    }
