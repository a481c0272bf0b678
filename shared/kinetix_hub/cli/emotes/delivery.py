"""Result of a job on the command line: printed, and copied to the output file."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Sequence
from pathlib import Path

from kinetix_core.command_line.shell import quote
from kinetix_core.io import files
from kinetix_core.io.output_files import check_free
from kinetix_core.protocol.hub.answers import EmoteList, ProfileList
from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.enumerations import FileKind, JobKind, JobState, ProfileKind
from kinetix_core.protocol.hub.models import Emote, Job
from kinetix_core.values.errors import InputError
from kinetix_core.values.people import MOST_PEOPLE, People
from kinetix_hub.cli.show import console, out, reference


def report(hub: HubClient, job: Job, target: Path | None, as_json: bool, *, force: bool = False) -> None:
    """Print the result and copy it. With several people `target` OUT.glb becomes OUT-1.glb, OUT-2.glb, …."""
    emotes = emotes_of(hub, job) if job.state is JobState.DELIVERED else []
    found = emotes[0] if emotes else None
    if target is not None:
        are_numbered = job.settings.people is People.ALL or len(emotes) > 1
        for number, emote in enumerate(emotes, 1):
            copy_glb(emote, _numbered(target, number) if are_numbered else target, force=force)
    if as_json:
        out({"job": job, "emote": found, "others": emotes[1:]})
    elif found is not None:
        for emote in emotes:
            console.print(f"[green]✓[/] [bold]{emote.name}[/]  {emote.files.get(FileKind.GLB, emote.folder)}")
        for hint in job.translated().hints:
            console.print(f"  {hint}", highlight=False, markup=False)
        profiles = hub.get(ProfileList, "/profiles").profiles
        if any(row.name == job.profile and row.kind is ProfileKind.LOCAL for row in profiles):
            console.print(f"  [dim]Watch it: kinetix emote watch {quote(reference(hub, found))}[/]")
    elif job.state is JobState.AWAITING_DECISION:
        short = job.id[:8]
        console.print(f"The take is ready to review: {job.preview.glb if job.preview else None}")
        console.print(f"Accept it: kinetix job validate {short}\nReplace it: kinetix job retake {short} CLIP")
    else:
        console.print(f"The job continues: kinetix job show {job.id[:8]}")


def emotes_of(hub: HubClient, job: Job) -> list[Emote]:
    """Return the emotes of a delivered job: one, or one per person in its clip. A refinement has one."""
    own = hub.get(Emote, f"/emotes/{job.emote_id}")
    if own.group is None or job.kind is JobKind.REFINE:
        return [own]
    return everybody(own, hub.get(EmoteList, "/emotes").emotes)


def everybody(own: Emote, emotes: Sequence[Emote]) -> list[Emote]:
    """Return this emote and those of the other people in its clip, without parts cut from them."""
    others = [emote for emote in emotes if own.group is not None and emote.group == own.group]
    others = [emote for emote in others if emote.cut_from is None and emote.id != own.id]
    return [own, *sorted(others, key=lambda emote: (emote.created_at, emote.name))]


def _numbered(target: Path, number: int) -> Path:
    return target.with_stem(f"{target.stem}-{number}")


def copy_glb(emote: Emote, target: Path, *, force: bool) -> None:
    """Copy an emote's GLB. Raise `InputError` if `target` exists with other contents, unless `force`."""
    source = Path(emote.files[FileKind.GLB])
    if not (target.is_file() and filecmp.cmp(source, target, shallow=False)):
        check_free([target], force=force)
        files.copy(source, target)


def check_target(path: Path, *, people: People | None = None, force: bool) -> None:
    """Raise `InputError` if the result could not be written, or would replace a file without `force`."""
    numbers = range(1, MOST_PEOPLE + 1) if people is People.ALL else ()
    check_free([path, *(_numbered(path, number) for number in numbers)], force=force)
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(
            f"{path} cannot be written.",
            code="notWritable",
            next_step="Choose a file in a folder with write access.",
        )
