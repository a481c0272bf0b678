"""Access: for each route with a key, every refusal before the route itself (docs/api-contract.md#1.4)."""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import world as w
from ..suite import BOTH, Bench, row

E, P = w.DANCE, w.NOBODY
# Route, address, flag, a valid body. `counts` routes cost one of the plan's calls.
ROUTES: list[tuple[str, str, str, Any, bool]] = [
    ("POST /v1/virtual-world/users", "/v1/virtual-world/users", "write", {"id": "player"}, True),
    ("GET /v1/virtual-world/users/{userId}", "/v1/virtual-world/users/player", "read", ..., True),
    ("GET /v1/virtual-world/config", "/v1/virtual-world/config", "read", ..., False),
    ("PUT /v1/virtual-world/config", "/v1/virtual-world/config", "write", {"website": None}, False),
    ("POST /v1/virtual-world/emotes", "/v1/virtual-world/emotes", "write", {"uuids": [E]}, True),
    ("GET /v1/virtual-world/emotes", "/v1/virtual-world/emotes", "read", ..., True),
    ("GET /v1/virtual-world/alias/{name}", "/v1/virtual-world/alias/daily", "read", ..., False),
    ("GET /v1/emotes/{uuid}", f"/v1/emotes/{E}", "read", ..., True),
    ("GET /v1/emotes/{uuid}/avatar/{avatarUuid}", f"/v1/emotes/{E}/avatar/{w.AVATAR}", "read", ..., True),
    ("GET /v1/emotes/search", "/v1/emotes/search?q=dance", "read", ..., True),
    ("GET /v1/emotes/categories", "/v1/emotes/categories", "read", ..., True),
    ("GET /v1/users/{userId}/emotes", "/v1/users/player/emotes", "read", ..., True),
    ("POST /v1/users/{userId}/emotes/{emoteUuid}", f"/v1/users/player/emotes/{E}", "write", ..., True),
    ("PUT /v1/users/{userId}/emotes/{emoteUuid}", f"/v1/users/player/emotes/{E}", "write", {"name": "a name"}, True),
    ("DELETE /v1/users/{userId}/emotes/{emoteUuid}", f"/v1/users/player/emotes/{E}", "write", ..., True),
    ("GET /v2/users/{userId}/processes", "/v2/users/player/processes", "read", ..., True),
    ("GET /v1/users/{userId}/processes", "/v1/users/player/processes", "read", ..., True),
    ("GET /v1/process/token", "/v1/process/token?userId=player", "write", ..., True),
    ("POST /v1/process/token", "/v1/process/token?userId=player", "write", {}, True),
    ("GET /v1/process/{uuid}", f"/v1/process/{P}", "read", ..., True),
    ("POST /v1/process/{uuid}/validate", f"/v1/process/{P}/validate", "write", ..., True),
    ("POST /v1/process/{uuid}/retake", f"/v1/process/{P}/retake", "write", ..., True),
]
REFUSALS = [
    ("401 no key", None, 401, "missingApiKey", "Missing API key"),
    ("403 unknown key", w.NO_KEY, 403, "unknownApiKey", "Unknown API key"),
    ("403 expired key", "expired", 403, "expiredApiKey", "Expired API key"),
    ("403 deleted key", "deleted", 403, "deletedApiKey", "Deleted API key"),
    ("403 deleted world", "gone", 403, "deletedVW", "Deleted virtual world"),
]


def _refused(
    method: str, path: str, body: Any, key: str | None, status: int, code: str, message: str, bench: Bench
) -> None:
    bench.refuse(status, code, message, method, path, key=key, json=body)


def _malformed_first(method: str, path: str, body: Any, bench: Bench) -> None:
    """The schema is checked before the key: a malformed call gets 400 even with none."""
    target = f"{path}{'&' if '?' in path else '?'}surprise=1"
    value = bench.expect(400, method, target, key=None, json=body)
    assert value["message"] == "malformed request", value
    assert value["details"] in ('"query" is not allowed', '"query.surprise" is not allowed'), value


# The published server has no schema for the one and does not have the other at all (11.27).
UNCHECKED, ABSENT = "GET /v1/virtual-world/config", "POST /v1/process/token"

