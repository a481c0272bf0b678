"""A bound socket and a server on it: what both listeners, the one for this machine and the one for phones, are made of."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

from kinetix_core.errors import KinetixError

__all__ = ["bind", "server"]


def bind(host: str, port: int) -> socket.socket:
    """A bound socket that child processes do not inherit. Raises KinetixError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise KinetixError(
            f"Port {port} of {host} is not free.",
            code="portTaken",
            detail=error.strerror or "",
            next_step="Choose another with --port, or --port 0 for any free one.",
        ) from error
    bound.set_inheritable(False)
    return bound


def server(config: Any, *, signals: bool = True) -> Any:
    """A server that stops on SIGINT and SIGTERM, and then lets us finish: uvicorn's own would raise the signal again."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            if not signals:
                yield
                return
            old = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
            try:
                yield
            finally:
                for number, handler in old.items():
                    signal.signal(number, handler)

    return Server(config)
