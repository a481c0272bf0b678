"""`kinetix bench framework`: the API's own way from a request to its handler against FastAPI's, with the same handlers.

Both run beside each other on copies of one database and are loaded in turns. Then both are sent requests that do not fit: how
many answers are the same to the letter. What ours answers is what the conformance rows hold it to.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from kinetix_bench.service import api

__all__ = ["bench_framework"]

_ROUTES = {
    "config": "/v1/virtual-world/config",
    "key check + user row": "/v1/virtual-world/users/player-1",
    "bag of 10 (cached)": "/v1/users/player-2/emotes?limit=20&mature=false",
}
_USER, _BAG = "/v1/virtual-world/users/player-1", "/v1/users/player-1/emotes"
_MISFITS = (
    ("GET", f"{_BAG}?limit=many"),
    ("GET", f"{_BAG}?limit=-1"),
    ("GET", f"{_BAG}?limit=1.5"),
    ("GET", f"{_BAG}?limit=1.0&offset=0"),
    ("GET", f"{_BAG}?limit="),
    ("GET", f"{_BAG}?limit=99999999999999999"),
    ("GET", f"{_BAG}?limit=1&limit=2"),
    ("GET", f"{_BAG}?mature=yes"),
    ("GET", f"{_BAG}?mature=TRUE&limit=1"),
    ("GET", f"{_BAG}?mature=1"),
    ("GET", f"{_BAG}?since=never"),
    ("GET", f"{_BAG}?since=2024-1-2&limit=1"),
    ("GET", f"{_BAG}?since=Mon, 01 Jul 2024 10:00:00 GMT&limit=1".replace(" ", "%20")),
    ("GET", f"{_BAG}?page=2"),
    ("GET", f"{_BAG}?limit=many&offset=-1&page=2"),
    ("GET", f"{_BAG}?limit=%FF"),
    ("GET", f"{_USER}?deep=true"),
    ("GET", "/v1/virtual-world/config?x=1"),
    ("GET", "/v1/virtual-world/users/%FF"),
    ("GET", "/v1/virtual-world/users/with%2Fslash"),
    ("GET", "/v1/virtual-world/users/player-1/"),
    ("GET", "/V1/Virtual-World/Config"),
    ("HEAD", "/v1/virtual-world/config"),
    ("OPTIONS", "/v1/virtual-world/config"),
    ("PATCH", "/v1/virtual-world/config"),
    ("GET", "/v1/nothing"),
    ("GET", "/v1/virtual-world/users/nobody"),
)


@click.command("framework")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--seconds", default=1.5, show_default=True, help="Per route, way and turn.")
@click.option("--turns", default=5, show_default=True)
@click.option("--connections", default=16, show_default=True)
@click.option("--emotes", default=1_000, show_default=True, help="Size of the large bag.")
def bench_framework(as_json: bool, seconds: float, turns: int, connections: int, emotes: int) -> None:
    """The service's own routing, validation and description against FastAPI's."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        home = Path(folder)
        api.fill(home / "own", emotes)
        key = _key(home / "own")
        shutil.copytree(home / "own", home / "fastapi")
        ports = {kind: stack.enter_context(_serving(home / kind, kind)) for kind in ("own", "fastapi")}
        rows = [_compare(name, path, ports, key, connections, seconds, turns) for name, path in _ROUTES.items()]
        other = [f"{method} {path}" for method, path in _MISFITS if len(_answers(method, path, ports, key)) > 1]
    result = {
        "connections": connections,
        "rows": rows,
        "answers": {"asked": len(_MISFITS), "same": len(_MISFITS) - len(other), "other": other},
    }
    if as_json:
        click.echo(json.dumps(result))
        return
    for row in rows:
        click.echo(f"{row['name']}: {row['own']:,.0f} requests/s, FastAPI {row['fastapi']:,.0f} ({row['ratio']:.2f} ×)")
    click.echo(
        f"Of {len(_MISFITS)} requests that do not fit FastAPI answers {len(_MISFITS) - len(other)} alike. Others:"
    )
    for line in other:
        click.echo(f"  {line}")


def _compare(
    name: str, path: str, ports: dict[str, int], key: str, connections: int, seconds: float, turns: int
) -> dict[str, Any]:
    """Requests a second of both, the median of the turns; `ratio` is the median of the ratios within a turn."""
    found: dict[str, list[float]] = {kind: [] for kind in ports}
    for turn in range(turns):
        for kind in sorted(ports, reverse=bool(turn % 2)):
            row = api.measured(name, ports[kind], path, key, connections, seconds, None)
            assert set(row["statuses"]) <= {"200", "208"}, row
            found[kind].append(row["requestsPerS"])
    ratios = [own / twin for own, twin in zip(found["own"], found["fastapi"], strict=True)]
    return {
        "name": name,
        "own": statistics.median(found["own"]),
        "fastapi": statistics.median(found["fastapi"]),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
    }


def _answers(method: str, path: str, ports: dict[str, int], key: str) -> set[tuple[int, bytes]]:
    """Status and body of each."""
    found = set()
    for port in ports.values():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path, headers={"x-api-key": key})
        answer = connection.getresponse()
        found.add((answer.status, answer.read().replace(str(port).encode(), b"PORT")))
        connection.close()
    return found


@contextlib.contextmanager
def _serving(home: Path, kind: str) -> Iterator[int]:
    port = api.free_port()
    with api.started(["-m", "kinetix_bench.service.fastapi_twin", str(home), str(port), kind]):
        api.wait(port)
        yield port


def _key(home: Path) -> str:
    from kinetix_local.api.instance import Store, default_world
    from kinetix_local.store.clock import Clock

    store = Store(home)
    key, _ = default_world(store, Clock())
    store.close()
    with contextlib.closing(sqlite3.connect(home / "local.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return key
