"""The sync in the hub: routes, snapshot, and changes of the library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kinetix_core.io.given_files import check_file
from kinetix_core.protocol.hub.answers import CharacterMap, ImportReport, Nothing, SentFile, SyncRun, TargetList
from kinetix_core.protocol.hub.bodies import (
    BoneMapBody,
    ImportBody,
    NoBody,
    ResolveBody,
    RunBody,
    SendBody,
    TargetBody,
)
from kinetix_core.protocol.hub.enumerations import LibraryChange
from kinetix_core.protocol.hub.models import Emote
from kinetix_core.protocol.hub.sync_models import SyncState, SyncTarget
from kinetix_core.sync_service import HubContext, Route, SyncService, route
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded
from kinetix_godot.plan.planner import ActionKind
from kinetix_godot.preset import Preset
from kinetix_godot.run.headless import find_godot, import_project
from kinetix_godot.run.supervisor import Supervisor
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.reading import check_emote
from kinetix_godot.source.source_file import SENT
from kinetix_godot.target.importing import character_map
from kinetix_godot.target.names import safe_path
from kinetix_godot.target.registry import Registry, Target

_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")


def create(context: HubContext) -> SyncService:
    """Entry point of `kinetix.hub.services`."""
    return GodotService(context)


class GodotService:
    """The sync as the hub calls it."""

    def __init__(self, context: HubContext) -> None:
        self._registry = Registry(context.home)

        def library() -> list[LibraryEmote]:
            return [LibraryEmote.of(emote) for emote in context.emotes()]

        self._supervisor = Supervisor(self._registry, library, context.emit)

    def routes(self) -> Sequence[Route]:
        supervisor, base = self._supervisor, "/v1/sync/targets"
        one = base + "/{id}"
        return [
            route("GET", base, NoBody, TargetList, lambda path, body: TargetList(targets=supervisor.targets())),
            route("POST", base, TargetBody, SyncTarget, lambda path, body: self._add(body)),
            route("DELETE", one, NoBody, Nothing, lambda path, body: self._remove(path["id"]), "Its files stay."),
            route(
                "POST",
                f"{one}/run",
                RunBody,
                SyncRun,
                lambda path, body: self._run(path["id"], body),
                "Compare everything now, and return what was or would be done.",
            ),
            route(
                "POST",
                f"{one}/resolve",
                ResolveBody,
                SyncTarget,
                lambda path, body: self._resolve(path["id"], body),
                "Resolve a conflict, or restore a deleted file.",
            ),
            route(
                "POST",
                f"{one}/send",
                SendBody,
                SentFile,
                lambda path, body: self._send(path["id"], body),
                "Send a file outside the library to the project: Blender's “Send to Godot”.",
            ),
            route(
                "POST",
                f"{one}/import",
                ImportBody,
                ImportReport,
                lambda path, body: self._import(path["id"], body),
                "Let Godot import the files without a window, while its editor is closed.",
            ),
            route(
                "POST",
                "/v1/sync/bone-map",
                BoneMapBody,
                CharacterMap,
                lambda path, body: _character(body),
                "Map a character's bones; `Hero.bones.json` beside `Hero.glb` comes first.",
            ),
        ]

    def start(self) -> None:
        self._supervisor.start()

    def stop(self) -> None:
        self._supervisor.stop()

    def snapshot(self) -> SyncState:
        return SyncState(targets=self._supervisor.targets())

    def library_changed(self, change: LibraryChange, emote: Emote) -> None:
        self._supervisor.library_changed(change, LibraryEmote.of(emote))

    def busy(self) -> bool:
        return self._supervisor.is_working

    def _add(self, body: TargetBody) -> SyncTarget:
        folder, source = body.folder or "emotes", body.source or "library"
        target = Target.create(_absolute(body.project, "project"), folder, source)
        if body.preset is not None:
            target = replace(target, preset=_changed(target.preset, body.preset))
        return self._supervisor.add(target)

    def _remove(self, target_id: str) -> Nothing:
        self._supervisor.remove(target_id)
        return Nothing()

    def _run(self, target_id: str, body: RunBody) -> SyncRun:
        engine = self._supervisor.engine(target_id)
        with engine.lock:
            if body.restore and not body.dry_run:
                engine.restore_all()
            plan = engine.plan(accept_empty=body.accept_empty)
            shown = [action.step() for action in plan if action.kind is not ActionKind.UNCHANGED]
            if not body.dry_run:
                engine.apply(plan)
        if not body.dry_run:
            self._supervisor.touch(target_id)
        return SyncRun(plan=shown, target=self._supervisor.target(target_id))

    def _resolve(self, target_id: str, body: ResolveBody) -> SyncTarget:
        self._supervisor.engine(target_id).resolve(body.file, body.choice)
        self._supervisor.touch(target_id)
        return self._supervisor.target(target_id)

    def _send(self, target_id: str, body: SendBody) -> SentFile:
        """Add a file outside the library to the target, as from a folder source."""
        engine = self._supervisor.engine(target_id)
        source = Path(body.glb)
        if not source.is_absolute() or not source.is_file():
            raise InputError(
                "The GLB file is missing.", code="fileNotFound", detail=str(source), next_step="Export it again."
            )
        data = source.read_bytes()
        check_emote(data)
        name = safe_path((body.name or source.stem).replace("/", "_"))
        engine.send(name, data)
        self._supervisor.sync_now(target_id)
        file = engine.file_of(f"{SENT}{name}.glb")
        path = f"{engine.target.folder}/{file}" if file else None
        return SentFile(file=path, target=self._supervisor.target(target_id))

    def _import(self, target_id: str, body: ImportBody) -> ImportReport:
        target = self._supervisor.engine(target_id).target
        return import_project(target.project, target.folder, find_godot(body.godot or None))


def _character(body: BoneMapBody) -> CharacterMap:
    path = _absolute(body.glb, "glb")
    check_file(path)
    return character_map(path)


def _absolute(text: str, key: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise InputError(
            worded("“{setting}” must be an absolute path.", setting=key),
            code="badRequest",
            next_step="Give the whole path.",
        )
    return path


def _changed(preset: Preset, given: object) -> Preset:
    """Return the project's settings with the given ones, whose keys may be camel case."""
    if not isinstance(given, dict):
        raise InputError(
            "“preset” must be an object.", code="badRequest", next_step="Send the settings by their names."
        )
    settings = {_CAMEL.sub(lambda hit: f"_{hit[1].lower()}", key): value for key, value in given.items()}
    return Preset.from_json(preset.as_dict() | settings)
