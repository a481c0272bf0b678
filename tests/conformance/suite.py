"""The rows' own small language: what a row is, how it asks and expects, and how two runs are compared.

A row is one outcome of one route. It runs against any target that offers what it needs and asserts what the contract says. Besides,
everything it received is compared with a snapshot of our own service in `snapshots/`, which shows a change that no assertion names.
Values that may differ between two servers (ids, times, addresses) become numbered placeholders first: the same value gets the same
number, so that an id that should return still has to return.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from . import world as known
from .targets import Headers, Reply, Target

Mark = Literal["documented", "recorded", "ours"]
BOTH = ("1.4.45", "2024")
SNAPSHOTS = Path(__file__).parent / "snapshots"
TAKE = os.environ.get("KINETIX_CONFORMANCE_SNAPSHOT") == "1"


@dataclass(frozen=True)
class Source:
    """A recorded answer, its origin and its date."""

    what: str
    where: str
    when: str


SOURCES = {
    "server": Source(
        "answers to several hundred requests",
        "the Kinetix SDK server published in July 2024 (kinetix-sdk-on-premises, first commit), run on loopback with PostgreSQL and "
        "Redis; stand-ins for its private back ends, three small repairs",
        "November 2026",
    ),
    "page": Source(
        "requests and screens of the published upload page",
        "that page, driven in Chromium against the published server",
        "November 2026",
    ),
}


@dataclass(frozen=True)
class Row:
    """Attributes:
    route: method and path of the contract.
    outcome: status and why.
    mark: documented (read, in the code or a page), recorded or ours (no source); `coverage.py` lists the sources.
    section: anchors of docs/api-contract.md, with commas.
    source: of a recorded row, a name of `SOURCES`.
    needs: what a target must offer.
    modes: of the service; a row that differs between the two is written twice.
    """

    route: str
    outcome: str
    mark: Mark
    section: str
    run: Callable[[Bench], None]
    needs: frozenset[str] = frozenset({"world"})
    modes: tuple[str, ...] = BOTH
    source: str = ""

    @property
    def id(self) -> str:
        mode = "" if len(self.modes) > 1 else f" [{self.modes[0]}]"
        return f"{self.route} | {self.outcome}{mode}"

    def fits(self, target: Target) -> bool:
        return self.needs <= target.can and target.mode in self.modes


ROWS: list[Row] = []


def row(
    route: str,
    outcome: str,
    mark: Mark,
    section: str,
    *,
    needs: tuple[str, ...] = ("world",),
    modes: tuple[str, ...] = BOTH,
    source: Literal["server", "page"] = "server",
) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Adds the function below it as a row."""

    def add(run: Callable[[Bench], None]) -> Callable[[Bench], None]:
        told = source if mark == "recorded" else ""
        new = Row(route, outcome, mark, section, run, frozenset(needs), modes, told)
        assert new.id not in {old.id for old in ROWS}, f"two rows {new.id}"
        ROWS.append(new)
        return run

    return add


class Mismatch(AssertionError):
    pass


def _pass_a_millisecond() -> None:
    """Times of two requests differ, as in the snapshot: on a fast machine both would fall into one millisecond."""
    answered = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == answered:
        time.sleep(0.0002)


