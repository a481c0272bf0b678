"""Loads the hub's services (entry points `kinetix.hub.services`). One that breaks is named and left out; the hub goes on."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path

from kinetix_core.protocol.hub.enumerations import LibraryChange, NoticeLevel
from kinetix_core.protocol.hub.models import Emote, Event, Notice, NoticeEvent
from kinetix_core.protocol.hub.sync_models import SyncState
from kinetix_core.services import HubContext, HubService, Route
from kinetix_core.values.errors import mask
from kinetix_core.values.wording import worded

__all__ = ["Context", "ServicesHost"]

log = logging.getLogger(__name__)


class Context:
    """What a service sees of the hub (`kinetix_core.services.HubContext`)."""

    def __init__(
        self, home: Path, library: Path, emotes: Callable[[], Sequence[Emote]], emit: Callable[[Event], None]
    ) -> None:
        self._home, self._library, self._emotes, self._emit = home, library, emotes, emit

    @property
    def home(self) -> Path:
        return self._home

    @property
    def library(self) -> Path:
        return self._library

    def emotes(self) -> Sequence[Emote]:
        return self._emotes()

    def emit(self, event: Event) -> None:
        self._emit(event)


class ServicesHost:
    """Calls to services are fenced: an error in one is logged and shown as a notice."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self.services: dict[str, HubService] = {}
        self.failed: dict[str, str] = {}
        self._changes: queue.SimpleQueue[tuple[LibraryChange, Emote] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def load(self, context: HubContext) -> None:
        for point in entry_points(group="kinetix.hub.services"):
            with self._fenced(point.name, "did not start"):
                service: HubService = point.load()(context)
                service.start()
                self.services[service.name] = service
        self._thread = threading.Thread(target=self._announce, name="services", daemon=True)
        self._thread.start()

    def routes(self) -> list[tuple[str, Route]]:
        found: list[tuple[str, Route]] = []
        for name, service in self.services.items():
            with self._fenced(name, "has no routes"):
                found += [(name, route) for route in service.routes()]
        return found

    def library_changed(self, change: LibraryChange, emote: Emote) -> None:
        """Returns at once; the services hear of it in order."""
        self._changes.put((change, emote))

    def snapshot(self) -> dict[str, SyncState]:
        found: dict[str, SyncState] = {}
        for name, service in self.services.items():
            with self._fenced(name, "could not tell its state"):
                found[name] = service.snapshot()
        return found

    def busy(self) -> int:
        count = 0
        for name, service in self.services.items():
            with self._fenced(name, "could not tell whether it is busy"):
                count += bool(service.busy())
        return count

    def stop(self) -> None:
        self._changes.put(None)
        for name, service in self.services.items():
            with self._fenced(name, "did not stop cleanly"):
                service.stop()

    def _announce(self) -> None:
        while (change := self._changes.get()) is not None:
            for name, service in self.services.items():
                with self._fenced(name, "failed on a change of the library"):
                    service.library_changed(*change)

    @contextmanager
    def _fenced(self, name: str, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - somebody else's code; the hub goes on without it
            self._broke(name, what, error)

    def _broke(self, name: str, what: str, error: Exception) -> None:
        log.error("service %s %s", name, what, exc_info=error)
        if name not in self.failed:
            self.failed[name] = mask(f"{what}: {type(error).__name__}: {error}")
            told = Notice(
                level=NoticeLevel.ERROR,
                title=worded("A part of Kinetix {what}: {name}.", what=what, name=name),
                next_step="Everything else works. Restart Kinetix; if it happens again, report it with its log.",
            )
            self._emit(NoticeEvent(data=told))
