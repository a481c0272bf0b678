"""Ends a connection that takes too long or is no longer wanted, while it sends and while it waits.

A socket's timeout restarts with every byte, so a slow server could hold a call forever. Sockets therefore time out after a tenth
of a second, and each time, as before each piece, the guard says whether to go on.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import io
import math
import socket
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from kinetix_core.api.errors import ConnectionFailed
from kinetix_core.serving.peer_identity import Impostor, PeerIdentity

BLOCK = 1 << 20
_SEND_TIMEOUT_S = 60.0
_SLICE_S = 0.1  # of a wait

_current: ContextVar[Guard | None] = ContextVar("kinetix_guard", default=None)


class Guard:
    """One call under way.

    Attributes:
        fired: "" or why the call is over: `deadline`, `slow` or `cancelled`.
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
        self.fired = ""

    def moved(self, count: int) -> None:
        """Report that bytes went through."""
        self._moved += count

    def check(self) -> str:
        """Return why the call is over, or ""."""
        self.fired = self.fired or self._reason()
        return self.fired

    def _reason(self) -> str:
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


@contextlib.contextmanager
def guarded(guard: Guard) -> Iterator[Guard]:
    """Within it, the connections that this thread uses are under the guard."""
    before = _current.set(guard)
    try:
        yield guard
    finally:
        _current.reset(before)


def _patiently(act: Callable[[], int], limit_s: float | None) -> int:
    """What `act` on a socket with a short timeout returns. Raises OSError when the call is over, TimeoutError after `limit_s`."""
    guard, end = _current.get(), math.inf if limit_s is None else time.monotonic() + limit_s
    while True:
        if guard is not None and guard.check():
            raise ConnectionAbortedError(errno.ECONNABORTED, f"the call was ended: {guard.fired}")
        try:
            return act()
        except TimeoutError:
            if time.monotonic() > end:
                raise


class _Reader(io.RawIOBase):
    """Raw reader of a response."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock, self._limit_s = raw, sock, sock.gettimeout()
        sock.settimeout(_SLICE_S)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return _patiently(lambda: self._sock.recv_into(buffer), self._limit_s)

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
    """Mixed into urllib3's connections: lets the guard end them, and the server prove who it is."""

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
        if self.identity is None:
            return
        # Before the first request: nothing was sent yet when this fails.
        host = f"[{self.host}]" if ":" in self.host else self.host
        try:
            self.identity.prove(self.sock, f"{host}:{self.port}")
        except Impostor as error:
            raise ConnectionFailed(
                error.title, code=error.code, detail=error.detail, next_step=error.next_step, sent=False
            ) from error
        except OSError as error:
            raise NewConnectionError(self, f"it does not say who it is: {error}") from error  # type: ignore[arg-type]

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not isinstance(data, bytes | bytearray | memoryview):
            super().send(data)  # type: ignore[misc]
            return
        self.sock.settimeout(_SLICE_S)
        view = memoryview(data)
        while view:
            view = view[_patiently(partial(self.sock.send, view), _SEND_TIMEOUT_S) :]


def _pools(identity: PeerIdentity | None, allows: Callable[[str], bool] | None) -> dict[str, type[HTTPConnectionPool]]:
    checks = {"allows": None if allows is None else staticmethod(allows)}
    http = type("_Http", (_Watched, HTTPConnection), {"identity": identity, **checks})
    https = type("_Https", (_Watched, HTTPSConnection), checks)
    return {
        "http": type("_HttpPool", (HTTPConnectionPool,), {"ConnectionCls": http}),
        "https": type("_HttpsPool", (HTTPSConnectionPool,), {"ConnectionCls": https}),
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
            manager.pool_classes_by_scheme = _pools(None, None)
        return manager
