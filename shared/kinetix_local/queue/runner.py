"""Runs captures that a queue hands out, on worker processes of this machine. What is wanted stands in the queue only.

While the results of a capture are on their way, the next one is asked for and captured: each of the `workers` holds one lease
whose capture runs, and one at most whose capture is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import multiprocessing
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from kinetix_capture.interface import CaptureRejected, ClipPart, Delivery, SeenPerson
from kinetix_core.io.os_errors import from_os_error
from kinetix_core.values.errors import KinetixError, mask
from kinetix_core.values.failure import CaptureStage
from kinetix_local.queue import task
from kinetix_local.queue.interface import FailedStep, Job, LeaseLost, Queue
from kinetix_local.store.clock import Clock
from kinetix_local.store.queue.captures import Live
from kinetix_local.store.sql.database import AWAY_RETRY_S

P = ParamSpec("P")
T = TypeVar("T")

_End = Callable[[], None]
"""Tells the queue what became of a capture, and blocks."""

_LOG = logging.getLogger(__name__)
DEFAULT_CAPTURE = "kinetix_capture.deliver:deliver"
_UNKNOWN = "Unknown error"
_LOOK_S = 0.15
_NEXT_S = 1.0  # between two questions for a capture that nobody announced
_IDLE_S = 600.0
_MOST_LOOKS = 3  # that wait for the one process beside the captures: each takes some seconds
_MOST_PROCESSES = 61 if sys.platform == "win32" else 64  # Windows waits for no more at once


def spawn_pool(workers: int) -> Executor:
    """Worker processes, each with the models that it loads."""
    context = multiprocessing.get_context("spawn")
    processes = min(workers, _MOST_PROCESSES)
    return ProcessPoolExecutor(processes, mp_context=context, initializer=task.prepare_worker, initargs=(processes,))


class Runner:
    """Runs up to `workers` captures at once, 0 for none. `make_executor(workers)` may give any executor of the same interface.

    `folder` is this runner's alone: it empties it. The queue's calls block on `threads`.
    """

    def __init__(
        self,
        queue: Queue,
        folder: Path,
        threads: ThreadPoolExecutor,
        clock: Clock,
        *,
        workers: int = 1,
        make_executor: Callable[[int], Executor] = spawn_pool,
    ) -> None:
        self._queue = queue
        self._folder = folder
        self._threads = threads
        self._clock = clock
        self._workers = workers
        self._make = make_executor
        self._executor: Executor | None = None
        self._looker: Executor | None = None  # for quick looks while every worker captures
        self._looks = 0
        self._announced = asyncio.Event()
        self._idle = 0
        self._held: list[Job] = []
        self._used = 0.0
        self._draining = False
        self.function = os.environ.get("KINETIX_LOCAL_CAPTURE") or DEFAULT_CAPTURE

    def wake(self) -> None:
        """A capture was added; it is asked for now instead of a moment later."""
        self._announced.set()

    def busy(self) -> bool:
        """Return whether a capture runs or may start at once."""
        return bool(self._held) or self._announced.is_set() or self._idle < self._workers

    def drain(self) -> None:
        """Begin nothing more; what runs goes on to its end."""
        self._draining = True

    def running(self) -> int:
        """Return how many captures are held."""
        return len(self._held)

    def warm(self) -> None:
        """Start a worker ahead: a clip is about to come."""
        if self._executor is None and self._workers:
            self._pool().submit(task.warm, self.function)
        self._used = time.monotonic()

    async def precheck(self, part: ClipPart) -> CaptureRejected | None:
        """Return why no emote can become of a clip, at a quick look; None also where nobody can look at it now."""
        found: CaptureRejected | None = await self._quick_look("precheck", part)
        return found

    async def seen_people(self, part: ClipPart) -> Sequence[SeenPerson]:
        """Return the people that a quick look finds in a clip; nobody if it cannot look now."""
        return await self._quick_look("seen_people", part) or ()

    async def _quick_look(self, kind: str, part: ClipPart) -> Any:
        """Return the result of `task.look` on a worker, or on a spare process while all workers capture; None if it found
        nothing, nothing is captured here, or too many wait."""
        beside = len(self._held) >= self._workers
        if not self._workers or (beside and self._looks >= _MOST_LOOKS):
            return None
        self._used = time.monotonic()
        pool = self._looking_pool() if beside else self._pool()
        self._looks += beside
        try:
            return await asyncio.wrap_future(pool.submit(task.look, self.function, kind, part))
        except (BrokenExecutor, KinetixError) as error:
            _LOG.info("no quick look at a clip: %s", mask(str(error) or type(error).__name__))
            if isinstance(error, BrokenExecutor):
                self._lose(pool)
            return None
        finally:
            self._looks -= beside

    async def run_beside(self, work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Run on a worker what is no capture, once one is free; where none captures here, on one that is started for it.

        Raises:
            KinetixError: `workerDied`, or what `work` raises.
        """
        self._used = time.monotonic()
        pool = self._pool()
        try:
            return await asyncio.wrap_future(pool.submit(work, *arguments, **options))
        except BrokenExecutor as error:
            self._lose(pool)
            raise KinetixError("It stopped unexpectedly.", code="workerDied", next_step="Try it again.") from error
        finally:
            self._used = time.monotonic()

    def _pool(self) -> Executor:
        if self._executor is None:
            self._executor = self._make(max(self._workers, 1))
        return self._executor

    def _looking_pool(self) -> Executor:
        if self._looker is None:
            self._looker = self._make(1)
        return self._looker

    def _lose(self, pool: Executor) -> None:
        """A pool whose worker died; another call may have begun a new one already."""
        if self._executor is pool:
            self._executor = None
        if self._looker is pool:
            self._looker = None

    def rest(self) -> None:
        """End the workers, with the models they hold, when nothing came for a while."""
        if self.busy() or time.monotonic() - self._used <= _IDLE_S:
            return
        for pool in filter(None, (self._executor, self._looker)):
            pool.shutdown(wait=False)
        self._executor = self._looker = None

    async def run(self) -> None:
        """Give back what an earlier run left, then work until cancelled."""
        self._announced, self._idle, self._held = asyncio.Event(), 0, []
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._call(self._queue.begin)
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work(group))

    def close(self) -> None:
        """End the workers. What they held another one may begin at once."""
        if self._held:
            with contextlib.suppress(Exception):  # then it is found out by the heartbeat that is missing
                self._queue.give_back([job.lease for job in self._held])
        for pool in filter(None, (self._executor, self._looker)):
            workers = list(getattr(pool, "_processes", None) or {})
            pool.shutdown(wait=False, cancel_futures=True)
            for pid in workers:
                with contextlib.suppress(OSError):
                    os.kill(pid, 15)

    async def _work(self, group: asyncio.TaskGroup) -> None:
        """One capture after the other. Their ends are told by tasks of `group`, one at a time."""
        telling: asyncio.Task[None] | None = None
        while True:
            self._announced.clear()
            job = None if self._draining else await self._call(self._queue.take, self._folder)
            if job is None:
                self._idle += 1
                # Not `wait_for`: in Python 3.11 it can swallow the cancellation that ends this loop.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_NEXT_S):
                        await self._announced.wait()
                self._idle -= 1
                continue
            self._held.append(job)
            try:
                end = await self._captured(job)
                if telling is not None:
                    await self._heard_until(telling, job)
            except LeaseLost:
                self._let_go(job)
            else:
                telling = group.create_task(self._finish(job, end))

    async def _finish(self, job: Job, end: _End) -> None:
        with contextlib.suppress(LeaseLost):
            await self._tell(job, end)
        # Not reached when this is cancelled or the queue fails: then it is given back, by `close` or when this begins again.
        self._let_go(job)
        self._announced.set()  # its world or its user may have had as many as allowed until now

    def _let_go(self, job: Job) -> None:
        self._held.remove(job)
        self._used = time.monotonic()
        shutil.rmtree(job.folder, ignore_errors=True)

    async def _heard_until(self, task: asyncio.Task[None], job: Job) -> None:
        """The capture is over, and its worker is heard until the end of `task`, whatever becomes of that. Raises LeaseLost."""
        while not task.done():
            await asyncio.wait([task], timeout=self._queue.beat_s)
            if not task.done():
                await self._call(self._queue.beat, job.lease, None)

    async def process(self, job: Job) -> None:
        """Capture it and tell the queue what came of it. Raises LeaseLost, or a fault of the queue."""
        await self._tell(job, await self._captured(job))

    async def _tell(self, job: Job, end: _End) -> None:
        try:
            await self._call(end)
        except Exception as error:  # noqa: BLE001 - what is wrong with a result is told as well
            await self._call(self._failed(job, error))

    async def _captured(self, job: Job) -> _End:
        """Run the capture and return its outcome. Raises as `process`."""
        pool = self._pool()
        try:
            return functools.partial(self._queue.deliver, job, await self._capture(pool, job))
        except BrokenExecutor:
            _LOG.warning("the worker of process %s died (attempt %s)", job.lease.process, job.lease.attempt)
            self._lose(pool)
            return functools.partial(self._queue.died, job.lease)
        except Exception as error:  # noqa: BLE001 - told to whoever sent the clip
            return self._failed(job, error)

    def _failed(self, job: Job, error: Exception) -> _End:
        """Raises what is no fault of the clip."""
        if isinstance(error, LeaseLost):
            raise error
        if (fault := self._queue.fault(error)) is not None:
            raise fault from error
        if not isinstance(error, KinetixError):
            _LOG.error("process %s failed", job.lease.process, exc_info=error)
        return functools.partial(self._queue.fail, job.lease, *_failure(error))

    async def _capture(self, pool: Executor, job: Job) -> Delivery:
        folder = job.request.out_dir
        progress, cancel = folder / "progress.json", folder / "cancel"
        future = asyncio.wrap_future(
            pool.submit(task.run, self.function, job.request, progress, cancel, job.crop_pixels)
        )
        begun, told, known = self._clock.ticks(), 0.0, None
        try:
            while not future.done():
                await asyncio.wait([future], timeout=_LOOK_S)
                state = _progress(progress)
                if state is not None and known is None:
                    begun = self._clock.ticks()
                elif time.monotonic() - told < self._queue.beat_s:
                    continue
                known = None if state is None else self._live(state, begun)
                told = time.monotonic()
                await self._call(self._queue.beat, job.lease, known)
            if known is None and (state := _progress(progress)) is not None:
                # It began and ended while the queue was slow, or away. That it ran is told all the same, once.
                await self._call(self._queue.beat, job.lease, self._live(state, self._clock.ticks()))
            return await future
        except LeaseLost:
            cancel.touch()
            with contextlib.suppress(Exception):
                await future  # its worker is free again only then
            raise
        except asyncio.CancelledError:
            future.cancel()
            raise

    def _live(self, state: dict[str, Any], begun: int) -> Live:
        """`begun` in ticks of the clock."""
        remaining = state["remaining"]
        return Live(
            stage=CaptureStage(state["stage"]),
            percent=min(99, max(0, int(float(state["fraction"]) * 100))),
            remaining_s=None if remaining is None else max(0, round(float(remaining))),
            elapsed_s=(self._clock.ticks() - begun) // 1000,
            updated_at=self._clock.now(),
        )

    async def _call(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Wait for a queue that is away: else a capture that is done would be done again."""
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    self._threads, lambda: function(*arguments, **options)
                )
            except Exception as error:
                if not self._queue.is_away(error):
                    raise
                _LOG.warning("the queue does not answer; the capture waits: %s", mask(str(error)))
                await asyncio.sleep(AWAY_RETRY_S)


def _failure(error: Exception) -> tuple[FailedStep, KinetixError]:
    """Return the failed step of the process and the error that people read."""
    if isinstance(error, CaptureRejected):
        return "transcode_failed" if error.reason.status == 415 else "ml_failed", error
    if isinstance(error, KinetixError):
        return "ml_failed", error
    if isinstance(error, OSError):
        return "render_failed", from_os_error(error)
    return "render_failed", KinetixError(_UNKNOWN, code="captureFailed", next_step="")


def _progress(path: Path) -> dict[str, Any] | None:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) else None
