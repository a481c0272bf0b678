"""Numbered events: a ring that front ends read from where they left off; who was away too long is told to start again."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque

from kinetix_core.protocol.hub.models import Event, EventPage

__all__ = ["Events"]


class Events:
    """Filled from any thread, awaited in the server's event loop.

    Numbers start at 1 with every start of the hub; the start id tells the runs apart.
    """

    def __init__(self, start_id: str, kept: int = 2000) -> None:
        self.start_id = start_id
        self.waiting = 0
        self._ring: deque[Event] = deque(maxlen=kept)
        self._lock = threading.Lock()
        self._seq = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None

    @property
    def seq(self) -> int:
        return self._seq

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Names the loop in which readers wait."""
        self._wake = asyncio.Event()
        self._loop = loop

    def detach(self) -> None:
        """Ends every wait, in the loop that was attached; called when the server begins to stop."""
        self._loop = None
        bell, self._wake = self._wake, None
        if bell is not None:
            bell.set()

    @property
    def attached(self) -> bool:
        return self._wake is not None

    def emit(self, event: Event) -> None:
        """Gives an event its number and wakes who waits."""
        with self._lock:
            self._seq += 1
            self._ring.append(event.model_copy(update={"seq": self._seq}))
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed a moment ago: nobody waits any more
                loop.call_soon_threadsafe(self._ring_bell)

    def _ring_bell(self) -> None:
        if self._wake is not None:
            self._wake.set()
            self._wake = asyncio.Event()

    def since(self, start: str, seq: int) -> EventPage:
        """Everything after `seq`; `reset` when that is not known any more or belongs to another run."""
        with self._lock:
            oldest = self._ring[0].seq if self._ring else self._seq + 1
            reset = start != self.start_id or seq > self._seq or seq < oldest - 1
            events = [] if reset else [event for event in self._ring if event.seq > seq]
            return EventPage(start_id=self.start_id, seq=self._seq, reset=reset, events=events)

    async def wait(self, start: str, seq: int, seconds: float) -> EventPage:
        """Like `since`, but waits up to `seconds` for something to tell."""
        self.waiting += 1
        try:
            end = asyncio.get_running_loop().time() + seconds
            while True:
                bell = self._wake
                answer = self.since(start, seq)
                left = end - asyncio.get_running_loop().time()
                if answer.reset or answer.events or left <= 0 or bell is None:
                    return answer
                try:
                    await asyncio.wait_for(bell.wait(), left)
                except TimeoutError:
                    return self.since(start, seq)
        finally:
            self.waiting -= 1
