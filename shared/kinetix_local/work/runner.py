"""Takes processes from upload to emote. Their state is in the database only: whatever is alive there at a start runs again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from kinetix_capture.interface import Avatar, CaptureRejected, CaptureRequest, Delivery
from kinetix_core.errors import KinetixError, mask
from kinetix_core.failure import CaptureStage
from kinetix_core.files import is_in_use
from kinetix_local.store import configuration as configurations
from kinetix_local.store import emotes, process_steps, processes, rows, worlds
from kinetix_local.store.database import AWAY_RETRY_S, is_away
from kinetix_local.store.rows import ProcessRow
from kinetix_local.store.tables import assets, files
from kinetix_local.store.tables import worlds as worlds_table
from kinetix_local.work import outbox, task
from kinetix_local.work.host import Host

__all__ = ["DEFAULT_CAPTURE", "Live", "Runner", "spawn_pool"]

P = ParamSpec("P")
T = TypeVar("T")

_LOG = logging.getLogger(__name__)
DEFAULT_CAPTURE = "kinetix_capture.deliver:deliver"
_UNKNOWN = "Unknown error"
_LOOK_S = 0.15
_IDLE_S = 600.0
_STARTS = 50  # of one process, over all runs of the service
_TRIES = 3  # a worker that died (out of memory, say) gets this many in all


@dataclass(frozen=True)
class Live:
    """A running capture. Whole numbers, as typed clients read them."""

    step: str
    stage: CaptureStage
    percent: int
    remaining_s: int
    elapsed_s: int
    updated_at: int


class _Character(NamedTuple):
    """An avatar that an emote is also made for."""

    uuid: str
    name: str
    blob: str


def spawn_pool(workers: int) -> Executor:
    """Worker processes, each with the models that it loads."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=task.prepare_worker)


