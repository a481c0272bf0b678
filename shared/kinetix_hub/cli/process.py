"""`kinetix process`: processes at the service, also those without a job."""

from __future__ import annotations

from collections.abc import Sequence

import click

from kinetix_core.protocol.hub.answers import Decision, ListedProcess, ProcessList, RetakeToken
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.models import Job, Process
from kinetix_core.values.identity import ProcessId, ProfileName
from kinetix_hub.cli.show import json_option, listed, out, parsed, result, table


@click.group()
def process() -> None:
    """List, show, validate and retake processes at the service."""


_profile = click.option(
    "--profile", callback=parsed(ProfileName), help="Profile of the service (default: the active one)."
)


@process.command("list")
@click.option("--user", help="User of the game (default: the profile's).")
@_profile
@json_option
def list_processes(user: str | None, profile: str | None, as_json: bool) -> None:
    """Show a user's processes, newest first."""
    found = connect().get(ProcessList, "/processes", timeout_s=180.0, user=user, profile=profile).processes
    columns = ["process", "name", "status", "step", "", "job"]
    listed("processes", found, as_json, columns, _row, "No processes.")


def _row(found: ListedProcess) -> Sequence[str]:
    return found.uuid, found.name, found.status, found.stage, f"{found.percent:.0f} %", (found.job or "")[:8]


@process.command()
@click.argument("uuid", callback=parsed(ProcessId))
@_profile
@json_option
def show(uuid: str, profile: str | None, as_json: bool) -> None:
    """Show one process."""
    found = connect().get(Process, f"/processes/{uuid}", timeout_s=180.0, profile=profile)
    if as_json:
        out({"process": found})
    else:
        table(["", ""], found.as_dict().items(), "")


@process.command()
@click.argument("uuid", callback=parsed(ProcessId))
@_profile
@json_option
def validate(uuid: str, profile: str | None, as_json: bool) -> None:
    """Accept a take: its emote is added to the user's bag."""
    found = connect().post(Decision, f"/processes/{uuid}/validate", profile=profile)
    result(found, "[green]✓[/] The take is accepted.", as_json)


@process.command()
@click.argument("uuid", callback=parsed(ProcessId))
@_profile
@json_option
def retake(uuid: str, profile: str | None, as_json: bool) -> None:
    """Reject a take and get a link for another one."""
    found = connect().post(Decision, f"/processes/{uuid}/retake", profile=profile)
    took, link = found.root, ""
    if isinstance(took, RetakeToken):
        link = took.url
    elif isinstance(took, Job) and took.phone:
        link = took.phone.url
    result(found, f"[green]✓[/] Film the next take: {link}", as_json)
