"""Output of the command line: tables for people, JSON for programs, and a progress bar."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import TypeVar

import click
from pydantic import BaseModel, JsonValue
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from kinetix_core.command_line.printed_table import print_table
from kinetix_core.protocol.hub.answers import EmoteList
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.client import HubClient, HubGone
from kinetix_core.protocol.hub.enumerations import ENDED, JobState
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.models import Emote, EventPage, InLine, Job, JobChanged, current_versions
from kinetix_core.translations import translated
from kinetix_core.values.errors import InputError, KinetixError, MissingError
from kinetix_core.values.identity import JobId, ProcessId, ProfileName
from kinetix_core.values.moments import in_local_time

T = TypeVar("T", JobId, ProcessId, ProfileName)
_OFFLINE_PATIENCE_S = 60.0
Listed = TypeVar("Listed", bound=BaseModel)
Command = TypeVar("Command", bound=Callable[..., object])

console = Console(highlight=False, soft_wrap=True)


force_option = click.option("--force", is_flag=True, help="Replace files that exist.")


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def parsed(kind: type[T]) -> Callable[[click.Context, click.Parameter, str | None], T | None]:
    """Return a click callback that parses an id, the beginning of one, or a name. Raises BadIdentity."""
    return lambda ctx, param, value: None if value is None else kind(value)


def out(value: BaseModel | Mapping[str, object]) -> None:
    """Print JSON for programs. Models have the form of docs/hub-protocol.md, at any depth."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=_json))


def result(value: BaseModel | Mapping[str, object], line: str, as_json: bool) -> None:
    """Print the value for programs, or the line for people."""
    if as_json:
        out(value)
    else:
        console.print(line)


def check_exclusive(**given: object) -> None:
    """Raise `InputError` if more than one was given: "CORRECTIONS", or an option without its dashes."""
    both = [name if name.isupper() else f"--{name}" for name, value in given.items() if value not in (None, False, ())]
    if len(both) > 1:
        raise InputError(
            f"{' and '.join(both)} exclude each other.", code="badOption", next_step="Leave out one of them."
        )


def _json(value: object) -> JsonValue:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(type(value).__name__)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    rows = list(rows)
    if not rows:
        console.print(f"[dim]{escape(empty)}[/]")
        return
    print_table(columns, rows)


def listed(
    name: str,
    found: Sequence[Listed],
    as_json: bool,
    columns: Sequence[str],
    row: Callable[[Listed], Sequence[object]],
    empty: str = "",
) -> None:
    """Print the values as JSON under `name` for programs, or as a table for people."""
    if as_json:
        out({name: found})
    else:
        table(columns, map(row, found), empty)


def when(iso: str) -> str:
    """Return a UTC time of the hub in local time."""
    return in_local_time(datetime.fromisoformat(iso.replace("Z", "+00:00"))).strftime("%Y-%m-%d %H:%M")


def one_emote(hub: HubClient, wanted: str) -> Emote:
    """Return the emote with this id, beginning of an id, or name; of several versions the current one.

    Raises:
        InputError: none or several match.
    """
    emotes = hub.get(EmoteList, "/emotes").emotes
    tests: tuple[Callable[[Emote], bool], ...] = (
        lambda emote: emote.id == wanted,
        lambda emote: emote.name == wanted,
        lambda emote: emote.name.casefold() == wanted.casefold(),
        lambda emote: len(wanted) >= 4 and emote.id.startswith(wanted),
    )
    for fits_by in tests:
        fits = [emote for emote in emotes if fits_by(emote)]
        current = list(current_versions(fits).values())
        if len(current) == 1:
            return current[0]
        if fits:
            ids = ", ".join(emote.id[:8] for emote in fits)
            raise InputError(
                f"Several emotes are named {wanted!r}.", code="ambiguous", detail=ids, next_step="Give the id instead."
            )
    close = get_close_matches(wanted, [emote.name for emote in emotes], 1)
    raise MissingError(
        f"There is no emote {wanted!r} in the library.",
        code="emoteNotFound",
        detail=f"Did you mean {close[0]!r}?" if close else "",
        next_step="List the emotes.",
        command="kinetix emote list",
    )


