"""Rules for every route (docs/api-contract.md#11.27)."""

from __future__ import annotations

import gzip
from typing import Any

from .. import world as w
from ..suite import Bench, answers, row

HEALTH, ANY = "GET /", "any"


@row(HEALTH, "200 the health check, without a key", "recorded", "1.2, 11.27")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", "/", key=None)
    assert value["status"] == "ok" and value["info"] == value["details"] and value["info"]["isShuttingDown"] is False


@row(ANY, "404 an unknown path is a page", "recorded", "11.27")
def _(bench: Bench) -> None:
    for path in ("/v1/nothing", "/v1/emotes", "/v3/users/x/processes", "/v1"):
        reply = bench.ask("GET", path)
        assert reply.status == 404 and (reply.header("content-type") or "").startswith("text/html")


@row(ANY, "404 an unknown method, never 405", "recorded", "11.27")
def _(bench: Bench) -> None:
    bench.expect(404, "DELETE", "/v1/virtual-world/users/player")
    bench.expect(404, "PATCH", f"/v1/emotes/{w.DANCE}")
    bench.expect(404, "PUT", "/v1/process")


@row(ANY, "200 letter case and a final slash do not matter", "recorded", "11.27")
def _(bench: Bench) -> None:
    bench.expect(200, "GET", "/V1/Virtual-World/Config/")
    bench.expect(200, "GET", "/v1/virtual-world/users/player/")


@row(ANY, "200 HEAD", "recorded", "11.27")
def _(bench: Bench) -> None:
    reply = bench.ask("HEAD", "/v1/virtual-world/config")
    assert reply.status == 200 and reply.body == b""


_headers = [("x-surprise", "1"), ("User-Agent", "SDK-Unity/1.10.2")]
answers(ANY, "200 unknown headers are fine", "2", at="GET /v1/virtual-world/config", headers=_headers)


JSON = [("Content-Type", "application/json")]
PACKED = [*JSON, ("Content-Encoding", "gzip")]
for _name, _mark, _headers, _body in [
    ("200 packed JSON", "recorded", PACKED, gzip.compress(b'{"website":"z"}')),
    ("200 another content type is no body", "recorded", [("Content-Type", "text/plain")], b'{"nonsense":1}'),
    # The published server answers 500 to these.
    ("413 JSON of more than 100 kB", "ours", JSON, b'{"website":"' + b"x" * 110_000 + b'"}'),
    ("415 a charset nobody knows", "ours", [("Content-Type", "application/json; charset=klingon")], b"{}"),
    ("400 broken packing", "ours", PACKED, b"not gzip"),
    ("400 JSON nested too deeply", "ours", JSON, b"[" * 60_000),
    ("400 a body that is no object and no list", "ours", JSON, b"5"),
    ("400 numbers that are none", "ours", JSON, b'{"website":NaN}'),
    ("413 a packed bomb", "ours", PACKED, gzip.compress(b" " * 20_000_000)),
]:
    _options: Any = {"key": "config", "headers": _headers, "body": _body, "mark": _mark}
    answers(ANY, _name, "11.27", at="PUT /v1/virtual-world/config", **_options)


@row(ANY, "400 an escape that is none", "ours", "11.27")
def _(bench: Bench) -> None:
    bench.expect(400, "GET", "/v1/virtual-world/users/%zz")
    bench.expect(400, "GET", "/v1/virtual-world/users/%ff")


@row(ANY, "answers carry no error code where the contract has none", "documented", "5")
def _(bench: Bench) -> None:
    assert "errorCode" not in bench.expect(428, "GET", "/v1/virtual-world/alias/stuck")


answers(ANY, "200 any key of the contract, from outside", "1.3", at="GET /v1/virtual-world/config", needs=("key",))


@row("GET /v1/virtual-world/config", "401 no key, from outside", "documented", "5", needs=("key",))
def _(bench: Bench) -> None:
    value = bench.expect(401, "GET", "/v1/virtual-world/config", key=None)
    assert value["message"] == "Missing API key"


@row("GET /v1/virtual-world/config", "403 an unknown key, from outside", "documented", "5", needs=("key",))
def _(bench: Bench) -> None:
    assert bench.expect(403, "GET", "/v1/virtual-world/config", key=w.NO_KEY)["errorCode"] == "unknownApiKey"


answers("GET /v1/virtual-world/users/{userId}", "404 nobody, from outside", "2.1", userId=w.NOBODY, needs=("key",))
answers("GET /v1/emotes/{uuid}", "404 no such emote, from outside", "2.4", uuid=w.NOBODY, needs=("key",))
answers("GET /v1/process/{uuid}", "404 no such process, from outside", "2.7", uuid=w.NOBODY, needs=("key",))
answers(
    "GET /v1/process/token/{uuid}", "404 no such token, from outside", "2.7", uuid=w.NOBODY, key=None, needs=("key",)
)
