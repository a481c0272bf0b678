"""`kinetix emote cut`: several emotes from one long take."""

from __future__ import annotations

import click

from kinetix_core.command_line.shell import quote
from kinetix_core.protocol.hub.answers import CutProposal, EmoteList
from kinetix_core.protocol.hub.bodies import CutBody, parse
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.link import connect
from kinetix_core.values.take_parts import PartKind
from kinetix_hub.cli.names import emote_argument
from kinetix_hub.cli.show import check_exclusive, console, json_option, one_emote, out, reference, table

_KINDS = {
    PartKind.MOVE: "a move between rests",
    PartKind.ROUND: "one repetition",
    PartKind.CHOSEN: "as given",
}


@click.command()
@emote_argument()
@click.option("--make", is_flag=True, help="Create an emote of every part.")
@click.option(
    "--part", "parts", multiple=True, type=click.IntRange(min=1), help="Create an emote of this part; repeatable."
)
@click.option(
    "--at",
    multiple=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Cut here instead; repeatable.",
)
@json_option
def cut(name: str, make: bool, parts: tuple[int, ...], at: tuple[float, ...], as_json: bool) -> None:
    """Cut a long take into several emotes.

    Without --make or --part, list the proposed parts. The take is cut where the figure rests and between repetitions. The original
    stays.
    """
    check_exclusive(make=make, part=parts)
    hub = connect()
    found = one_emote(hub, name)
    path = f"/emotes/{found.id}/cut"
    if make or parts:
        body = parse(CutBody, {"at": at, **({"parts": list(parts)} if parts else {})})
        made = hub.post(EmoteList, path, body)
        if as_json:
            out(made)
            return
        for row in made.emotes:
            console.print(f"[green]✓[/] [bold]{row.name}[/]  {row.files.get(FileKind.GLB, row.folder)}")
        return
    proposal = hub.get(CutProposal, path, at=at)
    if as_json:
        out(proposal)
        return
    if len(proposal.parts) == 1:
        console.print("The take has no rest and no repetition. Cut it with --at SECONDS.")
        return
    rows = [
        (number, f"{part.start_s:.1f} s", f"{part.end_s:.1f} s", f"{part.end_s - part.start_s:.1f} s", _KINDS[part.why])
        for number, part in enumerate(proposal.parts, 1)
    ]
    table(["part", "from", "to", "length", ""], rows, "")
    cuts = "".join(f" --at {second:g}" for second in at)
    console.print(f"[dim]Create emotes of the parts: kinetix emote cut {quote(reference(hub, found))}{cuts} --make[/]")
