"""Starts the service on a port of this machine and tells where it is in `serve.json`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kinetix_core import paths
from kinetix_core.errors import KinetixError
from kinetix_local.api.app import App
from kinetix_local.api.service import Service, Store, default_world
from kinetix_local.store.clock import Clock
from kinetix_local.web import lan as lan_door

__all__ = ["serve"]


class _Lock:
    """One service per home folder, held by the operating system, so a crash leaves no stale lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise KinetixError(
                "Kinetix Local runs already for this folder.",
                code="alreadyRunning",
                detail=str(path.parent),
                next_step="Use the one that runs (its address is in serve.json), or start with another --home.",
            ) from error

    def release(self) -> None:
        self._file.close()


def serve(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    database_url: str | None = None,
    lan: bool = False,
    lan_port: int = 0,
    https: bool = False,
    idle_exit_s: float = 0.0,
    ready: Any = None,
    **given: Any,
) -> None:
    """Runs until SIGINT or SIGTERM. `ready(info)` is called once it answers. `given` are settings.

    `idle_exit_s`: ends by itself after so long without a request and without work; 0 is never. A hub that was killed and never
    started again would otherwise leave its service behind for ever.

    `lan` opens a second listener for phones (see web/lan.py), with a self-signed certificate when `https` is set.
    """
    import uvicorn

    lock = _Lock(folder / "serve.lock")
    try:
        bound = _bind(host, port)
        port = bound.getsockname()[1]
        shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host
        url = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
        store = Store(folder, database_url)
        key, world = default_world(store, Clock())
        admin = secrets.token_urlsafe(32)
        if shown != host and not given.get("public_url"):
            given["public_url"] = f"http://{lan_door.address()}:{port}"
        outside = _Outside(folder, lan_port, https) if lan else None
        if outside is not None and not given.get("page_url"):
            given["page_url"] = outside.page_url
        service = Service(store, url, admin, **given)
        service.start_id = secrets.token_hex(8)
        info = {
            "url": url,
            "pid": os.getpid(),
            "port": port,
            "startId": service.start_id,
            "apiKey": key,
            "world": world,
            "adminToken": admin,
        }
        if outside is not None:
            info["lan"] = {"url": outside.page_url, "https": https, "fingerprint": outside.fingerprint}
        app = App(service)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="on",
            ws="none",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
            # One core serves; captures have their own processes.
            loop="auto",
            http="auto",
        )
        server = _server(config)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            phones = outside.server(app) if outside else None
            runner.run(_run(server, bound, folder / "serve.json", info, ready, phones, app, idle_exit_s))
        store.close()
    finally:
        lock.release()


def _server(config: Any, *, signals: bool = True) -> Any:
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


async def _run(
    server: Any,
    bound: socket.socket,
    path: Path,
    info: dict[str, Any],
    ready: Any,
    outside: tuple[Any, socket.socket] | None,
    app: App,
    idle_exit_s: float,
) -> None:
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    phones = asyncio.create_task(outside[0].serve(sockets=[outside[1]])) if outside and server.started else None
    if server.started:
        paths.write_private(path, json.dumps(info))
        if ready is not None:
            ready(info)
    try:
        while idle_exit_s and not serving.done():
            await asyncio.wait([serving], timeout=min(idle_exit_s, 5.0))
            if app.idle_s() >= idle_exit_s and not app.service.runner.busy():
                server.should_exit = True
                break
        await serving
    finally:
        path.unlink(missing_ok=True)
        if outside and phones:
            outside[0].should_exit = True
            await phones
    if not server.started:
        raise KinetixError(
            "Kinetix Local did not start.",
            code="notStarted",
            detail="The reason is in the log above.",
            next_step="Check the free space and the permissions of its folder.",
        )


class _Outside:
    """The listener for phones: its socket, its secret, and how the links to it begin."""

    def __init__(self, folder: Path, port: int, https: bool) -> None:
        self._socket = _bind("0.0.0.0", port)
        self._secret = lan_door.new_secret()
        host = lan_door.address()
        self._tls = lan_door.certificate(folder, host) if https else None
        self.fingerprint = self._tls.fingerprint if self._tls else None
        scheme = "https" if https else "http"
        self.page_url = f"{scheme}://{host}:{self._socket.getsockname()[1]}/phone/{self._secret}"

    def server(self, app: App) -> tuple[Any, socket.socket]:
        import uvicorn

        config = uvicorn.Config(
            lan_door.Door(app, self._secret, secure=self._tls is not None),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",  # the service starts and stops with the first listener
            ws="none",
            ssl_certfile=self._tls.chain if self._tls else None,
            ssl_keyfile=self._tls.key if self._tls else None,
        )
        return _server(config, signals=False), self._socket


def _bind(host: str, port: int) -> socket.socket:
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


def quiet_log(level: int = logging.INFO) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("uvicorn", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
