# SPDX-License-Identifier: GPL-3.0-or-later
"""Read clips from files, and keep the last few, so that a second import of the same emote starts at once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kinetix_core.formats import bvh, glb, kinanim
from kinetix_core.motion import Motion
from kinetix_core.protocol.hub.json_types import Emote, Job, Preview
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

from .hub import heartbeat

ENDINGS = (".glb", ".vrma", ".bvh", ".kinanim")


def from_file(path: Path) -> Motion:
    """Return the clip in a file with one of the `ENDINGS`. Raises InputError or FormatError."""
    if not path.is_file():
        raise InputError(
            worded("The file “{file}” is missing.", file=path.name),
            code="fileNotFound",
            next_step="Refresh the library.",
        )
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int) -> Motion:
    ending = path.suffix.lower()
    if ending in (".glb", ".vrma"):
        return glb.read_motion(path)
    if ending == ".bvh":
        return bvh.read_motion(path)
    if ending == ".kinanim":
        return kinanim.read_motion(path)
    raise InputError(
        worded("“{ending}” files are not emotes.", ending=path.suffix),
        code="badEnding",
        next_step=worded("Choose one of {endings}.", endings=", ".join(ENDINGS)),
    )


def from_emote(emote: Emote) -> Motion:
    file = (emote.get("files") or {}).get("glb")
    if not file:
        raise InputError("This emote has no file yet.", code="noFile", next_step="Press Refresh in the library.")
    return from_file(Path(file)).with_(name=emote.get("name") or "emote")


def metadata_of(emote: Emote) -> dict[str, object]:
    """Return the metadata that an Action keeps of its emote."""
    return {"emote": emote.get("id", ""), "name": emote.get("name", ""), "sha256": emote.get("sha256", "")}


def take_of(job_id: str) -> tuple[Job, Preview, Path]:
    """Return the job, its take and the take's file. Raises InputError until the file is there."""
    job = heartbeat.LINK.state.jobs.get(job_id)
    take = job.get("preview") if job else None
    if not job or not take or not (glb := take.get("glb")):
        raise InputError(
            "The take is still being downloaded.", code="noPreview", next_step="Wait a moment and try again."
        )
    return job, take, Path(glb)
