"""A service's store without a service that works, on either database: what workers do to the queue is done by the test alone."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, delete, event, text

from kinetix_core.values.identity import Extension
from kinetix_local.api.instance import Service, Store, default_world
from kinetix_local.store import emotes, processes, users, worlds
from kinetix_local.store.blobs import FolderBlobs
from kinetix_local.store.queue.turns import Place
from kinetix_local.store.sql import tables
from kinetix_local.store.sql.rows import ProcessRow
from kinetix_studio.postgresql import engine
from tests.support.present import present
from tests.support.waiting import LIMIT_S

_NUMBER = itertools.count(1)


class IdleService(Service):
    """Not started: nothing is taken, nothing is sent."""

    def wake_outbox(self) -> None:
        pass

    def announce_capture(self) -> None:
        pass

    def expect_clip(self) -> None:
        pass

    def process(self, uuid: str) -> ProcessRow:
        with self.database.read() as db:
            return present(processes.find(db, uuid))


class HookedBlobs(FolderBlobs):
    """Calls a hook with the blob's name: `size` and `remove` before these, `added` after a file was added."""

    def __init__(self, root: Path, **hooks: Callable[[str], object]) -> None:
        super().__init__(root)
        self._hooks = hooks

    def size(self, blob: str) -> int | None:
        self._call("size", blob)
        return super().size(blob)

    def remove(self, blob: str) -> None:
        self._call("remove", blob)
        super().remove(blob)

    def add(self, source: Path, extension: Extension | None = None) -> tuple[str, int]:
        kept = super().add(source, extension)
        self._call("added", kept[0])
        return kept

    def _call(self, name: str, blob: str) -> None:
        if (hook := self._hooks.get(name)) is not None:
            hook(blob)


@contextlib.contextmanager
def once_at(moment: str, act: Callable[[], None], word: str = "") -> Iterator[None]:
    """Call `act` at SQLAlchemy's next event `moment` of any engine, whose statement has the word."""
    left = [act]

    def hook(*given: Any) -> None:
        if left and (not word or word in given[2]):
            left.pop()()

    event.listen(Engine, moment, hook)
    try:
        yield
    finally:
        event.remove(Engine, moment, hook)


def add_clip(service: Service, user: str = "player", world: int = 1, contents: bytes = b"a clip") -> str:
    """The uuid of a process as an accepted upload leaves it."""
    now, uuid, video = service.clock.now(), worlds.new_uuid(), worlds.new_uuid()
    temporary = service.blobs.temporary()
    temporary.write_bytes(contents)
    blob = service.blobs.keep(temporary, f"uploads/{video}.mp4")
    with service.database.write() as db:
        found = users.find(db, world, user) or present(users.add(db, world, user, now))
        key = present(db.execute(tables.keys.select()).first())
        asset = emotes.add_asset(db, video, "clip", now, kind="video", world_id=world)
        emotes.add_file(db, asset, "original", "mp4", blob, len(contents), now)
        processes.add(
            db,
            uuid=uuid,
            world_id=world,
            user_id=found.id,
            key_id=key.id,
            name="wave",
            emote=worlds.new_uuid(),
            animation=worlds.new_uuid(),
            video=video,
            step="initialized",
            request={},
            created_at=now,
            updated_at=now,
        )
    return uuid


def place_of(db: Connection, process: str) -> Place | None:
    row = present(processes.find(db, process))
    return present(processes.poll(db, process, row.world_id)).place


def fresh_database(server: str) -> str:
    """URL of a new database on the server."""
    name = f"kinetix_{next(_NUMBER)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    engine.dispose()
    return f"{server.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    on_server = request.param == "postgresql"
    url = fresh_database(request.getfixturevalue("postgres_url")) if on_server else None
    with pytest.MonkeyPatch.context() as patch:
        # A service tries again where a lock lasts longer than its five seconds; a test that calls the queue itself does not.
        patch.setattr(engine, "_LIMITS", (f"lock_timeout = '{LIMIT_S:g}s'", f"statement_timeout = '{LIMIT_S:g}s'"))
        opened = Store(tmp_path_factory.mktemp("studio") / "local", url)
        yield opened
        opened.close()


@pytest.fixture
def idle_service(store: Store) -> Iterator[IdleService]:
    """Wait for an empty queue and no pending removal."""
    made = IdleService(store, "http://127.0.0.1:1")
    default_world(store, made.clock)
    with store.database.write() as db:
        for table in (tables.captures, tables.going_files):
            db.execute(delete(table))
    yield made
    made.threads.shutdown()
