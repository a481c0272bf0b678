"""A project, a source folder and an engine between them, with tiny GLBs."""

from __future__ import annotations

import contextlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kinetix_core.io import files
from kinetix_core.protocol.hub.models import Event, SyncChanged
from kinetix_core.protocol.hub.sync_models import SyncTarget, SyncTargetChange
from kinetix_core.values.errors import FormatError
from kinetix_godot.plan.planner import Action
from kinetix_godot.preset import Preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.run.supervisor import Supervisor, open_engine
from kinetix_godot.source.reading import Check
from kinetix_godot.target.registry import Registry, Target
from tests.support.present import present
from tests.support.waiting import until


def tiny_glb(text: str, **more: Any) -> bytes:
    """Return a GLB container whose document contains `text` and `more`."""
    body = json.dumps({"asset": {"version": "2.0"}, "nodes": [{}], "text": text, **more}).encode()
    body += b" " * (-len(body) % 4)
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(body), len(body), 0x4E4F534A) + body


def text_of(path: Path) -> str:
    return str(json.loads(path.read_bytes()[20:])["text"])


def check_container(data: bytes) -> None:
    if data[:4] != b"glTF" or struct.unpack_from("<I", data, 8)[0] != len(data):
        raise FormatError("not whole")


def shown_actions(actions: list[Action]) -> list[tuple[str, str]]:
    """Return kind and file of the actions that change something."""
    return [(action.kind, action.file) for action in actions if action.kind not in {"note", "unchanged"}]


class Place:
    """A sync target with its source, and helpers for user actions."""

    def __init__(self, root: Path, preset: Preset | None = None) -> None:
        self.project, self.source = root / "project", root / "source"
        (self.project / ".godot").mkdir(parents=True)  # as in every project that was open once
        self.source.mkdir()
        (self.project / "project.godot").write_text("config_version=5\n", encoding="utf-8")
        self.registry = Registry(root / "home")
        self.target = self.registry.add(Target.create(self.project, "emotes", str(self.source), preset))
        self.emotes = self.target.path
        self.state = self.registry.state_folder(self.target)

    def engine(self, step: Callable[[str], None] = lambda step: None) -> Engine:
        return open_engine(self.target, self.registry, list, check_container, step)

    def synced(self, step: Callable[[str], None] = lambda step: None) -> Engine:
        """Return an open engine that has synced once."""
        engine = self.engine(step)
        engine.apply(engine.plan(accept_empty=True))
        return engine

    def sync(self) -> list[tuple[str, str]]:
        """Run a new engine once, accepting an empty source, and return its actions."""
        engine = self.engine()
        actions = engine.plan(accept_empty=True)
        engine.apply(actions)
        engine.close()
        return shown_actions(actions)

    def export(self, name: str, text: str = "") -> Path:
        """Write beside the file and rename, as authoring tools do."""
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_bytes(tiny_glb(text or name))
        files.replace(temporary, path)  # Windows replaces no file that is open
        return path

    def delete(self, name: str) -> None:
        """Delete an export; on Windows retry while the sync reads it."""

        def is_deleted() -> bool:
            with contextlib.suppress(PermissionError):
                (self.source / name).unlink()
            return not (self.source / name).exists()

        until(is_deleted)

    def exchange_source(self) -> Path:
        """Put an empty folder in the source's place, as a drive that is gone leaves it; return the former one."""
        away = self.source.with_name("drive")
        self.source.rename(away)
        self.source.mkdir()
        return away

    def edit(self, name: str, text: str) -> None:
        """Change a file in the project."""
        (self.emotes / name).write_bytes(tiny_glb(text))

    def settings(self, name: str) -> Path:
        """Return the path of an emote's import settings."""
        return self.emotes / f"{name}.import"

    def files(self) -> dict[str, str]:
        """Return the texts of the project's GLBs by path. Folders and files may leave meanwhile."""
        found: dict[str, str] = {}
        here = [Path(folder, name) for folder, _, names in os.walk(self.emotes) for name in names]
        for path in sorted(path for path in here if path.suffix == ".glb"):
            with contextlib.suppress(FileNotFoundError, PermissionError):  # the latter on Windows
                found[path.relative_to(self.emotes).as_posix()] = text_of(path)
        return found

    def leftovers(self) -> list[str]:
        """Return hidden and temporary files outside Godot's own folder."""
        return [
            path.name
            for path in self.project.rglob("*")
            if (path.name.startswith(".") or path.name.endswith(".tmp")) and path.name != ".godot"
        ]


@dataclass
class Running:
    """A supervisor at work on a place."""

    supervisor: Supervisor
    place: Place
    events: list[SyncTargetChange] = field(default_factory=list)

    @property
    def shown(self) -> SyncTarget:
        return self.supervisor.target(self.place.target.id)

    @property
    def code(self) -> str:
        """Code of the sync's error, "" without one."""
        return self.shown.error.code if self.shown.error else ""

    @property
    def next_step(self) -> str:
        return present(self.shown.error).next_step

    def until_state(self, state: str) -> None:
        until(lambda: self.shown.state == state, lambda: self.shown)

    def until_files(self, texts: dict[str, str]) -> None:
        """Wait until the project has these GLBs and no other."""
        until(lambda: self.place.files() == texts, self.place.files)


@contextlib.contextmanager
def running(place: Place, check: Check = check_container, **more: Any) -> Iterator[Running]:
    """Run the sync of a place. `more`: see Supervisor."""
    events: list[SyncTargetChange] = []

    def emit(event: Event) -> None:
        if isinstance(event, SyncChanged):
            events.append(event.data)

    found = Running(Supervisor(place.registry, list, emit, check, **more), place, events)
    found.supervisor.start()
    try:
        until(lambda: found.shown.state != "syncing")
        yield found
    finally:
        found.supervisor.stop()
