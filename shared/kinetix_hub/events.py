"""Numbered events in a ring. A front end that fell behind is told to read the state again."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque

from kinetix_core.protocol.hub.models import Event, EventPage


class Events:
    """Ring of events, filled on any thread and awaited in the server's event loop.

    Numbers start at 1 with each start of the hub; the start id identifies the start.
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
        """Set the event loop of the readers."""
        self._wake = asyncio.Event()
        self._loop = loop

    def detach(self) -> None:
        """End every wait, in the attached loop; called when the server begins to stop."""
        self._loop = None
        bell, self._wake = self._wake, None
        if bell is not None:
            bell.set()

    @property
    def attached(self) -> bool:
        return self._wake is not None

    def emit(self, event: Event) -> None:
        """Number an event and wake the readers."""
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
        """Return the events after `seq`; `reset` if they are no longer stored or belong to another start."""
        with self._lock:
            oldest = self._ring[0].seq if self._ring else self._seq + 1
            reset = start != self.start_id or seq > self._seq or seq < oldest - 1
            events = [] if reset else [event for event in self._ring if event.seq > seq]
            return EventPage(start_id=self.start_id, seq=self._seq, reset=reset, events=events)

    async def wait(self, start: str, seq: int, seconds: float) -> EventPage:
        """Return `since`, after up to `seconds` if there is no event yet."""
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
