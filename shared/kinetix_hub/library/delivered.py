"""Metadata and name of an emote that a service delivered."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import JobId, Sha256
from kinetix_core.values.wording import worded
from kinetix_hub.library.emote import MAX_NAME, Emote
from kinetix_hub.library.verify import inspect_glb
from kinetix_hub.services.port import EmoteInfo


def check_profile(known: Emote | None, profile: str) -> None:
    """Raise `KinetixError` if `known` was delivered by another profile, whose emotes have ids of their own."""
    if known is not None and known.profile != profile:
        raise KinetixError(
            worded("An emote of the profile “{profile}” has this id already.", profile=known.profile),
            code="idOfAnotherProfile",
            detail=f"It is called {known.name!r}.",
            next_step="Delete that emote and empty the bin if you want this one, then retry the job.",
        )


def delivered(
    glb: Path,
    sha256: Sha256,
    info: EmoteInfo,
    known: Emote | None,
    *,
    profile: str,
    user: str,
    job: JobId | None,
    name: str,
) -> Emote:
    """Return the emote, without a folder, from its GLB, the service's metadata and what is stored here.

    Raises:
        FormatError: the GLB is damaged.
    """
    summary, now = inspect_glb(glb), time.time()
    return Emote(
        id=info.uuid,
        name=known.name if known else _readable(name) or _readable(info.name) or "Emote",
        folder="",
        profile=profile,
        user=user,
        sha256=sha256,
        bytes=0,
        created=known.created if known else now,
        used=now,
        pinned=known.pinned if known else False,
        job=job or (known.job if known else None),
        duration_s=summary.duration_s if summary.duration_s is not None else info.duration_s,
        fps=summary.fps,
        frames=summary.frames,
        mature=info.mature,
        group=summary.group,
        body=summary.body,
        version_of=info.version_of or (known.version_of if known else None),
        current_since=known.current_since if known else None,
    )


def _readable(name: str) -> str:
    """Return the text on one line, without control characters."""
    shown = (" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in name)
    return " ".join("".join(shown).split())[:MAX_NAME].strip()
