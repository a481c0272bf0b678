"""`kinetix job`: jobs and their results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape

from kinetix_core.command_line.capture_options import capture_options
from kinetix_core.protocol.hub.answers import JobList, MoveList, RemovedFromList
from kinetix_core.protocol.hub.bodies import RetakeBody, parse
from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.enumerations import ENDED
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.models import Job
from kinetix_core.translations import translated
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.errors import MissingError
from kinetix_hub.cli.names import job_argument
from kinetix_hub.cli.show import check_exclusive, console, follow, json_option, listed, out, result, table, when


@click.group()
def job() -> None:
    """List, stop and retry jobs; accept or retake a take."""


def _one(hub: HubClient, wanted: str) -> Job:
    if len(wanted) == 36:
        return hub.get(Job, f"/jobs/{wanted}")
    fits = [row for row in hub.get(JobList, "/jobs", limit=500).jobs if row.id.startswith(wanted)]
    if len(fits) != 1 or len(wanted) < 4:
        raise MissingError(
            f"{len(fits) or 'No'} jobs begin with {wanted!r}.",
            code="jobNotFound",
            next_step="List the jobs, and give four or more characters of the id.",
            command="kinetix job list",
        )
    return fits[0]


@job.command("list")
@click.argument("text", default="")
@click.option("--state", help="Comma-separated states.")
@click.option("--limit", type=int, default=20, show_default=True, help="Number of jobs.")
@json_option
def list_jobs(text: str, state: str | None, limit: int, as_json: bool) -> None:
    """List jobs, newest first.

    TEXT searches name, clip, user and ids.
    """
    found = connect().get(JobList, "/jobs", q=text, state=state, limit=limit).jobs
    columns = ["id", "name", "state", "", "profile", "made", ""]
    listed("jobs", found, as_json, columns, _row, "No jobs yet. Create one: kinetix emote create CLIP")


def _row(job: Job) -> Sequence[str]:
    percent = "" if job.percent is None or job.state in ENDED else f"{job.percent:.0f} %"
    error = job.error.translated().title if job.error else ""
    return job.id[:8], job.name, translated(job.status), percent, job.profile, when(job.created_at), error


@job.command()
@job_argument
@click.option("--wait", is_flag=True, help="Follow the job until it ends.")
@json_option
def show(job_id: str, wait: bool, as_json: bool) -> None:
    """Show one job with its history."""
    hub = connect()
    found = _one(hub, job_id)
    if wait:
        found = follow(hub, found, quiet=as_json)
    moves = hub.get(MoveList, f"/jobs/{found.id}/moves").moves
    if as_json:
        out({"job": found, "moves": moves})
        return
    rows = (
        ("id", found.id),
        ("name", found.name),
        ("clip", found.clip),
        ("state", translated(found.status)),
        ("stage", found.stage),
        ("percent", found.percent),
        ("profile", found.profile),
        ("user", found.user),
        ("process", found.process),
        ("emote", found.emote_id),
        ("created", when(found.created_at)),
    )
    table(["", ""], rows, "")
    table(["", "to", "because"], [(move.before, move.after, move.reason) for move in moves], "")
    if found.error:
        error = found.error.translated()
        console.print(f"[red]{error.title}[/]\n[bold]→[/] {error.next_step}")
        if found.error.command:
            console.print(f"  {escape(found.error.command)}")


def _done(found: Job, as_json: bool) -> None:
    result({"job": found}, f"[green]✓[/] {found.name}: {translated(found.status)}", as_json)


def _add_command(action: str, purpose: str) -> None:
    @job.command(action, help=purpose)
    @job_argument
    @json_option
    def act(job_id: str, as_json: bool) -> None:
        hub = connect()
        _done(hub.post(Job, f"/jobs/{_one(hub, job_id).id}/{action}"), as_json)


for _action, _purpose in {
    "cancel": "Stop a job.",
    "retry": "Retry a job with its id and settings; nothing is sent twice.",
    "upper-body": "Capture only the upper body of a rejected clip.",
    "validate": "Accept the take that waits for a decision.",
}.items():
    _add_command(_action, _purpose)


@job.command()
@job_argument
@click.argument("clip", required=False, type=click.Path(path_type=Path))
@click.option("--phone", is_flag=True, help="Film the next take with a phone.")
@capture_options(note=" (Kinetix Local only)")
@json_option
def retake(job_id: str, clip: Path | None, phone: bool, as_json: bool, settings: CaptureSettings) -> None:
    """Replace the take.

    By CLIP, by the same clip with other options, or with --phone by a new one.
    """
    check_exclusive(CLIP=clip, phone=phone)
    hub = connect()
    found = _one(hub, job_id)
    again = clip.absolute() if clip else found.clip or None
    sent = None if phone or again is None else str(again)
    body = parse(RetakeBody, {**dict(settings), "clip": sent})
    _done(hub.post(Job, f"/jobs/{found.id}/retake", body), as_json)


@job.command()
@job_argument
@json_option
def remove(job_id: str, as_json: bool) -> None:
    """Remove an ended job from the list. Its emote stays."""
    hub = connect()
    found = _one(hub, job_id)
    hub.delete(RemovedFromList, f"/jobs/{found.id}")
    result({"removed": found.id}, f"[green]✓[/] {found.name} was removed from the list", as_json)
