"""Ports that stay a test's own: a service that begins on one, is killed and begins again finds it free each time."""

from __future__ import annotations

import os
import socket

_KEPT: dict[int, socket.socket] = {}


def kept_port() -> int:
    """A port of 127.0.0.1 that no other test gets, in whatever process: it is bound here until all tests end, and nobody listens.

    The system gives connections none below 32768.
    """
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        if port in _KEPT:
            continue
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        if os.name == "posix":
            # After it is bound: a service that asks for the same may bind it beside this, and another test may not.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            held.close()
        _KEPT[port] = held
        return port
    raise AssertionError("no port is free")
