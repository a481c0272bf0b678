"""The Unity SDK 1.10 (docs/api-contract.md#12.3): its typed readers throw at a null or a wrong type. One row per line."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.support.waiting import until

from .. import world as w
from ..forms import page
from ..suite import Bench, client
from ..targets import Reply
from .upload import finished, upload

line = client("unity", "12.3")
SDK = [("User-Agent", "SDK-Unity/1.10.2"), ("Content-Type", "application/json")]
V2, BAG = "GET /v2/users/{userId}/processes", "GET /v1/users/{userId}/emotes"


def unity(bench: Bench, method: str, path: str, body: bytes = b"", key: str | None = "main") -> Reply:
    return bench.ask(method, path, key=key, headers=SDK, body=body)


def time_of(value: Any) -> datetime:
    assert isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value), value
    return datetime.fromisoformat(value)


def process_fits(value: dict[str, Any], path: str = "") -> None:
    """Check the value against the typed reader of a process."""
    assert None not in value.values(), f"null in {value}"
    for name in ("uuid", "emote", "animation", "video"):
        UUID(value[name])
    for name in ("vw", "user", "progression"):
        assert type(value[name]) is int, f"{name} of {path}"
    for name in ("postMLError", "validated", "rejected", "fastML", "maturity"):
        assert name not in value or type(value[name]) is bool
    time_of(value["createdAt"])
    hierarchy = value.get("hierarchy")
    if hierarchy is not None:
        assert type(hierarchy["children"]) is int and type(hierarchy["parents"]) is int
        assert isinstance(hierarchy["child"], dict) and isinstance(hierarchy["parent"], dict)


@line(V2, 1, "types of a process in every state", needs=("world", "capture"))
def _(bench: Bench) -> None:
    for user in ("states", "chain"):
        for value in unity(bench, "GET", f"/v2/users/{user}/processes", key="valid").json:
            process_fits(value, value["name"])
            process_fits(unity(bench, "GET", f"/v1/process/{value['uuid']}", key="valid").json)
    user = bench.user("valid")
    uuid = upload(bench, 201, bench.token(user, "valid"), page(clip=b"SLOW:0.6\n"))["uuid"]

    def done() -> bool:
        value = unity(bench, "GET", f"/v1/process/{uuid}", key="valid").json
        process_fits(value, "a running one")
        return bool(value["step"] == "done")

    until(done, pause_s=0.05)


@line(V2, 2, "what is not set is left out")
def _(bench: Bench) -> None:
    for value in unity(bench, "GET", "/v2/users/states/processes", key="valid").json:
        assert None not in value.values() and ("parent" not in value or value["parent"])


@line("GET /v1/virtual-world/users/{userId}", 3, "an error says that the user is missing, then POST")
def _(bench: Bench) -> None:
    name = bench.fresh()
    assert unity(bench, "GET", f"/v1/virtual-world/users/{name}").status == 404
    assert unity(bench, "POST", "/v1/virtual-world/users", f'{{"id":"{name}"}}'.encode()).status == 200
    found = unity(bench, "GET", f"/v1/virtual-world/users/{name}")
    assert found.status == 200 and found.body


@line("GET /v1/process/token/{uuid}", 4, "whole seconds, and the address has ?token=")
def _(bench: Bench) -> None:
    value = unity(bench, "GET", "/v1/process/token?userId=player").json
    assert isinstance(value["uuid"], str) and value["url"].count("?token=") == 1
    assert value["url"].split("?token=")[1].startswith(value["uuid"])
    state = unity(bench, "GET", f"/v1/process/token/{value['uuid']}", key=None).json
    assert type(state["expireIn"]) is int and state["expireIn"] >= 1
    time_of(state["expire"])


@line("POST /v1/process/{uuid}/validate", 5, "JSON without a body")
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid")
    assert unity(bench, "POST", f"/v1/process/{process}/validate", key="valid").status == 200
    retake = unity(bench, "POST", f"/v1/process/{process}/retake", key="valid")
    assert retake.status == 200 and "?token=" in retake.json["url"]


@line(BAG, 6, "lists and objects are there although empty, numbers are whole", needs=("world", "capture"))
def _(bench: Bench) -> None:
    user = bench.user()
    process = upload(bench, 201, bench.token(user), page())["uuid"]
    finished(bench, process, "main")
    for emote in (w.DANCE, w.BAG[0]):
        assert unity(bench, "POST", f"/v1/users/{user}/emotes/{emote}").status == 200
    rows = unity(bench, "GET", f"/v1/users/{user}/emotes").json
    assert len(rows) == 3
    for entry in rows:
        assert type(entry["id"]) is int
        time_of(entry["createdAt"])
        data = entry["data"]
        assert isinstance(data["files"], list) and isinstance(data["avatars"], dict)
        for file in [*data["files"], *(file for files in data["avatars"].values() for file in files)]:
            assert type(file["id"]) is int and type(file["assetId"]) is int and file["extension"]
            time_of(file["createdAt"])


@line(BAG, 6, "the number of rows grows with a new emote")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    before = len(unity(bench, "GET", f"/v1/users/{user}/emotes").json)
    unity(bench, "POST", f"/v1/users/{user}/emotes/{w.DANCE}")
    assert len(unity(bench, "GET", f"/v1/users/{user}/emotes").json) == before + 1


@line("GET /v1/emotes/{uuid}/avatar/{avatarUuid}", 7, "404 falls back, kinanim comes with fbx")
def _(bench: Bench) -> None:
    assert unity(bench, "GET", f"/v1/emotes/{w.PLAIN}/avatar/{w.AVATAR}").status == 404
    value = unity(bench, "GET", f"/v1/emotes/{w.DANCE}/avatar/{w.AVATAR}").json
    assert value["animationKinanimUrl"] and value["animationFbxUrl"]


@line(V2, 8, "200 and an empty list for a user without processes")
def _(bench: Bench) -> None:
    reply = unity(bench, "GET", f"/v2/users/{bench.user()}/processes")
    assert (reply.status, reply.json) == (200, [])


@line("any", 9, "the message of an error is at the top")
def _(bench: Bench) -> None:
    for reply, status, message in (
        (unity(bench, "GET", f"/v1/emotes/{w.NOBODY}"), 404, "Emote not found"),
        (unity(bench, "GET", "/v1/emotes/abc"), 400, "malformed request"),
        (unity(bench, "GET", "/v1/virtual-world/config", key=None), 401, "Missing API key"),
        (unity(bench, "POST", "/v1/virtual-world/users", b"{"), 400, "Malformed request"),
    ):
        assert (reply.status, reply.json["message"]) == (status, message)
