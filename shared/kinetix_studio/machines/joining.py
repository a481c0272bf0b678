"""`kinetix local worker`: a machine that captures for a service elsewhere, until it is stopped or has had nothing to do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from kinetix_core.io import paths
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import InputError, KinetixError, mask
from kinetix_local.queue.runner import Runner
from kinetix_local.store.clock import Clock
from kinetix_local.store.sql.database import AWAY_RETRY_S
from kinetix_studio.machines.machine import this_machine
from kinetix_studio.machines.remote_queue import NoRoom, Refused, RemoteQueue

_LOG = logging.getLogger(__name__)
_MOST_WORKERS = 64
_LOOK_S = 0.2


def join(
    url: str,
    token: str,
    home: Path,
    *,
    workers: int = 1,
    max_idle_s: float = 0.0,
    ready: Callable[[], None] | None = None,
) -> None:
    """Run until SIGINT or SIGTERM: what is captured then is given back. `max_idle_s`: ends after so long without work; 0 is never.

    Raises:
        KinetixError: the service refuses this machine, with the reason; or its disk is full.
    """
    lock, folder = _own_folder(home / paths.Folder.WORKERS)
    try:
        asyncio.run(_run(RemoteQueue(url, token, this_machine(workers)), folder, workers, max_idle_s, ready))
    finally:
        lock.release()


def join_by_dask(
    url: str,
    token: str,
    executor: str,
    *,
    workers: int = 1,
    max_idle_s: float = 0.0,
    ready: Callable[[], None] | None = None,
) -> None:
    """Join with the captures on the Dask cluster at `executor`, `workers` at a time; otherwise like `join`.

    Raises:
        InputError: `executor` is no address of a scheduler, or Dask is not installed.
        KinetixError: the scheduler does not answer, or the service refuses this machine or one of the cluster.
    """
    from kinetix_studio.machines.dask_cluster import DaskCluster, scheduler_of

    scheduler = scheduler_of(executor)
    if find_spec("distributed") is None:
        raise InputError(
            "Dask is not installed.", code="daskMissing", next_step="Install `kinetix-bridge[local,dask]`."
        )
    stopping = threading.Event()
    queue = RemoteQueue(url, token, this_machine(1))
    queue.begin()
    cluster = DaskCluster(queue, (url, token), scheduler, workers)

    def stop(*_signal: object) -> None:
        stopping.set()
        cluster.wake()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    try:
        cluster.connect()
        if ready is not None:
            ready()
        cluster.run(stopping, max_idle_s)
    finally:
        cluster.close()


def _own_folder(root: Path) -> tuple[ProcessLock, Path]:
    """A work folder that no other worker on this machine uses."""
    paths.own(root)
    for number in range(1, _MOST_WORKERS + 1):
        lock = ProcessLock(root / f"{number}.lock")
        if lock.take():
            return lock, root / str(number)
    raise KinetixError(
        "Too many workers run on this machine.",
        code="tooManyWorkers",
        next_step="Give one of them more captures at once.",
    )


async def _run(
    queue: RemoteQueue, folder: Path, workers: int, max_idle_s: float, ready: Callable[[], None] | None
) -> None:
    loop = asyncio.get_running_loop()
    threads = ThreadPoolExecutor(2 * workers + 2, "queue")
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C comes as KeyboardInterrupt
            loop.add_signal_handler(name, stopping.set)
    if not await _joined(queue, threads, stopping):
        return
    if ready is not None:
        ready()
    runner = Runner(queue, folder, threads, Clock(), workers=workers)
    working = asyncio.create_task(runner.run())
    used = loop.time()
    try:
        while not working.done() and not stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await stopping.wait()
            if runner.running():
                used = loop.time()
            elif max_idle_s and loop.time() - used > max_idle_s and not runner.busy():
                break  # no clip is being fetched either, which may take longer than that
        if working.done():
            _raise_told(working)
    finally:
        working.cancel()
        await asyncio.wait([working])
        await loop.run_in_executor(threads, runner.close)
        threads.shutdown(wait=False, cancel_futures=True)


async def _joined(queue: RemoteQueue, threads: ThreadPoolExecutor, stopping: asyncio.Event) -> bool:
    """Join the service as soon as it answers; return False if stopped before. Its absence is reported once."""
    is_reported = False
    while not stopping.is_set():
        try:
            await asyncio.get_running_loop().run_in_executor(threads, queue.begin)
            return True
        except Exception as error:
            if not queue.is_away(error):
                raise
            if not is_reported:
                is_reported = True
                _LOG.warning("%s does not answer; check --join. Waiting for it.", mask(queue.url))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AWAY_RETRY_S):
                await stopping.wait()
    return False


def _raise_told(working: asyncio.Task[None]) -> None:
    """Raise the error that a person reads, out of its exception group."""
    error = working.exception()
    if isinstance(error, BaseExceptionGroup):
        told = error.subgroup((NoRoom, Refused))
        if told is not None:
            raise told.exceptions[0]
    if error is not None:
        raise error