class Runner:
    """Runs captures on `make_executor(workers)`; another executor of the same interface can take its place."""

    def __init__(self, host: Host, make_executor: Callable[[int], Executor] = spawn_pool) -> None:
        self._host = host
        self._make = make_executor
        self._executor: Executor | None = None
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._used = 0.0
        self.live: dict[str, Live] = {}
        self._folder = host.folder / "work"
        self.function = os.environ.get("KINETIX_LOCAL_CAPTURE") or DEFAULT_CAPTURE

    def enqueue(self, uuid: str) -> None:
        if uuid not in self._queued:
            self._queued.add(uuid)
            self._queue.put_nowait(uuid)

    def busy(self) -> bool:
        return bool(self._queued)

    def cancel(self, uuid: str) -> None:
        """The capture ends soon after; does nothing when it does not run."""
        folder = self._folder / uuid
        if folder.is_dir():
            (folder / "cancel").touch()

    def warm(self) -> None:
        """Starts a worker ahead: a clip is about to come."""
        if self._executor is None:
            self._pool().submit(task.warm, self.function)
        self._used = time.monotonic()

    def _pool(self) -> Executor:
        if self._executor is None:
            self._executor = self._make(max(1, self._host.settings.workers))
        return self._executor

    def rest(self) -> None:
        """Ends the workers, with the models they hold, when nothing came for a while."""
        if self._executor is not None and not self._queued and time.monotonic() - self._used > _IDLE_S:
            self._executor.shutdown(wait=False)
            self._executor = None

    async def run(self) -> None:
        """Takes up what an earlier run left, then works until cancelled."""
        self._queue, self._queued = asyncio.Queue(), set()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        for uuid in await self._call(self._read, processes.alive):
            self.enqueue(uuid)
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, self._host.settings.workers)):
                group.create_task(self._work())

    def close(self) -> None:
        if self._executor is None:
            return
        workers = list(getattr(self._executor, "_processes", None) or {})
        self._executor.shutdown(wait=False, cancel_futures=True)
        for pid in workers:
            with contextlib.suppress(OSError):
                os.kill(pid, 15)

    async def _work(self) -> None:
        while True:
            uuid = await self._queue.get()
            try:
                await self._process(uuid)
            except (asyncio.CancelledError, SQLAlchemyError):
                raise  # no fault of the clip: it is taken up again
            except OSError as error:
                _LOG.exception("process %s failed", uuid)
                failure = KinetixError(
                    f"{error.strerror or 'Disk error'}.",
                    code="diskError",
                    next_step="Close the program that has the file open, then try again."
                    if is_in_use(error)
                    else "Free some space, then try again.",
                )
                await self._call(self._fail, uuid, "render_failed", failure)
            except Exception:  # noqa: BLE001 - a bug in one part must not stop the others; it is logged
                _LOG.exception("process %s failed", uuid)
                await self._call(self._fail, uuid, "render_failed", KinetixError(_UNKNOWN, code="captureFailed"))
            finally:
                self._queued.discard(uuid)
                self._used = time.monotonic()
                self.live.pop(uuid, None)
                shutil.rmtree(self._folder / uuid, ignore_errors=True)

    async def _process(self, uuid: str) -> None:
        started = await self._call(self._start, uuid)
        if started is None:
            return
        row, request = started
        for attempt in range(_TRIES):
            pool = self._pool()
            try:
                delivery = await self._capture(pool, row, request)
                break
            except CaptureRejected as error:
                step = "transcode_failed" if error.reason.status == 415 else "ml_failed"
                await self._call(self._fail, uuid, step, error)
                return
            except task.Cancelled:
                return
            except BrokenExecutor:
                _LOG.warning("the worker of process %s died (try %s)", uuid, attempt + 1)
                if self._executor is pool:  # another capture may have begun a new one already
                    self._executor = None
                if attempt + 1 == _TRIES:
                    died = KinetixError(
                        "The capture stopped unexpectedly.", code="captureDied", next_step="Try a shorter clip."
                    )
                    await self._call(self._fail, uuid, "ml_failed", died)
                    return
            except KinetixError as error:
                await self._call(self._fail, uuid, "ml_failed", error)
                return
        else:
            return
        await self._call(self._finish, row, delivery, request.out_dir)

    async def _capture(self, pool: Executor, row: ProcessRow, request: CaptureRequest) -> Delivery:
        folder = request.out_dir
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        progress, cancel = folder / "progress.json", folder / "cancel"
        box = row.request.get("cropPixels")
        pixels = tuple(box) if box else None
        future = asyncio.wrap_future(pool.submit(task.run, self.function, request, progress, cancel, pixels))
        begun, running = self._host.clock.ticks(), False
        try:
            while not future.done():
                await asyncio.wait([future], timeout=_LOOK_S)
                state = _progress(progress)
                if state is None:
                    continue
                if not running:
                    running, begun = True, self._host.clock.ticks()
                    await self._call(self._move, row.uuid, "ml_running", ml_started_at=self._host.clock.now())
                self._look(row.uuid, state, begun)
            return await future
        except asyncio.CancelledError:
            future.cancel()
            raise

    def _look(self, uuid: str, state: dict[str, Any], begun: int) -> None:
        """`begun` in ticks of the clock."""
        known = self.live.get(uuid)
        stage = CaptureStage(state["stage"])
        percent = min(99, max(0, int(float(state["fraction"]) * 100)))
        self.live[uuid] = Live(
            step="rendering" if stage is CaptureStage.WRITE else "ml_running",
            stage=stage,
            percent=max(percent, known.percent if known else 0),
            remaining_s=max(0, round(float(state["remaining"]))),
            elapsed_s=(self._host.clock.ticks() - begun) // 1000,
            updated_at=self._host.clock.now(),
        )

    # --- on a thread, one transaction each ---

    async def _call(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Waits for a database that is away: else a capture that is done would be done again."""
        while True:
            try:
                result = await asyncio.get_running_loop().run_in_executor(
                    self._host.threads, lambda: function(*arguments, **options)
                )
                break
            except SQLAlchemyError as error:
                if not is_away(error):
                    raise
                _LOG.warning("the database does not answer; the capture waits: %s", mask(str(error)))
                await asyncio.sleep(AWAY_RETRY_S)
        self._host.wake_outbox()
        return result

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._host.database.read() as db:
            return query(db)

    def _start(self, uuid: str) -> tuple[ProcessRow, CaptureRequest] | None:
        """The process with what to capture; None when there is nothing to do."""
        with self._host.database.write() as db:
            row = processes.find(db, uuid)
            if row is None or row.rejected:
                return None
            clip = db.execute(
                select(files.c.blob)
                .join(assets, assets.c.id == files.c.asset_id)
                .where(assets.c.uuid == row.video, files.c.name == "original")
            ).scalar()
            if row.attempts >= _STARTS:
                often = KinetixError(
                    "The capture was begun too often.", code="captureDied", next_step="Try another clip."
                )
                self._fail_in(db, row, "render_failed", often)
                return None
            if clip is None or not self._host.blobs.path(clip).exists():
                gone = KinetixError("The clip is not here any more.", code="clipGone", next_step="Upload it again.")
                self._fail_in(db, row, "transcode_failed", gone)
                return None
            characters = (
                select(assets.c.uuid, assets.c.name, files.c.blob)
                .join(files, files.c.asset_id == assets.c.id)
                .where(
                    assets.c.type == "avatar",
                    files.c.name == "character",
                    (assets.c.world_id == row.world_id) | assets.c.world_id.is_(None),
                )
            )
            avatars = rows.every(db, _Character, characters)
            configuration = self._configuration(db, row)
            processes.change(db, uuid, self._host.clock.now(), step="waiting_runner", attempts=row.attempts + 1)
        asked = row.request
        request = CaptureRequest(
            clip=self._host.blobs.path(clip),
            out_dir=self._folder / uuid,
            name=row.name,
            start_s=float(asked.get("start") or 0.0),
            end_s=asked.get("end"),
            height_m=asked.get("height"),
            loop=bool(asked.get("loop")),
            in_place=bool(asked.get("inPlace")),
            avatars=tuple(Avatar(one.uuid, self._host.blobs.path(one.blob), one.name) for one in avatars),
            max_seconds=configurations.longest_s(configuration, strict=self._host.settings.strict is not None),
            max_bytes=self._host.settings.max_upload_bytes,
        )
        return row, request

    def _configuration(self, db: Connection, process: ProcessRow) -> dict[str, Any]:
        """Of the process's world."""
        query = select(worlds_table.c.configuration).where(worlds_table.c.id == process.world_id)
        return db.execute(query).scalar() or {}

    def _move(self, uuid: str, step: str, **values: Any) -> None:
        with self._host.database.write() as db:
            now = self._host.clock.now()
            row = processes.find(db, uuid)
            if row is None or row.rejected:
                return
            processes.change(db, uuid, now, step=step, **values)
            outbox.note(db, row, step, now)

    def _fail(self, uuid: str, step: str, error: KinetixError) -> None:
        with self._host.database.write() as db:
            row = processes.find(db, uuid)
            if row is not None and _has_work(row):
                self._fail_in(db, row, step, error)

    def _fail_in(self, db: Connection, row: ProcessRow, step: str, error: KinetixError) -> None:
        now = self._host.clock.now()
        message = _message(error)
        processes.change(
            db,
            row.uuid,
            now,
            step=step,
            return_code=error.reason.return_code if isinstance(error, CaptureRejected) else -1,
            error_message=message,
            failure=error.as_dict(),
            ended_at=now,
            ml_ended_at=now,
        )
        extra = {} if self._host.settings.strict else {"errorMessage": message}
        outbox.note(db, row, step, now, **extra)

    def _finish(self, row: ProcessRow, delivery: Delivery, folder: Path) -> None:
        """Files first, then everything about the emote in one transaction."""
        kept: list[tuple[str, str | None, str, int]] = []
        for avatar, mapping in [(None, delivery.files), *delivery.avatars.items()]:
            for name, path in mapping.items():
                blob, size = self._host.blobs.add(folder / path)
                kept.append((name, avatar, blob, size))
        with self._host.database.write() as db:
            now = self._host.clock.now()
            current = processes.find(db, row.uuid)
            if current is None or not _has_work(current):
                self._host.emote_changed(row.emote, row.user_id)  # the try before may have been kept though it failed
                return
            maturity = {"maturity": current.maturity, "duration": round(delivery.duration_s, 3)}
            extra = {"metadata": current.metadata} if current.metadata else {}
            asset_id = emotes.complete_asset(
                db,
                current.emote,
                current.name,
                now,
                metadata=maturity | extra,
                world_id=current.world_id,
                providers=emotes.OFFERED,
            )
            for name, avatar, blob, size in kept:
                stem, _, extension = name.rpartition(".")
                emotes.add_file(db, asset_id, stem, extension, blob, size, now, avatar)
            processes.change(
                db,
                row.uuid,
                now,
                step="done",
                progression=100,
                return_code=0,
                ml_ended_at=now,
                ended_at=now,
                quality=dict(delivery.quality) or None,
            )
            if not configurations.validates(self._configuration(db, current)):
                worlds.add_to_list(db, current.world_id, current.emote, now)
                emotes.give(db, current.user_id, current.emote, now, uge=True)
            outbox.note(db, current, "done", now)
        self._host.emote_changed(row.emote, row.user_id)


def _has_work(row: ProcessRow) -> bool:
    return row.step in process_steps.ALIVE and not row.rejected


def _message(error: KinetixError) -> str:
    """What is wrong, how much (of how many frames, say), and what to do, as sentences."""
    if not (error.detail or error.next_step):
        return error.title
    parts = (part.strip() for part in (error.title, error.detail, error.next_step))
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)


def _progress(path: Path) -> dict[str, Any] | None:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) else None
