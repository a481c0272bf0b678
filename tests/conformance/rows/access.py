"""Access: for each route with a key, every refusal before the route itself (docs/api-contract.md#1.4)."""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import world as w
from ..suite import BOTH, DEFAULT, STRICT, Bench, answers, ours, recorded, row

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
    ("401 no key", None, "Missing API key"),
    ("403 unknown key", w.NO_KEY, "Unknown API key"),
    ("403 expired key", "expired", "Expired API key"),
    ("403 deleted key", "deleted", "Deleted API key"),
    ("403 deleted world", "gone", "Deleted virtual world"),
]
ALIAS, NO_ALIAS = "GET /v1/virtual-world/alias/{name}", "Alias not found"
TOKEN, NO_TOKEN = "GET /v1/process/token/{uuid}", "Token not found"
USER = "GET /v1/virtual-world/users/{userId}"


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
    _where = DEFAULT if _route == ABSENT else BOTH
    row(
        _route,
        "400 an unknown query, even without a key",
        "recorded",
        "1.4, 11.14",
        modes=DEFAULT if _route in {UNCHECKED, ABSENT} else BOTH,
    )(partial(_malformed_first, _method, _path, _body))
    _refused = partial(answers, _route, section="1.4, 5", at=f"{_method} {_path}", json=_body)
    for _outcome, _key, _message in REFUSALS:
        _refused(_outcome, said=_message, key=_key, modes=_where)
    # The published code asks here for the write flag, its description for the read flag (2.7).
    _flags = {"1.4.45": _flag, "2024": "write" if _route == "GET /v1/process/{uuid}" else _flag}
    for _asked in sorted(set(_flags.values())):
        _wrong = "writer" if _asked == "read" else "reader"
        _modes = tuple(mode for mode, flag in _flags.items() if flag == _asked and mode in _where)
        _refused(f"403 a key without {_asked}", said="Wrong API key", key=_wrong, modes=_modes)
    if _counts:
        _refused("403 the plan's calls are used up", said="Plan limit reached", key="no_calls", modes=_where)


@row(UNCHECKED, "200 an unknown query, and 401 without a key", "documented", "1.4", modes=STRICT)
def _(bench: Bench) -> None:
    bench.expect(200, "GET", "/v1/virtual-world/config?surprise=1")
    bench.refuse(401, "Missing API key", "GET", "/v1/virtual-world/config?surprise=1", key=None)


@row(ABSENT, "404 a page", "recorded", "11.27", modes=STRICT)
def _(bench: Bench) -> None:
    reply = bench.ask("POST", "/v1/process/token?userId=player", json={})
    assert reply.status == 404 and (reply.header("content-type") or "").startswith("text/html")


# To the published server a limit of 0 is none.
ours(USER, "403 a plan with a limit of 0", "1.4", "Plan limit reached", key="zero", modes=DEFAULT)
answers(USER, "200 a plan with a limit of 0", "1.4", key="zero", modes=STRICT)
recorded(UNCHECKED, "200 where the plan's calls are used up", "11.10", key="no_calls")
recorded(ALIAS, "404, not 403, where the plan's calls are used up", "11.10", NO_ALIAS, name="none", key="no_calls")
answers(TOKEN, "404 without any key", "2.7", NO_TOKEN, uuid=w.NOBODY, key=None)
recorded(TOKEN, "404 with an unknown key, which is ignored", "11.18", NO_TOKEN, uuid=w.NOBODY, key=w.NO_KEY)
recorded(TOKEN, "400 an unknown query", "11.14", '"query" is not allowed', uuid=w.NOBODY, query="a=1", key=None)


@row(USER, "200 with a second key although the first may only read", "ours", "1.4")
def _(bench: Bench) -> None:
    """The published server looks at the first key of the world; that bug is not copied in either mode."""
    bench.expect(200, "GET", "/v1/virtual-world/users/player", key="main")
    bench.expect(200, "PUT", "/v1/virtual-world/config", key="main", json={"website": None})
