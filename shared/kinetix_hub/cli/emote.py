"""`kinetix emote`: make emotes and look after the library."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Unpack

import click

from kinetix_core import files
from kinetix_core.corrections import read as read_corrections
from kinetix_core.corrections import write_json
from kinetix_core.errors import InputError, KinetixError
from kinetix_core.hub_protocol.answers import (
    DeletedEmote,
    EmoteList,
    EmoteVersionList,
    Given,
    LibraryPage,
    ProfileList,
    Refreshed,
)
from kinetix_core.hub_protocol.bodies import EmotePatch, GiveBody, JobBody, PhoneBody, RefineBody, parse
from kinetix_core.hub_protocol.client import HubClient
from kinetix_core.hub_protocol.enumerations import FileKind, JobState, ProfileKind
from kinetix_core.hub_protocol.models import Emote, ErrorInfo, Job
from kinetix_core.identity import ProfileName
from kinetix_core.shell import quote
from kinetix_core.views import MOST_VIEWS
from kinetix_hub.cli.capture_options import CaptureOptions, capture_options, capture_settings
from kinetix_hub.cli.clip_check import refuse_hopeless
from kinetix_hub.cli.cut import cut
from kinetix_hub.cli.many import clips_of, create_many
from kinetix_hub.cli.show import console, follow, json_option, one_emote, out, parsed, table, when
from kinetix_hub.link import connect

__all__ = ["emote"]


_ask_option = click.option(
    "--ask", is_flag=True, help="Show the take before it comes into the library; `kinetix job validate` accepts it."
)


@click.group()
def emote() -> None:
    """Make emotes from clips; list, get, rename, cut, delete and give them."""


emote.add_command(cut)


@emote.command()
@click.argument("clips", metavar="CLIP...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="Name of the emote; the file's name by default.")
@click.option(
    "--one-take", is_flag=True, help="The clips show one take from several sides: together they become one emote."
)
@capture_options
@_ask_option
@click.option("--user", help="The game's user; the profile's by default.")
@click.option("--profile", callback=parsed(ProfileName), help="local, cloud, staging or one of yours.")
@click.option(
    "-o",
    "--out",
    "target",
    type=click.Path(path_type=Path),
    help="Also copy the GLB here; of many clips into a folder.",
)
@click.option("--no-wait", is_flag=True, help="Return at once; the hub goes on.")
@click.option("--patience", type=float, default=60.0, help="Seconds to wait while the service is away.")
@json_option
def create(
    clips: tuple[Path, ...],
    name: str | None,
    one_take: bool,
    ask: bool,
    user: str | None,
    profile: str | None,
    target: Path | None,
    no_wait: bool,
    patience: float,
    as_json: bool,
    **options: Unpack[CaptureOptions],
) -> None:
    """Turn CLIP, a short video of one person, into an emote; of many clips or a folder of them one each.

    The service says how long a clip may be: 10 seconds, in a world of Kinetix Local up to 60 (`maxSeconds`). Called again, it goes
    on where it was stopped: clips of a folder that are in the library are not captured again.

    With --one-take up to four clips that filmed one move at once become one emote; the part and the crop are those of the first.
    """
    found = clips_of(clips)
    if one_take:
        _one_take(clips)
    given = {"clip": str(found[0]), "name": name, "user": user, "profile": profile}
    views = [str(clip) for clip in found[1:]] if one_take else []
    body = parse(JobBody, {**dict(capture_settings(**options)), **given, "views": views, "ask_first": ask})
    if not one_take and (len(clips) > 1 or clips[0].is_dir()):
        if name is not None:
            raise InputError(
                "Many clips cannot have one name.",
                code="badOption",
                next_step="Leave --name out: each file's is taken.",
            )
        if target is not None and not target.is_dir():
            raise InputError(f"{target} is no folder.", code="notWritable", next_step="Give -o a folder that is there.")
        create_many(found, body, target, wait=not no_wait, patience_s=patience, as_json=as_json)
        return
    if target is not None:
        _writable(target)
    hub = connect()
    refuse_hopeless(hub, found[0], body)
    job = hub.post(Job, "/jobs", body)
    if not no_wait:
        job = follow(hub, job, quiet=as_json, patience_s=patience)
        hub = connect()
    _report(hub, job, target, as_json)


def _one_take(clips: tuple[Path, ...]) -> None:
    if len(clips) > MOST_VIEWS or any(clip.is_dir() for clip in clips):
        raise InputError(
            "These are not the clips of one take.",
            code="badOption",
            next_step=f"Give up to {MOST_VIEWS} files, the one that shows the person best first; no folder.",
        )


@emote.command()
@click.option("--name", help="Name of the emote.")
@_ask_option
@click.option("--user", help="The game's user; the profile's by default.")
@click.option("--profile", callback=parsed(ProfileName), help="local, cloud, staging or one of yours.")
@click.option("--no-wait", is_flag=True, help="Return with the link; the hub waits for the clip.")
@json_option
def phone(name: str | None, ask: bool, user: str | None, profile: str | None, no_wait: bool, as_json: bool) -> None:
    """Film with a phone: shows a QR code to scan, then follows the clip."""
    hub = connect()
    job = hub.post(Job, "/jobs/phone", PhoneBody(name=name, user=user, profile=profile, ask_first=ask))
    if job.phone is None:
        raise _no_link(job)
    if not as_json:
        import segno

        segno.make(job.phone.url, error="m").terminal(compact=True)
        console.print(f"Scan it, or open [bold]{job.phone.url}[/]")
        if job.phone.hint:
            console.print(f"[yellow]{job.phone.hint}[/]")
    if not no_wait:
        job = follow(hub, job, quiet=as_json, patience_s=600.0)
    _report(hub, job, None, as_json)


def _no_link(job: Job) -> KinetixError:
    again = f"Look again: kinetix job show {job.id[:8]}."
    error = job.error or ErrorInfo(code="noLink", title="There is no link yet.", next_step=again)
    return KinetixError(error.title, code=error.code, detail=error.detail, next_step=error.next_step or again)


def _report(hub: HubClient, job: Job, target: Path | None, as_json: bool) -> None:
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


def _writable(path: Path) -> None:
    """Raises before anything is uploaded when the result could not be written."""
    import os

    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(
            f"{path} cannot be written.",
            code="notWritable",
            next_step="Choose a file in a folder that you may write to.",
        )


@emote.command("list")
@click.argument("text", default="")
@click.option("--deleted", is_flag=True, help="What is in the bin.")
@json_option
def list_emotes(text: str, deleted: bool, as_json: bool) -> None:
    """Show the library; TEXT searches names."""
    hub = connect()
    found = hub.get(EmoteList, "/emotes/deleted" if deleted else "/emotes", q=None if deleted else text).emotes
    if as_json:
        out({"emotes": found})
        return
    rows = [
        (
            row.id[:8],
            row.name,
            f"{row.duration_s:.1f} s" if row.duration_s else "",
            "pinned" if row.pinned else "",
            row.profile,
            when(row.created_at),
            row.problem.title if row.problem else "in the cloud" if row.evicted else "",
        )
        for row in found
    ]
    table(
        ["id", "name", "length", "", "profile", "made", ""],
        rows,
        "Nothing here." if deleted or text else "No emotes yet: kinetix emote create CLIP makes the first one.",
    )


@emote.command()
@click.argument("name")
@click.option("-o", "--out", "target", type=click.Path(path_type=Path), help="Copy the file here.")
@click.option(
    "--format",
    "kind",
    type=click.Choice([kind.value for kind in FileKind]),
    default=FileKind.GLB.value,
    show_default=True,
    help="Which of its files.",
)
@json_option
def get(name: str, target: Path | None, kind: str, as_json: bool) -> None:
    """Show one emote, or copy one of its files."""
    hub = connect()
    found = one_emote(hub, name)
    if target is not None:
        _writable(target)
        here = found.files.get(FileKind(kind))
        if here is None:
            hub.fetch(f"/emotes/{found.id}/files/{kind}", target)
        else:
            files.copy(Path(here), target)
    if as_json:
        out({"emote": found, "out": str(target.absolute()) if target else None})
    elif target is not None:
        console.print(f"[green]✓[/] {target}")
    else:
        shown = found.as_dict()
        pairs = [
            (key, shown[key])
            for key in ("id", "name", "durationS", "fps", "frames", "profile", "user", "folder", "sha256")
        ]
        table(["", ""], [*pairs, *found.files.items()], "")


@emote.command()
@click.argument("name", required=False)
@click.option("--open/--no-open", "open_page", default=True, help="Open the browser, or only print the link.")
@json_option
def watch(name: str | None, open_page: bool, as_json: bool) -> None:
    """Play an emote in the browser, or look through all of them."""
    hub = connect()
    wanted = one_emote(hub, name).id if name else None
    url = hub.post(LibraryPage, "/library-page", timeout_s=90.0, emote=wanted).url
    if as_json:
        out({"url": url})
        return
    console.print(f"{url}\n[dim]Good for one sign-in within five minutes.[/]")
    if open_page:
        webbrowser.open(url)  # quiet where there is none


@emote.command()
@click.argument("name")
@click.argument("corrections", required=False, type=click.Path(path_type=Path))
@click.option("--to", "number", type=click.IntRange(min=1), help="Go back to the version of this number.")
@click.option("--no-wait", is_flag=True, help="Return at once; the hub goes on.")
@json_option
def refine(name: str, corrections: Path | None, number: int | None, no_wait: bool, as_json: bool) -> None:
    """Correct an emote's take and solve it again, as a new version; without CORRECTIONS list its versions.

    CORRECTIONS is a JSON file (docs/refine.md) with all that is to be corrected. One correction is taken back by leaving it out; an
    empty list gives what was captured. It works for what Kinetix Local captured from one clip.
    """
    hub = connect()
    found = one_emote(hub, name)
    if corrections is not None:
        if number is not None:
            raise InputError("Correct it, or go back.", code="badOption", next_step="Leave out one of the two.")
        told = read_corrections(corrections)
        body = parse(RefineBody, write_json(told.corrections))
        job = hub.post(Job, f"/emotes/{found.id}/refine", body, timeout_s=90.0)
        if not no_wait:
            job = follow(hub, job, quiet=as_json, patience_s=60.0)
            hub = connect()
        _report(hub, job, None, as_json)
        return
    path = f"/emotes/{found.id}/refine"
    listed = (
        hub.get(EmoteVersionList, path)
        if number is None
        else hub.post(EmoteVersionList, f"{path}/{number}/current", timeout_s=90.0)
    )
    if as_json:
        out(listed)
        return
    rows = [
        (
            str(row.number),
            row.emote[:8],
            row.error.title if row.error else row.status,
            f"{len(row.corrections)} corrections" if row.corrections else "as captured",
            when(row.created_at),
            "current" if row.current else "",
        )
        for row in listed.versions
    ]
    table(["version", "emote", "state", "", "made", ""], rows, "")


@emote.command()
@click.argument("name")
@click.argument("new_name")
@json_option
def rename(name: str, new_name: str, as_json: bool) -> None:
    """Give an emote another name; its files are renamed too."""
    hub = connect()
    found = hub.ask(Emote, "PATCH", f"/emotes/{one_emote(hub, name).id}", EmotePatch(name=new_name))
    if as_json:
        out({"emote": found})
    else:
        console.print(f"[green]✓[/] {found.name}  {found.folder}")


@emote.command()
@click.argument("name")
@click.option("--off", is_flag=True, help="Let it be evicted again.")
@json_option
def pin(name: str, off: bool, as_json: bool) -> None:
    """Keep an emote's files on this machine, whatever the size limit."""
    hub = connect()
    found = hub.ask(Emote, "PATCH", f"/emotes/{one_emote(hub, name).id}", EmotePatch(pinned=not off))
    if as_json:
        out({"emote": found})
    else:
        console.print(f"[green]✓[/] {found.name} is {'pinned' if found.pinned else 'not pinned'}")


