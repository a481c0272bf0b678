"""A bound socket and a server on it: what both listeners, the one for this machine and the one for phones, are made of."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

from kinetix_core.serving.listeners import Budget, accept_tls, limited
from kinetix_core.serving.process import taking_signals
from kinetix_core.values.errors import KinetixError

GRACE_S = 2  # for requests under way when the service is asked to end


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


def configuration(app: Any, budget: Budget, **more: Any) -> Any:
    """uvicorn's, with the limits of `budget` on every connection."""
    import uvicorn
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        http=limited(AutoHTTPProtocol, budget),
        backlog=64,  # all of them are taken at once, before the first is looked at
        timeout_graceful_shutdown=GRACE_S,
        **more,
    )


def server(
    config: Any,
    budget: Budget,
    *,
    signals: bool = True,
    tls: ssl.SSLContext | None = None,
    on_stop: Callable[[], None] = lambda: None,
) -> Any:
    """A server that stops on SIGINT and SIGTERM, and then lets us finish: uvicorn's own would raise the signal again.

    `on_stop` is called when it begins to stop.
    """
    import uvicorn

    class Server(uvicorn.Server):
        _accepting: asyncio.Task[None] | None = None

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            if tls is None or not sockets:
                await super().startup(sockets)
                return
            for one in sockets:
                one.setblocking(False)
                one.listen(config.backlog)
            await super().startup([])  # from here on it counts as started, and who connects has to get in
            for one in sockets:
                self._accepting = asyncio.create_task(accept_tls(one, self._protocol, tls, budget))

        def _protocol(self) -> asyncio.Protocol:
            made: asyncio.Protocol = config.http_protocol_class(
                config=config, server_state=self.server_state, app_state=self.lifespan.state
            )
            return made

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            on_stop()
            if self._accepting is not None:
                self._accepting.cancel()
            budget.close()
            await super().shutdown(sockets)

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            with taking_signals(self.handle_exit) if signals else contextlib.nullcontext():
                yield

    return Server(config)
