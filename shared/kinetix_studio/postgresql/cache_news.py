"""Services on one PostgreSQL tell each other which bags and emotes changed, so that none shows for long what is not so any more.

A service that could not listen for a while forgets all it knows. The news are told once the change is on disk; who dies in between has
told nothing, and a bag is read anew after its time all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from kinetix_core.values.errors import mask
from kinetix_local.store.sql.database import Database

_LOG = logging.getLogger(__name__)
_CHANNEL = "kinetix_news"
_LOOK_S = 1.0  # how long the end of the service may take to be noticed
_AT_ONCE = 100  # uuids in one message, of which PostgreSQL takes 8000 bytes


class News(BaseModel):
    """Changes: bags by the users' numbers, emotes by uuid. `sender` knows them already."""

    model_config = ConfigDict(frozen=True)

    sender: str
    users: list[int] = []
    emotes: list[Annotated[str, Field(max_length=36)]] = []


class CacheNews:
    """For PostgreSQL. `sender` is this service, as no other is called; it tells nothing before it runs.

    `heard` is called on a thread, with news or with None: anything may have changed.
    """

    def __init__(self, database: Database, sender: str, heard: Callable[[News | None], None]) -> None:
        self._database = database
        self._sender = sender
        self._heard = heard
        self._running = False
        self._ending = threading.Event()
        self._teller = ThreadPoolExecutor(1, "news")
        self._listener = ThreadPoolExecutor(1, "news")

    def tell(self, users: Collection[int] = (), emotes: Collection[str] = ()) -> None:
        """From any thread, and without waiting for the others."""
        if self._running:
            with contextlib.suppress(RuntimeError):  # it ends just now
                self._teller.submit(self._send, list(users), list(emotes))

    async def run(self) -> None:
        """Listen until cancelled. Raises what the database raises when it goes away: then it is to be begun again."""
        self._running = True
        await asyncio.get_running_loop().run_in_executor(self._listener, self._listen)

    def close(self) -> None:
        self._running = False
        self._ending.set()
        self._teller.shutdown()  # what is still to be told is told
        self._listener.shutdown()

    def _send(self, users: list[int], emotes: list[str]) -> None:
        try:
            with self._database.write(durable=False) as db:
                for news in _messages(self._sender, users, emotes):
                    db.execute(select(func.pg_notify(_CHANNEL, news.model_dump_json())))
        except SQLAlchemyError as error:
            _LOG.warning("other services were not told of a change: %s", mask(str(error)))

    def _listen(self) -> None:
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
            try:
                self._heard(None)  # what was told before is missed
                driver: Any = connection.connection.driver_connection
                while not self._ending.is_set():
                    for message in driver.notifies(timeout=_LOOK_S):
                        self._hear(message.payload)
            finally:
                connection.invalidate()  # nobody else is to get it: it listens

    def _hear(self, payload: str) -> None:
        try:
            news = News.model_validate_json(payload)
        except ValidationError:
            self._heard(None)  # of a newer version
            return
        if news.sender != self._sender:
            self._heard(news)


def _messages(sender: str, users: list[int], emotes: list[str]) -> Iterator[News]:
    for start in range(0, max(len(users), len(emotes)), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        yield News(sender=sender, users=users[part], emotes=emotes[part])
