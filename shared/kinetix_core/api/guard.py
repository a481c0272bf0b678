"""Ends a connection that takes too long or is no longer wanted, in whatever phase it is.

A socket's timeout restarts with every byte, so a slow server could hold a call forever. One watchdog thread per process shuts
down the sockets of expired calls. On Windows a shutdown wakes no waiter, so waits are sliced.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import io
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.wait import wait_for_read, wait_for_write

from kinetix_core.api.errors import ConnectionFailed
from kinetix_core.serving.peer_identity import Impostor, PeerIdentity

BLOCK = 1 << 20
_SEND_TIMEOUT_S = 60.0
_TICK_S = 0.1
_SLICE_S = 0.2  # of a wait

_current: ContextVar[Guard | None] = ContextVar("kinetix_guard", default=None)


class Guard:
    """One call under way.

    Attributes:
        fired: "" or why the socket was shut: `deadline`, `slow` or `cancelled`.
    """

    def __init__(
        self,
        *,
        deadline_s: float | None,
        cancelled: Callable[[], bool] | None = None,
        slow_after_s: float | None = None,
        slow_bytes: int = 1024,
    ) -> None:
        self._deadline = None if deadline_s is None else time.monotonic() + deadline_s
        self._cancelled = cancelled
        self._slow_after_s = slow_after_s
        self._slow_bytes = slow_bytes
        self._window = (time.monotonic(), 0)
        self._moved = 0
        self._socket: socket.socket | None = None
        self._changing = threading.Lock()  # of the socket
        self.fired = ""

    def moved(self, count: int) -> None:
        """Report that bytes went through."""
        self._moved += count

    def watch(self, sock: socket.socket | None) -> None:
        with self._changing:
            self._socket = sock
        if self.fired:
            self._shut()

    def check(self) -> str:
        """Why the call should end now, or ""."""
        if self.fired:
            return self.fired
        now = time.monotonic()
        if self._cancelled is not None and self._cancelled():
            return "cancelled"
        if self._deadline is not None and now > self._deadline:
            return "deadline"
        if self._slow_after_s is not None:
            since, moved = self._window
            if self._moved - moved >= self._slow_bytes:
                self._window = (now, self._moved)
            elif now - since > self._slow_after_s:
                return "slow"
        return ""

    def tick(self) -> None:
        if not self.fired:
            self.fired = self.check()
            if self.fired:
                self._shut()

    def _shut(self) -> None:
        with self._changing:
            if self._socket is not None:
                # The plain socket's method: the TLS one would drop its state under the reader's feet.
                with contextlib.suppress(OSError, ValueError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Watchdog:
    def __init__(self) -> None:
        self._guards: set[Guard] = set()
        self._changed = threading.Condition()
        self._running = False

    def add(self, guard: Guard) -> None:
        with self._changed:
            self._guards.add(guard)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="kinetix-watchdog", daemon=True).start()
            elif len(self._guards) == 1:
                self._changed.notify()

    def remove(self, guard: Guard) -> None:
        with self._changed:
            self._guards.discard(guard)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._guards and not self._changed.wait(timeout=30) and not self._guards:
                    self._running = False
                    return
                guards = list(self._guards)
            for guard in guards:
                # A caller's `cancelled` that fails is the caller's error, raised on the caller's thread, not the end of this one.
                with contextlib.suppress(Exception):
                    guard.tick()
            time.sleep(_TICK_S)


_watchdog = _Watchdog()


@contextlib.contextmanager
def guarded(guard: Guard) -> Iterator[Guard]:
    """Within it, the connections that this thread uses are under the guard."""
    before = _current.set(guard)
    _watchdog.add(guard)
    try:
        yield guard
    finally:
        _watchdog.remove(guard)
        # Its connection may soon be another call's, and the watchdog may be about to look at this one.
        guard.watch(None)
        _current.reset(before)


def _wait(sock: socket.socket, is_ready: Callable[[socket.socket, float], bool]) -> None:
    """Until bytes can go through. Raises OSError when the call is over, TimeoutError past the socket's timeout."""
    guard, timeout = _current.get(), sock.gettimeout()
    if guard is None:
        return
    end = math.inf if timeout is None else time.monotonic() + timeout
    while not is_ready(sock, _SLICE_S):
        if guard.fired:
            raise ConnectionAbortedError(errno.ECONNABORTED, f"the call was ended: {guard.fired}")
        if time.monotonic() > end:
            raise TimeoutError("timed out")


