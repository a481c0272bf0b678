"""The sync as a part of the hub. Its errors are logged and shown as a notice; the hub continues."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points

from kinetix_core.protocol.hub.enumerations import LibraryChange, NoticeLevel
from kinetix_core.protocol.hub.models import Emote, Event, Notice, NoticeEvent
from kinetix_core.protocol.hub.sync_models import SyncState
from kinetix_core.sync_service import HubContext, Route, SyncService
from kinetix_core.values.errors import mask
from kinetix_core.values.wording import worded

log = logging.getLogger(__name__)
LoadSync = Callable[[HubContext], SyncService | None]


def load_sync(context: HubContext) -> SyncService | None:
    """Return the sync of the entry point, None if it is not installed."""
    for point in entry_points(group="kinetix.hub.services", name=SyncHost.name):
        service: SyncService = point.load()(context)
        return service
    return None


class SyncHost:
    """Calls the sync; an error is reported once, in `failure` too."""

    name = "godot"
    """The key of its state in the snapshot."""

    def __init__(self, emit: Callable[[Event], None], load: LoadSync) -> None:
        self._emit, self._load = emit, load
        self._service: SyncService | None = None
        self._changes: queue.SimpleQueue[tuple[LibraryChange, Emote] | None] = queue.SimpleQueue()
        self.failure = ""

    def start(self, context: HubContext) -> None:
        with self._reported("did not start"):
            service = self._load(context)
            if service is None:
                return
            service.start()
            self._service = service
            threading.Thread(target=self._announce, args=(service,), name="sync", daemon=True).start()

    def stop(self) -> None:
        self._changes.put(None)
        if self._service is not None:
            with self._reported("did not stop cleanly"):
                self._service.stop()

    def routes(self) -> Sequence[Route]:
        return () if self._service is None else self._service.routes()

    def snapshot(self) -> dict[str, SyncState]:
        """Return its state by its name; empty if there is none."""
        if self._service is not None:
            with self._reported("could not tell its state"):
                return {self.name: self._service.snapshot()}
        return {}

    def busy(self) -> bool:
        return self._service is not None and self._service.busy()

    def library_changed(self, change: LibraryChange, emote: Emote) -> None:
        """Return immediately; the sync is notified in order."""
        if self._service is not None:
            self._changes.put((change, emote))

    def _announce(self, service: SyncService) -> None:
        while (change := self._changes.get()) is not None:
            with self._reported("failed on a change of the library"):
                service.library_changed(*change)

    @contextmanager
    def _reported(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            log.exception("the sync %s", what)
            if not self.failure:
                self.failure = mask(f"{what}: {type(error).__name__}: {error}")
                notice = Notice(
                    level=NoticeLevel.ERROR,
                    title=worded("A part of Kinetix failed: {name}.", name=self.name),
                    next_step="Everything else works. Restart Kinetix; if it happens again, report it with its log.",
                )
                self._emit(NoticeEvent(data=notice))
