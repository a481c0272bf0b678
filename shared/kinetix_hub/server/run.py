"""The hub's process: lock, then port, then hub.json; and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import logging.handlers
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kinetix_core import __version__
from kinetix_core.io import paths
from kinetix_core.protocol.hub.info import PROTOCOL, HubInfo
from kinetix_core.serving.garbage import collect_as_usual
from kinetix_core.serving.listeners import Budget, Limits, limited, raise_descriptor_limit, share_of_descriptors
from kinetix_core.serving.process import end_within, forbid_core_dumps, taking_signals
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import KinetixError, mask
from kinetix_hub.server.door import Door

if TYPE_CHECKING:
    from fastapi import FastAPI

    from kinetix_hub.hub import Hub

log = logging.getLogger(__name__)

DEFAULT_IDLE_S = 30 * 60.0
_STOP_S = 9.5
_LOG_BYTES, _LOG_FILES = 2 * 1024 * 1024, 4


def should_stop(idle_s: float, limit_s: float, *needs: object) -> bool:
    """Return True if nothing needs the hub and it has been idle for `limit_s` seconds; a limit of 0 never stops it."""
    return 0 < limit_s <= idle_s and not any(needs)


class _Masked(logging.Formatter):
    """Formatter that masks keys and the home folder, in tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def set_up_log(folder: Path) -> Path:
    file = paths.own(folder) / "hub.log"
    handler = logging.handlers.RotatingFileHandler(
        file, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES - 1, encoding="utf-8"
    )
    handler.setFormatter(_Masked("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.raiseExceptions = False  # a full disk must not fill stderr with complaints about the log
    return file


def bind(wanted: int) -> socket.socket:
    """Return a listening socket on this machine, on another port if the wanted one is taken."""
    for port in dict.fromkeys((wanted, 0)):
        # Named as TCP: only then does asyncio switch off the delay that costs 40 ms an answer.
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
            sock.listen(128)
            return sock
        except OSError:
            sock.close()
            if not port:
                raise
            log.warning("port %d is taken, using a free one", port)
    raise AssertionError("unreachable")


class _Server(uvicorn.Server):
    """Server that stops when nothing needs the hub."""

    def __init__(
        self, config: uvicorn.Config, ready: threading.Event, budget: Budget, on_stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready, self._budget, self._on_stop = ready, budget, on_stop
        self.stopping = asyncio.Event()

    async def main_loop(self) -> None:
        """Check every half second whether to stop; uvicorn's own loop wakes up ten times a second for a date header."""
        while not self.should_exit:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 0.5)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end_within(_STOP_S)
        self._on_stop()
        self._budget.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with taking_signals(self.handle_exit):
            yield


def run_hub(*, port: int = 0, idle_s: float | None = None) -> int:
    """Run the hub until it is stopped or idle. Returns the exit code; 3 if another hub runs."""
    forbid_core_dumps()
    home = paths.home()
    try:
        paths.claim_home()
    except KinetixError as error:
        return _refused(error)
    lock = ProcessLock(paths.hub_folder() / "hub.lock")
    if not lock.take():
        return 3
    try:
        log_file = set_up_log(paths.logs())
        return _run_locked(home, log_file, port, _idle_limit(idle_s))
    except KinetixError as error:
        log.error("%s %s", error.title, error.next_step)
        return _refused(error)
    finally:
        lock.release()


def _refused(error: KinetixError) -> int:
    sys.stderr.write(f"{error.title} {error.next_step}\n")
    return 1


def _idle_limit(given: float | None) -> float:
    if given is not None:
        return given
    text = os.environ.get("KINETIX_HUB_IDLE_S", "")
    return float(text) if text.replace(".", "", 1).isdigit() else DEFAULT_IDLE_S


def _run_locked(home: Path, log_file: Path, port: int, idle_s: float) -> int:
    # Transfers run on threads beside the event loop: a shorter turn for each keeps answers quick.
    sys.setswitchinterval(0.0005)
    info_file = paths.hub_info()
    sock = bind(port)
    from kinetix_hub.hub import Hub  # after the port: the slow imports come while the lock is held already
    from kinetix_hub.server.app import build_app

    start_id, token = secrets.token_hex(8), secrets.token_urlsafe(32)
    hub = Hub(home, start_id)
    info = HubInfo(PROTOCOL, __version__, os.getpid(), sock.getsockname()[1], token, start_id)
    server: _Server

    def stop() -> None:
        server.should_exit = True
        server.stopping.set()

    app = build_app(hub, stop, info.identity)
    named = {"kinetix-protocol": str(PROTOCOL), "kinetix-version": __version__, "kinetix-start": start_id}
    door = Door(app, named, info.port, info.identity)  # type: ignore[arg-type]
    raise_descriptor_limit()
    budget = Budget(Limits(connections=share_of_descriptors(0.4, 400), strangers=share_of_descriptors(0.1, 100)))
    config = uvicorn.Config(
        door,
        http=limited(H11Protocol, budget),
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=2,
        backlog=64,
        h11_max_incomplete_event_size=32 * 1024,
        ws_max_size=64 * 1024,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
    )
    ready = threading.Event()
    server = _Server(config, ready, budget, hub.events.detach)

    broken: list[BaseException] = []

    def end_unless_begun(begin: asyncio.Future[None]) -> None:
        """Stop a hub that could not start, so that it releases its lock."""
        error = None if begin.cancelled() else begin.exception()
        if error is not None:
            log.error("the hub could not start", exc_info=error)
            broken.append(error)
            stop()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        hub.events.attach(loop)
        watch = asyncio.ensure_future(_watch_idle(hub, door, idle_s, stop))
        begin = asyncio.ensure_future(_begin(hub, app, ready, info, info_file))
        begin.add_done_callback(end_unless_begun)
        try:
            await server.serve([sock])
        finally:
            watch.cancel()
            begin.cancel()

    log.info("hub %s starts: pid %d, port %d, home %s", __version__, os.getpid(), info.port, home)
    try:
        asyncio.run(serve())
    finally:
        with contextlib.suppress(OSError):
            info_file.unlink(missing_ok=True)
        hub.stop()
        log.info("hub stopped")
        logging.shutdown()
    if broken:
        sys.stderr.write(mask(f"The hub could not start: {broken[0]}\n"))
    return 1 if broken else 0


async def _begin(hub: Hub, app: FastAPI, ready: threading.Event, info: HubInfo, info_file: Path) -> None:
    from starlette.concurrency import run_in_threadpool

    from kinetix_hub.server.app import add_sync_routes

    while not ready.is_set():
        await asyncio.sleep(0.002)
    await run_in_threadpool(hub.start)
    add_sync_routes(app, hub.sync.routes())
    app.openapi_schema = None
    info.write(info_file)
    collect_as_usual()


async def _watch_idle(hub: Hub, door: Door, idle_s: float, stop: Callable[[], None]) -> None:
    every = min(max(idle_s / 10, 0.2), 20.0) if idle_s > 0 else 3600.0
    last_seq = -1
    while True:
        await asyncio.sleep(every)
        if hub.events.seq != last_seq:
            last_seq, door.last_request = hub.events.seq, time.monotonic()
        idle_for_s = time.monotonic() - door.last_request
        if should_stop(idle_for_s, idle_s, hub.events.waiting, hub.unfinished(), hub.sync.busy()):
            log.info("nobody needed the hub for %.0f s", idle_for_s)
            stop()
            return


def ignore_hang_up() -> None:
    """Keep the hub running when the terminal that started it closes."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
