"""One running Kinetix Local: its settings, store, caches and work, and how they start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from kinetix_core.io import files, paths
from kinetix_core.serving.peer_identity import LOCAL_PATH, PeerIdentity
from kinetix_core.values.errors import mask
from kinetix_local.api.caches.bags import Bags
from kinetix_local.api.caches.cache import Cache
from kinetix_local.api.caches.change_watch import ChangeWatch
from kinetix_local.api.caches.keys import Keys
from kinetix_local.api.caches.usage_meter import Limiter, UsageMeter
from kinetix_local.api.forms import Links
from kinetix_local.extensions import every, find
from kinetix_local.places import Places
from kinetix_local.queue.database_queue import DatabaseQueue
from kinetix_local.queue.lease_watch import LeaseWatch
from kinetix_local.queue.runner import Runner, spawn_pool
from kinetix_local.store import damage, processes, worlds
from kinetix_local.store.blobs import StorageError
from kinetix_local.store.blobs.opening import open_blobs
from kinetix_local.store.cleaning import removals
from kinetix_local.store.clock import Clock
from kinetix_local.store.seal import Seal
from kinetix_local.store.sql import settings as settings_store
from kinetix_local.store.sql.database import Database, explained, is_away
from kinetix_local.store.sql.rows import AssetRow
from kinetix_local.store.sql.tables import files as files_table
from kinetix_local.store.sql.tables import keys
from kinetix_local.store.sql.tables import worlds as worlds_table
from kinetix_local.webhooks.outbox import Outbox

if TYPE_CHECKING:
    from fastapi import APIRouter

MakePages = Callable[["Service"], "APIRouter"]
"""The pages stand above the API and are handed to it by whoever starts the service."""


_LOG = logging.getLogger(__name__)
_FLUSH_S = 1.0
_AGAIN_S, _LONGEST_PAUSE_S = 2.0, 15.0
_TIDY_S = 86_400.0
_COPY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[a-z0-9-]*\.[a-z0-9]+")  # as uploads are named
_REPLICA = re.compile(r"[0-9a-f]{16}")
_NOTICE_S = 0.25  # how long a change by another process may stay unseen


class Store:
    """Database, files and seal of one home folder: all that the commands need.

    `shared` has the files and the secret of all services on one database; without it they are in `folder`. `storage` is the address
    of object storage for the files (`store/blobs/address.py`). `thorough` reads the whole database first. Raises DamagedState when
    the state is not what was written.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str | None = None,
        *,
        shared: Path | None = None,
        storage: str | None = None,
        thorough: bool = False,
    ) -> None:
        paths.own(folder)
        damage.check(folder, own_database=database_url is None, thorough=thorough)
        self.folder = folder
        self.database = Database(database_url or f"sqlite:///{(folder / damage.DATABASE).as_posix()}")
        try:
            common = folder if shared is None else paths.private(shared)
            own = "" if shared is None else replica_of(folder)
            self.blobs = open_blobs(storage, common / damage.FILES, own, self.database)
            self.seal = Seal(common / damage.SECRET)
        except BaseException:
            self.database.close()
            raise

    def close(self) -> None:
        self.database.close()


def log_failure(what: str, error: Exception) -> None:
    """A database or a storage that is away is no bug: one line is enough."""
    if is_away(error):
        _LOG.error("%s: the database does not answer: %s", what, mask(str(error)))
    elif isinstance(error, StorageError):
        _LOG.error("%s: %s %s", what, error.title, error.detail)
    else:
        _LOG.error("%s", what, exc_info=error)


def replica_of(folder: Path) -> str:
    """Return which of the services on one database this folder's is; a damaged name is replaced by a new one.

    It stays over restarts, so that a service takes back what it held.
    """
    path = folder / "replica"
    try:
        kept = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        kept = ""
    if _REPLICA.fullmatch(kept):
        return kept
    made = secrets.token_hex(8)
    files.write(path, made, private=True)
    return made


class PhoneListener(Protocol):
    """Opens and closes the network for phones (phones.py)."""

    async def let_in(self) -> dict[str, Any]: ...
    def token_given(self) -> None: ...
    def end_link(self, token: str) -> None: ...


class Changes(Protocol):
    """Changed bags by the users' numbers, and emotes by uuid."""

    @property
    def users(self) -> list[int]: ...
    @property
    def emotes(self) -> list[str]: ...


class CacheNews(Protocol):
    """Changes that services on one database tell each other (entry points `kinetix.local.news`, by database)."""

    def tell(self, users: Collection[int] = (), emotes: Collection[str] = ()) -> None: ...
    async def run(self) -> None: ...
    def close(self) -> None: ...


