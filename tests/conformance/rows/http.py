"""Rules for every route (docs/api-contract.md#11.27)."""

from __future__ import annotations

import gzip

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
    for method, path in (
        ("DELETE", "/v1/virtual-world/users/player"),
        ("PATCH", f"/v1/emotes/{w.DANCE}"),
        ("PUT", "/v1/process"),
    ):
        assert bench.ask(method, path).status == 404


@row(ANY, "200 letter case and a final slash do not matter", "recorded", "11.27")
def _(bench: Bench) -> None:
    bench.expect(200, "GET", "/V1/Virtual-World/Config/")
    bench.expect(200, "GET", "/v1/virtual-world/users/player/")


@row(ANY, "200 HEAD", "recorded", "11.27")
def _(bench: Bench) -> None:
    reply = bench.ask("HEAD", "/v1/virtual-world/config")
    assert reply.status == 200 and reply.body == b""


@row(ANY, "200 unknown headers are fine", "documented", "2")
def _(bench: Bench) -> None:
    bench.expect(
        200, "GET", "/v1/virtual-world/config", headers=[("x-surprise", "1"), ("User-Agent", "SDK-Unity/1.10.2")]
    )


@row(ANY, "200 packed JSON", "recorded", "11.27")
def _(bench: Bench) -> None:
    headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
    bench.expect(
        200, "PUT", "/v1/virtual-world/config", key="config", headers=headers, body=gzip.compress(b'{"website":"z"}')
    )


@row(ANY, "200 another content type is no body", "recorded", "11.27")
def _(bench: Bench) -> None:
    headers = [("Content-Type", "text/plain")]
    bench.expect(200, "PUT", "/v1/virtual-world/config", key="config", headers=headers, body=b'{"nonsense":1}')


for _name, _status, _headers, _body in [
    (
        "413 JSON of more than 100 kB",
        413,
        [("Content-Type", "application/json")],
        b'{"website":"' + b"x" * 110_000 + b'"}',
    ),
    ("415 a charset nobody knows", 415, [("Content-Type", "application/json; charset=klingon")], b"{}"),
    ("400 broken packing", 400, [("Content-Type", "application/json"), ("Content-Encoding", "gzip")], b"not gzip"),
    ("400 JSON nested too deeply", 400, [("Content-Type", "application/json")], b"[" * 60_000),
    ("400 a body that is no object and no list", 400, [("Content-Type", "application/json")], b"5"),
    ("400 numbers that are none", 400, [("Content-Type", "application/json")], b'{"website":NaN}'),
]:
    # The published server answers 500 to these.
    answers(
        ANY,
        _name,
        "11.27",
        "/v1/virtual-world/config",
        key="config",
        headers=_headers,
        body=_body,
        method="PUT",
        mark="ours",
    )


@row(ANY, "413 a packed bomb", "ours", "11.27")
def _(bench: Bench) -> None:
    headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
    bench.expect(
        413, "PUT", "/v1/virtual-world/config", key="config", headers=headers, body=gzip.compress(b" " * 20_000_000)
    )


@row(ANY, "400 an escape that is none", "ours", "11.27")
def _(bench: Bench) -> None:
    for path in ("/v1/virtual-world/users/%zz", "/v1/virtual-world/users/%ff"):
        assert bench.ask("GET", path).status == 400


@row(ANY, "answers carry no error code where the contract has none", "documented", "5")
def _(bench: Bench) -> None:
    assert "errorCode" not in bench.expect(428, "GET", "/v1/virtual-world/alias/stuck")


answers(
    ANY, "200 any key of the contract, from outside", "1.3", "/v1/virtual-world/config", method="GET", needs=("key",)
)


@row("GET /v1/virtual-world/config", "401 no key, from outside", "documented", "5", needs=("key",))
def _(bench: Bench) -> None:
    value = bench.expect(401, "GET", "/v1/virtual-world/config", key=None)
    assert value["message"] == "Missing API key"


@row("GET /v1/virtual-world/config", "403 an unknown key, from outside", "documented", "5", needs=("key",))
def _(bench: Bench) -> None:
    assert bench.expect(403, "GET", "/v1/virtual-world/config", key=w.NO_KEY)["errorCode"] == "unknownApiKey"


@row("GET /v1/virtual-world/users/{userId}", "404 nobody, from outside", "documented", "2.1", needs=("key",))
def _(bench: Bench) -> None:
    bench.expect(404, "GET", f"/v1/virtual-world/users/{w.NOBODY}")


answers("GET /v1/emotes/{uuid}", "404 no such emote, from outside", "2.4", f"/v1/emotes/{w.NOBODY}", needs=("key",))
answers("GET /v1/process/{uuid}", "404 no such process, from outside", "2.7", f"/v1/process/{w.NOBODY}", needs=("key",))


@row("GET /v1/process/token/{uuid}", "404 no such token, from outside", "documented", "2.7", needs=("key",))
def _(bench: Bench) -> None:
    bench.expect(404, "GET", f"/v1/process/token/{w.NOBODY}", key=None)
