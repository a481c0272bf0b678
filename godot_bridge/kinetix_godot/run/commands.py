"""`kinetix sync` (entry point): a client of the hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import click
from rich.console import Console

from kinetix_core.command_line.printed_table import print_table
from kinetix_core.command_line.shell import quote
from kinetix_core.protocol.hub.answers import Nothing, SyncRun, TargetList
from kinetix_core.protocol.hub.bodies import ResolveBody, RunBody, TargetBody
from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.enumerations import (
    BoneMapping,
    ConflictChoice,
    Importer,
    LibraryForm,
    LoopMode,
    NameStyle,
    RootMotion,
)
from kinetix_core.protocol.hub.link import connect
from kinetix_core.protocol.hub.sync_models import SyncTarget
from kinetix_core.values.errors import MissingError
from kinetix_godot.run.headless import find_godot, import_project

_RUN_S = 600.0
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group()
def sync() -> None:
    """Sync emotes to Godot projects from the library or a folder."""


def _words(kind: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([word.value for word in kind])


def _show(data: Mapping[str, object], as_json: bool, text: str) -> None:
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        _print(text)


def _print(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


@sync.command()
@click.argument("project", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--folder", default="emotes", show_default=True, help="Folder inside the project.")
@click.option("--source", default="library", show_default=True, help="`library`, or a folder that you export to.")
@click.option("--importer", type=_words(Importer), help="Import each file as a scene, or as animations only.")
@click.option("--bone-map", type=_words(BoneMapping), help="Rename bones to Godot's humanoid profile, or keep them.")
@click.option("--root-motion", type=_words(RootMotion), help="Keep root motion, or play in place.")
@click.option("--loop", type=_words(LoopMode), help="Emotes that loop.")
@click.option("--library", type=_words(LibraryForm), help="`grouped` also writes one emotes.res.")
@click.option("--names", type=_words(NameStyle), help="Style of file names.")
@click.option("--include", multiple=True, help="Pattern of files to include; may be repeated.")
@click.option("--exclude", multiple=True, help="Pattern of files to leave out; may be repeated.")
@_json_option
def add(project: Path, folder: str, source: str, as_json: bool, **choices: str | tuple[str, ...] | None) -> None:
    """Sync the library to PROJECT from now on."""
    body = TargetBody(
        project=str(project.absolute()),
        folder=folder.removeprefix("res://").strip("/"),
        source=source if source == "library" else str(Path(source).absolute()),
        preset={key: value for key, value in choices.items() if value},
    )
    target = connect().post(SyncTarget, "/sync/targets", body)
    origin = "the library" if target.source == "library" else target.source
    _show(target.as_dict(), as_json, f"✓ {_title(target)} follows {origin} ({target.id}).")


@sync.command("list")
@_json_option
def list_targets(as_json: bool) -> None:
    """List targets with their state and conflicts."""
    found = connect().get(TargetList, "/sync/targets")
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    if not found.targets:
        _print("No sync target yet. Add one with: kinetix sync add PROJECT")
        return
    rows = (
        [one.id, Path(one.project).name, one.folder, one.source, one.state, one.counts.synced, one.counts.conflicts]
        for one in found.targets
    )
    print_table(["id", "project", "folder", "source", "state", "emotes", "conflicts"], rows)
    for target in found.targets:
        if target.error:
            error = target.error.translated()
            _print(f"{target.id}: {error.title} → {error.next_step}")
            if target.error.command:
                _print(f"  {target.error.command}")
        for conflict in target.conflicts:
            _print(
                f"{target.id}: {conflict.file}: {conflict.reason} → "
                f"kinetix sync resolve {target.id} {quote(conflict.file)} mine|theirs"
            )


@sync.command()
@click.argument("target")
@_json_option
def remove(target: str, as_json: bool) -> None:
    """Stop syncing TARGET. Its files stay.

    TARGET is an id or the project's folder.
    """
    hub = connect()
    for found in _chosen(hub, target):
        hub.delete(Nothing, f"/sync/targets/{found.id}")
    _show({}, as_json, "✓ No longer synced. The files stay in the project.")


@sync.command()
@click.argument("target", required=False)
@click.option("--dry-run", is_flag=True, help="Show what would be done.")
@click.option("--restore", is_flag=True, help="Bring back files that were deleted in the project.")
@click.option("--accept-empty", is_flag=True, help="Follow a source folder that you emptied yourself.")
@click.option("--import", "with_import", is_flag=True, help="Let Godot import the files while its editor is closed.")
@click.option("--godot", help="Path of Godot for --import.")
@_json_option
def run(
    target: str | None,
    dry_run: bool,
    restore: bool,
    accept_empty: bool,
    with_import: bool,
    godot: str | None,
    as_json: bool,
) -> None:
    """Sync TARGET, or every target, now."""
    hub = connect()
    targets = _chosen(hub, target)
    body = RunBody(dry_run=dry_run, restore=restore, accept_empty=accept_empty)
    rows: list[dict[str, object]] = []
    for found in targets:
        result = hub.post(SyncRun, f"/sync/targets/{found.id}/run", body, timeout_s=_RUN_S)
        rows.append({"id": found.id, **result.as_dict()})
        if not as_json:
            for step in result.plan:
                _print(f"{step.action:<9} {step.file}  ({step.reason})")
            _print(f"{'would be done' if dry_run else 'done'}: {len(result.plan)} · {_title(found)}")
    failed = False
    for found in targets if with_import and not dry_run else ():
        report = import_project(Path(found.project), found.folder, find_godot(godot))
        is_good = not report.errors and not report.failed
        failed = failed or not is_good
        rows.append({"id": found.id, **report.as_dict()})
        if not as_json:
            for line in (*(f"{path} was not imported" for path in report.failed), *report.errors):
                _print(f"✗ {line}")
            if is_good:
                _print(f"✓ Godot imported {Path(found.project).name}")
    if as_json:
        click.echo(json.dumps({"targets": rows}, ensure_ascii=False))
    if failed:
        raise click.exceptions.Exit(1)


@sync.command()
@click.argument("target")
@click.argument("file")
@click.argument("choice", type=_words(ConflictChoice))
@_json_option
def resolve(target: str, file: str, choice: str, as_json: bool) -> None:
    """Resolve the conflict of a file.

    mine keeps the project's FILE, theirs takes the source's, restore brings a deleted one back.
    """
    hub = connect()
    body = ResolveBody(file=file, choice=ConflictChoice(choice))
    for found in _chosen(hub, target):
        hub.post(SyncTarget, f"/sync/targets/{found.id}/resolve", body, timeout_s=_RUN_S)
    _show({}, as_json, f"✓ {file}: {choice}")


def _title(target: SyncTarget) -> str:
    return f"{Path(target.project).name}/{target.folder}"


def _chosen(hub: HubClient, wanted: str | None) -> list[SyncTarget]:
    """Return the target with this id, those of this project, or all. Raise MissingError if there is none."""
    targets = hub.get(TargetList, "/sync/targets").targets
    if wanted is not None:
        place = str(Path(wanted).absolute())
        targets = [target for target in targets if wanted == target.id or place == target.project]
        if not targets:
            raise MissingError(
                f"There is no sync target “{wanted}”.", code="notFound", next_step="List them with: kinetix sync list"
            )
    elif not targets:
        raise MissingError(
            "There is no sync target yet.", code="notFound", next_step="Add one with: kinetix sync add PROJECT"
        )
    return targets
