"""The listener for phones on the network: its socket, its secret, and how long it is open (lan.py is its door)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from kinetix_core.serving.listeners import Budget, Limits, share_of_descriptors
from kinetix_core.values.errors import KinetixError
from kinetix_local.api.instance import Service
from kinetix_local.api.listening import lan
from kinetix_local.api.listening.listener import bind, configuration, server
from kinetix_local.store import processes

_LOG = logging.getLogger(__name__)
_LOOK_S = 5.0
_LINK_S = 60.0  # from the hub's request for the listener to the token that it is for
_MOST_LINKS = 1000


class Phones:
    """Open until the service ends with `--lan`; else from `let_in` on, as long as a link or the take of one needs it.

    All but `end_link` and `bind` run on the event loop.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None
        self._serving: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._bound: Any = None
        self._tls: lan.Certificate | None = None
        self._secret = ""
        self._port = 0
        self._lock = asyncio.Lock()
        self._look = asyncio.Event()
        self._awaited: list[float] = []  # until when a token may still come, for each call of `let_in`
        self._links: dict[str, bool] = {}  # tokens that phones came with, and whether they have not been ended
        self.info: dict[str, Any] | None = None

    def attach(self, app: Any, service: Service, tell: Callable[[dict[str, Any] | None], None]) -> None:
        """`tell` gets the `lan` of serve.json whenever the listener opens or closes."""
        self._app, self._service, self._tell = app, service, tell
        self._loop = asyncio.get_running_loop()

    def bind(self, port: int = 0, *, https: bool) -> dict[str, Any]:
        """Take the port; nobody is answered yet. Returns the `lan` of serve.json. Raises KinetixError when the port is taken."""
        self._bound = bind("0.0.0.0", port)
        self._port = self._bound.getsockname()[1]
        self._secret = lan.new_secret()
        host = lan.address()
        self._tls = lan.certificate(self._folder, host) if https else None
        scheme = "https" if https else "http"
        self.info = {
            "url": f"{scheme}://{host}:{self._port}/phone/{self._secret}",
            "https": https,
            "fingerprint": self._tls.fingerprint if self._tls else None,
        }
        return self.info

    async def let_in(self) -> dict[str, Any]:
        """Open the listener for a token that is about to be created. Returns the `lan` of serve.json."""
        async with self._lock:
            self._awaited.append(self._loop.time() + _LINK_S)
            if self.info is None:
                try:
                    self.bind(self._port, https=True)  # the same as before: browsers keep permissions by address
                except KinetixError:
                    self.bind(https=True)
                await self.serve()
                self._watching = asyncio.create_task(self._watch())
            return dict(self.info or {})

    def token_given(self) -> None:
        """A token was given out."""
        del self._awaited[:1]

    def end_link(self, token: str) -> None:
        """Nobody waits for what this token's phone films. From any thread."""
        self._loop.call_soon_threadsafe(self._end_link, token)

    def _end_link(self, token: str) -> None:
        self._links[token] = False
        self._look.set()

    def _note(self, token: str) -> None:
        if len(self._links) < _MOST_LINKS:
            self._links.setdefault(token, True)

    async def serve(self) -> None:
        """Return once it answers."""
        # A share of its own: whoever floods it from the network takes nothing from this machine's listener.
        room = share_of_descriptors(0.25, 128)
        budget = Budget(Limits(connections=room, strangers=room // 2))
        tls = None
        if self._tls is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self._tls.chain, self._tls.key)
        door = lan.Door(self._app, self._secret, self._note, secure=tls is not None)
        # The service starts and stops with the first listener.
        self._server = server(configuration(door, budget, lifespan="off"), budget, signals=False, tls=tls)
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._bound]))
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(0.01)
        self._lead(None, self.info)

    def _lead(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """Links lead to the listener while it is open, unless the settings have another page for them."""
        service = self._service
        if service.settings.page_url == (before["url"] if before else None):
            service.settings = replace(service.settings, page_url=after["url"] if after else None)
        self._tell(after)
        service.changed(bags=False)

    async def _watch(self) -> None:
        """Close the listener once no link needs it."""
        while self.info is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), _LOOK_S)
            self._look.clear()
            async with self._lock:
                self._awaited = [end for end in self._awaited if end > self._loop.time()]
                if not self._awaited and not await self._loop.run_in_executor(self._service.threads, self._is_needed):
                    self.begin_close()
                    before, self.info = self.info, None
                    self._links.clear()
                    self._lead(before, None)
                    await self._end()

    def _is_needed(self) -> bool:
        used = [token for token, is_good in self._links.copy().items() if is_good]
        try:
            with self._service.database.read() as db:
                return processes.needs_phones(db, used, self._service.clock.now())
        except SQLAlchemyError as error:
            _LOG.warning("whether a link for a phone is still good is not known: %s", error)
            return True

    def begin_close(self) -> None:
        if self._server is not None:
            self._server.should_exit = True

    async def close(self) -> None:
        """The service ends."""
        if self._watching is not None:
            self._watching.cancel()
        self.begin_close()
        await self._end()

    async def _end(self) -> None:
        if self._serving is not None:
            await self._serving
