"""What came of a job on the command line: said to a person or a program, and copied where the emote is wanted."""

from __future__ import annotations

import os
from pathlib import Path

from kinetix_core import files
from kinetix_core.errors import InputError
from kinetix_core.hub_protocol.answers import ProfileList
from kinetix_core.hub_protocol.client import HubClient
from kinetix_core.hub_protocol.enumerations import FileKind, JobState, ProfileKind
from kinetix_core.hub_protocol.models import Emote, Job
from kinetix_core.shell import quote
from kinetix_hub.cli.show import console, out

__all__ = ["report", "require_writable"]


def report(hub: HubClient, job: Job, target: Path | None, as_json: bool) -> None:
    found = hub.get(Emote, f"/emotes/{job.emote_id}") if job.state is JobState.DELIVERED else None
    if found is not None and target is not None:
        files.copy(Path(found.files[FileKind.GLB]), target)
    if as_json:
        out({"job": job, "emote": found})
    elif found is not None:
        console.print(f"[green]✓[/] [bold]{found.name}[/]  {found.files.get(FileKind.GLB, found.folder)}")
        for hint in job.hints:
            console.print(f"  {hint}", highlight=False, markup=False)
        profiles = hub.get(ProfileList, "/profiles").profiles
        if any(row.name == job.profile and row.kind is ProfileKind.LOCAL for row in profiles):
            console.print(f"  [dim]Watch it: kinetix emote watch {quote(found.name)}[/]")
    elif job.state is JobState.AWAITING_DECISION:
        short = job.id[:8]
        console.print(f"The take is ready to look at: {job.preview.glb if job.preview else None}")
        console.print(f"`kinetix job validate {short}` accepts it, `kinetix job retake {short} CLIP` replaces it.")
    else:
        console.print(f"The hub works on it: kinetix job show {job.id[:8]}")


def require_writable(path: Path) -> None:
    """Raises before anything is uploaded when the result could not be written."""
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(
            f"{path} cannot be written.",
            code="notWritable",
            next_step="Choose a file in a folder that you may write to.",
        )
