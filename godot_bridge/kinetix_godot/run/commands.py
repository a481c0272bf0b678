"""`kinetix sync …`: through the hub when it runs, else by itself."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import click
from rich.console import Console

from kinetix_core.command_line.printed_table import print_table
from kinetix_core.command_line.shell import quote
from kinetix_core.io import paths
from kinetix_core.protocol.hub.answers import ImportReport, Nothing, PlanStep, RenameStep, SyncRun, TargetList
from kinetix_core.protocol.hub.bodies import ResolveBody, RunBody, TargetBody
from kinetix_core.protocol.hub.client import HubClient, find
from kinetix_core.protocol.hub.enumerations import (
    BoneMapping,
    ConflictChoice,
    Importer,
    LibraryForm,
    LoopMode,
    NameStyle,
    RootMotion,
)
from kinetix_core.protocol.hub.sync_models import SyncTarget
from kinetix_core.values.errors import MissingError
from kinetix_godot.plan.planner import ActionKind
from kinetix_godot.preset import Preset, read_preset
from kinetix_godot.run.headless import find_godot, import_project
from kinetix_godot.run.keeper import Keeper
from kinetix_godot.run.lock import only_one
from kinetix_godot.source.library import read_library
from kinetix_godot.target.registry import Registry, Target

__all__ = ["sync"]

_RUN_S = 600.0


@click.group()
def sync() -> None:
    """Keep emotes in Godot projects in step with the library or with a folder."""


def _words(kind: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([word.value for word in kind])


def _show(data: Mapping[str, object], as_json: bool, text: str) -> None:
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        Console(highlight=False, soft_wrap=True).print(text, markup=False)


class _Alone:
    """Does what the hub would do, in this process."""

    def __init__(self) -> None:
        self.registry = Registry(paths.home())
        self.keeper = Keeper(self.registry, lambda: read_library(paths.library()), lambda event: None)

    def targets(self) -> list[SyncTarget]:
        self.keeper.open()
        return self.keeper.targets()


@sync.command()
@click.argument("project", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--folder", default="emotes", show_default=True, help="Folder inside the project.")
@click.option("--source", default="library", show_default=True, help="`library`, or a folder that you export to.")
@click.option("--importer", type=_words(Importer), help="What Godot makes of a file: a scene, or animations alone.")
@click.option("--bone-map", type=_words(BoneMapping), help="Whether bones get the names of Godot's humanoid.")
@click.option("--root-motion", type=_words(RootMotion), help="Who carries the way over the floor.")
@click.option("--loop", type=_words(LoopMode), help="Which emotes begin again at their end.")
@click.option("--library", type=_words(LibraryForm), help="`grouped` also keeps one emotes.res.")
@click.option("--names", type=_words(NameStyle), help="How the files are called.")
@click.option("--include", multiple=True, help="Pattern of files to take; may be repeated.")
@click.option("--exclude", multiple=True, help="Pattern of files to leave out; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def add(project: Path, folder: str, source: str, as_json: bool, **choices: str | tuple[str, ...] | None) -> None:
    """Keep PROJECT's emotes in step from now on."""
    folder = folder.removeprefix("res://").strip("/")
    given = {key: value for key, value in choices.items() if value}
    preset = Preset.from_json({**read_preset(project, folder).as_dict(), **given})
    target = Target.create(project, folder, source, preset)
    found: dict[str, object]
    if hub := find():
        body = TargetBody(
            project=str(target.project), folder=target.folder, source=target.source, preset=preset.as_dict()
        )
        found = {**hub.post(SyncTarget, "/sync/targets", body).as_dict()}
    else:
        registry = Registry(paths.home())
        with only_one(registry.folder):
            target = registry.add(target)
        found = {"id": target.id, "project": str(target.project), "folder": target.folder, "source": target.source}
    origin = "the library" if target.source == "library" else target.source
    hint = "" if hub else "\nThe hub is not running; bring the files over now with: kinetix sync run"
    _show(found, as_json, f"✓ {target.project.name}/{target.folder} follows {origin} ({found['id']}).{hint}")


@sync.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_targets(as_json: bool) -> None:
    """Show the targets, how they stand and their conflicts."""
    hub = find()
    targets = hub.get(TargetList, "/sync/targets").targets if hub else _Alone().targets()
    if as_json:
        click.echo(json.dumps(TargetList(targets=targets).as_dict(), ensure_ascii=False))
        return
    console = Console(highlight=False)
    if not targets:
        console.print("No sync target yet. Add one with: kinetix sync add PROJECT")
        return
    rows = (
        [one.id, Path(one.project).name, one.folder, one.source, one.state, one.counts.synced, one.counts.conflicts]
        for one in targets
    )
    print_table(["id", "project", "folder", "source", "state", "emotes", "conflicts"], rows)
    for target in targets:
        if target.error:
            console.print(f"{target.id}: {target.error.title} → {target.error.next_step}", markup=False)
            if target.error.command:
                console.print(f"  {target.error.command}", markup=False)
        for conflict in target.conflicts:
            console.print(
                f"{target.id}: {conflict.file}: {conflict.reason} → "
                f"kinetix sync resolve {target.id} {quote(conflict.file)} mine|theirs",
                markup=False,
            )


@sync.command()
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def remove(target: str, as_json: bool) -> None:
    """Stop syncing TARGET (its id or the project's folder). Its files stay."""
    registry = Registry(paths.home())
    for found in _chosen(registry, target):
        if hub := find():
            hub.delete(Nothing, f"/sync/targets/{found.id}")
        else:
            with only_one(registry.folder):
                registry.remove(found.id)
    _show({}, as_json, "✓ No longer synced. The files stay in the project.")


