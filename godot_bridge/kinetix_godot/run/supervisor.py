"""All sync targets of this user, each kept in step by a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.protocol.hub.enumerations import LibraryChange
from kinetix_core.protocol.hub.models import Event
from kinetix_core.protocol.hub.sync_models import SyncTarget
from kinetix_core.values.errors import MissingError
from kinetix_godot.preset import Preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.run.target_sync import TargetSync
from kinetix_godot.run.watch import Watcher
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.reading import Check, check_emote
from kinetix_godot.source.source_file import SENT
from kinetix_godot.source.sources import FolderSource, LibrarySource, Source
from kinetix_godot.target.registry import Registry, Target

_AT_ONCE = 4  # targets that are worked on
_STOP_S = 30.0


def open_engine(
    target: Target,
    registry: Registry,
    library: Callable[[], Sequence[LibraryEmote]],
    check: Check = check_emote,
    step: Callable[[str], None] = lambda step: None,
) -> Engine:
    """Open the engine of a target with its sources. `check` and `step`: see Engine."""
    state = registry.state_folder(target)
    main: Source = (
        LibrarySource(library, target.preset)
        if target.source == "library"
        else FolderSource(Path(target.source), target.preset)
    )
    # Files sent by hand enter whatever the patterns say.
    return Engine(target, state, [main, FolderSource(state / "sent", Preset(), SENT)], check, step)


class Supervisor:
    """Every target with its thread. Methods may be called from any thread.

    Args:
        registry: the targets.
        library: returns the hub's emotes.
        emit: receives `sync.changed` and `sync.removed` events.
        check: see Engine.
        watch: see Follower.
    """

    def __init__(
        self,
        registry: Registry,
        library: Callable[[], Sequence[LibraryEmote]],
        emit: Callable[[Event], None],
        check: Check = check_emote,
        watch: Callable[[Path], Watcher] = Watcher,
    ) -> None:
        self._registry, self._library, self._emit, self._check, self._watch = registry, library, emit, check, watch
        self._targets: dict[str, TargetSync] = {}
        self._ending: list[TargetSync] = []  # removed, perhaps still at work
        self._lock = threading.RLock()
        self._adding = threading.Lock()  # acquired before `_lock`
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def start(self) -> None:
        """Delete temporary files of a killed process, open every target and start its thread."""
        for folder in (self._registry.folder, *self._registry.folder.rglob("*/")):
            files.sweep(folder)
        for target in self._registry.load():
            self._targets[target.id] = self._opened(target)
            self._targets[target.id].start()

    def stop(self) -> None:
        """End the threads after their work in progress."""
        with self._lock:
            ending = [*self._targets.values(), *self._ending]
            self._targets.clear()
        for one in ending:
            one.stop()
        end = time.monotonic() + _STOP_S
        for one in ending:
            one.join(max(0.0, end - time.monotonic()))

    @property
    def is_working(self) -> bool:
        with self._lock:
            return any(one.is_working for one in (*self._targets.values(), *self._ending))

    def add(self, target: Target) -> SyncTarget:
        """Add a target, or change the one for the same project and folder."""
        with self._adding:
            with self._lock:
                target = self._registry.add(target)
                former = self._targets.get(target.id)
                ending = [one for one in self._ending if one.engine.target.path == target.path]
                if former is not None:
                    former.is_replaced = True  # listed until its successor is open
                    former.stop()
                    ending.append(former)
            for one in ending:
                one.join()
            added = self._opened(target)
            with self._lock:
                if self._targets.get(target.id) is former:
                    self._targets[target.id] = added
                else:  # removed meanwhile
                    added.stop()
                added.start()
        return added.shown()

    def remove(self, target_id: str) -> None:
        """Stop syncing a target without waiting for work in progress. Its files stay."""
        with self._lock:
            removed = self._found(target_id)
            self._registry.remove(target_id)
            del self._targets[target_id]
            self._ending = [*(one for one in self._ending if one.is_alive()), removed]
        removed.remove()

    def engine(self, target_id: str) -> Engine:
        """Return a target's engine to write with. Wait while the target is being replaced."""
        with self._lock:
            found = self._found(target_id)
        if not found.is_replaced:
            return found.engine
        with self._adding, self._lock:
            return self._found(target_id).engine

    def _found(self, target_id: str) -> TargetSync:
        found = self._targets.get(target_id)
        if found is None:
            raise MissingError(
                "There is no such sync target.",
                code="notFound",
                next_step="List the targets.",
                command="kinetix sync list",
            )
        return found

    def sync_now(self, target_id: str) -> None:
        """Compare everything once on the caller's thread, and raise what fails."""
        engine = self.engine(target_id)
        with engine.lock:
            engine.apply(engine.plan())
        self.touch(target_id)

    def touch(self, target_id: str) -> None:
        """Compare a target again and emit its state."""
        with self._lock:
            if found := self._targets.get(target_id):
                found.touch()

    def library_changed(self, change: LibraryChange, emote: LibraryEmote) -> None:
        with self._lock:
            for one in self._targets.values():
                one.library_changed(change, emote)

    def targets(self) -> list[SyncTarget]:
        with self._lock:
            found = list(self._targets.values())
        return [one.shown() for one in found]

    def target(self, target_id: str) -> SyncTarget:
        with self._lock:
            found = self._found(target_id)
        return found.shown()

    def _opened(self, target: Target) -> TargetSync:
        engine = open_engine(target, self._registry, self._library, self._check)
        return TargetSync(engine, self._emit, self._turns, self._watch)
