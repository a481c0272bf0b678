"""`kinetix bench studio`: a service on PostgreSQL beside one on SQLite, a long queue, and how workers add up."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from kinetix_bench.process import load, print_figures
from kinetix_bench.studio.parts import measuring
from kinetix_bench.studio.workers import speed_of_workers

_TIMES_LONGER = 2.0  # that a submission and a poll may take with a long queue
_SPEED_UP = 1.9
_OVERHEAD_MS = 100.0


@click.command("studio")
@click.option("--database", "url", required=True, help="URL of an empty PostgreSQL database.")
@click.option("--seconds", default=4.0, show_default=True, help="Per row.")
@click.option("--connections", default=12, show_default=True)
@click.option("--waiting", default=100_000, show_default=True, help="Captures in the long queue.")
@click.option("--users", default=10_000, show_default=True)
@click.option("--emotes", default=100, show_default=True, help="In the bag of each user.")
@click.option("--jobs", default=24, show_default=True, help="Captures for each number of workers.")
@click.option("--sleep", "sleep_s", default=1.0, show_default=True, help="Seconds that a capture sleeps.")
def bench_studio(
    url: str,
    seconds: float,
    connections: int,
    waiting: int,
    users: int,
    emotes: int,
    jobs: int,
    sleep_s: float,
) -> None:
    """Submissions, polls and bags a second on PostgreSQL and on SQLite; a long queue; workers that join."""
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-studio-") as name:
        folder = Path(name)
        with measuring(folder, url, connections, seconds) as service:
            filled_s = service.fill(users, emotes)
            rates = service.rates()
            queue = service.long_queue(waiting)
        peer = f"sqlite:///{(folder / 'peer.db').as_posix()}"
        with measuring(folder / "peer", peer, connections, seconds) as service:
            service.fill(users, emotes)
            rates += service.rates()
        workers = speed_of_workers(folder, url, jobs, sleep_s)
    limits = _limits(queue, workers)
    result = {
        "ok": all(row["ok"] for row in limits),
        "cores": os.cpu_count(),
        "load": round(load(), 1),
        "users": users,
        "emotesEach": emotes,
        "filledS": filled_s,
        "rates": rates,
        "queue": queue,
        "workers": workers,
        "limits": limits,
    }
    print_figures(result)
    sys.exit(0 if result["ok"] else 1)


def _limits(queue: dict[str, Any], workers: dict[str, Any]) -> list[dict[str, Any]]:
    longer = {f"{name}, × an empty queue's": queue["ratios"][name] for name in queue["ratios"]}
    rows = [(name, value, _TIMES_LONGER, value <= _TIMES_LONGER) for name, value in longer.items()]
    rows.append(("two workers, × one", workers["speedUp"], _SPEED_UP, workers["speedUp"] >= _SPEED_UP))
    rows.append(("overhead per job, ms", workers["overheadMs"], _OVERHEAD_MS, workers["overheadMs"] <= _OVERHEAD_MS))
    return [{"name": name, "value": value, "limit": limit, "ok": ok} for name, value, limit, ok in rows]