@sync.command()
@click.argument("target", required=False)
@click.option("--dry-run", is_flag=True, help="Show what would be done.")
@click.option("--watch", is_flag=True, help="Go on until stopped with Ctrl-C.")
@click.option("--restore", is_flag=True, help="Bring back what was deleted in the project.")
@click.option("--accept-empty", is_flag=True, help="Follow a source folder that you emptied yourself.")
@click.option(
    "--import", "with_import", is_flag=True, help="Have Godot import the files (for when its editor is closed)."
)
@click.option("--godot", help="Path of Godot for --import.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def run(
    target: str | None,
    dry_run: bool,
    watch: bool,
    restore: bool,
    accept_empty: bool,
    with_import: bool,
    godot: str | None,
    as_json: bool,
) -> None:
    """Bring TARGET (or all) in step now."""
    registry = Registry(paths.home())
    targets = _chosen(registry, target)
    runs: list[tuple[Target, SyncRun]] = []
    imports: list[tuple[Target, ImportReport]] = []
    with contextlib.ExitStack() as stack:
        hub = find()
        if hub is None:
            stack.enter_context(only_one(registry.folder))
        alone = None if hub else _Alone()
        if alone:
            alone.keeper.open()
        for found in targets:
            runs.append((found, _run_one(found, hub, alone, dry_run, restore, accept_empty, as_json)))
        if with_import and not dry_run:
            imports += [(found, _import_one(found, godot, as_json)) for found in targets]
        if as_json:
            rows = [
                *({"id": found.id, **result.as_dict()} for found, result in runs),
                *({"id": found.id, **report.as_dict()} for found, report in imports),
            ]
            click.echo(json.dumps({"targets": rows}, ensure_ascii=False))
        if watch and alone and not dry_run:
            _watch(alone)
    if any(report.failed or report.errors for _, report in imports):
        raise click.exceptions.Exit(1)


def _run_one(
    found: Target,
    hub: HubClient | None,
    alone: _Alone | None,
    dry_run: bool,
    restore: bool,
    accept_empty: bool,
    as_json: bool,
) -> SyncRun:
    if hub:
        body = RunBody(dry_run=dry_run, restore=restore, accept_empty=accept_empty)
        result = hub.post(SyncRun, f"/sync/targets/{found.id}/run", body, timeout_s=_RUN_S)
    else:
        assert alone
        engine = alone.keeper.engine(found.id)
        if restore and not dry_run:
            engine.restore_all()
        actions = engine.plan(accept_empty=accept_empty)
        plan: list[RenameStep | PlanStep] = [
            action.step() for action in actions if action.kind is not ActionKind.UNCHANGED
        ]
        if not dry_run:
            engine.apply(actions)
        result = SyncRun(plan=plan, target=alone.keeper.target(found.id))
    if not as_json:
        console = Console(highlight=False, soft_wrap=True)
        for step in result.plan:
            console.print(f"{step.action:<9} {step.file}  ({step.reason})", markup=False)
        console.print(
            f"{'would be done' if dry_run else 'done'}: {len(result.plan)} · {found.project.name}/{found.folder}",
            markup=False,
        )
    return result


def _import_one(found: Target, godot: str | None, as_json: bool) -> ImportReport:
    report = import_project(found.project, found.folder, find_godot(godot))
    if not as_json:
        console = Console(highlight=False, soft_wrap=True)
        for line in [
            *(f"✗ {path} was not imported" for path in report.failed),
            *(f"✗ {line}" for line in report.errors),
        ]:
            console.print(line, markup=False)
        if report.is_good:
            console.print(f"✓ Godot imported {found.project.name}")
    return ImportReport(errors=list(report.errors), failed=list(report.failed))


def _watch(alone: _Alone) -> None:
    alone.keeper.start()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        alone.keeper.stop()


@sync.command()
@click.argument("target")
@click.argument("file")
@click.argument("choice", type=_words(ConflictChoice))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def resolve(target: str, file: str, choice: str, as_json: bool) -> None:
    """Settle a conflict: keep the project's FILE (mine), take the source's (theirs), or bring a deleted one back (restore)."""
    registry = Registry(paths.home())
    for found in _chosen(registry, target):
        if hub := find():
            body = ResolveBody(file=file, choice=ConflictChoice(choice))
            hub.post(SyncTarget, f"/sync/targets/{found.id}/resolve", body, timeout_s=_RUN_S)
        else:
            with only_one(registry.folder):
                alone = _Alone()
                alone.keeper.open()
                engine = alone.keeper.engine(found.id)
                engine.apply(engine.plan())
                engine.resolve(file, ConflictChoice(choice))
                engine.close()
    _show({}, as_json, f"✓ {file}: {choice}")


def _chosen(registry: Registry, wanted: str | None) -> list[Target]:
    targets = registry.load()
    if wanted is not None:
        place = Path(wanted).absolute()
        targets = [target for target in targets if target.id == wanted or target.project == place]
        if not targets:
            raise MissingError(
                f"There is no sync target “{wanted}”.", code="notFound", next_step="List them with: kinetix sync list"
            )
    elif not targets:
        raise MissingError(
            "There is no sync target yet.", code="notFound", next_step="Add one with: kinetix sync add PROJECT"
        )
    return targets
