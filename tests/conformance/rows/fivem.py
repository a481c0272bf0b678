"""The FiveM mod (docs/api-contract.md#12.2): one row per line, sent as its script sends it."""

from __future__ import annotations

import hmac
import json
import time
from typing import Any

from tests.support.raw_server import Exchange, RawServer
from tests.support.waiting import until

from .. import world as w
from ..forms import page
from ..suite import DEFAULT, Bench, client
from ..targets import Reply
from .upload import finished, upload

# Every request of the mod, reading ones included, names JSON, mostly with nothing in it.
line = client("fivem", "12.2")
MOD = [("Content-Type", "application/json")]
MENU = {403, 429}
WORDS = {"pending", "processing", "done", "validated", "failed", "rejected"}
TOKEN = "POST /v1/process/token"


def mod(bench: Bench, method: str, path: str, body: bytes = b"", key: str = "main") -> Reply:
    return bench.ask(method, path, key=key, headers=MOD, body=body)


@line(TOKEN, 1, "exactly 200 with an address", modes=DEFAULT)
def _(bench: Bench) -> None:
    reply = mod(bench, "POST", "/v1/process/token?userId=player", b"{}")
    assert reply.status == 200 and isinstance(reply.json["url"], str)


@line(TOKEN, 1, "expected refusals have a menu text", needs=("world", "capture"), modes=DEFAULT)
def _(bench: Bench) -> None:
    user = bench.daily_user()
    upload(bench, 201, bench.token(user, "daily"), page())
    asked = (("player", "no_ugc"), ("player", "no_uge"), (user, "daily"))
    refused = [mod(bench, "POST", f"/v1/process/token?userId={name}", b"[]", key) for name, key in asked]
    assert {reply.status for reply in refused} == MENU


@line(TOKEN, 2, "an empty table arrives as [] or {}", modes=DEFAULT)
def _(bench: Bench) -> None:
    for body in (b"[]", b"{}", b""):
        assert mod(bench, "POST", "/v1/process/token?userId=player", body).status == 200


@line(TOKEN, 3, "the address survives being cut at its first &", modes=DEFAULT)
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid")
    for value in (
        mod(bench, "POST", "/v1/process/token?userId=player", b"[]").json,
        mod(bench, "POST", f"/v1/process/{process}/retake", b"", "valid").json,
    ):
        cut = value["url"].split("&")[0]
        token = cut.partition("?token=")[2]
        assert bench.ask("GET", f"/v1/process/token/{token}", key=None).status == 200


@line("any", 4, "an empty body that is called JSON is no fault")
def _(bench: Bench) -> None:
    process, _, user = bench.take("valid")
    assert mod(bench, "GET", "/v1/virtual-world/config").status == 200
    assert mod(bench, "GET", f"/v1/users/{user}/emotes", key="valid").status == 200
    assert mod(bench, "POST", f"/v1/users/{bench.user()}/emotes/{w.DANCE}").status == 200
    assert mod(bench, "POST", f"/v1/process/{process}/validate", key="valid").status == 200
    assert mod(bench, "POST", f"/v1/process/{process}/retake", key="valid").status == 200


@line("GET /v1/users/{userId}/emotes", 5, "rows with all that the menu reads")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    for status in (200, 208):
        reply = mod(bench, "GET", f"/v1/users/{user}/emotes")
        assert reply.status == status and len(reply.json) == 7
        for entry in reply.json:
            data = entry["data"]
            assert data["uuid"] and isinstance(data["files"], list) and data["name"] and data["createdAt"]


@line("GET /v1/emotes/{uuid}", 6, "the clip by its extension, thumbnail and gif for the preview")
def _(bench: Bench) -> None:
    files = mod(bench, "GET", f"/v1/emotes/{w.DANCE}").json["files"]
    assert all(isinstance(file[name], str) for file in files for name in ("name", "extension", "url"))
    assert any(file["extension"] == "ycd" for file in files)
    assert any(file["name"] == "thumbnail" and file["extension"] == "gif" for file in files)


