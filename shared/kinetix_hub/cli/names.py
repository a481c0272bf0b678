"""Arguments that name an emote or a job, completed with Tab from the running hub."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from kinetix_core.protocol.hub.answers import EmoteList, JobList
from kinetix_core.protocol.hub.client import HubClient, find
from kinetix_core.translations import translated
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import JobId
from kinetix_hub.cli.show import Command, parsed

_Names = Callable[[HubClient], Iterable[tuple[str, str]]]


def emote_argument(*, required: bool = True) -> Callable[[Command], Command]:
    """The argument NAME: the name or id of an emote."""
    return click.argument("name", required=required, shell_complete=_completion(_emotes))


def job_argument(command: Command) -> Command:
    """The argument JOB_ID: the id of a job, or the beginning of one."""
    return click.argument("job_id", callback=parsed(JobId), shell_complete=_completion(_jobs))(command)


def _emotes(hub: HubClient) -> Iterable[tuple[str, str]]:
    for emote in hub.get(EmoteList, "/emotes").emotes:
        # A shell would split a name with a space.
        yield (emote.name, "") if emote.name.split() == [emote.name] else (emote.id[:8], emote.name)


def _jobs(hub: HubClient) -> Iterable[tuple[str, str]]:
    return [(job.id[:8], f"{job.name}: {translated(job.status)}") for job in hub.get(JobList, "/jobs").jobs]


def _completion(names: _Names) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        hub = find()
        try:
            found = [] if hub is None else list(names(hub))
        except KinetixError:
            return []
        return [CompletionItem(name, help=text) for name, text in found if name.casefold().startswith(begun.casefold())]

    return complete