def reference(hub: HubClient, emote: Emote) -> str:
    """Return the emote's name if commands find it by that, else the beginning of its id."""
    try:
        found = one_emote(hub, emote.name)
    except InputError:
        return emote.id[:8]
    return emote.name if found.id == emote.id else emote.id[:8]


def job_error(job: Job, otherwise: ErrorInfo) -> KinetixError:
    """Return the error of a job, else `otherwise`, whose next step counts also where the job's error has none."""
    error = job.error or otherwise
    return error.model_copy(update={"next_step": error.next_step or otherwise.next_step}).raised()


def follow(hub: HubClient, job: Job, *, quiet: bool, patience_s: float = _OFFLINE_PATIENCE_S) -> Job:
    """Follow a job until it ends or needs a decision.

    Ctrl-C exits with 130; the job continues.

    Raises:
        KinetixError: the job's error, or that of a service that is unavailable for `patience_s`.
    """
    try:
        return _follow(hub, job, quiet, patience_s)
    except KeyboardInterrupt:
        short = job.id[:8]
        click.echo(
            f"\nThe job continues: kinetix job show {short}\nStop it: kinetix job cancel {short}",
            err=True,
        )
        raise SystemExit(130) from None


def in_line(found: InLine) -> str:
    """Return the place in the queue in words: "3rd in line, about 40 s"."""
    last = 0 if found.place % 100 in {11, 12, 13} else found.place % 10
    ending = {1: "st", 2: "nd", 3: "rd"}.get(last, "th")
    wait = "" if found.wait_s is None else f", about {found.wait_s} s"
    return f"{found.place}{ending} in line{wait}"


def _left(job: Job) -> str:
    if job.error is not None:
        return job.error.translated().title
    if job.in_line is not None:
        return in_line(job.in_line)
    return f"about {job.remaining_s:.0f} s left" if job.remaining_s else ""


def _follow(hub: HubClient, job: Job, quiet: bool, patience_s: float) -> Job:
    bar = Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[left]}[/]"),
        console=Console(stderr=True),
        disable=quiet,
        transient=False,
    )
    away_since: float | None = None
    events = hub.get(EventPage, "/events")
    # Read after the position in the events, which reports only later changes.
    job = hub.get(Job, f"/jobs/{job.id}")
    with bar:
        task = bar.add_task(translated(job.status), total=None, left="")
        while job.state not in ENDED and job.state is not JobState.AWAITING_DECISION:
            waiting = job.error
            bar.update(
                task,
                description=translated(job.status),
                total=None if job.percent is None else 100,
                completed=job.percent or 0,
                left=escape(_left(job)),
            )
            away_since = (away_since or time.monotonic()) if waiting else None
            if waiting and away_since is not None and time.monotonic() - away_since > patience_s:
                raise KinetixError(
                    waiting.title,
                    code=waiting.code,
                    detail=waiting.detail,
                    next_step=f"The job continues when the service answers: kinetix job show {job.id[:8]}. "
                    + waiting.next_step,
                    command=waiting.command,
                )
            try:
                events = hub.get(EventPage, "/events", start=events.start_id, since=events.seq, wait=2.0)
                job = _newest(hub, job, events)
            except HubGone:
                hub = connect()  # it was killed or made room for a newer one: the job goes on in the next
        if job.state is JobState.DELIVERED:
            bar.update(task, description=translated(job.status), total=100, completed=100, left="")
    if job.state in ENDED and job.state is not JobState.DELIVERED:
        again = f"Retry the job: kinetix job retry {job.id[:8]}"
        raise job_error(job, ErrorInfo(code=job.state, title=f"The job ended as {job.state}.", next_step=again))
    return job


def _newest(hub: HubClient, job: Job, page: EventPage) -> Job:
    if page.reset:
        return hub.get(Job, f"/jobs/{job.id}")
    for event in reversed(page.events):
        if isinstance(event, JobChanged) and event.data.id == job.id:
            return event.data
    return job