@dataclass
class Bench:
    """One target with its pools; `start` begins a row."""

    target: Target
    keys: dict[str, str] = field(default_factory=lambda: dict(known.KEYS))
    _log: list[Any] = field(default_factory=list)
    _pools: dict[str, Any] = field(default_factory=dict)
    _configured: bool = False

    @property
    def mode(self) -> str:
        return self.target.mode

    # --- pools: each row takes its own, so that none meets another's traces ---

    def _number(self, pool: str) -> int:
        return int(next(self._pools.setdefault(pool, itertools.count())))

    def fresh(self) -> str:
        """A user id that nobody has."""
        return f"fresh-{os.getpid()}-{self._number('fresh')}"

    def user(self, key: str = "main") -> str:
        """A new user of a world."""
        name = self.fresh()
        reply = self._raw("POST", "/v1/virtual-world/users", key=key, json={"id": name})
        assert reply.status == 200, reply.body
        return name

    def bag_user(self) -> str:
        """A user with the seven emotes of the known bag, which nobody has read yet."""
        return f"bag-{self._number('bag')}"

    def take(self, world: str = "valid") -> tuple[str, str, str]:
        """A finished process of a world: process, emote, user."""
        kind = ("valid", "valid_true", "main").index(world)
        number = self._number(world)
        return known.uuid(20 + kind, number), known.uuid(10 + kind, number), f"taker-{number}"

    def daily_user(self) -> str:
        return f"daily-{self._number('daily')}"

    def token(self, user: str, key: str = "main") -> str:
        reply = self._raw("GET", f"/v1/process/token?userId={user}", key=key)
        assert reply.status == 200, reply.body
        return str(reply.json["uuid"])

    # --- asking ---

    def _raw(self, method: str, target: str, **options: Any) -> Reply:
        return self.ask(method, target, quiet=True, **options)

    def ask(
        self,
        method: str,
        target: str,
        *,
        key: str | None = "main",
        token: str | None = None,
        json: Any = ...,
        body: bytes = b"",
        headers: Headers | None = None,
        quiet: bool = False,
    ) -> Reply:
        """Sends a request and notes the answer for the comparison unless `quiet`. `key` is a name of `world.KEYS`, or a key."""
        sent = list(headers or [])
        self._configured = self._configured or key == "config"
        if key is not None and token is None:
            sent.append(("x-api-key", self.keys.get(key, key)))
        if token is not None:
            sent.append(("x-api-token", token))
        if json is not ...:
            body = _dumps(json)
            sent.append(("Content-Type", "application/json"))
        reply = self.target.send(method, target, sent, body)
        _pass_a_millisecond()
        if not quiet:
            self._log.append(_note(reply))
        return reply

    def expect(self, status: int, method: str, target: str, **options: Any) -> Any:
        """The same, and the status must be this. Gives the JSON body, or None where there is none."""
        reply = self.ask(method, target, **options)
        if reply.status != status:
            raise Mismatch(f"{method} {target}: {reply.status} in place of {status}: {reply.body[:500]!r}")
        return reply.json if reply.body[:1] in (b"{", b"[") else None

    def refuse(self, status: int, code: str, message: str, method: str, target: str, **options: Any) -> None:
        """An error of the usual shape: `{"errorCode"?, "message", "data"}`, with these words."""
        value = self.expect(status, method, target, **options)
        wanted = {"message": message, "data": {}} | ({"errorCode": code} if code else {})
        if value != wanted:
            raise Mismatch(f"{method} {target}: {value} in place of {wanted}")

    def malformed(self, details: Any, method: str, target: str, **options: Any) -> None:
        """A 400 of the schema, with these details."""
        value = self.expect(400, method, target, **options)
        wanted = {"message": "malformed request", "details": details}
        if self.mode == "1.4.45":
            wanted["errorCode"] = "badRequest"
        if value != wanted:
            raise Mismatch(f"{method} {target}: {value} in place of {wanted}")

    # --- the snapshot ---

    def start(self) -> None:
        """Begins a row. `config` is a world that no row has used yet."""
        self._log.clear()
        if self._configured:
            self.keys["config"] = known.CONFIGS[self._number("config") + 1]
            self._configured = False

    def finish(self, row: Row) -> None:
        """Compares what the row received with its snapshot."""
        found = Placeholders(self.target.base).of(self._log)
        kept = _snapshots(self.mode)
        if TAKE:
            kept[row.id] = found
            return
        if row.id not in kept:
            raise Mismatch(
                f"no snapshot of {row.id}: run once with KINETIX_CONFORMANCE_SNAPSHOT=1 and read what it wrote"
            )
        if found != kept[row.id]:
            raise Mismatch(_difference(kept[row.id], found))


_CACHE: dict[str, dict[str, Any]] = {}


