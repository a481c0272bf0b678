"""`kinetix emote refine`: corrected versions of an emote."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_core.protocol.corrections import read as read_corrections
from kinetix_core.protocol.corrections import write_json
from kinetix_core.protocol.hub.answers import EmoteVersionList
from kinetix_core.protocol.hub.bodies import RefineBody, parse
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.models import Job
from kinetix_hub.cli.emotes.delivery import report
from kinetix_hub.cli.names import emote_argument
from kinetix_hub.cli.show import check_exclusive, follow, json_option, one_emote, out, table, when


@click.command()
@emote_argument()
@click.argument("corrections", required=False, type=click.Path(path_type=Path))
@click.option("--to", "number", type=click.IntRange(min=1), help="Make the version of this number current.")
@click.option("--no-wait", is_flag=True, help="Return immediately; the hub continues.")
@json_option
def refine(name: str, corrections: Path | None, number: int | None, no_wait: bool, as_json: bool) -> None:
    """Correct an emote's take and solve it again, as a new version.

    Without CORRECTIONS, list its versions. CORRECTIONS is a JSON file (docs/refine.md) with every correction of the version;
    an empty list gives the captured take. The emote must be captured by Kinetix Local.
    """
    check_exclusive(CORRECTIONS=corrections, to=number)
    hub = connect()
    found = one_emote(hub, name)
    if corrections is not None:
        wanted = read_corrections(corrections)
        body = parse(RefineBody, write_json(wanted.corrections))
        job = hub.post(Job, f"/emotes/{found.id}/refine", body, timeout_s=90.0)
        if not no_wait:
            job = follow(hub, job, quiet=as_json, patience_s=60.0)
            hub = connect()
        report(hub, job, None, as_json)
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
            when(row.created_at),
            _corrected(len(row.corrections)),
            row.error.translated().title if row.error else f"{row.status}, current" if row.current else row.status,
        )
        for row in listed.versions
    ]
    table(["version", "emote", "made", "", "state"], rows, "")


def _corrected(count: int) -> str:
    return "as captured" if count == 0 else "1 correction" if count == 1 else f"{count} corrections"
