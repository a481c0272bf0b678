"""A project, a source folder and an engine between them, with tiny GLBs."""

from __future__ import annotations

import contextlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kinetix_core.io import files
from kinetix_core.protocol.hub.models import Event, SyncChanged
from kinetix_core.protocol.hub.sync_models import SyncTargetChange
from kinetix_core.values.errors import FormatError
from kinetix_godot.preset import Preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.run.supervisor import Supervisor, open_engine
from kinetix_godot.target.registry import Registry, Target
from tests.support.waiting import until


def tiny_glb(text: str) -> bytes:
    """Return a GLB container whose document contains `text`."""
    body = json.dumps({"asset": {"version": "2.0"}, "nodes": [{}], "text": text}).encode()
    body += b" " * (-len(body) % 4)
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(body), len(body), 0x4E4F534A) + body


def text_of(path: Path) -> str:
    return str(json.loads(path.read_bytes()[20:])["text"])


def check_container(data: bytes) -> None:
    if data[:4] != b"glTF" or struct.unpack_from("<I", data, 8)[0] != len(data):
        raise FormatError("not whole")


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

    @classmethod
    def at(cls, root: Path) -> Place:
        """Open the place that another process created."""
        place = cls.__new__(cls)
        place.project, place.source, place.registry = root / "project", root / "source", Registry(root / "home")
        place.target = place.registry.load()[0]
        place.emotes = place.target.path
        return place

    def engine(self, **more: Any) -> Engine:
        if more:
            from kinetix_godot.source.sources import FolderSource

            state = self.registry.state_folder(self.target)
            sources = [
                FolderSource(self.source, self.target.preset),
                FolderSource(state / "sent", self.target.preset, "sent:"),
            ]
            return Engine(self.target, state, sources, check_container, **more)
        return open_engine(self.target, self.registry, list, check_container)

    def supervisor(self, emit: Callable[[Event], None] = lambda event: None) -> Supervisor:
        return Supervisor(self.registry, list, emit, check_container)

    def export(self, name: str, text: str) -> Path:
        """Write beside the file and rename, as authoring tools do."""
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_bytes(tiny_glb(text))
        files.replace(temporary, path)  # waits where the sync reads it just then: Windows replaces no file that is open
        return path

    def delete(self, name: str) -> None:
        """Delete an export; on Windows retry while the sync reads it."""

        def is_deleted() -> bool:
            try:
                (self.source / name).unlink()
            except PermissionError:
                return False
            return True

        until(is_deleted)

    def edit(self, name: str, text: str) -> None:
        """Change a file in the project."""
        (self.emotes / name).write_bytes(tiny_glb(text))

    def sync(self) -> list[tuple[str, str]]:
        """Run a fresh engine once, accepting an empty source, and return its actions."""
        engine = self.engine()
        actions = engine.plan(accept_empty=True)
        engine.apply(actions)
        engine.close()
        return [(action.kind, action.file) for action in actions if action.kind not in {"note", "unchanged"}]

    def files(self) -> dict[str, str]:
        """Return the texts of the project's GLBs by path."""
        found: dict[str, str] = {}
        here = [
            Path(folder, name) for folder, _, names in os.walk(self.emotes) for name in names
        ]  # a folder may leave meanwhile
        for path in sorted(path for path in here if path.suffix == ".glb"):
            with contextlib.suppress(
                FileNotFoundError, PermissionError
            ):  # it left meanwhile, or is just leaving on Windows
                found[path.relative_to(self.emotes).as_posix()] = text_of(path)
        return found

    def leftovers(self) -> list[str]:
        """Return hidden and temporary files outside Godot's own folder."""
        return [
            path.name
            for path in self.project.rglob("*")
            if (path.name.startswith(".") or path.name.endswith(".tmp")) and path.name != ".godot"
        ]

    def tidy(self) -> None:
        """Open and close an engine, as a hub does at start and end."""
        self.engine().close()


@contextlib.contextmanager
def running(place: Place, events: list[SyncTargetChange] | None = None) -> Iterator[Supervisor]:
    seen = [] if events is None else events

    def emit(event: Event) -> None:
        if isinstance(event, SyncChanged):
            seen.append(event.data)

    supervisor = place.supervisor(emit)
    supervisor.start()
    try:
        until(lambda: supervisor.target(place.target.id).state != "syncing")
        yield supervisor
    finally:
        supervisor.stop()


def age(path: Path, seconds: float = 10.0) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - int(seconds * 1e9)))
