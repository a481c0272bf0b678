"""Rows of the conformance suite: their declaration, and how they send requests and assert answers.

A row is one outcome of one route. It runs against any target that offers what it needs and asserts what the contract says. That all
answers have the described form is asserted in `tests/local/api/test_spec.py`.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from . import world as known
from .targets import Headers, Reply, Target

Mark = Literal["documented", "recorded", "ours"]
DEFAULT, STRICT = ("1.4.45",), ("2024",)
BOTH = DEFAULT + STRICT


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
    """Add the function below it as a row."""

    def add(run: Callable[[Bench], None]) -> Callable[[Bench], None]:
        told = source if mark == "recorded" else ""
        new = Row(route, outcome, mark, section, run, frozenset(needs), modes, told)
        assert new.id not in {old.id for old in ROWS}, f"two rows {new.id}"
        ROWS.append(new)
        return run

    return add


_CODES = {
    "Missing API key": "missingApiKey",
    "Unknown API key": "unknownApiKey",
    "Expired API key": "expiredApiKey",
    "Deleted API key": "deletedApiKey",
    "Deleted virtual world": "deletedVW",
    "Missing generation token": "missingToken",
    "Wrong generation token": "wrongToken",
    "Plan limit reached": "planLimitReached",
    "Virtual world does not allow UGC": "noUGC",
    "User already exists": "alreadyExists",
    "Emote not allowed": "emoteNotAllowed",
    "Emote not available on SDK": "emoteNotAvailable",
    "Too many processes for today for this user.": "tooManyUserProcesses",
    "Unsupported URL": "unsupportedURL",
    "Bad URL": "badURL",
}
"""Error codes by message; any other message has the code of its status."""

_IN_PATHS: dict[str, str] = {"userId": "player", "emoteUuid": known.DANCE, "avatarUuid": known.AVATAR, "name": "daily"}
"""Values of the parameters in paths, where a row names no other."""


def answers(
    route: str,
    outcome: str,
    section: str,
    said: Any = None,
    *,
    at: str = "",
    query: str = "",
    mark: Mark = "documented",
    needs: tuple[str, ...] = ("world",),
    modes: tuple[str, ...] = BOTH,
    **options: Any,
) -> None:
    """Add a row of one request, whose status begins the outcome.

    Args:
        said: the details of a malformed request, the message of another refusal, else the whole answer.
        at: method and path, if they are not those of the route.
        options: values of the path's parameters, and those of `Bench.ask`. Each may be a function of the bench.
    """
    status = int(outcome[:3])
    method, path = (at or route).split(" ", 1)

    def run(bench: Bench) -> None:
        given = {name: value(bench) if callable(value) else value for name, value in options.items()}
        in_path = {name: given.pop(name, _IN_PATHS.get(name)) for name in re.findall(r"{(\w+)}", path)}
        asked = (method, path.format(**in_path) + (f"?{query}" if query else ""))
        if said is not None and status == 400:
            bench.malformed(said, *asked, **given)
        elif said is not None and status > 400:
            bench.refuse(status, said, *asked, **given)
        else:
            value = bench.expect(status, *asked, **given)
            assert said in (None, value), value

    row(route, outcome, mark, section, needs=needs, modes=modes)(run)


recorded, ours = partial(answers, mark="recorded"), partial(answers, mark="ours")


recorded, ours = partial(answers, mark="recorded"), partial(answers, mark="ours")


def player_token(bench: Bench) -> str:
    """Return a new token of user `player` of the main world."""
    return bench.token("player")


def client(name: str, section: str, **fixed: Any) -> Callable[..., Callable[[Callable[[Bench], None]], Any]]:
    """Return a decorator of rows by route, line and outcome, for the contract's section on one client."""

    def line(route: str, number: int, outcome: str, **options: Any) -> Callable[[Callable[[Bench], None]], Any]:
        told: dict[str, Any] = {"mark": "documented", **fixed, **options}
        return row(route, f"{name} {number}: {outcome}", section=f"{section}.{number}", **told)

    return line


def _with(run: Callable[[Bench, Any], None], value: Any, bench: Bench) -> None:
    run(bench, value)


def each(
    route: str, section: str, values: dict[str, Any], *, mark: Mark = "documented"
) -> Callable[[Callable[[Bench, Any], None]], None]:
    """Add the function below it as a row of each outcome, which gets the outcome's value."""

    def add(run: Callable[[Bench, Any], None]) -> None:
        for outcome, value in values.items():
            row(route, outcome, mark, section)(partial(_with, run, value))

    return add


def by_mode(
    route: str,
    outcome: str,
    section: str,
    default: Any,
    strict: Any,
    *,
    mark: Mark = "documented",
    needs: tuple[str, ...] = ("world",),
) -> Callable[[Callable[[Bench, Any], None]], None]:
    """Add the function below it as a row of each mode, which gets the value of its mode; `{}` in the outcome is the value."""

    def add(run: Callable[[Bench, Any], None]) -> None:
        for mode, value in zip(BOTH, (default, strict), strict=True):
            add_row = row(route, outcome.replace("{}", str(value)), mark, section, needs=needs, modes=(mode,))
            add_row(partial(_with, run, value))

    return add


class Mismatch(AssertionError):
    pass


@dataclass
class Bench:
    """One target with its pools; `start` begins a row."""

    target: Target
    keys: dict[str, str] = field(default_factory=lambda: dict(known.KEYS))
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
        reply = self.ask("POST", "/v1/virtual-world/users", key=key, json={"id": name})
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
        reply = self.ask("GET", f"/v1/process/token?userId={user}", key=key)
        assert reply.status == 200, reply.body
        return str(reply.json["uuid"])

    # --- asking ---

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
    ) -> Reply:
        """Send a request. `key` is a name of `world.KEYS`, or a key."""
        sent = list(headers or [])
        self._configured = self._configured or key == "config"
        if key is not None and token is None:
            sent.append(("x-api-key", self.keys.get(key, key)))
        if token is not None:
            sent.append(("x-api-token", token))
        if json is not ...:
            body = _dumps(json)
            sent.append(("Content-Type", "application/json"))
        return self.target.send(method, target, sent, body)

    def expect(self, status: int, method: str, target: str, **options: Any) -> Any:
        """The same, and the status must be this. Gives the JSON body, or None where there is none."""
        reply = self.ask(method, target, **options)
        if reply.status != status:
            raise Mismatch(f"{method} {target}: {reply.status} in place of {status}: {reply.body[:500]!r}")
        return reply.json if reply.body[:1] in (b"{", b"[") else None

    def refuse(self, status: int, message: str, method: str, target: str, **options: Any) -> None:
        """An error of the usual shape: `{"errorCode"?, "message", "data"}`, with these words and their code."""
        value = self.expect(status, method, target, **options)
        code = _CODES.get(message, {403: "forbidden", 404: "notFound"}.get(status, ""))
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

    def start(self) -> None:
        """Begin a row. `config` is a world that no row has used yet."""
        if self._configured:
            self.keys["config"] = known.CONFIGS[self._number("config") + 1]
            self._configured = False


def _dumps(value: Any) -> bytes:
    return json.dumps(value).encode()
