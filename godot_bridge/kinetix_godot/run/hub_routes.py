"""The sync engine inside the hub: routes of docs/hub-protocol.md, events, and the library's changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kinetix_core.errors import InputError
from kinetix_core.services import HubContext, HubService, Route
from kinetix_godot.plan.choices import Choice
from kinetix_godot.plan.planner import ActionKind
from kinetix_godot.run.headless import find_godot, import_project
from kinetix_godot.run.keeper import Keeper
from kinetix_godot.run.lock import Ownership
from kinetix_godot.target.importing import character_map
from kinetix_godot.target.names import safe_path
from kinetix_godot.target.settings import Preset, Registry, Target
from kinetix_godot.target.verify import verify

__all__ = ["GodotService", "create"]

Json = dict[str, Any]
_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")


def create(context: HubContext) -> HubService:
    """The entry point `kinetix.hub.services`."""
    return GodotService(context)


class GodotService:
    """See HubService."""

    name = "godot"

    def __init__(self, context: HubContext) -> None:
        self._registry = Registry(context.home)
        self._keeper = Keeper(self._registry, context.emotes, context.emit, ownership=Ownership(self._registry.folder))

    def routes(self) -> Sequence[Route]:
        base = "/v1/sync/targets"
        table: list[tuple[str, str, Callable[[Mapping[str, str], Mapping[str, str], Json], Any]]] = [
            ("GET", base, lambda path, query, body: {"targets": self._keeper.targets()}),
            ("POST", base, lambda path, query, body: self._add(body)),
            ("DELETE", base + "/{id}", lambda path, query, body: self._remove(path["id"])),
            ("POST", base + "/{id}/run", lambda path, query, body: self._run(path["id"], body)),
            ("POST", base + "/{id}/resolve", lambda path, query, body: self._resolve(path["id"], body)),
            ("POST", base + "/{id}/send", lambda path, query, body: self._send(path["id"], body)),
            ("POST", base + "/{id}/import", lambda path, query, body: self._import(path["id"], body)),
        ]
        table.append(("POST", "/v1/sync/bone-map", lambda path, query, body: character_map(_folder(body, "glb"))))
        return [Route(method, path, handle) for method, path, handle in table]

    def start(self) -> None:
        self._keeper.start()

    def stop(self) -> None:
        self._keeper.stop()

    def snapshot(self) -> Json:
        return {"targets": self._keeper.targets()}

    def library_changed(self, kind: str, emote: Json) -> None:
        self._keeper.library_changed(kind, emote)

    def busy(self) -> bool:
        return self._keeper.working

    def _add(self, body: Json) -> Json:
        folder, source = _text(body, "folder") or "emotes", _text(body, "source") or "library"
        target = Target.create(_folder(body, "project"), folder, source, _preset(body))
        return self._keeper.target(self._keeper.add(target).id)

    def _remove(self, target_id: str) -> Json:
        self._keeper.remove(target_id)
        return {}

    def _run(self, target_id: str, body: Json) -> Json:
        engine = self._keeper.engine(target_id)
        dry_run, accept_empty = bool(body.get("dryRun")), bool(body.get("acceptEmpty"))
        with engine.lock:
            if body.get("restore") and not dry_run:
                engine.restore_all()
            plan = engine.plan(accept_empty=accept_empty)
            shown = [
                action.as_dict()
                for action in plan
                if action.kind is not ActionKind.NOTE or action.reason != "unchanged"
            ]
            if not dry_run:
                engine.apply(plan)
        if not dry_run:
            self._keeper.touch(target_id)
        return {"plan": shown, "target": self._keeper.target(target_id)}

    def _resolve(self, target_id: str, body: Json) -> Json:
        self._keeper.engine(target_id).resolve(_text(body, "file"), _choice(body))
        self._keeper.touch(target_id)
        return self._keeper.target(target_id)

    def _send(self, target_id: str, body: Json) -> Json:
        """A file that is in no library goes into the target as if it had come from a folder."""
        engine = self._keeper.engine(target_id)
        source = Path(_text(body, "glb"))
        if not source.is_absolute() or not source.is_file():
            raise InputError(
                "The GLB file is not there.", code="fileNotFound", detail=str(source), next_step="Export it again."
            )
        data = source.read_bytes()
        verify(data)
        name = safe_path((_text(body, "name") or source.stem).replace("/", "_"))
        engine.send(name, data)
        self._keeper.sync_now(target_id)
        file = engine.file_of(f"sent:{name}.glb")
        return {"file": f"{engine.target.folder}/{file}" if file else None, "target": self._keeper.target(target_id)}

    def _import(self, target_id: str, body: Json) -> Json:
        target = self._keeper.engine(target_id).target
        report = import_project(target.project, target.folder, find_godot(_text(body, "godot") or None))
        return {"errors": list(report.errors), "failed": list(report.failed)}


def _folder(body: Json, key: str) -> Path:
    path = Path(_text(body, key))
    if not path.is_absolute():
        raise InputError(f"“{key}” must be an absolute path.", code="badRequest", next_step="Give the whole path.")
    return path


def _text(body: Json, key: str) -> str:
    """A field that is a text; "" when it is not given."""
    value = body.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value:
        raise InputError(f"“{key}” must be a text.", code="badRequest", next_step="Send it as a JSON string.")
    return value


def _choice(body: Json) -> Choice:
    try:
        return Choice(_text(body, "choice"))
    except ValueError:
        raise InputError(
            "“choice” must be one of mine, theirs and restore.", code="badRequest", next_step="Send one of these words."
        ) from None


def _preset(body: Json) -> Preset | None:
    given = body.get("preset")
    if not given and given in (None, {}):
        return None
    if not isinstance(given, dict):
        raise InputError(
            "“preset” must be an object.", code="badRequest", next_step="Send the settings by their names."
        )
    return Preset.from_json({_CAMEL.sub(lambda hit: f"_{hit[1].lower()}", key): value for key, value in given.items()})
