"""`kinetix bench api`: requests a second of a real service, against a bare server and the published server's own figures."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import requests

from kinetix_bench.process import free_port, in_own_process, print_figures, running, wait
from kinetix_bench.service import crowd
from kinetix_bench.service.load import measure

_EMOTES = 10_000
_PROCESSES = 200

# What the published server reached on two busy cores with 16 connections, and our own bar.
_ROWS: tuple[tuple[str, str, float | None], ...] = (
    ("config", "/v1/virtual-world/config", 2240),
    ("key check + user row", "/v1/virtual-world/users/player-1", 5000),
    ("emote", f"/v1/emotes/{crowd.emote_uuid(1)}", None),
    ("bag of 10 (cached)", "/v1/users/player-2/emotes", 1600),
    ("bag of 10,000, a page of 20", "/v1/users/player-1/emotes?limit=20&offset=4000", 1600),
    ("bag of 10,000, a page of 1,000", "/v1/users/player-1/emotes", None),
    ("process list of 200", "/v2/users/batch-1/processes", 13),
)
# The bare server: the same uvicorn with nothing behind it.
_BARE = """
import uvicorn, sys
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False, lifespan="off")
"""


@click.command("api")
@click.option("--seconds", default=2.0, show_default=True, help="Per row and number of connections.")
@click.option("--connections", default="1,16,64", show_default=True)
@click.option("--emotes", default=_EMOTES, show_default=True, help="Size of the large bag.")
def bench_api(seconds: float, connections: str, emotes: int) -> None:
    """Requests a second of the local service at 1, 16 and 64 connections."""
    counts = [int(text) for text in connections.split(",")]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = f"sqlite:///{(folder / 'bench.db').as_posix()}"
        info = stack.enter_context(service(folder, "--database", database, "--rate-limit", "0", "--workers", "0"))
        bare = stack.enter_context(_bare())
        _fill(database, emotes)
        rows: list[dict[str, Any]] = []
        cold = _first(info, "/v1/users/player-1/emotes?limit=20")
        _first(info, "/v1/users/player-2/emotes")
        for name, path, bar in _ROWS:
            for count in counts:
                figures = in_own_process(measure, info["port"], [path], info["apiKey"], count, seconds)
                reached = None if bar is None or count != 16 else figures["requestsPerS"] >= bar
                rows.append({"name": name, "connections": count, **figures, "bar": bar, "reached": reached})
        for count in counts:
            figures = in_own_process(measure, bare, ["/"], "", count, seconds)
            rows.append({"name": "bare server", "connections": count, **figures})
    print_figures({"cores": os.cpu_count(), "emotes": emotes, "coldBagS": round(cold, 3), "rows": rows})


def _first(info: dict[str, Any], path: str) -> float:
    """Return seconds of a first, uncached request."""
    began = time.perf_counter()
    requests.get(info["url"] + path, headers={"x-api-key": info["apiKey"]}, timeout=120).raise_for_status()
    return time.perf_counter() - began


def _fill(url: str, emotes: int) -> None:
    """Two users with bags of `emotes` and of 10, and one with 200 processes."""
    from kinetix_local.store.sql.database import Database

    database = Database(url)
    with database.write() as db:
        crowd.add_users(db, 2, emotes)
        db.exec_driver_sql(
            "DELETE FROM bag WHERE created_at > 10 AND user_id = (SELECT id FROM users WHERE external_id = 'player-2')"
        )
        crowd.add_batch(db, _PROCESSES, 1)
    database.close()


@contextlib.contextmanager
def service(home: Path, *options: str) -> Iterator[dict[str, Any]]:
    """A Kinetix Local of its own: what it wrote about itself, with its process id."""
    command = [sys.executable, "-m", "kinetix_local", "serve", "--home", str(home), *options, "--json"]
    with running(command, output=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield {**json.loads((home / "local" / "serve.json").read_text(encoding="utf-8")), "pid": process.pid}


@contextlib.contextmanager
def _bare() -> Iterator[int]:
    port = free_port()
    with running([sys.executable, "-c", _BARE, str(port)]):
        wait(lambda: _answers(port), 30, "The bare server did not start.")
        yield port


def _answers(port: int) -> bool:
    with contextlib.suppress(requests.ConnectionError):
        return requests.get(f"http://127.0.0.1:{port}/", timeout=5).ok
    return False
