"""Frees captures whose holder is not heard any more.

What counts is how long the heartbeat's number stays the same by this service's own steady clock. So neither machines whose clocks
differ, nor a clock that is set, nor a laptop that slept ends a lease; a service that begins gives every holder the whole time.
"""

from __future__ import annotations

import asyncio
import logging

from kinetix_local.host import Host
from kinetix_local.store import captures
from kinetix_local.store.captures import Heartbeat

__all__ = ["LeaseWatch"]

_LOG = logging.getLogger(__name__)
_LOOK_S = 1.0


class LeaseWatch:
    """`freed` counts the leases that ended so."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._since: dict[Heartbeat, int] = {}
        self.freed = 0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._since = {}
        while True:
            if await loop.run_in_executor(self._host.threads, self.look):
                self._host.announce_capture()
            await asyncio.sleep(_LOOK_S)

    def look(self) -> int:
        """How many captures were freed now."""
        now, limit = self._host.clock.ticks(), int(self._host.settings.lease_s * 1000)
        with self._host.database.read() as db:
            running = captures.running(db)
        self._since = {one: self._since.get(one, now) for one in running}
        silent = [one for one, since in self._since.items() if now - since >= limit]
        if not silent:
            return 0
        with self._host.database.write() as db:
            freed = [one for one in silent if captures.free_silent(db, one)]
        for one in freed:
            _LOG.warning("%s was not heard any more; process %s is captured anew", one.worker, one.process)
        self.freed += len(freed)
        return len(freed)
