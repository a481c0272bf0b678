"""`kinetix emote`: the library."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path

import click

from kinetix_core.io import files
from kinetix_core.protocol.hub.answers import (
    DeletedEmote,
    EmoteList,
    Given,
    LibraryPage,
    Refreshed,
)
from kinetix_core.protocol.hub.bodies import EmotePatch, GiveBody
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.models import Emote, current_versions
from kinetix_core.values.errors import MissingError
from kinetix_core.values.identity import ProfileName
from kinetix_hub.cli.emotes.create import create, phone
from kinetix_hub.cli.emotes.cut import cut
from kinetix_hub.cli.emotes.delivery import check_target
from kinetix_hub.cli.emotes.refine import refine
from kinetix_hub.cli.names import emote_argument
from kinetix_hub.cli.show import console, force_option, json_option, listed, one_emote, out, parsed, result, table, when


@click.group()
def emote() -> None:
    """Create emotes from clips; list, get, rename, cut, delete and give them."""


for command in (create, phone, cut, refine):
    emote.add_command(command)


@emote.command("list")
@click.argument("text", default="")
@click.option("--deleted", is_flag=True, help="List the bin.")
@json_option
def list_emotes(text: str, deleted: bool, as_json: bool) -> None:
    """Show the library; TEXT searches names."""
    hub = connect()
    found = hub.get(EmoteList, "/emotes/deleted" if deleted else "/emotes", q=None if deleted else text).emotes
    current = current_versions(found)

    def row(emote: Emote) -> Sequence[str]:
        length, pinned = f"{emote.duration_s:.1f} s" if emote.duration_s else "", "pinned" if emote.pinned else ""
        state = _state(emote, is_current=current[emote.captured].id == emote.id)
        return emote.id[:8], emote.name, length, pinned, emote.profile, when(emote.created_at), state

    empty = "No matching emotes." if deleted or text else "No emotes yet. Create one: kinetix emote create CLIP"
    listed("emotes", found, as_json, ["id", "name", "length", "", "profile", "made", ""], row, empty)


def _state(row: Emote, *, is_current: bool) -> str:
    if row.problem:
        return row.problem.translated().title
    return "in the cloud" if row.evicted else "" if is_current else "former version"


@emote.command()
@emote_argument()
@click.option("-o", "--out", "target", type=click.Path(path_type=Path), help="Copy the file here.")
@click.option(
    "--format",
    "kind",
    type=click.Choice([kind.value for kind in FileKind]),
    default=FileKind.GLB.value,
    show_default=True,
    help="File to copy.",
)
@force_option
@json_option
def get(name: str, target: Path | None, kind: str, force: bool, as_json: bool) -> None:
    """Show one emote, or copy one of its files."""
    if target is not None:
        check_target(target, force=force)
    hub = connect()
    found = one_emote(hub, name)
    if target is not None:
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
        names = ("id", "name", "duration_s", "fps", "frames", "profile", "user", "folder", "sha256")
        pairs = [(name.replace("duration_s", "seconds"), getattr(found, name)) for name in names]
        table(["", ""], [*pairs, *found.files.items()], "")


@emote.command()
@emote_argument(required=False)
@click.option("--open/--no-open", "open_page", default=True, help="Open the browser, or only print the link.")
@json_option
def watch(name: str | None, open_page: bool, as_json: bool) -> None:
    """Play an emote in the browser, or open the library page."""
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
@emote_argument()
@click.argument("new_name")
@json_option
def rename(name: str, new_name: str, as_json: bool) -> None:
    """Give an emote another name; its files are renamed too."""
    hub = connect()
    found = hub.ask(Emote, "PATCH", f"/emotes/{one_emote(hub, name).id}", EmotePatch(name=new_name))
    result({"emote": found}, f"[green]✓[/] {found.name}  {found.folder}", as_json)


@emote.command()
@emote_argument()
@click.option("--off", is_flag=True, help="Unpin the emote.")
@json_option
def pin(name: str, off: bool, as_json: bool) -> None:
    """Keep an emote's files on this machine, whatever the size limit."""
    hub = connect()
    found = hub.ask(Emote, "PATCH", f"/emotes/{one_emote(hub, name).id}", EmotePatch(pinned=not off))
    result({"emote": found}, f"[green]✓[/] {found.name} is {'pinned' if found.pinned else 'unpinned'}", as_json)


@emote.command()
@emote_argument()
@click.option("--bag", is_flag=True, help="Also remove it from the user's bag at the service.")
@json_option
def delete(name: str, bag: bool, as_json: bool) -> None:
    """Move an emote to the bin.

    `kinetix emote restore` restores it for 30 days.
    """
    hub = connect()
    found = one_emote(hub, name)
    hub.delete(DeletedEmote, f"/emotes/{found.id}", bag="true" if bag else None)
    result(
        {"deleted": found.id},
        f"[green]✓[/] {found.name} is in the bin. Undo: kinetix emote restore {found.id[:8]}",
        as_json,
    )


@emote.command()
@click.argument("emote_id")
@json_option
def restore(emote_id: str, as_json: bool) -> None:
    """Restore an emote from the bin, by its id or name."""
    hub = connect()
    binned = hub.get(EmoteList, "/emotes/deleted").emotes
    fits = [row for row in binned if row.id.startswith(emote_id) or row.name == emote_id]
    if len(fits) != 1:
        raise MissingError(
            f"{len(fits) or 'No'} emotes in the bin match {emote_id!r}.",
            code="emoteNotFound",
            next_step="List the bin.",
            command="kinetix emote list --deleted",
        )
    found = hub.post(Emote, f"/emotes/{fits[0].id}/restore")
    result({"emote": found}, f"[green]✓[/] {found.name}  {found.folder}", as_json)


@emote.command()
@emote_argument()
@click.argument("user")
@json_option
def give(name: str, user: str, as_json: bool) -> None:
    """Add an emote to the bag of another USER."""
    hub = connect()
    found = one_emote(hub, name)
    given = hub.post(Given, f"/emotes/{found.id}/give", GiveBody(user=user))
    result(given, f"[green]✓[/] {found.name} is in the bag of {user}", as_json)


@emote.command()
@click.option("--profile", callback=parsed(ProfileName), help="Profile of the service (default: the active one).")
@click.option("--user", help="Owner of the bag (default: the profile's user).")
@json_option
def refresh(profile: str | None, user: str | None, as_json: bool) -> None:
    """Fetch the emotes of the user's bag that are not in the library."""
    found = connect().post(Refreshed, "/emotes/refresh", timeout_s=3600.0, profile=profile, user=user)
    failed = f", {len(found.failed)} failed" if found.failed else ""
    result(found, f"[green]✓[/] {len(found.added)} new{failed}", as_json)
