"""A clip with nobody in it is refused before it becomes a job, as the editors do while it is chosen."""

from __future__ import annotations

from pathlib import Path

from kinetix_core.errors import InputError
from kinetix_core.hub_protocol.answers import ClipVerdict
from kinetix_core.hub_protocol.bodies import ClipCheckBody, JobBody
from kinetix_core.hub_protocol.client import HubClient

__all__ = ["refuse_hopeless"]


def refuse_hopeless(hub: HubClient, clip: Path, body: JobBody) -> None:
    """Raises InputError, with the failure reason as its code, when a quick look at the clip finds that no emote can become of it."""
    wanted = ClipCheckBody(
        clip=str(clip), trim_start=body.trim_start, trim_end=body.trim_end, crop=body.crop, profile=body.profile
    )
    verdict = hub.post(ClipVerdict, "/clips/check", wanted)
    if verdict.reason is not None:
        raise InputError(verdict.title, code=verdict.reason.value, next_step=verdict.next_step)