@emote.command()
@click.argument("name")
@click.option("--bag", is_flag=True, help="Also take it out of the user's bag at the service.")
@json_option
def delete(name: str, bag: bool, as_json: bool) -> None:
    """Move an emote into the bin; `kinetix emote restore` undoes it for 30 days."""
    hub = connect()
    found = one_emote(hub, name)
    hub.delete(DeletedEmote, f"/emotes/{found.id}", bag="true" if bag else None)
    if as_json:
        out({"deleted": found.id})
    else:
        console.print(f"[green]✓[/] {found.name} is in the bin. Undo: kinetix emote restore {found.id[:8]}")


@emote.command()
@click.argument("emote_id")
@json_option
def restore(emote_id: str, as_json: bool) -> None:
    """Bring an emote back from the bin, by its id or name."""
    hub = connect()
    binned = hub.get(EmoteList, "/emotes/deleted").emotes
    fits = [row for row in binned if row.id.startswith(emote_id) or row.name == emote_id]
    if len(fits) != 1:
        raise InputError(
            f"{len(fits) or 'No'} emotes in the bin fit {emote_id!r}.",
            code="emoteNotFound",
            next_step="`kinetix emote list --deleted` shows them.",
        )
    found = hub.post(Emote, f"/emotes/{fits[0].id}/restore")
    if as_json:
        out({"emote": found})
    else:
        console.print(f"[green]✓[/] {found.name}  {found.folder}")


@emote.command()
@click.argument("name")
@click.argument("user")
@json_option
def give(name: str, user: str, as_json: bool) -> None:
    """Put an emote into the bag of another USER."""
    hub = connect()
    found = one_emote(hub, name)
    given = hub.post(Given, f"/emotes/{found.id}/give", GiveBody(user=user))
    if as_json:
        out(given)
    else:
        console.print(f"[green]✓[/] {user} has {found.name} now")


@emote.command()
@click.option("--profile", callback=parsed(ProfileName), help="Which service; the active one by default.")
@click.option("--user", help="Whose bag; the profile's user by default.")
@json_option
def refresh(profile: str | None, user: str | None, as_json: bool) -> None:
    """Take over what is in the user's bag and not in the library."""
    found = connect().post(Refreshed, "/emotes/refresh", timeout_s=3600.0, profile=profile, user=user)
    if as_json:
        out(found)
    else:
        failed = f", {len(found.failed)} failed" if found.failed else ""
        console.print(f"[green]✓[/] {len(found.added)} new{failed}")
