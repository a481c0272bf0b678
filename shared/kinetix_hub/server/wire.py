"""uvicorn's HTTP protocol with a limit on how long a peer may take to say what it wants."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["PatientProtocol"]

HEADER_TIME_S = 10.0


class PatientProtocol(H11Protocol):
    """Closes a connection that has not sent a whole request head in time, or sits idle: a slow peer holds nothing for long."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADER_TIME_S, self._too_slow)

    def handle_events(self) -> None:
        had = self.cycle
        super().handle_events()
        if self.cycle is not None and self.cycle is not had and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def handle_websocket_upgrade(self, event: Any) -> None:
        """The request is there: from now on the connection is the websocket's, which may be silent for long."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if (
            not self.transport.is_closing()
            and self._deadline is None
            and (self.cycle is None or self.cycle.response_complete)
        ):
            self._deadline = self.loop.call_later(HEADER_TIME_S, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        super().connection_lost(exc)

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