@line("GET /user-data/{file}", 7, "exactly 200 and the raw bytes, key or not")
def _(bench: Bench) -> None:
    files = mod(bench, "GET", f"/v1/emotes/{w.DANCE}").json["files"]
    url = next(file["url"] for file in files if file["extension"] == "ycd")
    reply = mod(bench, "GET", url.removeprefix(bench.target.base))
    assert reply.status == 200 and reply.body.startswith(b"RSC7") and reply.header("location") is None


@line("GET /v2/users/{userId}/processes", 8, "known words and whole numbers", needs=("world", "capture"))
def _(bench: Bench) -> None:
    user = bench.user("valid")
    process = upload(bench, 201, bench.token(user, "valid"), page(clip=b"SLOW:0.6\n"))["uuid"]
    seen: set[str] = set()
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86400))

    def ended() -> bool:
        rows: list[dict[str, Any]] = mod(bench, "GET", f"/v2/users/{user}/processes?since={since}", key="valid").json
        for entry in rows:
            seen.add(entry["status"])
            assert type(entry["hierarchy"]["children"]) is int and type(entry["hierarchy"]["parents"]) is int
            assert type(entry["progression"]) is int
            assert all(entry[name] for name in ("name", "createdAt", "emote", "uuid"))
        return rows[0]["status"] not in {"pending", "processing"}

    until(ended, lambda: seen, pause_s=0.05)
    assert seen <= WORDS and "done" in seen
    assert finished(bench, process, "valid")["step"] == "done"
    every = mod(bench, "GET", "/v2/users/states/processes?since=2024-01-01T00:00:00Z", key="valid").json
    assert {entry["status"] for entry in every} <= WORDS


@line("GET /v1/virtual-world/config", 9, "validation is false, absent or {maxRetry}")
def _(bench: Bench) -> None:
    assert mod(bench, "GET", "/v1/virtual-world/config", key="valid").json["ugcValidation"] == {"maxRetry": 1}
    assert mod(bench, "GET", "/v1/virtual-world/config").json.get("ugcValidation", False) is False
    assert mod(bench, "GET", "/v1/virtual-world/config", key=w.NO_KEY).status == 403


@line("POST /v1/virtual-world/users", 10, "made again and again, an answer always comes")
def _(bench: Bench) -> None:
    name = bench.fresh()
    body = f'{{"id":"{name}"}}'.encode()
    assert [mod(bench, "POST", "/v1/virtual-world/users", body).status for _ in range(2)] == [200, 409]


@line("POST /v1/process/{uuid}/validate", 11, "the answer names the emote")
def _(bench: Bench) -> None:
    process, emote, user = bench.take("valid")
    assert mod(bench, "POST", f"/v1/process/{process}/validate", key="valid").json["emote"] == emote
    path = f"/v1/users/{user}/emotes/{emote}"
    assert mod(bench, "PUT", path, b'{"name":"fivem name"}', "valid").status == 200
    assert mod(bench, "DELETE", path, b'{"reason":"player asked"}', "valid").status == 200


SIGNED = "webhooks are signed with the key, under a lower-case header"


@line("PUT /v1/virtual-world/config", 12, SIGNED, needs=("world", "capture"))
def _(bench: Bench) -> None:
    """Each step is told to the one address of the world, and the script looks its header up literally."""
    name = bench.user("config")

    def taken(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.json(200, {})

    with RawServer(taken) as hook:
        address = {"webhookUri": f"{hook.url}/kinetix_mod/webhook/updates"}
        bench.expect(200, "PUT", "/v1/virtual-world/config", key="config", json=address)
        process = upload(bench, 201, bench.token(name, "config"), page(name="told"))
        until(
            lambda: any(b'"done"' in request.body for request in list(hook.requests)),
            lambda: [request.body for request in hook.requests],
        )
        bench.expect(200, "PUT", "/v1/virtual-world/config", key="config", json={"webhookUri": None})
    key = bench.keys["config"].encode()
    for request in hook.requests:
        assert (request.method, request.path) == ("POST", "/kinetix_mod/webhook/updates")
        assert b"\r\nx-signature: " + hmac.new(key, request.body, "sha256").hexdigest().encode() in request.head
        told = json.loads(request.body)
        wanted = {"uuid": process["uuid"], "user": name, "emote": process["emote"], "name": "told"}
        assert told.items() >= wanted.items()
    assert {"baking", "done"} <= {json.loads(request.body)["status"] for request in hook.requests}
