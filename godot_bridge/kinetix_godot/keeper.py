"""The loop that keeps every target in step: one thread sleeps until files change, a timer is due or somebody asks for something."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kinetix_core.errors import KinetixError
from kinetix_godot.engine import Engine
from kinetix_godot.lock import Ownership
from kinetix_godot.places import Waiting
from kinetix_godot.reading import Check
from kinetix_godot.settings import Preset, Registry, Target
from kinetix_godot.sources import FolderSource, LibrarySource, Source
from kinetix_godot.verify import verify
from kinetix_godot.watch import Watcher

__all__ = ["Keeper", "open_engine"]

Json = dict[str, Any]
log = logging.getLogger(__name__)
_RETRY_S = 0.2  # after an error or while a place is away
_RETRY_COST = 5.0  # but a large target is not compared so often that it keeps a core busy
_GONE_S = 0.06  # a removal waits this long: the other half of a rename may be on its way
_PARTIAL_S = 0.1
_AT_ONCE = 64  # emotes
_EMIT_S = 0.05
_BEAT_S = 60.0
_BEAT_COST = 8000.0  # the slow beat may cost one part in so many


def open_engine(
    target: Target, registry: Registry, library: Callable[[], Sequence[Json]], check: Check = verify
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
    """One target at the loop's table. Times are `time.monotonic()`."""

    engine: Engine
    source: Watcher | None = None
    project: Watcher | None = None
    keys: dict[str, None] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    everything: bool = True
    retry: float = 0.0
    beat: float = 0.0
    partial: float = 0.0
    error: KinetixError | None = None
    state: str = "syncing"
    emit_due: float | None = None
    emitted: float = 0.0


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
        library: Callable[[], Sequence[Json]],
        emit: Callable[[str, Json], None],
        check: Check = verify,
        ownership: Ownership | None = None,
    ) -> None:
        self._ownership = ownership
        self._registry, self._library, self._emit, self._check = registry, library, emit, check
        self._seats: dict[str, _Seat] = {}
        self._lock = threading.RLock()
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
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
            for seat in self._seats.values():
                self._unwatch(seat)
                seat.engine.close()
            self._seats.clear()
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
        with self._lock:
            target = self._registry.add(target)
            if seat := self._seats.pop(target.id, None):
                self._unwatch(seat)
                seat.engine.close()
            self._seat(target)
        self.wake()
        return target

    def remove(self, target_id: str) -> None:
        """Stops syncing a target. Its files stay: they are the user's."""
        with self._lock:
            seat = self._found(target_id)
            self._registry.remove(target_id)
            del self._seats[target_id]
            self._unwatch(seat)
            seat.engine.close()
        self._emit("sync.removed", {"id": target_id})

    def engine(self, target_id: str) -> Engine:
        """For a caller who wants to write. Raises Waiting while another process has the targets."""
        self.own()
        with self._lock:
            return self._found(target_id).engine

    def _found(self, target_id: str) -> _Seat:
        seat = self._seats.get(target_id)
        if seat is None:
            raise KinetixError(
                "There is no such sync target.", code="notFound", next_step="List them with: kinetix sync list"
            )
        return seat

    def sync_now(self, target_id: str) -> None:
        """Compares everything once, on the caller's thread. Raises what went wrong."""
        with self._lock:
            seat = self._found(target_id)
        with seat.engine.lock:
            seat.engine.apply(seat.engine.plan())
        self.touch(target_id)

    def touch(self, target_id: str) -> None:
        """Has the loop look at a target again and tell everyone."""
        with self._lock:
            if seat := self._seats.get(target_id):
                seat.everything, seat.retry = True, 0.0
                seat.emit_due = time.monotonic()
        self.wake()

    def library_changed(self, kind: str, emote: Json) -> None:
        with self._lock:
            for seat in self._seats.values():
                main = seat.engine.sources[0]
                if isinstance(main, LibrarySource):
                    seat.keys[main.take(kind, emote)] = None
        self.wake()

    def targets(self) -> list[Json]:
        with self._lock:
            seats = list(self._seats.values())
        return [self._json(seat) for seat in seats]

    def target(self, target_id: str) -> Json:
        with self._lock:
            seat = self._found(target_id)
        return self._json(seat)

    def _json(self, seat: _Seat) -> Json:
        target = seat.engine.target
        watcher = seat.source or seat.project
        return {
            "id": target.id,
            "project": str(target.project),
            "folder": target.folder,
            "source": target.source,
            "state": seat.state,
            "watching": watcher.mode if watcher else "events",
            "watchingReason": watcher.reason if watcher else "",
            "error": seat.error.as_dict() if seat.error else None,
            "preset": target.preset.to_json(),
            **seat.engine.status(),
        }

    # ---- the loop

    def _seat(self, target: Target) -> None:
        self._seats[target.id] = _Seat(open_engine(target, self._registry, self._library, self._check))

    def _run(self) -> None:
        timeout = 0.0
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
        self._selector.close()

    def _serve(self, seat: _Seat, now: float, ready: Collection[int]) -> float:
        """Does what is due for one target; returns the seconds until something else is. `ready`: files with something to read."""
        try:
            if seat.error is not None and now < seat.retry:
                self._collect(seat, now, ready)
            else:
                self._work(seat, now, ready)
                if seat.error is not None:
                    seat.error, seat.emit_due = None, now
                if seat.state != "idle":
                    seat.state, seat.emit_due = "idle", seat.emit_due or now
        except (OSError, KinetixError) as error:
            self._failed(seat, now, error if isinstance(error, KinetixError) else _explained(error, seat.engine.target))
        except Exception as error:  # one target's bug must not stop the others' sync
            log.exception("sync of %s", seat.engine.target.id)
            told = KinetixError(
                "The sync met an error of its own.",
                detail=repr(error),
                next_step="Please report it with the hub's log.",
            )
            self._failed(seat, now + 10, told)
        self._maybe_emit(seat, time.monotonic())
        return self._next(seat) - time.monotonic()

    def _failed(self, seat: _Seat, now: float, found: KinetixError) -> None:
        if seat.error is None or seat.error.title != found.title:
            seat.emit_due = now
        seat.error, seat.state = found, "waiting" if isinstance(found, Waiting) else "error"
        seat.everything = True
        seat.retry = now + min(max(_RETRY_S, seat.engine.seconds * _RETRY_COST), 0.8)
        self._unwatch(seat)

    def _work(self, seat: _Seat, now: float, ready: Collection[int]) -> None:
        engine = seat.engine
        if seat.project is None:
            self.own()
            engine.check_places()
            self._watch(seat)
        self._collect(seat, now, ready)
        if seat.everything or now >= seat.beat:
            seat.everything = False
            seat.keys.clear()
            with engine.lock:
                engine.apply(engine.plan())
            seat.beat = time.monotonic() + max(_BEAT_S, engine.seconds * _BEAT_COST)
            engine.make_ready()
        else:
            keys = list(seat.keys)
            seat.keys.clear()
            due = [key for key, when in seat.gone.items() if when <= now]
            for key in due:
                del seat.gone[key]
            if engine.partial and now >= seat.partial:
                keys += engine.partial
                seat.partial = now + _PARTIAL_S
            if not keys and (keys := engine.settle(now)):
                engine.make_ready()
            self._sync(seat, keys, due)
        if engine.partial and seat.partial <= now:
            seat.partial = time.monotonic() + _PARTIAL_S
        if engine.has_changes or engine.take_news():
            seat.emit_due = seat.emit_due or now

    def _sync(self, seat: _Seat, keys: list[str], due: list[str]) -> None:
        """Follows single emotes. `due` have vanished for so long that they may count as removed.

        A few at a time: then the first are in the project before the last are read, and nothing is read twice.
        """
        engine = seat.engine
        while keys or due:
            part, keys = keys[:_AT_ONCE], keys[_AT_ONCE:]
            removals = [] if keys else due
            with engine.lock:
                # A removal that is still waiting may be the old name of what has just come.
                waiting = [key for key in (*seat.gone, *due) if key in engine.manifest.records and key not in removals]
                try:
                    actions = engine.plan([*part, *removals], maybe_gone=waiting)
                    engine.apply(actions)
                except (OSError, KinetixError):
                    seat.keys.update(dict.fromkeys([*part, *keys, *due]))
                    raise
            dropped = {action.dropped for action in actions}
            for key in dropped:
                seat.gone.pop(key, None)
            due = [key for key in due if key not in dropped and key not in removals]

    def _collect(self, seat: _Seat, now: float, ready: Collection[int]) -> None:
        """Turns file events into keys."""
        if seat.source is not None and (seat.source.poll_s or seat.source.fileno() in ready):
            source = seat.engine.sources[0]
            assert isinstance(source, FolderSource)
            there, gone, everything = seat.source.changes()
            seat.everything = seat.everything or everything
            for path in there:
                if key := source.key(path):
                    seat.keys[key] = None
                    seat.gone.pop(key, None)
            for path in gone:
                if key := source.key(path):
                    seat.keys.pop(key, None)
                    seat.gone[key] = now + _GONE_S
        if seat.project is not None and (seat.project.poll_s or seat.project.fileno() in ready):
            there, gone, everything = seat.project.changes()
            if seat.project.gone:
                self._unwatch(seat)
                seat.everything = True
                return
            seat.everything = seat.everything or everything
            for path in there:
                if path.endswith(".glb") and not seat.engine.is_own(path):
                    self._target_changed(seat, path, 0.0, now)
            for path in gone:
                if path.endswith(".glb") and not seat.engine.is_own(path):
                    self._target_changed(seat, path, _GONE_S, now)

    def _target_changed(self, seat: _Seat, path: str, delay: float, now: float) -> None:
        key = seat.engine.key_of(path)
        if key is None:
            return
        seat.engine.doubt(key)
        if delay:
            seat.gone[key] = now + delay
        else:
            seat.keys[key] = None

    def _watch(self, seat: _Seat) -> None:
        target = seat.engine.target
        seat.project = Watcher(target.path)
        if isinstance(main := seat.engine.sources[0], FolderSource) and main.root is not None:
            seat.source = Watcher(main.root)
        for watcher in (seat.project, seat.source):
            if watcher is not None and (number := watcher.fileno()) is not None:
                self._selector.register(number, selectors.EVENT_READ)
        seat.everything = True

    def _unwatch(self, seat: _Seat) -> None:
        for watcher in (seat.project, seat.source):
            if watcher is None:
                continue
            if (number := watcher.fileno()) is not None:
                with contextlib.suppress(KeyError, ValueError, RuntimeError):
                    self._selector.unregister(number)
            watcher.close()
        seat.project = seat.source = None

    def _next(self, seat: _Seat) -> float:
        if seat.error is not None:
            return seat.retry
        times = [seat.beat]
        for watcher in (seat.project, seat.source):
            if watcher is not None and watcher.poll_s:
                times.append(time.monotonic() + watcher.poll_s)
        times += seat.gone.values()
        if seat.keys or seat.everything:
            times.append(0.0)
        if seat.engine.partial:
            times.append(seat.partial)
        if (due := seat.engine.settle_due) is not None:
            times.append(due)
        if seat.emit_due is not None:
            times.append(max(seat.emit_due, seat.emitted + _EMIT_S))
        return min(times)

    def _maybe_emit(self, seat: _Seat, now: float) -> None:
        if seat.emit_due is None or now < seat.emitted + _EMIT_S:
            return
        seat.emit_due, seat.emitted = None, now
        changed, removed = seat.engine.take_changes()
        self._emit("sync.changed", {**self._json(seat), "changed": changed, "removed": removed})


def _explained(error: OSError, target: Target) -> KinetixError:
    """What the system said, with what helps."""
    cures = {
        28: "Free some space",
        30: "Make the drive writable",
        13: "Give yourself the right to write there",
        122: "Free some of your quota",
    }
    return KinetixError(
        f"The sync cannot write: {error.strerror}.",
        code="system",
        detail=str(error.filename or target.path),
        next_step=f"{cures.get(error.errno or 0, 'Check the drive and its permissions')}; the sync goes on by itself.",
    )
