"""One suite against every target. `KINETIX_CONFORMANCE_URL` and `KINETIX_API_KEY` name another server, e.g. the cloud.

KINETIX_CONFORMANCE_URL=https://sdk-api.kinetix.tech KINETIX_API_KEY=… pytest tests/conformance -k cloud
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support import postgres

from .rows import ROWS
from .suite import Bench, Row
from .targets import Http, Target, in_process, started

URL = os.environ.get("KINETIX_CONFORMANCE_URL", "")
KEY = os.environ.get("KINETIX_API_KEY", "")
# Name → how it is started, whether on PostgreSQL, and the mode.
LOCAL = {
    "in process, SQLite": (in_process, False, "1.4.45"),
    "started, SQLite": (started, False, "1.4.45"),
    "in process, PostgreSQL": (in_process, True, "1.4.45"),
    "started, PostgreSQL": (started, True, "1.4.45"),
    "in process, SQLite, strict": (in_process, False, "2024"),
    "started, SQLite, strict": (started, False, "2024"),
}
CAN = {"in process": {"key", "world", "capture", "clock"}, "started": {"key", "world", "capture"}, "cloud": {"key"}}


def _cases() -> Iterator[Any]:
    names = [*LOCAL, *(["cloud"] if URL else [])]
    for name in names:
        mode = LOCAL[name][2] if name in LOCAL else "1.4.45"
        can = CAN[name.split(",")[0]]
        group = "conformance-postgres" if "PostgreSQL" in name else f"conformance-{name}"
        for one in ROWS:
            if one.needs <= can and mode in one.modes:
                yield pytest.param(name, one, id=f"{name} | {one.id}", marks=pytest.mark.xdist_group(group))


def _database(server: str, number: int) -> str:
    """A new, empty database on a server; `server` and the result are SQLAlchemy's addresses."""
    name = f"conformance_{number}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    return server.rpartition("/")[0] + f"/{name}"


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bench]]:
    """Targets by name, started when a row first asks for one."""
    with contextlib.ExitStack() as stack:

        class Benches(dict[str, Bench]):
            server = ""

            def __missing__(self, name: str) -> Bench:
                if name == "cloud":
                    target: Target = Http(URL, "1.4.45", frozenset({"key"}))
                    self[name] = Bench(target, keys={"main": KEY})
                    return self[name]
                start, on_postgres, mode = LOCAL[name]
                if on_postgres and not self.server:
                    self.server = stack.enter_context(postgres.postgres_server())
                database = _database(self.server, len(self)) if on_postgres else None
                home = tmp_path_factory.mktemp("conformance")
                self[name] = Bench(stack.enter_context(start(home, database, mode)))
                return self[name]

        yield Benches()


@pytest.mark.parametrize(("name", "one"), list(_cases()))
def test_row(benches: dict[str, Bench], name: str, one: Row) -> None:
    bench = benches[name]
    bench.start()
    one.run(bench)
    bench.finish(one)
