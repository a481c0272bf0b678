"""The loop that keeps every target in step: one thread sleeps until files change, a timer is due or somebody asks for something."""

from __future__ import annotations

import contextlib
import importlib
import logging
import math
import selectors
import socket
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.os_errors import from_os_error
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.enumerations import LibraryChange, TargetState
from kinetix_core.protocol.hub.models import Event, RemovedTarget, SyncChanged, SyncRemoved
from kinetix_core.protocol.hub.sync_models import SyncTarget, SyncTargetChange
from kinetix_core.values.errors import KinetixError, MissingError
from kinetix_godot.preset import Preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.run.follower import Follower
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.reading import Check, check_emote
from kinetix_godot.source.sources import FolderSource, LibrarySource, Source
from kinetix_godot.target.places import Waiting
from kinetix_godot.target.registry import Registry, Target

__all__ = ["Keeper", "open_engine"]

log = logging.getLogger(__name__)
_RETRY_S = 0.2  # after an error or while a place is away
_RETRY_COST = 5.0  # but a large target is not compared so often that it keeps a core busy
_EMIT_S = 0.05
_READERS = ("kinetix_core.formats.glb", "kinetix_core.motion.mapping.automatic")


def open_engine(
    target: Target, registry: Registry, library: Callable[[], Sequence[LibraryEmote]], check: Check = check_emote
) -> Engine:
    """The engine of one target with all its sources."""
    state = registry.state_folder(target)
    main: Source = (
        LibrarySource(library, target.preset)
        if target.source == "library"
        else FolderSource(Path(target.source), target.preset)
    )
    # What was sent by hand is meant, whatever the patterns say.
    return Engine(target, state, [main, FolderSource(state / "sent", Preset(), "sent:")], check)


@dataclass
class _Session:
    """One target while it is kept in sync, with its latest state. Times are `time.monotonic()`."""

    follower: Follower
    retry: float = 0.0
    error: KinetixError | None = None
    state: TargetState = TargetState.SYNCING
    emit_due: float | None = None
    emitted: float = 0.0
    serving: threading.Lock = field(default_factory=threading.Lock)  # held while the loop serves it, perhaps for long
    emitting: threading.Lock = field(default_factory=threading.Lock)  # held for an event alone
    is_replaced: bool = False  # another session is about to take its place
    is_removed: bool = False
    is_closed: bool = False

    @property
    def engine(self) -> Engine:
        return self.follower.engine

    def close(self) -> None:
        """Close the target's files. Blocks while it is served; the caller must not hold the keeper's lock."""
        with self.serving:
            if not self.is_closed:
                self.is_closed = True
                self.follower.close()


