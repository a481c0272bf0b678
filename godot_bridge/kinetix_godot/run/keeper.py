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

from kinetix_core.errors import KinetixError, MissingError
from kinetix_core.hub_protocol.base_models import ErrorInfo
from kinetix_core.hub_protocol.enumerations import LibraryChange, TargetState
from kinetix_core.hub_protocol.models import Event, RemovedTarget, SyncChanged, SyncRemoved
from kinetix_core.hub_protocol.sync_models import SyncTarget, SyncTargetChange
from kinetix_core.os_errors import from_os_error
from kinetix_godot.preset import Preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.run.follower import Follower
from kinetix_godot.run.lock import Ownership
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.reading import Check
from kinetix_godot.source.sources import FolderSource, LibrarySource, Source
from kinetix_godot.target.places import Waiting
from kinetix_godot.target.registry import Registry, Target
from kinetix_godot.target.verify import verify

__all__ = ["Keeper", "open_engine"]

log = logging.getLogger(__name__)
_RETRY_S = 0.2  # after an error or while a place is away
_RETRY_COST = 5.0  # but a large target is not compared so often that it keeps a core busy
_EMIT_S = 0.05
_READERS = ("kinetix_core.formats.glb", "kinetix_core.motion.mapping.automatic")


def open_engine(
    target: Target, registry: Registry, library: Callable[[], Sequence[LibraryEmote]], check: Check = verify
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
class _Seat:
    """One target at the loop's table, and what was told of it. Times are `time.monotonic()`."""

    follower: Follower
    retry: float = 0.0
    error: KinetixError | None = None
    state: TargetState = TargetState.SYNCING
    emit_due: float | None = None
    emitted: float = 0.0
    gate: threading.Lock = field(default_factory=threading.Lock)  # held while the loop serves it
    is_leaving: bool = False  # another one is about to take its place
    is_closed: bool = False

    @property
    def engine(self) -> Engine:
        return self.follower.engine

    def close(self) -> None:
        """Ends it. The caller does not hold the keeper's lock: the loop may be in the middle of it and need that."""
        with self.gate:
            self.is_closed = True
            self.follower.close()


class Keeper:
    """Runs the engines of all targets on one thread.

    Args:
        registry: the targets.
        library: the hub's emotes.
        emit: gets `sync.changed` and `sync.removed` events.
        check: see Engine.
        ownership: taken before anything is written; None when the caller has it already.
    """

    def __init__(
        self,
        registry: Registry,
        library: Callable[[], Sequence[LibraryEmote]],
        emit: Callable[[Event], None],
        check: Check = verify,
        ownership: Ownership | None = None,
    ) -> None:
        self._ownership = ownership
        self._registry, self._library, self._emit, self._check = registry, library, emit, check
        self._seats: dict[str, _Seat] = {}
        self._lock = threading.RLock()
        self._changing = threading.Lock()  # one target after the other comes or goes; taken before `_lock`
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
            if target.id not in self._seats:
                self._seat(target)

    def start(self) -> None:
        """Opens every target and starts the thread."""
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
            seats = list(self._seats.values())
            self._seats.clear()
        for seat in seats:
            seat.close()
        if self._ownership:
            self._ownership.release()

    def own(self) -> None:
        """Raises Waiting while another process writes into the targets."""
        if self._ownership:
            self._ownership.take()

    def wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_in.send(b"!")

    def add(self, target: Target) -> Target:
        """Adds a target, or changes the one for the same project and folder."""
        with self._changing:
            with self._lock:
                target = self._registry.add(target)
                former = self._seats.get(target.id)
                if former is not None:
                    former.is_leaving = True
            if former is not None:
                former.close()  # it stays listed until the other one is there: whoever asks meanwhile is told how it stood
            with self._lock:
                self._seats.pop(target.id, None)
                self._seat(target)
        self.wake()
        return target

    def remove(self, target_id: str) -> None:
        """Stops syncing a target. Its files stay: they are the user's."""
        with self._changing:
            with self._lock:
                seat = self._found(target_id)
                self._registry.remove(target_id)
                del self._seats[target_id]
            seat.close()
        self._emit(SyncRemoved(data=RemovedTarget(id=seat.engine.target.id)))

    def engine(self, target_id: str) -> Engine:
        """For a caller who wants to write: not of a target that is just being changed, he waits for what it becomes.

        Raises Waiting while another process has the targets.
        """
        self.own()
        with self._lock:
            seat = self._found(target_id)
        if not seat.is_leaving:
            return seat.engine
        with self._changing, self._lock:
            return self._found(target_id).engine

    def _found(self, target_id: str) -> _Seat:
        seat = self._seats.get(target_id)
        if seat is None:
            raise MissingError(
                "There is no such sync target.",
                code="notFound",
                next_step="Choose one of those that there are.",
                command="kinetix sync list",
            )
        return seat

    def sync_now(self, target_id: str) -> None:
        """Compares everything once, on the caller's thread. Raises what went wrong."""
        engine = self.engine(target_id)
        with engine.lock:
            engine.apply(engine.plan())
        self.touch(target_id)

    def touch(self, target_id: str) -> None:
        """Has the loop look at a target again and tell everyone."""
        with self._lock:
            if seat := self._seats.get(target_id):
                seat.follower.everything, seat.retry = True, 0.0
                seat.emit_due = time.monotonic()
        self.wake()

    def library_changed(self, change: LibraryChange, emote: LibraryEmote) -> None:
        with self._lock:
            for seat in self._seats.values():
                seat.follower.library_changed(change, emote)
        self.wake()

    def targets(self) -> list[SyncTarget]:
        with self._lock:
            seats = list(self._seats.values())
        return [_shown(seat) for seat in seats]

    def target(self, target_id: str) -> SyncTarget:
        with self._lock:
            seat = self._found(target_id)
        return _shown(seat)

    # ---- the loop

    def _seat(self, target: Target) -> None:
        engine = open_engine(target, self._registry, self._library, self._check)
        self._seats[target.id] = _Seat(Follower(engine, self._selector))

    def _run(self) -> None:
        timeout, is_prepared = 0.0, False
        while not self._stopping:
            ready = {key.fd for key, _ in self._selector.select(timeout)}
            if self._wake_number in ready:
                with contextlib.suppress(BlockingIOError):
                    self._wake_out.recv(4096)
            with self._lock:
                seats = list(self._seats.values())
            now = time.monotonic()
            self.working = True
            waits = [self._serve(seat, now, ready) for seat in seats]
            self.working = False
            timeout = max(0.0, min([600.0, *waits]))
            if seats and timeout and not is_prepared:
                _load_readers()
                is_prepared = True
        self._selector.close()

    def _serve(self, seat: _Seat, now: float, ready: Collection[int]) -> float:
        """Does what is due for one target; returns the seconds until something else is. `ready`: files with something to read."""
        with seat.gate:
            if seat.is_closed:
                return math.inf
            self._serve_open(seat, now, ready)
            self._maybe_emit(seat, time.monotonic())  # inside: nothing is told of a target after its removal was
        return self._next(seat) - time.monotonic()

    def _serve_open(self, seat: _Seat, now: float, ready: Collection[int]) -> None:
        try:
            if seat.error is not None and now < seat.retry:
                seat.follower.collect(now, ready)
            else:
                self._work(seat, now, ready)
        except (OSError, KinetixError) as error:
            self._failed(seat, now, error if isinstance(error, KinetixError) else from_os_error(error))
        except Exception as error:  # one target's bug must not stop the others' sync
            log.exception("sync of %s", seat.engine.target.id)
            failure = KinetixError(
                "The sync met an error of its own.",
                code="internal",
                detail=repr(error),
                next_step="Please report it with the log of Kinetix.",
                command="kinetix doctor",
            )
            self._failed(seat, now + 10, failure)

    def _work(self, seat: _Seat, now: float, ready: Collection[int]) -> None:
        if not seat.follower.is_watching:
            self.own()
            seat.follower.watch()
        seat.follower.step(now, ready)
        if seat.error is not None:
            seat.error, seat.emit_due = None, now
        has_news = seat.engine.take_news()
        if has_news or seat.engine.has_changes or seat.state is not TargetState.IDLE:
            seat.state, seat.emit_due = TargetState.IDLE, seat.emit_due or now

    def _failed(self, seat: _Seat, now: float, found: KinetixError) -> None:
        if seat.error is None or seat.error.title != found.title:
            seat.emit_due = now
        seat.error = found
        seat.state = TargetState.WAITING if isinstance(found, Waiting) else TargetState.ERROR
        seat.follower.everything = True
        seat.retry = now + min(max(_RETRY_S, seat.engine.seconds * _RETRY_COST), 0.8)
        seat.follower.unwatch()

    def _next(self, seat: _Seat) -> float:
        if seat.error is not None:
            return seat.retry
        due = seat.follower.due
        return due if seat.emit_due is None else min(due, max(seat.emit_due, seat.emitted + _EMIT_S))

    def _maybe_emit(self, seat: _Seat, now: float) -> None:
        if seat.emit_due is None or now < seat.emitted + _EMIT_S:
            return
        seat.emit_due, seat.emitted = None, now
        changed, removed = seat.engine.take_changes()
        self._emit(SyncChanged(data=SyncTargetChange(**dict(_shown(seat)), changed=changed, removed=removed)))


def _shown(seat: _Seat) -> SyncTarget:
    """A target as front ends see it."""
    target, status = seat.engine.target, seat.engine.status()
    watching, reason = seat.follower.watching
    return SyncTarget(
        id=target.id,
        project=str(target.project),
        folder=target.folder,
        source=target.source,
        state=seat.state,
        watching=watching,
        watching_reason=reason,
        error=None if seat.error is None else ErrorInfo.of(seat.error),
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
