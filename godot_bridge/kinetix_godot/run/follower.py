"""Follow one target: map file events to emotes, and apply plans for them."""

from __future__ import annotations

import contextlib
import selectors
import time
from collections.abc import Callable, Collection
from pathlib import Path

from kinetix_core.protocol.hub.enumerations import LibraryChange, WatchMode
from kinetix_core.values.errors import KinetixError
from kinetix_godot.run.engine import Engine
from kinetix_godot.run.watch import Watcher
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.sources import FolderSource, LibrarySource

_GONE_S = 0.06  # delay of a removal, which may be half of a rename
_PARTIAL_S = 0.1
_AT_ONCE = 64  # emotes
_FULL_COMPARISON_S = 60.0
_FULL_COMPARISON_COST = 8000.0  # seconds between two, per second of one


class Follower:
    """Follower of one target. All but `library_changed` runs on the target's thread. Times are `time.monotonic()`.

    Args:
        selector: the event sources are registered here.
        watch: creates the watcher of a folder.

    Attributes:
        everything: the next step compares all emotes.
    """

    def __init__(
        self, engine: Engine, selector: selectors.BaseSelector, watch: Callable[[Path], Watcher] = Watcher
    ) -> None:
        self.engine, self._selector, self._new_watcher = engine, selector, watch
        self.everything = True
        self._source: Watcher | None = None
        self._project: Watcher | None = None
        self._keys: dict[str, None] = {}  # emotes to compare
        self._gone: dict[str, float] = {}  # emotes whose file vanished → time of the removal
        self._next_comparison = 0.0
        self._partial = 0.0

    # ---- watching

    @property
    def is_watching(self) -> bool:
        return self._project is not None

    @property
    def watching(self) -> tuple[WatchMode, str]:
        """Mode of watching, and the reason for polling."""
        watcher = self._source or self._project
        return (watcher.mode, watcher.reason) if watcher else (WatchMode.EVENTS, "")

    def watch(self) -> None:
        """Start watching. Raise Waiting if a place is missing."""
        self.engine.check_places()
        self._project = self._new_watcher(self.engine.target.path)
        if isinstance(main := self.engine.sources[0], FolderSource) and main.root is not None:
            self._source = self._new_watcher(main.root)
        for watcher in (self._project, self._source):
            if watcher is not None and (number := watcher.fileno()) is not None:
                self._selector.register(number, selectors.EVENT_READ)
        self.everything = True

    def unwatch(self) -> None:
        for watcher in (self._project, self._source):
            if watcher is None:
                continue
            if (number := watcher.fileno()) is not None:
                self._unregister(number)
            watcher.close()
        self._project = self._source = None

    def _unregister(self, number: int) -> None:
        with contextlib.suppress(KeyError, ValueError, RuntimeError):
            self._selector.unregister(number)

    def close(self) -> None:
        self.unwatch()
        self.engine.close()

    # ---- events

    def library_changed(self, change: LibraryChange, emote: LibraryEmote) -> None:
        main = self.engine.sources[0]
        if isinstance(main, LibrarySource):
            self._keys[main.take(change, emote)] = None

    def collect(self, now: float, ready: Collection[int]) -> None:
        """Read the events of the files in `ready`."""
        for watcher in (self._source, self._project):
            if watcher is None or not (watcher.fileno() in ready or (watcher.due is not None and watcher.due <= now)):
                continue
            number = watcher.fileno()
            there, gone, everything = watcher.changes()
            if number is not None and watcher.fileno() is None:
                self._unregister(number)  # it polls now, and the number is free for another file
            self.everything = self.everything or everything
            if watcher.gone:
                self._watch_anew()
                return
            if watcher is self._source:
                self._take_in_source(there, gone, now)
            else:
                self._take_in_project(there, gone, now)

    def _check_folders(self) -> None:
        """Check that both watched folders are still the same ones."""
        for watcher in (self._source, self._project):
            if watcher is not None:
                watcher.check_folder()
                if watcher.gone:
                    self._watch_anew()
                    return

    def _watch_anew(self) -> None:
        """Stop watching a folder that is gone or replaced; the thread watches again once both exist."""
        self.unwatch()
        self.everything = True

    def _take_in_source(self, there: list[str], gone: list[str], now: float) -> None:
        source = self.engine.sources[0]
        assert isinstance(source, FolderSource)
        for path in there:
            if key := source.key(path):
                self._keys[key] = None
                self._gone.pop(key, None)
        for path in gone:
            if key := source.key(path):
                self._keys.pop(key, None)
                self._gone[key] = now + _GONE_S

    def _take_in_project(self, there: list[str], gone: list[str], now: float) -> None:
        for path in there:
            if (key := self._changed_by_others(path)) is not None:
                self._keys[key] = None
        for path in gone:
            if (key := self._changed_by_others(path)) is not None:
                self._gone[key] = now + _GONE_S

    def _changed_by_others(self, path: str) -> str | None:
        """Return the emote of a project file that somebody else changed."""
        if not path.endswith(".glb") or self.engine.is_own(path) or (key := self.engine.key_of(path)) is None:
            return None
        self.engine.invalidate(key)
        return key

    # ---- work

    def step(self, now: float, ready: Collection[int]) -> None:
        """Do what is due. Raise OSError and KinetixError; failed work is retried."""
        engine = self.engine
        self.collect(now, ready)
        if now >= self._next_comparison:
            self._check_folders()
        if not self.is_watching:
            return
        if self.everything or now >= self._next_comparison:
            self.everything = False
            self._keys.clear()
            with engine.lock:
                engine.apply(engine.plan())
            self._next_comparison = time.monotonic() + max(_FULL_COMPARISON_S, engine.seconds * _FULL_COMPARISON_COST)
        else:
            keys = list(self._keys)
            for key in keys:  # one by one: the library may add another meanwhile
                del self._keys[key]
            due = [key for key, when in self._gone.items() if when <= now]
            for key in due:
                del self._gone[key]
            if engine.partial and now >= self._partial:
                keys += engine.partial
                self._partial = now + _PARTIAL_S
            if not keys:
                keys = engine.recheck(now)
            keys = [key for key in keys if not self._waits_for_its_new_name(key, now)]
            sync_due = engine.sync_due(is_busy=bool(keys or due))
            if sync_due is not None and sync_due <= now:
                engine.sync_to_disk()
            self._follow(keys, due)
        if engine.partial and self._partial <= now:
            self._partial = time.monotonic() + _PARTIAL_S

    def _waits_for_its_new_name(self, key: str, now: float) -> bool:
        """Postpone a missing emote, which may be half of a rename."""
        source = self.engine.sources[0]
        if not isinstance(source, FolderSource) or not source.owns(key) or key not in self.engine.manifest.records:
            return False
        if source.find(key) is not None:
            return False
        self._gone.setdefault(key, now + _GONE_S)
        return True

    def _follow(self, keys: list[str], due: list[str]) -> None:
        """Plan and apply single emotes, a few at a time. `due` vanished long enough ago to be removed."""
        engine = self.engine
        while keys or due:
            part, keys = keys[:_AT_ONCE], keys[_AT_ONCE:]
            removals = [] if keys else due
            with engine.lock:
                # A postponed removal may be the old name of a new file.
                waiting = [key for key in (*self._gone, *due) if key in engine.manifest.records and key not in removals]
                try:
                    actions = engine.plan([*part, *removals], maybe_gone=waiting)
                    self._check_folders()  # before a missing file counts as removed
                    if not self.is_watching:
                        return
                    engine.apply(actions)
                except (OSError, KinetixError):
                    self._keys.update(dict.fromkeys([*part, *keys, *due]))
                    raise
            dropped = {action.dropped for action in actions}
            for key in dropped:
                self._gone.pop(key, None)
            due = [key for key in due if key not in dropped and key not in removals]

    @property
    def due(self) -> float:
        """Time of the next `step` without events."""
        times = [self._next_comparison, *self._gone.values()]
        for watcher in (self._project, self._source):
            if watcher is not None and watcher.due is not None:
                times.append(watcher.due)
        if self._keys or self.everything or not self.is_watching:
            times.append(0.0)
        if self.engine.partial:
            times.append(self._partial)
        if (recheck := self.engine.recheck_due) is not None:
            times.append(recheck)
        if (sync := self.engine.sync_due()) is not None:
            times.append(sync)
        return min(times)