class Keeper:
    """Runs the engines of all targets on one thread.

    Args:
        registry: the targets.
        library: the hub's emotes.
        emit: gets `sync.changed` and `sync.removed` events.
        check: see Engine.
    """

    def __init__(
        self,
        registry: Registry,
        library: Callable[[], Sequence[LibraryEmote]],
        emit: Callable[[Event], None],
        check: Check = check_emote,
    ) -> None:
        self._registry, self._library, self._emit, self._check = registry, library, emit, check
        self._sessions: dict[str, _Session] = {}
        self._removed: list[_Session] = []  # to be closed by the loop
        self._lock = threading.RLock()
        self._adding = threading.Lock()  # taken before `_lock`; held while a replaced session finishes
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)  # full: it wakes anyway, and whoever tells of a change goes on
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._wake_number = self._wake_out.fileno()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.working = False

    # ---- from other threads

    def open(self) -> None:
        """Opens every target without syncing it yet."""
        for target in self._registry.load():
            if target.id not in self._sessions:
                self._sessions[target.id] = self._session(target)

    def start(self) -> None:
        """Delete temporary files of a killed process, open every target and start the thread."""
        for folder in (self._registry.folder, *self._registry.folder.rglob("*/")):
            files.sweep(folder)
        self.open()
        self._thread = threading.Thread(target=self._run, name="kinetix-sync", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; what is being written is finished first."""
        self._stopping = True
        self.wake()
        if self._thread:
            self._thread.join(30)
        with self._lock:
            sessions = [*self._sessions.values(), *self._removed]
            self._sessions.clear()
            self._removed.clear()
        for session in sessions:
            session.close()

    def wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_in.send(b"!")

    def add(self, target: Target) -> Target:
        """Adds a target, or changes the one for the same project and folder."""
        with self._adding:
            with self._lock:
                target = self._registry.add(target)
                former = self._sessions.get(target.id)
                if former is not None:
                    former.is_replaced = True
            if former is not None:
                former.close()  # listed until its successor is open
            session = self._session(target)
            with self._lock:
                if self._sessions.get(target.id) is former:  # not removed meanwhile
                    self._sessions[target.id] = session
        self.wake()
        return target

    def remove(self, target_id: str) -> None:
        """Stop syncing a target without waiting for work in progress. Its files stay: they are the user's."""
        with self._lock:
            session = self._found(target_id)
            self._registry.remove(target_id)
            self._removed.append(self._sessions.pop(target_id))
        with session.emitting:
            session.is_removed = True
        self._emit(SyncRemoved(data=RemovedTarget(id=session.engine.target.id)))
        self.wake()

    def engine(self, target_id: str) -> Engine:
        """Return a target's engine to write with. Wait while the target is being replaced."""
        with self._lock:
            session = self._found(target_id)
        if not session.is_replaced:
            return session.engine
        with self._adding, self._lock:
            return self._found(target_id).engine

    def _found(self, target_id: str) -> _Session:
        session = self._sessions.get(target_id)
        if session is None:
            raise MissingError(
                "There is no such sync target.",
                code="notFound",
                next_step="Choose one of those that there are.",
                command="kinetix sync list",
            )
        return session

    def sync_now(self, target_id: str) -> None:
        """Compares everything once, on the caller's thread. Raises what went wrong."""
        engine = self.engine(target_id)
        with engine.lock:
            engine.apply(engine.plan())
        self.touch(target_id)

    def touch(self, target_id: str) -> None:
        """Has the loop look at a target again and tell everyone."""
        with self._lock:
            if session := self._sessions.get(target_id):
                session.follower.everything, session.retry = True, 0.0
                session.emit_due = time.monotonic()
        self.wake()

    def library_changed(self, change: LibraryChange, emote: LibraryEmote) -> None:
        with self._lock:
            for session in self._sessions.values():
                session.follower.library_changed(change, emote)
        self.wake()

    def targets(self) -> list[SyncTarget]:
        with self._lock:
            sessions = list(self._sessions.values())
        return [_shown(session) for session in sessions]

    def target(self, target_id: str) -> SyncTarget:
        with self._lock:
            session = self._found(target_id)
        return _shown(session)

    # ---- the loop

    def _session(self, target: Target) -> _Session:
        engine = open_engine(target, self._registry, self._library, self._check)
        return _Session(Follower(engine, self._selector))

    def _run(self) -> None:
        timeout, is_prepared = 0.0, False
        while not self._stopping:
            ready = {key.fd for key, _ in self._selector.select(timeout)}
            if self._wake_number in ready:
                with contextlib.suppress(BlockingIOError):
                    self._wake_out.recv(4096)
            with self._lock:
                sessions, removed = list(self._sessions.values()), list(self._removed)
                self._removed.clear()
            now = time.monotonic()
            self.working = True
            for session in removed:
                session.close()
            waits = [self._serve(session, now, ready) for session in sessions]
            self.working = False
            timeout = max(0.0, min([600.0, *waits]))
            if sessions and timeout and not is_prepared:
                _load_readers()
                is_prepared = True
        self._selector.close()

    def _serve(self, session: _Session, now: float, ready: Collection[int]) -> float:
        """Does what is due for one target; returns the seconds until something else is. `ready`: files with something to read."""
        with session.serving:
            if session.is_closed:
                return math.inf
            self._serve_open(session, now, ready)
            self._maybe_emit(session, time.monotonic())
        return self._next(session) - time.monotonic()

    def _serve_open(self, session: _Session, now: float, ready: Collection[int]) -> None:
        try:
            if session.error is not None and now < session.retry:
                session.follower.collect(now, ready)
            else:
                self._work(session, now, ready)
        except (OSError, KinetixError) as error:
            self._failed(session, now, error if isinstance(error, KinetixError) else from_os_error(error))
        except Exception as error:  # one target's bug must not stop the others' sync
            log.exception("sync of %s", session.engine.target.id)
            failure = KinetixError(
                "The sync met an error of its own.",
                code="internal",
                detail=repr(error),
                next_step="Please report it with the log of Kinetix.",
                command="kinetix doctor",
            )
            self._failed(session, now + 10, failure)

    def _work(self, session: _Session, now: float, ready: Collection[int]) -> None:
        if not session.follower.is_watching:
            session.follower.watch()
        session.follower.step(now, ready)
        if session.error is not None:
            session.error, session.emit_due = None, now
        has_news = session.engine.take_news()
        if has_news or session.engine.has_changes or session.state is not TargetState.IDLE:
            session.state, session.emit_due = TargetState.IDLE, session.emit_due or now

    def _failed(self, session: _Session, now: float, found: KinetixError) -> None:
        if session.error is None or session.error.title != found.title:
            session.emit_due = now
        session.error = found
        session.state = TargetState.WAITING if isinstance(found, Waiting) else TargetState.ERROR
        session.follower.everything = True
        session.retry = now + min(max(_RETRY_S, session.engine.seconds * _RETRY_COST), 0.8)
        session.follower.unwatch()

    def _next(self, session: _Session) -> float:
        if session.error is not None:
            return session.retry
        due = session.follower.due
        return due if session.emit_due is None else min(due, max(session.emit_due, session.emitted + _EMIT_S))

    def _maybe_emit(self, session: _Session, now: float) -> None:
        if session.emit_due is None or now < session.emitted + _EMIT_S:
            return
        session.emit_due, session.emitted = None, now
        changed, removed = session.engine.take_changes()
        change = SyncTargetChange(**dict(_shown(session)), changed=changed, removed=removed)
        with session.emitting:
            if not session.is_removed:  # front ends would show the target for good
                self._emit(SyncChanged(data=change))


def _shown(session: _Session) -> SyncTarget:
    """A target as front ends see it."""
    target, status = session.engine.target, session.engine.status()
    watching, reason = session.follower.watching
    return SyncTarget(
        id=target.id,
        project=str(target.project),
        folder=target.folder,
        source=target.source,
        state=session.state,
        watching=watching,
        watching_reason=reason,
        error=None if session.error is None else ErrorInfo.of(session.error),
        preset=target.preset,
        counts=status.counts,
        conflicts=status.conflicts,
        deleted=status.deleted,
        problems=status.problems,
        last_sync=status.last_sync,
    )


def _load_readers() -> None:
    """Loads what reading the first emote needs while nothing waits: numpy takes 0.1 s and more, see docs/design/sync.md."""
    for name in _READERS:
        importlib.import_module(name)
