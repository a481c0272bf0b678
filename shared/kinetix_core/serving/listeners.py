"""Limits on unauthenticated connections before any application code: count, time and bytes.

It is a mixin of uvicorn's protocol classes: an ASGI application sees a request only once its head is complete, and uvicorn limits
neither head nor TLS handshake.

A connection is a stranger's until the application calls `recognize` after a valid key, token or secret. When there are too many,
one is closed: a stranger's of the busiest address, else an idle one, else a guest's of the busiest link.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

_KEY = "kinetix.recognize"
_LOOK_S = 0.5
_OWN_DESCRIPTORS = 64  # databases, files being served, pipes to workers
_WANTED_DESCRIPTORS = 4096


@dataclass(frozen=True)
class Limits:
    """Limits of one listener.

    Attributes:
        connections: open at once.
        strangers: of them, those that have not shown a right key, token or secret.
        head_s: for the TLS handshake and the whole head of a request, together.
        head_bytes: of that head.
        body_s: for the whole body of a stranger's request; of another's, from one piece to the next.
    """

    connections: int = 512
    strangers: int = 256
    head_s: float = 10.0
    head_bytes: int = 64 << 10
    body_s: float = 60.0


def recognize(scope: Mapping[str, Any], guest: str = "") -> None:
    """Mark the connection of this ASGI request as no stranger's.

    Args:
        guest: the link or address that it comes by, which others share; empty for the owner.
    """
    found = scope.get(_KEY)
    if found is not None:
        found(guest)


class _Connection(Protocol):
    @property
    def party(self) -> str: ...
    @property
    def is_known(self) -> bool: ...
    @property
    def is_idle(self) -> bool: ...
    @property
    def is_held_back(self) -> bool: ...
    def abort(self) -> None: ...
    def end(self) -> None: ...


class Budget:
    """The connections of one listener. Used on the event loop's thread only."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._open: dict[_Connection, None] = {}  # oldest first
        self._due: dict[_Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, newcomer: _Connection) -> bool:
        """Return False when there is no place for it, and none can be made."""
        strangers = [one for one in self._open if not one.is_known]
        if len(strangers) >= self.limits.strangers or len(self._open) >= self.limits.connections:
            leaving = (
                self._pick(strangers)
                or next((one for one in self._open if one.is_idle), None)
                or self._pick([one for one in self._open if one.party])
                or newcomer
            )
            leaving.abort()
            if leaving is newcomer:
                return False
        self._open[newcomer] = None
        return True

    @staticmethod
    def _pick(among: list[_Connection]) -> _Connection | None:
        """Return one of the party that has most of them: an idle one, else the oldest."""
        if not among:
            return None
        (busiest, _), *_rest = Counter(one.party for one in among).most_common(1)
        own = [one for one in among if one.party == busiest]
        return next((one for one in own if one.is_idle), own[0])

    def leave(self, connection: _Connection) -> None:
        self._open.pop(connection, None)
        self._due.pop(connection, None)

    def await_more(self, connection: _Connection, seconds: float) -> None:
        """More has to come from there within `seconds`, or the connection ends."""
        loop = asyncio.get_running_loop()
        self._due[connection] = loop.time() + seconds
        if self._timer is None:
            self._timer = loop.call_later(_LOOK_S, self._look, loop)

    def awaits(self, connection: _Connection) -> bool:
        return connection in self._due

    def has_all(self, connection: _Connection) -> None:
        """Nothing is awaited from there now."""
        self._due.pop(connection, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """One timer for all; none runs while nobody is waited for."""
        now = loop.time()
        for connection in [one for one, due in self._due.items() if due < now]:
            if connection.is_held_back:
                self._due[connection] = now + self.limits.body_s  # we do not read, so nothing can come
            else:
                connection.abort()
        self._timer = loop.call_later(_LOOK_S, self._look, loop) if self._due else None

    def close(self) -> None:
        """End every connection that waits for a request, once it has its last answer; what is being answered goes on."""
        for connection in [one for one in self._open if one.is_idle]:
            connection.end()


if TYPE_CHECKING:

    class _Protocol(asyncio.Protocol):
        """Common interface of uvicorn's two HTTP protocols."""

        loop: asyncio.AbstractEventLoop
        cycle: Any
        flow: Any

        def handle_websocket_upgrade(self, *event: Any) -> None: ...

else:
    _Protocol = object


class _Limited(_Protocol):
    budget: Budget
    handshake: _Handshake | None = None  # whose place it takes

    is_known = False
    party = ""  # a stranger's address, a guest's link; empty for the owner
    _transport: Any = None
    _head_bytes = 0
    _is_let_in = False
    _left = False

    @property
    def is_idle(self) -> bool:
        """No request is being answered."""
        return self.cycle is None or bool(self.cycle.response_complete)

    @property
    def is_held_back(self) -> bool:
        return self.is_known and self.flow is not None and bool(self.flow.read_paused)

    def abort(self) -> None:
        self.budget.leave(self)
        self._transport.abort()

    def end(self) -> None:
        """Part of an answer that is complete for us may not have been sent yet; on Windows all of it."""
        self.budget.leave(self)
        self._transport.close()

    def _recognize(self, guest: str) -> None:
        self.is_known, self.party = True, guest

    # --- asyncio.Protocol -------------------------------------------------------------------------------------------
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.party = str((transport.get_extra_info("peername") or ("",))[0])
        if self.handshake is not None:
            self.budget.leave(self.handshake)
        self.budget.enter(self)
        if transport.is_closing():
            return
        self.budget.await_more(self, self.budget.limits.head_s)
        self._is_let_in = True
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.budget.leave(self)
        if self._is_let_in:  # else uvicorn has never heard of it
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        limits = self.budget.limits
        before = self.cycle
        super().data_received(data)
        cycle = self.cycle
        if self._left:
            return
        if cycle is not before:
            cycle.scope[_KEY] = self._recognize
            self._head_bytes = 0
            if cycle.more_body:
                self.budget.await_more(self, limits.body_s)
            else:
                self.budget.has_all(self)
        elif cycle is None or cycle.response_complete:
            if not self.budget.awaits(self):
                self.budget.await_more(self, limits.head_s)
            self._head_bytes += len(data)
            if self._head_bytes > limits.head_bytes:
                self.abort()
        elif not cycle.more_body:
            self.budget.has_all(self)
        elif self.is_known:
            self.budget.await_more(self, limits.body_s)

    def handle_websocket_upgrade(self, *event: Any) -> None:
        """From now on the connection is the web socket's, which may be silent for long."""
        self._left = True
        self.budget.leave(self)
        super().handle_websocket_upgrade(*event)


def limited(base: type[asyncio.Protocol], budget: Budget) -> type[asyncio.Protocol]:
    """uvicorn's protocol class `base` with the limits of `budget`."""
    return type("LimitedProtocol", (_Limited, base), {"budget": budget})


class _Handshake:
    """A connection that has not yet agreed on TLS."""

    is_known, is_idle, is_held_back = False, True, False

    def __init__(self, sock: socket.socket, party: str, budget: Budget) -> None:
        self.party = party
        self._sock, self._budget = sock, budget

    def abort(self) -> None:
        self._budget.leave(self)
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)  # the loop closes it, as its handshake then fails

    end = abort

    async def run(self, make: Callable[[], asyncio.Protocol], tls: ssl.SSLContext) -> None:
        def protocol() -> asyncio.Protocol:
            made = make()
            made.handshake = self  # type: ignore[attr-defined]
            return made

        limit = self._budget.limits.head_s
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                protocol, self._sock, ssl=tls, ssl_handshake_timeout=limit, ssl_shutdown_timeout=limit
            )
        except OSError:
            return  # it speaks no TLS, does not like our certificate, or was too slow
        finally:
            self._budget.leave(self)


async def accept_tls(
    listening: socket.socket, make: Callable[[], asyncio.Protocol], tls: ssl.SSLContext, budget: Budget
) -> None:
    """Take connections until cancelled. The loop's own `create_server(ssl=…)` tells nobody of one before its handshake is over."""
    loop, running = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    try:
        while True:
            try:
                sock, address = await loop.sock_accept(listening)
            except OSError:  # it went away again, or there are no descriptors left
                await asyncio.sleep(_LOOK_S)
                continue
            handshake = _Handshake(sock, str(address[0]), budget)
            if not budget.enter(handshake):
                sock.close()
                continue
            task = asyncio.create_task(handshake.run(make, tls))
            running.add(task)
            task.add_done_callback(running.discard)
    finally:
        for task in running:
            task.cancel()


def raise_descriptor_limit() -> None:
    """The usual soft limit of 1,024 files and connections is meant for programs that know no more."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_WANTED_DESCRIPTORS, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def share_of_descriptors(part: float, most: int) -> int:
    """Return the number of connections for a listener: `part` of this process's limit, at most `most`."""
    if sys.platform == "win32":
        return most
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if soft == resource.RLIM_INFINITY else max(4, min(most, int((soft - _OWN_DESCRIPTORS) * part)))
