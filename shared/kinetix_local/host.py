"""Interface of the service for its background work, which need not know the service."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from kinetix_local.store.blobs import Blobs
from kinetix_local.store.clock import Clock
from kinetix_local.store.seal import Seal
from kinetix_local.store.sql.database import Database
from kinetix_local.store.sql.settings import Settings


class Host(Protocol):
    """The running service, as the captures and the webhooks see it."""

    folder: Path
    replica: str
    database: Database
    blobs: Blobs
    seal: Seal
    clock: Clock
    settings: Settings
    threads: ThreadPoolExecutor

    def wake_outbox(self) -> None:
        """A delivery was written; it is looked at now instead of at the next beat."""

    def announce_capture(self) -> None:
        """A capture waits; it is asked for now instead of a moment later. From any thread."""

    def is_stopping(self) -> bool: ...

    def changed_for(self, users: Collection[int], emote: str) -> None:
        """Invalidate the caches of the emote and of the users' bags."""
