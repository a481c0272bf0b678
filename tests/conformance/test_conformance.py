"""One suite against every target. `KINETIX_CONFORMANCE_URL` and `KINETIX_API_KEY` name another server, e.g. the cloud.

KINETIX_CONFORMANCE_URL=https://sdk-api.kinetix.tech KINETIX_API_KEY=… pytest tests/conformance -k cloud
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.services import postgres

from .rows import ROWS
from .suite import Bench, Row
from .targets import Http, in_process, started

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
# Every row runs on these two; the others get the first row of each route, and all of them in `make nightly`.
WHOLE = ("in process, SQLite", "started, SQLite, strict")
CAN = {"in process": {"key", "world", "capture", "clock"}, "started": {"key", "world", "capture"}, "cloud": {"key"}}


def _fits(name: str, one: Row) -> bool:
    mode = LOCAL[name][2] if name in LOCAL else "1.4.45"
    return one.needs <= CAN[name.split(",")[0]] and mode in one.modes


def _cases() -> Iterator[Any]:
    for name in [*LOCAL, *(["cloud"] if URL else [])]:
        group = "conformance-postgres" if "PostgreSQL" in name else f"conformance-{name}"
        routes: set[str] = set()
        for one in ROWS:
            if not _fits(name, one):
                continue
            marks = [pytest.mark.xdist_group(group)]
            everywhere = name in (*WHOLE, "cloud") or not any(_fits(whole, one) for whole in WHOLE)
            if not everywhere and one.route in routes:
                marks.append(pytest.mark.nightly)
            routes.add(one.route)
            yield pytest.param(name, one, id=f"{name} | {one.id}", marks=marks)


def _database(server: str, name: str) -> str:
    """A new, empty database on a server; `server` and the result are SQLAlchemy's addresses."""
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
    return server.rpartition("/")[0] + f"/{name}"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.postgres_server() as started:
        yield started.url


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The target that the rows name. It runs before the first of them begins, and until the last has ended."""
    name: str = request.param
    if name == "cloud":
        yield Bench(Http(URL, "1.4.45", frozenset({"key"})), keys={"main": KEY})
        return
    start, on_postgres, mode = LOCAL[name]
    place = re.sub(r"\W+", "_", name).lower()
    database = _database(request.getfixturevalue("server"), place) if on_postgres else None
    with start(tmp_path_factory.mktemp("conformance"), database, mode) as target:
        yield Bench(target)


# The scope is that of `bench`: with a row beside it, pytest would make a target for each.
@pytest.mark.parametrize(("bench", "one"), list(_cases()), indirect=["bench"], scope="module")
def test_row(bench: Bench, one: Row) -> None:
    bench.start()
    one.run(bench)