for _route, _path, _flag, _body, _counts in ROUTES:
    _method = _route.split()[0]
    _where = ("1.4.45",) if _route == ABSENT else BOTH
    row(
        _route,
        "400 an unknown query, even without a key",
        "recorded",
        "1.4, 11.14",
        modes=("1.4.45",) if _route in {UNCHECKED, ABSENT} else BOTH,
    )(partial(_malformed_first, _method, _path, _body))
    for _outcome, _key, _status, _code, _message in REFUSALS:
        row(_route, _outcome, "documented", "1.4, 5", modes=_where)(
            partial(_refused, _method, _path, _body, _key, _status, _code, _message)
        )
    # The published code asks here for the write flag, its description for the read flag (2.7).
    _flags = {"1.4.45": _flag, "2024": "write" if _route == "GET /v1/process/{uuid}" else _flag}
    for _asked in sorted(set(_flags.values())):
        _wrong = "writer" if _asked == "read" else "reader"
        _modes = tuple(mode for mode, flag in _flags.items() if flag == _asked and mode in _where)
        row(_route, f"403 a key without {_asked}", "documented", "1.4, 5", modes=_modes)(
            partial(_refused, _method, _path, _body, _wrong, 403, "forbidden", "Wrong API key")
        )
    if _counts:
        row(_route, "403 the plan's calls are used up", "documented", "1.4, 5", modes=_where)(
            partial(_refused, _method, _path, _body, "no_calls", 403, "planLimitReached", "Plan limit reached")
        )


@row(UNCHECKED, "200 an unknown query, and 401 without a key", "documented", "1.4", modes=("2024",))
def _(bench: Bench) -> None:
    bench.expect(200, "GET", "/v1/virtual-world/config?surprise=1")
    bench.refuse(401, "missingApiKey", "Missing API key", "GET", "/v1/virtual-world/config?surprise=1", key=None)


@row(ABSENT, "404 a page", "recorded", "11.27", modes=("2024",))
def _(bench: Bench) -> None:
    reply = bench.ask("POST", "/v1/process/token?userId=player", json={})
    assert reply.status == 404 and (reply.header("content-type") or "").startswith("text/html")


for _modes, _status in ((("1.4.45",), 403), (("2024",), 200)):

    def _zero(bench: Bench, status: int = _status) -> None:
        """To the published server a limit of 0 is none."""
        bench.expect(status, "GET", "/v1/virtual-world/users/player", key="zero")

    _name = f"{_status} a plan with a limit of 0"
    row("GET /v1/virtual-world/users/{userId}", _name, "documented" if _status == 200 else "ours", "1.4", modes=_modes)(
        _zero
    )


@row("GET /v1/virtual-world/config", "200 where the plan's calls are used up", "recorded", "11.10")
def _(bench: Bench) -> None:
    bench.expect(200, "GET", "/v1/virtual-world/config", key="no_calls")


@row("GET /v1/virtual-world/alias/{name}", "404, not 403, where the plan's calls are used up", "recorded", "11.10")
def _(bench: Bench) -> None:
    bench.refuse(404, "notFound", "Alias not found", "GET", "/v1/virtual-world/alias/none", key="no_calls")


@row("GET /v1/process/token/{uuid}", "404 without any key", "documented", "2.7")
def _(bench: Bench) -> None:
    bench.refuse(404, "notFound", "Token not found", "GET", f"/v1/process/token/{w.NOBODY}", key=None)


@row("GET /v1/process/token/{uuid}", "404 with an unknown key, which is ignored", "recorded", "11.18")
def _(bench: Bench) -> None:
    bench.refuse(404, "notFound", "Token not found", "GET", f"/v1/process/token/{w.NOBODY}", key=w.NO_KEY)


@row("GET /v1/process/token/{uuid}", "400 an unknown query", "recorded", "11.14")
def _(bench: Bench) -> None:
    bench.malformed('"query" is not allowed', "GET", f"/v1/process/token/{w.NOBODY}?a=1", key=None)


@row(
    "GET /v1/virtual-world/users/{userId}",
    "200 with a second key although the first may only read",
    "ours",
    "1.4",
    modes=BOTH,
)
def _(bench: Bench) -> None:
    """The published server looks at the first key of the world; that bug is not copied in either mode."""
    bench.expect(200, "GET", "/v1/virtual-world/users/player", key="main")
    bench.expect(200, "PUT", "/v1/virtual-world/config", key="main", json={"website": None})
