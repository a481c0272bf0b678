"""The thread that keeps one target in step: it sleeps until files change, a timer is due or it is woken."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from kinetix_core.io.os_errors import from_os_error
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.enumerations import LibraryChange, TargetState
from kinetix_core.protocol.hub.models import Event, RemovedTarget, SyncChanged, SyncRemoved
from kinetix_core.protocol.hub.sync_models import SyncTarget, SyncTargetChange
from kinetix_core.values.errors import KinetixError
from kinetix_godot.run.engine import Engine
from kinetix_godot.run.follower import Follower
from kinetix_godot.run.watch import Watcher
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.target.places import Waiting

log = logging.getLogger(__name__)
_RETRY_S = 0.2  # after an error or while a place is away
_RETRY_COST = 5.0  # a large target is compared less often
_EMIT_S = 0.05


class TargetSync(threading.Thread):
    """One target. Times are `time.monotonic()`.

    Args:
        engine: of the target.
        emit: receives `sync.changed` and `sync.removed` events.
        turns: acquired while the target is worked on, so that few are at once.
        watch: see Follower.

    Attributes:
        is_replaced: another one is about to take its place.
        is_working: it is not asleep.
    """

    def __init__(
        self,
        engine: Engine,
        emit: Callable[[Event], None],
        turns: contextlib.AbstractContextManager[Any],
        watch: Callable[[Path], Watcher] = Watcher,
    ) -> None:
        super().__init__(name=f"kinetix-sync-{engine.target.id}", daemon=True)
        self.engine, self._emit, self._turns = engine, emit, turns
        self.is_replaced = self.is_working = False
        self._selector = selectors.DefaultSelector()
        self._follower = Follower(engine, self._selector, watch)
        self._retry = 0.0
        self._error: KinetixError | None = None
        self._state = TargetState.SYNCING
        self._emit_due: float | None = None
        self._emitted = 0.0
        self._emitting = threading.Lock()
        self._is_removed = self._is_stopping = False
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)  # a full socket wakes it as well
        self._selector.register(self._wake_out, selectors.EVENT_READ)

    # ---- called from other threads

    def wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_in.send(b"!")

    def stop(self) -> None:
        """End the thread after the work in progress, without waiting for it."""
        self._is_stopping = True
        self.wake()

    def remove(self) -> None:
        """Stop, and emit `sync.removed` as the last event."""
        with self._emitting:
            self._is_removed = True
        self._emit(SyncRemoved(data=RemovedTarget(id=self.engine.target.id)))
        self.stop()

    def touch(self) -> None:
        """Compare everything again and emit the state."""
        self._follower.everything, self._retry = True, 0.0
        self._emit_due = time.monotonic()
        self.wake()

    def library_changed(self, change: LibraryChange, emote: LibraryEmote) -> None:
        self._follower.library_changed(change, emote)
        self.wake()

    def shown(self) -> SyncTarget:
        """Return the target as front ends see it."""
        target, status = self.engine.target, self.engine.status()
        watching, reason = self._follower.watching
        return SyncTarget(
            id=target.id,
            project=str(target.project),
            folder=target.folder,
            source=target.source,
            state=self._state,
            watching=watching,
            watching_reason=reason,
            error=None if self._error is None else ErrorInfo.of(self._error),
            preset=target.preset,
            counts=status.counts,
            conflicts=status.conflicts,
            deleted=status.deleted,
            problems=status.problems,
            last_sync=status.last_sync,
        )

    # ---- the thread

    def run(self) -> None:
        timeout = 0.0
        try:
            while not self._is_stopping:
                ready = {key.fd for key, _ in self._selector.select(timeout)}
                with contextlib.suppress(BlockingIOError):
                    self._wake_out.recv(4096)
                if self._is_stopping:
                    break
                with self._turns:
                    self.is_working = True
                    self._serve(time.monotonic(), ready)
                    self._maybe_emit(time.monotonic())
                    self.is_working = False
                timeout = max(0.0, min(600.0, self._next() - time.monotonic()))
        finally:
            self._follower.close()
            self._selector.close()
            self._wake_out.close()
            self._wake_in.close()

    def _serve(self, now: float, ready: Collection[int]) -> None:
        """Do what is due. `ready`: files with something to read."""
        try:
            if self._error is not None and now < self._retry:
                self._follower.collect(now, ready)
            else:
                self._work(now, ready)
        except (OSError, KinetixError) as error:
            self._failed(now, error if isinstance(error, KinetixError) else from_os_error(error))
        except Exception as error:
            log.exception("sync of %s", self.engine.target.id)
            failure = KinetixError(
                "The sync failed unexpectedly.",
                code="internal",
                detail=repr(error),
                next_step="Please report it with the log of Kinetix.",
                command="kinetix doctor",
            )
            self._failed(now + 10, failure)

    def _work(self, now: float, ready: Collection[int]) -> None:
        if not self._follower.is_watching:
            self._follower.watch()
        self._follower.step(now, ready)
        if self._error is not None:
            self._error, self._emit_due = None, now
        has_news = self.engine.take_news()
        if has_news or self.engine.has_changes or self._state is not TargetState.IDLE:
            self._state, self._emit_due = TargetState.IDLE, self._emit_due or now

    def _failed(self, now: float, found: KinetixError) -> None:
        if self._error is None or self._error.title != found.title:
            self._emit_due = now
        self._error = found
        self._state = TargetState.WAITING if isinstance(found, Waiting) else TargetState.ERROR
        self._follower.everything = True
        self._retry = now + min(max(_RETRY_S, self.engine.seconds * _RETRY_COST), 0.8)
        self._follower.unwatch()

    def _next(self) -> float:
        if self._error is not None:
            return self._retry
        due = self._follower.due
        return due if self._emit_due is None else min(due, max(self._emit_due, self._emitted + _EMIT_S))

    def _maybe_emit(self, now: float) -> None:
        if self._emit_due is None or now < self._emitted + _EMIT_S:
            return
        self._emit_due, self._emitted = None, now
        changed, removed = self.engine.take_changes()
        change = SyncTargetChange(**dict(self.shown()), changed=changed, removed=removed)
        with self._emitting:
            if not self._is_removed:  # front ends would show the target for good
                self._emit(SyncChanged(data=change))
