"""Workers that join a service and capture by sleeping: how they add up, and what a job costs besides."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kinetix_bench.process import failed, running, wait
from kinetix_bench.studio.parts import idle_service
from kinetix_bench.studio.sleeping_capture import SLEEP_VARIABLE
from kinetix_bench.studio.submissions import submit

_LIMIT_S = 600.0


def speed_of_workers(folder: Path, url: str, jobs: int, sleep_s: float) -> dict[str, Any]:
    """`jobs` captures by one worker and by two, of a queue that is filled beforehand.

    The figures are of the jobs after each worker's first ones, so that neither the start nor what is loaded at it is in them.
    """
    with idle_service(folder, url) as service:
        token = folder / "worker.token"
        added = ["machine", "add", "bench", "--out", str(token), "--home", str(folder / "service"), "--database", url]
        command = [sys.executable, "-m", "kinetix_local", *added]
        environment = os.environ | {"KINETIX_LOCAL_SHARED": str(folder / "shared")}
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment)
        per_s = {count: _captures_per_s(service, url, jobs, count, token, sleep_s) for count in (1, 2)}
    return {
        "jobs": jobs,
        "sleepS": sleep_s,
        "perS": {str(count): round(value, 3) for count, value in per_s.items()},
        "speedUp": round(per_s[2] / per_s[1], 2),
        "overheadMs": round((1 / per_s[1] - sleep_s) * 1000, 1),
    }


def _captures_per_s(service: dict[str, Any], url: str, jobs: int, workers: int, token: Path, sleep_s: float) -> float:
    sent = submit(service["port"], service["apiKey"], ["player-1"], 1, _LIMIT_S, jobs + 2 * workers)["processes"]
    capture = {"KINETIX_LOCAL_CAPTURE": "kinetix_bench.studio.sleeping_capture:deliver", SLEEP_VARIABLE: str(sleep_s)}
    join = ["--join", service["url"], "--token", str(token)]
    with contextlib.ExitStack() as stack:
        for number in range(workers):
            own = ["--home", str(token.parent / f"worker-{workers}-{number}")]
            command = [sys.executable, "-m", "kinetix_local", "worker", *join, *own]
            stack.enter_context(running(command, capture))
        ended = _ended(url, sent)
    measured = ended[2 * workers - 1 :]
    return (len(measured) - 1) / (measured[-1] - measured[0])


def _ended(url: str, processes: list[str]) -> list[float]:
    """When each came to its end, in seconds and in order, once all have."""
    from kinetix_local.store.sql.database import Database
    from kinetix_local.store.sql.tables import processes as table

    query = select(table.c.step, table.c.ended_at).where(table.c.uuid.in_(processes))
    with contextlib.closing(Database(url)) as database:

        def ended() -> Sequence[Any]:
            with database.read() as db:
                found = db.execute(query).all()
            return found if all(row.ended_at is not None for row in found) else ()

        # Seldom: when each ended stands in the database, and asking costs the service.
        found = wait(ended, _LIMIT_S, "The captures did not come to an end.", pause_s=0.5)
    if any(row.step != "done" for row in found):
        raise failed(f"Captures failed: {sorted({row.step for row in found})}")
    return sorted(row.ended_at / 1000 for row in found)