def default_world(store: Store, clock: Clock) -> tuple[str, str]:
    """The first world and a working key of it, made when there is none; returns (key, name of the world)."""
    with explained(), store.database.write() as db:
        now = clock.now()
        worlds.ensure_plans(db, now)
        found = db.execute(
            select(keys.c.sealed, worlds_table.c.name)
            .join(worlds_table, worlds_table.c.id == keys.c.world_id)
            .where(
                worlds_table.c.is_deleted.is_(False),
                keys.c.is_deleted.is_(False),
                keys.c.name == "Kinetix Bridge",
                keys.c.expires_at.is_(None),
            )
            .order_by(keys.c.id)
        ).all()
        for sealed, name in found:
            value = store.seal.open(sealed)
            if value is not None:
                return value, str(name)
        world = next(iter(worlds.open_worlds(db)), None) or worlds.add_world(db, "Local", now)
        value, _ = worlds.add_key(db, store.seal, world.id, now, name="Kinetix Bridge")
        return value, world.name


class Service:
    """Attributes: see the parts' own modules. `base_url` is where this service is reached.

    Captures run on `make_executor(workers)`.
    """

    def __init__(
        self,
        store: Store,
        base_url: str,
        admin_token: str = "",
        *,
        make_executor: Callable[[int], Executor] = spawn_pool,
        **given: Any,
    ) -> None:
        self.store = store
        self.folder = store.folder
        self.replica = replica_of(store.folder)
        self.database = store.database
        self.blobs = store.blobs
        self.seal = store.seal
        self.admin_token = admin_token
        with self.database.read() as db:
            self.settings = settings_store.load(db, **given)
            self.changes = ChangeWatch(db)
        self._noticing = threading.Lock()
        self.clock = Clock(int(self.settings.clock_offset_s * 1000))
        with self.database.read() as db:
            self._follow_clock(db)
        self.base_url = (self.settings.public_url or base_url).rstrip("/")
        self.listen_url = base_url.rstrip("/")
        self.links = Links(self.base_url)
        self.keys = Keys(self.clock, int(self.settings.cache_life_s * 1000), strict=self.settings.strict is not None)
        self.bags = Bags()
        # Row and JSON of an emote by its uuid and the default avatar.
        self.emotes = Cache[tuple[str, str | None], tuple[AssetRow, bytes]](20_000)  # about 30 MB
        self.meter = UsageMeter(self.clock)
        self.limiter = Limiter(self.clock, self.settings.rate_limit)
        self.threads = ThreadPoolExecutor(8, "service")
        # Of their own: storage that is slow must not keep the database's answers waiting, nor a large clip the heartbeats.
        self.file_threads = ThreadPoolExecutor(8, "files")
        self.queue_threads = ThreadPoolExecutor(2 * self.settings.workers + 2, "queue")
        self.imports = Places("import", 8, each=2)
        self.make_executor = make_executor
        self.leases: LeaseWatch
        self.outbox: Outbox
        self.runner: Runner
        self.start_id = secrets.token_hex(8)
        self._news: CacheNews | None = None
        if not self.database.is_sqlite:
            self._news = find("news", "postgresql")(self.database, self.start_id, self._heard)
        self.identity = PeerIdentity(LOCAL_PATH, self.start_id, admin_token)
        self.phones: PhoneListener | None = None  # set by whoever holds the listeners
        self.started_at = self.clock.now()
        self.stopping = False
        self.draining = False
        self.page_origins: frozenset[str] = frozenset()
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.blobs.clear_incoming()
        self.outbox = Outbox(self)
        self.leases = LeaseWatch(self)
        self.runner = Runner(
            DatabaseQueue(self, f"{self.replica}/local"),
            self.folder / "work",
            self.queue_threads,
            self.clock,
            workers=self.settings.workers,
            make_executor=self.make_executor,
        )
        await self._loop.run_in_executor(self.threads, self._read_origins)
        capturing = (self.runner.run,) if self.settings.workers else ()
        listening = () if self._news is None else (self._news.run,)
        for work in (*capturing, *listening, self.leases.run, self.outbox.run, self._keep_up, self._tidy):
            self._tasks.append(asyncio.create_task(self._guard(work)))

    async def stop(self) -> None:
        self.stopping = True
        for one in self._tasks:
            one.cancel()
        for one in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await one
        if self._news is not None:
            self._news.close()
        self.runner.close()
        self.outbox.close()
        self.imports.close()
        if self.meter.pending():
            try:
                self._flush()
            except SQLAlchemyError as error:
                log_failure("the last counters could not be written", error)
        self.queue_threads.shutdown(wait=False, cancel_futures=True)
        self.file_threads.shutdown(wait=False, cancel_futures=True)
        self.threads.shutdown(wait=True)

    def drain(self) -> int:
        """Begin no capture any more; how many this service runs still. Those of machines that joined go on elsewhere."""
        self.draining = True
        self.runner.drain()
        return self.runner.running()

    def is_stopping(self) -> bool:
        return self.stopping

    def wake_outbox(self) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self.outbox.wake)

    def expect_clip(self) -> None:
        """A token was given out. From any thread."""
        self._loop.call_soon_threadsafe(self.runner.warm)
        if self.phones is not None:
            self._loop.call_soon_threadsafe(self.phones.token_given)

    def announce_capture(self) -> None:
        """A capture waits. From any thread."""
        self._loop.call_soon_threadsafe(self.runner.wake)

    def changed_for(self, users: Collection[int], emote: str | None = None) -> None:
        """Bags of these users, and the emote's JSON, are made anew when they are next asked for, here and by other services.

        From any thread, once it is committed.
        """
        changed = () if emote is None else (emote,)
        self._drop(users, changed)
        if self._news is not None:
            self._news.tell(users, changed)

    def _drop(self, users: Collection[int], emotes: Collection[str]) -> None:
        self.bags.drop(*users)
        if emotes:
            self.emotes.forget(lambda place, _entry: place[0] in emotes)

    def _heard(self, news: Changes | None) -> None:
        if news is None:
            self.bags.clear()
            self.emotes.clear()
        else:
            self._drop(news.users, news.emotes)

    async def _guard(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A background part that fails (the database went away, say) begins again; the API goes on answering."""
        pause_s = _AGAIN_S / 2
        while True:
            begun = self._loop.time()
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - a bug in one part must not stop the others; it is logged
                log_failure("a background part stopped; it begins again", error)
            # One that cannot even begin tries seldom, or its complaints would fill the disk.
            pause_s = _AGAIN_S if self._loop.time() - begun > _LONGEST_PAUSE_S else min(2 * pause_s, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _keep_up(self) -> None:
        """Write counters, and notices what the command line changed in the same database."""
        flushed = self._loop.time()
        pause_s = _NOTICE_S
        while True:
            await asyncio.sleep(pause_s)
            try:
                await self._loop.run_in_executor(self.threads, self._notice)
                self.runner.rest()
                if self.meter.pending() and self._loop.time() - flushed >= _FLUSH_S:
                    flushed = self._loop.time()
                    await self._loop.run_in_executor(self.threads, self._flush)
                pause_s = _NOTICE_S
            except Exception as error:  # noqa: BLE001 - a bug in one part must not stop the others; it is logged
                log_failure("the counters could not be written; trying again", error)
                pause_s = min(max(2 * pause_s, _AGAIN_S), _LONGEST_PAUSE_S)

    async def _tidy(self) -> None:
        """At a start, and then once a day: services run for months."""
        while True:
            # Copies for the hub where files are elsewhere: what was deleted must not stay here.
            await self._loop.run_in_executor(self.file_threads, shutil.rmtree, self.folder / "clips", True)
            await self._loop.run_in_executor(self.file_threads, self._let_go)
            await self._loop.run_in_executor(self.file_threads, self._sweep)
            await asyncio.sleep(_TIDY_S)

    def _let_go(self) -> None:
        now = self.clock.now()
        with self.database.write() as db:
            processes.forget_tokens(db, now)
        for retention in every("retention"):
            retention.let_go(self.database, self.blobs, now)

    def _sweep(self) -> None:
        """Forget files that no row names: what a kill, a refused import or a storage that was away left."""
        removals.finish(self.database, self.blobs)
        with self.database.read() as db:
            named = set(db.execute(select(files_table.c.blob)).scalars())
        self.blobs.sweep(named)

    def _notice(self) -> None:
        with self._noticing:
            with self.database.read() as db:
                is_new = self.changes.is_new(db)
                self._follow_clock(db)
            if is_new:
                self._forget(bags=True)

    def _follow_clock(self, db: Connection) -> None:
        if (now := self.database.now(db)) is not None:
            self.clock.follow(now)

    def changed(self, *, bags: bool = True) -> None:
        """Something was administered: nothing cached holds any more, bags only where they show what changed."""
        with self._noticing:
            with self.database.read() as db:
                is_new = self.changes.is_new(db)  # seen by this, else the same change would be noticed once more
            self._forget(bags=bags or is_new)

    def _forget(self, *, bags: bool) -> None:
        self.keys.clear()
        if bags:
            self.bags.clear()
        self.emotes.clear()
        self.meter.forget()
        self._read_origins()
        self._forget_copies()

    def _forget_copies(self) -> None:
        """Copies for the hub of clips that are deleted: they must not stay on this machine until the next day."""
        copies = {f"uploads/{path.name}": path for path in self.folder.glob("clips/*") if _COPY.fullmatch(path.name)}
        if copies:
            with self.database.read() as db:
                gone, _ = removals.unnamed(db, copies)
            for blob in gone:
                with contextlib.suppress(OSError):  # Windows keeps what is read just now; it goes with the others then
                    copies[blob].unlink()

    def _read_origins(self) -> None:
        from kinetix_local.api.cors import origin_of

        with self.database.read() as db:
            pages = [row.get("ugcFrontentUrl") for row in db.execute(select(worlds_table.c.configuration)).scalars()]
        given = [*pages, self.settings.page_url, self.base_url]
        self.page_origins = frozenset(origin for page in given if page and (origin := origin_of(page))) | frozenset(
            self.settings.origins
        )

    def _flush(self) -> None:
        self.meter.flush(self.database)
