"""`kinetix bench studio`: services on one PostgreSQL beside one on SQLite, a long queue, and how workers add up."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from kinetix_bench.studio.parts import Measuring, Services
from kinetix_bench.studio.postgres import postgres
from kinetix_bench.studio.workers import speed_of_workers

__all__ = ["bench_studio"]

_TIMES_LONGER = 2.0  # that a submission and a poll may take with a long queue
_SPEED_UP = 1.9
_OVERHEAD_MS = 100.0


@click.command("studio")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--database", help="URL of an empty PostgreSQL database (default: one of its own, from Debian's package)."
)
@click.option("--seconds", default=4.0, show_default=True, help="Per row.")
@click.option("--connections", default=12, show_default=True)
@click.option("--waiting", default=100_000, show_default=True, help="Captures in the long queue.")
@click.option("--users", default=10_000, show_default=True)
@click.option("--emotes", default=100, show_default=True, help="In the bag of each user.")
@click.option("--jobs", default=24, show_default=True, help="Captures for each number of workers.")
@click.option("--sleep", "sleep_s", default=1.0, show_default=True, help="Seconds that a capture sleeps.")
def bench_studio(
    as_json: bool,
    database: str | None,
    seconds: float,
    connections: int,
    waiting: int,
    users: int,
    emotes: int,
    jobs: int,
    sleep_s: float,
) -> None:
    """Submissions, polls and bags a second with one and three services, and with SQLite; a long queue; workers that join."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kinetix-bench-studio-")))
        url = database or stack.enter_context(postgres())
        with Services(folder, url, 3) as services:
            measuring = Measuring(services, connections, seconds)
            filled_s = measuring.fill(users, emotes)
            rates = [row for count in (1, 3) for row in measuring.rates(count)]
            queue = measuring.long_queue(waiting)
        with Services(folder / "peer", f"sqlite:///{folder / 'peer.db'}", 1) as services:
            measuring = Measuring(services, connections, seconds)
            measuring.fill(users, emotes)
            rates += measuring.rates(1)
        workers = speed_of_workers(folder, url, jobs, sleep_s)
    limits = _limits(queue, workers)
    result = {
        "ok": all(row["ok"] for row in limits),
        "cores": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "users": users,
        "emotesEach": emotes,
        "filledS": filled_s,
        "rates": rates,
        "queue": queue,
        "workers": workers,
        "limits": limits,
    }
    if as_json:
        click.echo(json.dumps(result))
    else:
        for line in _lines(result):
            click.echo(line)
    sys.exit(0 if result["ok"] else 1)


def _limits(queue: dict[str, Any], workers: dict[str, Any]) -> list[dict[str, Any]]:
    longer = {f"{name}, × an empty queue's": queue["ratios"][name] for name in queue["ratios"]}
    rows = [(name, value, _TIMES_LONGER, value <= _TIMES_LONGER) for name, value in longer.items()]
    rows.append(("two workers, × one", workers["speedUp"], _SPEED_UP, workers["speedUp"] >= _SPEED_UP))
    rows.append(("overhead per job, ms", workers["overheadMs"], _OVERHEAD_MS, workers["overheadMs"] <= _OVERHEAD_MS))
    return [{"name": name, "value": value, "limit": limit, "ok": ok} for name, value, limit, ok in rows]


def _lines(result: dict[str, Any]) -> Iterator[str]:
    for row in result["rates"]:
        services = f"{row['services']} × {row['database']}"
        cost = f"{row['processorMs']:.2f} ms of processor"
        yield f"{row['name']}, {services}: {row['perS']:,.0f} a second, p50 {row['p50Ms']:.1f} ms, {cost}"
    for row in result["limits"]:
        yield f"{'✓' if row['ok'] else '✗'} {row['name']}: {row['value']:g} (limit {row['limit']:g})"
    if "dask" in result["workers"]:
        yield f"by a Dask cluster of two: overhead per job {result['workers']['dask']['overheadMs']:g} ms"
    yield f"load {result['load'][0]:g} on {result['cores']} cores"