class _Reader(io.RawIOBase):
    """Raw reader of a response: waits as `_wait` does, then reads."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()):
            _wait(self._sock, wait_for_read)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response whose reads end when its call is over."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        file: Any = self.fp
        self.fp = io.BufferedReader(_Reader(file.detach(), sock))


class _Watched:
    """Mixed into urllib3's connections: tells the guard which socket is in use, and lets the server prove who it is."""

    sock: Any
    host: str
    port: int
    response_class: Any = _Response
    identity: PeerIdentity | None = None
    allows: Callable[[str], bool] | None = None
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        """Connect to the addresses that were checked: the name is not resolved a second time."""
        if self.allows is None:
            return super()._new_conn()  # type: ignore[misc,no-any-return]
        name = self._dns_host
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)]
            if not found or not all(map(self.allows, found)):
                raise OSError(f"{name} is not a public address")
            for number, address in enumerate(found, 1):
                self._dns_host = address
                try:
                    return super()._new_conn()  # type: ignore[misc,no-any-return]
                except NewConnectionError:
                    if number == len(found):
                        raise
            raise AssertionError
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, str(error)) from error  # type: ignore[arg-type]
        finally:
            self._dns_host = name  # TLS checks the name

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        # A send must end within the socket's timeout as a whole; the one for connecting is too short for a slow line.
        self.sock.settimeout(_SEND_TIMEOUT_S)
        self._watch_socket()
        if self.identity is not None:
            self._prove(self.identity)

    def _prove(self, identity: PeerIdentity) -> None:
        """On every new connection, before the first request: nothing was sent yet when this fails."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        try:
            identity.prove(self.sock, f"{host}:{self.port}")
        except Impostor as error:
            raise ConnectionFailed(
                error.title, code=error.code, detail=error.detail, next_step=error.next_step, sent=False
            ) from error
        except OSError as error:
            raise NewConnectionError(self, f"it does not say who it is: {error}") from error  # type: ignore[arg-type]

    def request(self, *args: Any, **kwargs: Any) -> Any:
        self._watch_socket()
        return super().request(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        if self.sock is not None and _current.get() is not None and isinstance(data, bytes | bytearray | memoryview):
            view = memoryview(data)
            while view:
                _wait(self.sock, wait_for_write)
                view = view[self.sock.send(view) :]
        else:
            super().send(data)  # type: ignore[misc]

    def getresponse(self) -> Any:
        self._watch_socket()
        return super().getresponse()  # type: ignore[misc]

    def _watch_socket(self) -> None:
        guard = _current.get()
        if guard is not None:
            guard.watch(self.sock)


class _HTTPConnection(_Watched, HTTPConnection):
    pass


class _HTTPSConnection(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


def _pools(identity: PeerIdentity | None, allows: Callable[[str], bool] | None) -> dict[str, type[HTTPConnectionPool]]:
    if identity is None and allows is None:
        return {"http": _HTTPPool, "https": _HTTPSPool}
    checks = {"allows": None if allows is None else staticmethod(allows)}
    http = type("_Checked", (_HTTPConnection,), {"identity": identity, **checks})
    https = type("_CheckedTls", (_HTTPSConnection,), checks)
    return {
        "http": type("_CheckedPool", (HTTPConnectionPool,), {"ConnectionCls": http}),
        "https": type("_CheckedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": https}),
    }


class Adapter(HTTPAdapter):
    """Send in blocks of 1 MiB (urllib3's own 16 KiB cost two thirds of the speed) over watched connections; repeats nothing.

    Args:
        identity: who must be at the other end of every connection of `http://`.
        allows: whether a connection may go to an IP address; asked before it is made, without a second look-up of the name.
    """

    def __init__(
        self, *, identity: PeerIdentity | None = None, allows: Callable[[str], bool] | None = None, **kwargs: Any
    ) -> None:
        self._classes = _pools(identity, allows)
        super().__init__(**kwargs)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> Any:
        super().init_poolmanager(connections, maxsize, block, blocksize=BLOCK, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._classes

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, blocksize=BLOCK, **kwargs)
        if not proxy.lower().startswith("socks"):  # those have connections of their own
            manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
        return manager