def _snapshots(mode: str) -> dict[str, Any]:
    if mode not in _CACHE:
        path = SNAPSHOTS / f"{mode}.json"
        _CACHE[mode] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return _CACHE[mode]


def save() -> None:
    """Writes the snapshots, a row a line, and forgets rows that are gone."""
    for mode, kept in _CACHE.items():
        ids = {row.id for row in ROWS}
        lines = [
            f"{json.dumps(key)}: {json.dumps(kept[key], ensure_ascii=False)}" for key in sorted(kept) if key in ids
        ]
        SNAPSHOTS.mkdir(exist_ok=True)
        (SNAPSHOTS / f"{mode}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _dumps(value: Any) -> bytes:
    return json.dumps(value).encode()


def _note(reply: Reply) -> Any:
    paging = {name.lower(): value for name, value in reply.headers if name.lower().startswith("x-pagination")}
    note: dict[str, Any] = {"status": reply.status}
    kind = (reply.header("content-type") or "").split(";")[0]
    if kind:
        note["type"] = kind
    if paging:
        note["paging"] = dict(sorted(paging.items()))
    if kind == "application/json" and reply.body:
        note["body"] = reply.json
    elif reply.body:
        note["bytes"] = len(reply.body)
    return note


class Placeholders:
    """Replaces what may differ. Numbers are given in the order of appearance, per kind."""

    _UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
    _TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z")
    _FRESH = re.compile(r"fresh-\d+-\d+|bag-\d+|taker-\d+|daily-\d+")
    # Serial numbers and what depends on when a row ran.
    _NUMBERS = {"id", "userId", "assetId", "vw", "user", "key", "planId", "expireIn", "virtualWorldId"}
    _PASSING = {"progression", "mlElapsed", "mlRemaining", "version", "server"}

    def __init__(self, base: str) -> None:
        self._base = base
        self._known: dict[tuple[str, Any], str] = {}
        self._next: dict[str, int] = {}

    def of(self, value: Any, name: str = "", place: str = "") -> Any:
        """`name` is the key of a value, `place` the key of the object around it: serial numbers are counted per kind of row."""
        if isinstance(value, dict):
            return {self.of(key): self.of(part, key, name) for key, part in value.items()}
        if isinstance(value, list):
            return [self.of(part, name, place) for part in value]
        if name in self._PASSING:
            return f"<{name}>"
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, (int, float)):
            if name == "createdAt" or value > 1e12:
                return self._mark("ms", value)
            return self._mark(f"{place}.{name}", value) if name in self._NUMBERS else value
        text = value.replace(self._base, "<base>")
        text = self._UUID.sub(lambda match: self._mark("uuid", match[0]), text)
        text = self._FRESH.sub(lambda match: self._mark("user", match[0]), text)
        text = self._TIME.sub(lambda match: self._mark("time", match[0]), text)
        return self._mark(name, text) if name == "planId" else text

    def _mark(self, kind: str, value: Any) -> str:
        if (kind, value) not in self._known:
            self._next[kind] = self._next.get(kind, 0) + 1
            self._known[kind, value] = f"<{kind} {self._next[kind]}>"
        return self._known[kind, value]


def _difference(wanted: Any, found: Any, place: str = "") -> str:
    """The first places where two snapshots differ."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        parts = []
        for key in [*wanted, *(key for key in found if key not in wanted)]:
            if key not in found:
                parts.append(f"{place}.{key} is missing, was {wanted[key]!r}")
            elif key not in wanted:
                parts.append(f"{place}.{key} is new: {found[key]!r}")
            elif wanted[key] != found[key]:
                parts.append(_difference(wanted[key], found[key], f"{place}.{key}"))
        return "\n".join(parts[:12])
    if isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            return f"{place} has {len(found)} entries in place of {len(wanted)}: {found!r}"[:800]
        pairs = enumerate(zip(wanted, found, strict=True))
        return "\n".join(_difference(a, b, f"{place}[{index}]") for index, (a, b) in pairs if a != b)
    return f"{place}: {found!r} in place of {wanted!r}"
