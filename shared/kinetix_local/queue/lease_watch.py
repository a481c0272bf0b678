"""Frees captures whose holder is not heard any more, or makes no progress for an hour and then gets none for an hour.

What counts is how long the heartbeat's number stays the same by this service's own steady clock. So neither machines whose clocks
differ, nor a clock that is set, nor a laptop that slept ends a lease; a service that begins gives every holder the whole time.
"""

from __future__ import annotations

import asyncio
import logging

from kinetix_local.host import Host
from kinetix_local.store.queue import captures
from kinetix_local.store.queue.captures import Heartbeat, Lease

_LOG = logging.getLogger(__name__)
_LOOK_S = 1.0
_STILL_MS = 3_600_000  # a capture shows progress, and its files arrive, long before


class LeaseWatch:
    """`freed` counts the leases that ended so."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._since: dict[Heartbeat, int] = {}
        self._still: dict[tuple[Lease, str | None, int], int] = {}
        self._barred: dict[str, int] = {}
        self.freed = 0

    def is_barred(self, owner: str) -> bool:
        """Return whether a worker of this owner held a capture without progress not long ago."""
        return self._host.clock.ticks() - self._barred.get(owner, -_STILL_MS) < _STILL_MS

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._since = {}
        while True:
            if await loop.run_in_executor(self._host.threads, self.look):
                self._host.announce_capture()
            await asyncio.sleep(_LOOK_S)

    def look(self) -> int:
        """Free expired leases and return how many."""
        now, limit = self._host.clock.ticks(), int(self._host.settings.lease_s * 1000)
        with self._host.database.read() as db:
            running = captures.running(db)
        self._since = {one: self._since.get(one, now) for one in running}
        still = {one: (one.lease, one.stage, one.percent) for one in running}
        self._still = {key: self._still.get(key, now) for key in still.values()}
        silent = {one for one in running if now - self._since[one] >= limit}
        stuck = {one for one in running if now - self._still[still[one]] >= _STILL_MS}
        if not silent and not stuck:
            return 0
        with self._host.database.write() as db:
            freed = [one for one in silent if captures.free_silent(db, one)]
            freed += [one for one in stuck - silent if captures.free(db, one.lease) is not None]
        for one in freed:
            if one in stuck:
                self._barred[one.worker.rpartition("/")[0]] = now
            why = "made no progress" if one in stuck else "was not heard any more"
            _LOG.warning("%s %s; process %s is captured anew", one.worker, why, one.process)
        self.freed += len(freed)
        return len(freed)
