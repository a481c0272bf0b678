"""Services on one PostgreSQL and what is measured of them: rates, and the answer times beside a long queue."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import text

from kinetix_bench.service import api, crowd

_BATCH_USERS = 100  # who sent the long queue
_SUBMITTERS = 40
_BAGS = 2_000  # that are read in turns: more than a service meets by chance in its cache
_SAMPLES = 5


class Services(contextlib.ExitStack):
    """`count` services that capture nothing themselves; they share one folder. `ports`, and a `key` of the first world."""

    def __init__(self, folder: Path, url: str, count: int) -> None:
        super().__init__()
        self._folder, self.url, self._count = folder, url, count
        self.shared = folder / "shared"
        self.ports: list[int] = []
        self.processes: list[psutil.Process] = []
        self.key = ""

    def __enter__(self) -> Services:
        super().__enter__()
        common = ["--database", self.url, "--shared", str(self.shared), "--workers", "0", "--rate-limit", "0"]
        for number in range(self._count):
            info = self.enter_context(api.service(self._folder / f"service-{number}", *common))
            self.processes.append(psutil.Process(info["pid"]))
            self.ports.append(info["port"])
            self.key = info["apiKey"]
        return self


class Measuring:
    """One after the other: `fill`, `rates`, `long_queue`."""

    def __init__(self, services: Services, connections: int, seconds: float) -> None:
        from kinetix_local.store.sql.database import Database

        self._services, self._connections, self._seconds = services, connections, seconds
        self._database = Database(services.url)
        services.callback(self._database.close)
        self._users = 0

    def fill(self, users: int, each: int) -> float:
        """Return seconds that it took."""
        began = time.perf_counter()
        self._users = users
        with self._database.write() as db:
            crowd.add_users(db, users, each)
        self._analyze()
        return round(time.perf_counter() - began, 1)

    def rates(self, count: int) -> list[dict[str, Any]]:
        """Return the rates of the first `count` services together."""
        ports = self._services.ports[:count]
        submitted = self._costing(partial(self._submit, ports, self._seconds))
        polled = [f"/v1/process/{process}" for process in submitted.pop("processes")]
        # Each time others, so that no row profits from the one before.
        first = count * _BAGS
        bags = [
            f"/v1/users/{crowd.name_of(1 + (first + number) % self._users)}/emotes?limit=20" for number in range(_BAGS)
        ]
        rows = [{"name": "submissions", **submitted}]
        for name, paths in (("status polls", polled), ("bag reads", bags), ("bag reads, in the cache", bags[:1])):
            rows.append({"name": name, **self._costing(partial(self._loaded, ports, paths))})
        database = "SQLite" if self._database.is_sqlite else "PostgreSQL"
        return [{"services": count, "database": database, **row} for row in rows]

    def _costing(self, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The row with the services' processor time for each request."""
        before = self._processor_s()
        row = measure()
        return row | {"processorMs": round((self._processor_s() - before) * 1000 / (row["perS"] * self._seconds), 2)}

    def _processor_s(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self._services.processes)

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
        for _ in range(_SAMPLES):
            if last is None:
                self._empty()
            sent = self._submit(self._services.ports[:1], self._seconds / _SAMPLES, connections=1)
            found["submit"].append(sent["p50Ms"])
            path = f"/v1/process/{sent['processes'][-1]}"
            found["poll"].append(self._polled(path))
            if last is not None:
                found.setdefault("pollOfBatch", []).append(self._polled(f"/v1/process/{last}"))
        return {name: min(values) for name, values in found.items()}

    def _polled(self, path: str) -> float:
        seconds = self._seconds / _SAMPLES
        row = api.measured("poll", self._services.ports[0], path, self._services.key, 1, seconds, None)
        return float(row["p50Ms"])

    def _submit(self, ports: Sequence[int], seconds: float, connections: int | None = None) -> dict[str, Any]:
        asked = {
            "ports": list(ports),
            "key": self._services.key,
            "users": [crowd.name_of(number) for number in range(1, min(_SUBMITTERS, self._users) + 1)],
            "connections": connections or self._connections,
            "seconds": seconds,
        }
        done = subprocess.run(
            [sys.executable, "-m", "kinetix_bench.studio.submissions"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=True,
            timeout=seconds * 10 + 120,
            env=os.environ,
        )
        return dict(json.loads(done.stdout))

    def _loaded(self, ports: Sequence[int], paths: list[str]) -> dict[str, float]:
        """All services at once, each by a process of its own."""
        connections = max(1, self._connections // len(ports))
        with ThreadPoolExecutor(len(ports)) as threads:
            rows = list(
                threads.map(
                    lambda port: api.measured("", port, paths, self._services.key, connections, self._seconds, None),
                    ports,
                )
            )
        assert all(set(row["statuses"]) <= {"200", "208"} for row in rows), rows
        return {
            "perS": round(sum(row["requestsPerS"] for row in rows), 1),
            "p50Ms": statistics.median(row["p50Ms"] for row in rows),
            "p99Ms": max(row["p99Ms"] for row in rows),
        }

    def _empty(self) -> None:
        with self._database.write() as db:
            db.execute(text("DELETE FROM captures"))
        self._analyze()

    def _analyze(self) -> None:
        """Analyze the tables, as PostgreSQL does by itself a minute after so many changes."""
        with self._database.write() as db:
            db.execute(text("ANALYZE"))
