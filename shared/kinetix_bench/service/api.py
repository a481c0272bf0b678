"""`kinetix bench api`: requests a second of a real service, against a bare server and the published server's own figures."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

__all__ = ["bench_api", "fill", "free_port", "measured", "started", "wait"]

_EMOTES = 10_000
_PROCESSES = 200

# What the published server reached on two busy cores with 16 connections, and our own bar.
_ROWS: tuple[tuple[str, str, float | None], ...] = (
    ("config", "/v1/virtual-world/config", 2240),
    ("key check + user row", "/v1/virtual-world/users/player-1", 5000),
    ("emote", "/v1/emotes/{emote}", None),
    ("bag of 10 (cached)", "/v1/users/player-2/emotes", 1600),
    ("bag of 10,000, a page of 20", "/v1/users/player-1/emotes?limit=20&offset=4000", 1600),
    ("bag of 10,000, a page of 1,000", "/v1/users/player-1/emotes", None),
    ("process list of 200", "/v2/users/player-1/processes", 13),
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

# Express with a key check and a fixed answer of the user route's size, without any database.
_EXPRESS = """
const app = require("express")();
const keys = new Map([["0".repeat(32), true]]);
const user = { id: 1, virtualWorldId: "player-1", createdAt: "2024-07-01T10:00:00.000Z", virtualWorlds: ["x".repeat(380)] };
app.use((request, answer, next) => keys.has(request.get("x-api-key")) ? next() : answer.status(403).json({}));
app.get("/v1/virtual-world/users/:id", (request, answer) => answer.json(user));
app.listen(Number(process.argv[1]), "127.0.0.1");
"""


@click.command("api")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--seconds", default=2.0, show_default=True, help="Per row and number of connections.")
@click.option("--connections", default="1,16,64", show_default=True)
@click.option("--emotes", default=_EMOTES, show_default=True, help="Size of the large bag.")
def bench_api(as_json: bool, seconds: float, connections: str, emotes: int) -> None:
    """Requests a second of the local service at 1, 16 and 64 connections."""
    counts = [int(text) for text in connections.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        emote = fill(home / "local", emotes)
        with _service(home) as info, _bare() as bare:
            rows = []
            cold = _first(info, "/v1/users/player-1/emotes?limit=20")
            _first(info, "/v1/users/player-2/emotes")
            for name, path, bar in _ROWS:
                target = path.format(emote=emote)
                rows += [measured(name, info["port"], target, info["apiKey"], count, seconds, bar) for count in counts]
            rows += [measured("bare server", bare, "/", "", count, seconds, None) for count in counts]
        with _express() as express:
            if express:
                path = "/v1/virtual-world/users/player-1"
                rows += [
                    measured("Express, key check", express, path, "0" * 32, count, seconds, None) for count in counts
                ]
    result = {"cores": os.cpu_count(), "emotes": emotes, "coldBagS": round(cold, 3), "rows": rows}
    if as_json:
        click.echo(json.dumps(result))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("request", "connections", "requests/s", "p50 ms", "p99 ms", "bytes", "bar at 16")
    for row in rows:
        table.add_row(
            row["name"],
            str(row["connections"]),
            f"{row['requestsPerS']:,.0f}",
            f"{row['p50Ms']:.2f}",
            f"{row['p99Ms']:.2f}",
            str(row["bytes"]),
            f"{row['bar']:,.0f}" if row["bar"] else "",
        )
    Console().print(table)
    click.echo(f"The first read of the bag of {emotes:,} took {cold:.2f} s.")


def _first(info: dict[str, Any], path: str) -> float:
    """Seconds of a first, uncached request."""
    import requests

    began = time.perf_counter()
    requests.get(info["url"] + path, headers={"x-api-key": info["apiKey"]}, timeout=120).raise_for_status()
    return time.perf_counter() - began


def measured(
    name: str, port: int, path: str | list[str], key: str, connections: int, seconds: float, bar: float | None
) -> dict[str, Any]:
    """One row: `path`, or several in turns, asked for by a process of its own."""
    asked = {
        "host": "127.0.0.1",
        "port": port,
        "paths": [path] if isinstance(path, str) else path,
        "headers": {"x-api-key": key},
        "connections": connections,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, "-m", "kinetix_bench.service.load"],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=True,
        timeout=seconds * 10 + 60,
    )
    figures = json.loads(done.stdout)
    return {
        "name": name,
        "connections": connections,
        "requestsPerS": figures["requests_per_s"],
        "p50Ms": figures["p50_ms"],
        "p99Ms": figures["p99_ms"],
        "bytes": figures["bytes_per_answer"],
        "statuses": figures["statuses"],
        "bar": bar,
        "reached": None if bar is None or connections != 16 else figures["requests_per_s"] >= bar,
    }


def fill(folder: Path, emotes: int) -> str:
    """A database with two users: one with a bag of `emotes` and 200 processes, one with 10. Returns an emote's uuid."""
    from kinetix_local.api.instance import Store, default_world
    from kinetix_local.store import users, worlds
    from kinetix_local.store.clock import Clock
    from kinetix_local.store.sql import tables

    store, clock = Store(folder), Clock()
    default_world(store, clock)
    now = clock.now()
    uuids = [worlds.new_uuid() for _ in range(emotes)]
    with store.database.write() as db:
        first, second = users.add(db, 1, "player-1", now), users.add(db, 1, "player-2", now)
        assert first is not None and second is not None
        db.execute(
            tables.assets.insert(),
            [
                {
                    "uuid": uuid,
                    "name": f"emote {number}",
                    "type": "emote",
                    "source": "sdk",
                    "metadata": {"maturity": False, "duration": 3.2},
                    "providers": [],
                    "categories": [],
                    "world_id": 1,
                    "created_at": now + number,
                }
                for number, uuid in enumerate(uuids)
            ],
        )
        names = [
            ("animation-v2", "glb"),
            ("animation-v2", "kinanim"),
            ("animation-v2", "fbx"),
            ("thumbnail", "png"),
            ("thumbnail", "gif"),
        ]
        db.execute(
            tables.files.insert(),
            [
                {
                    "asset_id": number + 1,
                    "avatar_uuid": None,
                    "name": name,
                    "extension": extension,
                    "blob": f"00/{uuid}.{extension}",
                    "bytes": 100_000,
                    "created_at": now,
                }
                for number, uuid in enumerate(uuids)
                for name, extension in names
            ],
        )
        bags = [(first.id, number, uuid) for number, uuid in enumerate(uuids)]
        bags += [(second.id, number, uuid) for number, uuid in enumerate(uuids[:10])]
        db.execute(
            tables.bag.insert(),
            [
                {"user_id": user, "emote_uuid": uuid, "is_uge": True, "is_deleted": False, "created_at": now + number}
                for user, number, uuid in bags
            ],
        )
        db.execute(
            tables.processes.insert(),
            [
                {
                    "uuid": worlds.new_uuid(),
                    "world_id": 1,
                    "user_id": first.id,
                    "key_id": 1,
                    "name": f"emote {number}",
                    "emote": uuid,
                    "animation": worlds.new_uuid(),
                    "video": worlds.new_uuid(),
                    "step": "done",
                    "progression": 100,
                    "request": {},
                    "created_at": now + number,
                    "updated_at": now + number,
                }
                for number, uuid in enumerate(uuids[:_PROCESSES])
            ],
        )
    store.close()
    return uuids[0]


@contextlib.contextmanager
def _service(home: Path) -> Iterator[dict[str, Any]]:
    arguments = ["-m", "kinetix_local", "serve", "--home", str(home), "--rate-limit", "0", "--json"]
    with started(arguments) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield json.loads((home / "local" / "serve.json").read_text(encoding="utf-8"))


@contextlib.contextmanager
def _bare() -> Iterator[int]:
    port = free_port()
    with started(["-c", _BARE, str(port)]):
        wait(port)
        yield port


@contextlib.contextmanager
def _express() -> Iterator[int | None]:
    """Its port; None where Node or Express is not installed (`make test-tools` brings both)."""
    node, modules = shutil.which("node"), Path(".tools/node/node_modules").absolute()
    if node is None or not (modules / "express").is_dir():
        yield None
        return
    port = free_port()
    with started(["-e", _EXPRESS, str(port)], program=node, environment={"NODE_PATH": str(modules)}):
        wait(port)
        yield port


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)


@contextlib.contextmanager
def started(
    arguments: list[str], program: str = sys.executable, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)
