"""The listener for phones on the network: its socket, its secret, and how the links to it begin (lan.py is its door)."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

from kinetix_core.listeners import Budget, Limits, share_of_descriptors
from kinetix_local.api import lan
from kinetix_local.api.listener import bind, configuration, server

__all__ = ["Phones"]


class Phones:
    """Opened at the start by `--lan`, or later by whoever hands out a link for a phone; it stays open until the service ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None
        self._serving: asyncio.Task[None] | None = None
        self._bound: Any = None
        self._tls: lan.Certificate | None = None
        self._secret = ""
        self.info: dict[str, Any] | None = None

    def bind(self, port: int = 0, *, https: bool) -> dict[str, Any]:
        """Takes the port; nobody is answered yet. Returns the `lan` of serve.json. Raises KinetixError when the port is taken."""
        self._bound = bind("0.0.0.0", port)
        self._secret = lan.new_secret()
        host = lan.address()
        self._tls = lan.certificate(self._folder, host) if https else None
        scheme = "https" if https else "http"
        self.info = {
            "url": f"{scheme}://{host}:{self._bound.getsockname()[1]}/phone/{self._secret}",
            "https": https,
            "fingerprint": self._tls.fingerprint if self._tls else None,
        }
        return self.info

    async def serve(self, app: Any) -> None:
        """Returns once it answers."""
        # A share of its own: whoever floods it from the network takes nothing from this machine's listener.
        room = share_of_descriptors(0.25, 128)
        budget = Budget(Limits(connections=room, strangers=room // 2))
        tls = None
        if self._tls is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self._tls.chain, self._tls.key)
        door = lan.Door(app, self._secret, secure=tls is not None)
        # The service starts and stops with the first listener.
        self._server = server(configuration(door, budget, lifespan="off"), budget, signals=False, tls=tls)
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._bound]))
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(0.01)

    def begin_close(self) -> None:
        if self._server is not None:
            self._server.should_exit = True

    async def close(self) -> None:
        self.begin_close()
        if self._serving is not None:
            await self._serving
