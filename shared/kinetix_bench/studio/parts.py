"""One service on a database, and what is measured of it: rates, and answer times beside a long queue."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from kinetix_bench.process import cpu_seconds, in_own_process
from kinetix_bench.service import api, crowd
from kinetix_bench.service.load import measure
from kinetix_bench.studio.submissions import submit
from kinetix_local.store.sql.database import Database

_BATCH_USERS = 100  # who sent the long queue
_SUBMITTERS = 40
_BAGS = 2_000  # that are read in turns: more than a service meets by chance in its cache
_SAMPLES = 5


@contextlib.contextmanager
def idle_service(folder: Path, database: str) -> Iterator[dict[str, Any]]:
    """A service that captures nothing itself."""
    options = ["--database", database, "--shared", str(folder / "shared"), "--workers", "0", "--rate-limit", "0"]
    with api.service(folder / "service", *options) as info:
        yield info


@contextlib.contextmanager
def measuring(folder: Path, url: str, connections: int, seconds: float) -> Iterator[Measuring]:
    with idle_service(folder, url) as service, contextlib.closing(Database(url)) as database:
        yield Measuring(service, database, connections, seconds)


class Measuring:
    """One after the other: `fill`, `rates`, `long_queue`."""

    def __init__(self, service: dict[str, Any], database: Database, connections: int, seconds: float) -> None:
        self._port, self._key, self._pid = service["port"], service["apiKey"], service["pid"]
        self._database, self._connections, self._seconds = database, connections, seconds
        self._users = 0

    def fill(self, users: int, each: int) -> float:
        """Return seconds that it took."""
        began = time.perf_counter()
        self._users = users
        with self._database.write() as db:
            crowd.add_users(db, users, each)
        self._analyze()
        return round(time.perf_counter() - began, 1)

    def rates(self) -> list[dict[str, Any]]:
        submitted = self._costing(partial(self._submit, self._connections, self._seconds))
        polled = [f"/v1/process/{process}" for process in submitted.pop("processes")]
        bags = [f"/v1/users/{crowd.name_of(1 + number % self._users)}/emotes?limit=20" for number in range(_BAGS)]
        rows = [{"name": "submissions", **submitted}]
        for name, paths in (("status polls", polled), ("bag reads", bags), ("bag reads, in the cache", bags[:1])):
            rows.append({"name": name, **self._costing(partial(self._loaded, paths, self._connections, self._seconds))})
        database = "SQLite" if self._database.is_sqlite else "PostgreSQL"
        return [{"database": database, **row} for row in rows]

    def _costing(self, measured: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The row with the service's processor time for each request."""
        before = cpu_seconds(self._pid)
        row = measured()
        spent = cpu_seconds(self._pid) - before
        return row | {"processorMs": round(spent * 1000 / (row["requestsPerS"] * self._seconds), 2)}

    def long_queue(self, waiting: int) -> dict[str, Any]:
        """Return milliseconds of one submission and one poll at a time, with an empty queue and with `waiting` captures in it."""
        empty = self._answers(None)
        began = time.perf_counter()
        with self._database.write() as db:
            crowd.add_batch(db, waiting, _BATCH_USERS)
        self._analyze()
        filled_s = round(time.perf_counter() - began, 1)
        long = self._answers(crowd.process_uuid(waiting))
        self._empty()
        ratios = {name: round(long[name] / empty[name], 2) for name in empty}
        return {"waiting": waiting, "filledS": filled_s, "empty": empty, "long": long, "ratios": ratios}

    def _answers(self, last: str | None) -> dict[str, float]:
        """The least of some medians: what others do on the machine only adds to it. `last` in the queue, of its own user's many."""
        found: dict[str, list[float]] = {"submit": [], "poll": []}
        seconds = self._seconds / _SAMPLES
        for _ in range(_SAMPLES):
            if last is None:
                self._empty()
            sent = self._submit(1, seconds)
            found["submit"].append(sent["p50Ms"])
            found["poll"].append(self._loaded([f"/v1/process/{sent['processes'][-1]}"], 1, seconds)["p50Ms"])
            if last is not None:
                of_batch = self._loaded([f"/v1/process/{last}"], 1, seconds)
                found.setdefault("pollOfBatch", []).append(of_batch["p50Ms"])
        return {name: min(values) for name, values in found.items()}

    def _submit(self, connections: int, seconds: float) -> dict[str, Any]:
        users = [crowd.name_of(number) for number in range(1, min(_SUBMITTERS, self._users) + 1)]
        return in_own_process(submit, self._port, self._key, users, connections, seconds)

    def _loaded(self, paths: list[str], connections: int, seconds: float) -> dict[str, Any]:
        row = in_own_process(measure, self._port, paths, self._key, connections, seconds)
        assert set(row["statuses"]) <= {"200", "208"}, row
        return row

    def _empty(self) -> None:
        with self._database.write() as db:
            db.execute(text("DELETE FROM captures"))
        self._analyze()

    def _analyze(self) -> None:
        """Analyze the tables, as PostgreSQL does by itself a minute after so many changes."""
        with self._database.write() as db:
            db.execute(text("ANALYZE"))
