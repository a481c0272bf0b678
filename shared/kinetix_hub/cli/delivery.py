"""What came of a job on the command line: said to a person or a program, and copied where the emote is wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kinetix_core import files
from kinetix_core.errors import InputError
from kinetix_core.hub_protocol.answers import EmoteList, ProfileList
from kinetix_core.hub_protocol.client import HubClient
from kinetix_core.hub_protocol.enumerations import FileKind, JobKind, JobState, ProfileKind
from kinetix_core.hub_protocol.models import Emote, Job
from kinetix_core.people import People
from kinetix_core.shell import quote
from kinetix_hub.cli.show import console, out

__all__ = ["emotes_of", "everybody", "report", "require_writable"]


def report(hub: HubClient, job: Job, target: Path | None, as_json: bool) -> None:
    """Of a clip of several people, `target` OUT.glb becomes OUT-1.glb, OUT-2.glb, …, as `kinetix capture` names them."""
    emotes = emotes_of(hub, job) if job.state is JobState.DELIVERED else []
    found = emotes[0] if emotes else None
    if target is not None:
        are_numbered = job.settings.people is People.ALL or len(emotes) > 1
        for number, emote in enumerate(emotes, 1):
            mark = f"-{number}" if are_numbered else ""
            files.copy(Path(emote.files[FileKind.GLB]), target.with_stem(target.stem + mark))
    if as_json:
        out({"job": job, "emote": found, "others": emotes[1:]})
    elif found is not None:
        for emote in emotes:
            console.print(f"[green]✓[/] [bold]{emote.name}[/]  {emote.files.get(FileKind.GLB, emote.folder)}")
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


def emotes_of(hub: HubClient, job: Job) -> list[Emote]:
    """The emotes that a delivered job made: one, or that of everybody in its clip. A take is solved again for one person alone."""
    own = hub.get(Emote, f"/emotes/{job.emote_id}")
    if own.group is None or job.kind is JobKind.REFINE:
        return [own]
    return everybody(own, hub.get(EmoteList, "/emotes").emotes)


def everybody(own: Emote, emotes: Sequence[Emote]) -> list[Emote]:
    """This emote and those of the further people in its clip; what was cut from them is not meant."""
    others = [emote for emote in emotes if own.group is not None and emote.group == own.group]
    others = [emote for emote in others if emote.cut_from is None and emote.id != own.id]
    return [own, *sorted(others, key=lambda emote: (emote.created_at, emote.name))]


def require_writable(path: Path) -> None:
    """Raises before anything is uploaded when the result could not be written."""
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(
            f"{path} cannot be written.",
            code="notWritable",
            next_step="Choose a file in a folder that you may write to.",
        )
