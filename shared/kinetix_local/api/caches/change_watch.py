"""Which changes by administrators a service has not seen yet: its caches hold what another process may have changed."""

from __future__ import annotations

import threading

from sqlalchemy import Connection

from kinetix_local.store.sql import settings


class ChangeWatch:
    """Tells changes by other processes from those that the service made itself and whose caches it drops itself.

    Without that a service that looks at the generation between its own commit and what follows it would take its own change for
    another's, and drop bags that hold. From any thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._seen = settings.generation(connection)
        self._own: dict[int, int] = {}  # a generation of ours → the one before it
        self._lock = threading.Lock()

    def touch(self, connection: Connection) -> None:
        """Notes a change in its own transaction; who makes it drops the caches that show it."""
        before, after = settings.touch(connection)
        with self._lock:
            self._own[after] = before

    def is_new(self, connection: Connection) -> bool:
        """Return whether another process changed something since the last call."""
        generation = settings.generation(connection)
        with self._lock:
            reached = generation
            while reached != self._seen and reached in self._own:
                reached = self._own[reached]
            found = reached != self._seen
            self._seen = generation
            # What is older was passed, or was rolled back and never comes.
            self._own = {after: before for after, before in self._own.items() if after > generation}
        return found
