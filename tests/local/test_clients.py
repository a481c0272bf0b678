"""Requests of existing clients, one test per line: the published upload page, the FiveM mod, the Unity SDK."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import sqlite3
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.local.conftest import World
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("local")
ORIGIN = "http://localhost:4173"
JSON = {"content-type": "application/json"}


# --- the published upload page ---


def test_page_every_answer_names_its_origin_errors_included(world: World) -> None:
    url = world.service.url
    for method, path in (
        ("GET", "/v1/process/token/" + str(uuid.uuid4())),
        ("GET", "/v1/process/token/broken"),
        ("POST", "/v1/process"),
        ("GET", "/v1/virtual-world/config"),
        ("GET", "/nowhere"),
    ):
        answer = requests.request(method, url + path, headers={"origin": ORIGIN}, timeout=LIMIT_S)
        assert answer.headers["access-control-allow-origin"] == ORIGIN, path
        assert answer.headers["access-control-allow-credentials"] == "true"
    foreign = requests.get(
        url + "/v1/virtual-world/config", headers={"origin": "https://evil.example"}, timeout=LIMIT_S
    )
    assert "access-control-allow-origin" not in foreign.headers


def test_page_its_origin_can_be_set_and_is_learnt_from_the_configuration(world: World) -> None:
    page = "https://upload.example.org"
    world.call("PUT", "/v1/virtual-world/config", json={"ugcFrontentUrl": page + "/go"})
    answer = requests.get(world.service.url + "/", headers={"origin": page}, timeout=LIMIT_S)
    assert answer.headers["access-control-allow-origin"] == page
    assert world.token()["url"].startswith(page + "/go/?token=")


def test_page_preflight_burns_and_counts_nothing(world: World) -> None:
    token = world.token()["uuid"]
    for _ in range(3):
        answer = requests.options(
            world.service.url + "/v1/process",
            headers={
                "origin": ORIGIN,
                "access-control-request-method": "POST",
                "access-control-request-headers": "x-api-token",
            },
            timeout=LIMIT_S,
        )
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-headers"] == "x-api-token"
        assert "POST" in answer.headers["access-control-allow-methods"]
    assert world.service.upload(token).status_code == 201


def test_page_asks_for_the_token_often_without_a_key(world: World) -> None:
    token = world.token()["uuid"]
    url = f"{world.service.url}/v1/process/token/{token}"
    answers = [requests.get(url, headers={"origin": ORIGIN}, timeout=LIMIT_S) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {200}
    assert requests.get(url, headers={"x-api-key": "nobody's"}, timeout=LIMIT_S).status_code == 200
    assert requests.get(f"{world.service.url}/v1/process/token/x", timeout=LIMIT_S).status_code == 400


def test_page_text_parts_after_the_file(world: World) -> None:
    created = world.upload(name="after the file", mature="true")
    assert created["name"] == "after the file" and created["maturity"] is True


def test_page_token_is_gone_at_once(world: World) -> None:
    token = world.token()["uuid"]
    assert world.service.upload(token).status_code == 201
    assert requests.get(f"{world.service.url}/v1/process/token/{token}", timeout=LIMIT_S).status_code == 404
    assert world.service.upload(token).status_code == 403


def test_page_a_refused_form_can_be_sent_again(world: World) -> None:
    token = world.token()["uuid"]
    assert world.service.upload(token, mature="perhaps").status_code == 400
    assert world.service.upload(token, surprise="x").status_code == 400
    assert world.service.upload(token).status_code == 201


def test_page_a_too_large_clip_gets_a_whole_answer(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("small"), "--max-upload", "2000000") as service:
        service.user()
        token = service.token()["uuid"]
        parts: dict[str, Any] = {"video": ("a.mp4", bytes(8_000_000)), "name": (None, "x")}
        answer = requests.post(
            f"{service.url}/v1/process", headers={"x-api-token": token, "origin": ORIGIN}, files=parts, timeout=LIMIT_S
        )
        assert answer.status_code == 413 and "at most 2 MB" in answer.json()["message"]
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert not list((service.home / "local" / "files" / "incoming").iterdir())
        # A body that is no form is refused in whole as well.
        much = requests.post(
            f"{service.url}/v1/virtual-world/users", data=bytes(3_000_000), headers=JSON, timeout=LIMIT_S
        )
        assert much.status_code == 413 and much.headers["vary"] == "Origin"


def test_page_link_has_the_token_first_and_it_is_enough(world: World) -> None:
    token = world.token()
    assert re.fullmatch(rf"http://[^?]+/\?token={token['uuid']}&expire=[0-9TZ:.-]+", token["url"])


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        ("00:00:00.000", "00:00:59.995", {"trimEnd": 10.0}),
        ("00:00:02.999", "00:00:02.000", {"trimStart": 2.999, "trimEnd": 3.999}),
        ("", "", {}),
        ("x", "y", {}),
    ],
)
def test_page_odd_trims_are_taken(world: World, start: str, end: str, kept: dict[str, float]) -> None:
    process = world.upload(start=start, end=end)["uuid"]
    assert _request_of(world, process) == pytest.approx(kept)


def _request_of(world: World, process: str) -> dict[str, float]:
    with contextlib.closing(sqlite3.connect(world.service.home / "local" / "local.db")) as database:
        (request,) = database.execute("SELECT request FROM processes WHERE uuid = ?", (process,)).fetchone()
    found: dict[str, float] = json.loads(request)
    return found


def test_the_page_offers_and_keeps_what_a_longer_world_allows(world: World) -> None:
    refused = world.service.admin("PATCH", f"/worlds/{world.uuid}", json={"configuration": {"maxSeconds": 61}})
    assert refused.status_code == 400 and "from 1 to 60" in refused.text
    refused = world.service.admin("PATCH", f"/worlds/{world.uuid}", json={"configuration": {"minSeconds": 0.2}})
    assert refused.status_code == 400 and "from 0.3 to 1" in refused.text
    world.configure(minSeconds=0.3, maxSeconds=60)
    token = world.token()["uuid"]
    state = requests.get(f"{world.service.url}/_local/page/{token}", timeout=LIMIT_S).json()
    assert (state["limits"]["minSeconds"], state["limits"]["maxSeconds"]) == (0.3, 60)
    process = world.upload(start="00:00:01.000", end="00:02:00.000")["uuid"]
    assert _request_of(world, process) == {"trimStart": 1.0, "trimEnd": 61.0}


def test_a_game_reads_how_long_a_clip_may_be(world: World, strict_world: World) -> None:
    lengths = {"minSeconds": 0.5, "maxSeconds": 60}
    assert not lengths.keys() & world.call("GET", "/v1/virtual-world/config").json().keys()
    for one in (world, strict_world):
        one.configure(**lengths)
    assert lengths.items() <= world.call("GET", "/v1/virtual-world/config").json().items()
    told = strict_world.call("GET", "/v1/virtual-world/config").json()
    assert not lengths.keys() & told.keys(), "the published server keeps to its own limits"


def test_page_retake_link_is_an_ordinary_link(world: World) -> None:
    world.configure(ugcValidation=True)
    process = world.emote()
    token = world.call("POST", f"/v1/process/{process['uuid']}/retake").json()["uuid"]
    state = requests.get(f"{world.service.url}/v1/process/token/{token}", timeout=LIMIT_S).json()
    assert state["retake"] is True
    assert world.service.upload(token).status_code == 201


# --- the FiveM mod ---


def test_fivem_token_by_post_with_an_empty_lua_table(world: World) -> None:
    world.user()
    for body in (b"[]", b"{}", b"", json.dumps({"paid": True}).encode()):
        answer = world.call("POST", "/v1/process/token?userId=player-1", data=body, headers=JSON)
        assert answer.status_code == 200 and answer.json()["url"], body
    process = world.service.upload(answer.json()["uuid"]).json()
    shown = world.call("GET", f"/v1/process/{process['uuid']}").json()
    assert shown["metadata"] == {"paid": True}


def test_fivem_json_type_with_an_empty_body_everywhere(world: World) -> None:
    world.configure(ugcValidation=True)
    process = world.emote()
    for method, path in (
        ("GET", "/v1/virtual-world/config"),
        ("GET", "/v1/users/player-1/emotes"),
        ("GET", "/v2/users/player-1/processes"),
        ("GET", f"/v1/emotes/{process['emote']}"),
        ("POST", f"/v1/process/{process['uuid']}/validate"),
        ("POST", f"/v1/users/player-1/emotes/{process['emote']}"),
    ):
        assert world.call(method, path, headers=JSON, data=b"").status_code == 200, path


def test_fivem_bag_rows(world: World) -> None:
    world.emote()
    (row,) = world.call("GET", "/v1/users/player-1/emotes", headers=JSON).json()
    data = row["data"]
    assert data["uuid"] and data["name"] and data["createdAt"] and isinstance(data["files"], list)
    assert {"name": "thumbnail", "extension": "gif"}.items() <= next(
        file for file in data["files"] if file["extension"] == "gif"
    ).items()


def test_fivem_download_with_key_and_type_is_exactly_200(world: World) -> None:
    asset = world.call("GET", f"/v1/emotes/{world.emote()['emote']}").json()
    answer = requests.get(
        asset["files"][0]["url"], headers={"x-api-key": world.key, **JSON}, timeout=LIMIT_S, allow_redirects=False
    )
    assert answer.status_code == 200 and len(answer.content) > 100


def test_fivem_process_list_with_unescaped_colons(world: World) -> None:
    world.emote()
    parts = urlsplit(world.service.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=LIMIT_S)
    connection.request(
        "GET", "/v2/users/player-1/processes?since=2024-07-01T10:00:00Z", headers={"x-api-key": world.key, **JSON}
    )
    answer = connection.getresponse()
    (row,) = json.loads(answer.read())
    connection.close()
    assert answer.status == 200
    assert row["status"] in {"pending", "processing", "done", "validated", "failed", "rejected"}
    assert isinstance(row["hierarchy"]["children"], int) and isinstance(row["hierarchy"]["parents"], int)
    assert all(row[name] is not None for name in ("name", "progression", "createdAt", "emote", "uuid"))


def test_fivem_validation_is_false_or_an_object(world: World) -> None:
    world.call("PUT", "/v1/virtual-world/config", json={"ugcValidation": {"maxRetry": 3}})
    assert world.call("GET", "/v1/virtual-world/config").json()["ugcValidation"]["maxRetry"] == 3


def test_fivem_validate_answers_with_the_emote_and_delete_takes_a_reason(world: World) -> None:
    world.configure(ugcValidation=True)
    process = world.emote()
    valid = world.call("POST", f"/v1/process/{process['uuid']}/validate", headers=JSON)
    assert valid.json()["emote"] == process["emote"]
    path = f"/v1/users/player-1/emotes/{process['emote']}"
    assert world.call("DELETE", path, json={"reason": "…"}).status_code == 200


# --- the Unity SDK ---


def nulls(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [hit for name, entry in value.items() for hit in nulls(entry, f"{path}.{name}")]
    return [path] if value is None else []


def test_unity_process_types(world: World) -> None:
    world.upload(b"SLOW:0.6")
    rows: list[dict[str, Any]] = []
    while not rows or rows[-1]["status"] != "done":
        rows += world.call("GET", "/v2/users/player-1/processes").json()
    for row in rows:
        assert all(uuid.UUID(row[name]) for name in ("uuid", "emote", "animation", "video"))
        assert all(type(row[name]) is int for name in ("vw", "user", "progression"))
        assert all(type(row[name]) is bool for name in ("validated", "rejected"))
        assert type(row.get("postMLError", False)) is bool
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["createdAt"])
        assert nulls(row) == [], "unset fields are left out"


def test_unity_user_look_up(world: World) -> None:
    assert world.call("GET", "/v1/virtual-world/users/new").status_code == 404
    assert world.call("POST", "/v1/virtual-world/users", json={"id": "new"}).ok
    found = world.call("GET", "/v1/virtual-world/users/new")
    assert found.status_code == 200 and found.content


def test_unity_token(world: World) -> None:
    token = world.token()
    assert isinstance(token["uuid"], str) and "?token=" in token["url"]
    state = requests.get(f"{world.service.url}/v1/process/token/{token['uuid']}", timeout=LIMIT_S).json()
    assert type(state["expireIn"]) is int and state["expireIn"] >= 1 and state["expire"]


def test_unity_bag_and_asset_types(world: World) -> None:
    world.emote()
    (row,) = world.call("GET", "/v1/users/player-1/emotes").json()
    assert type(row["id"]) is int and row["createdAt"]
    assert isinstance(row["data"]["files"], list) and isinstance(row["data"]["avatars"], dict)
    for file in row["data"]["files"]:
        assert type(file["id"]) is int and type(file["assetId"]) is int and file["extension"] and file["createdAt"]


def test_unity_avatar_route_falls_back_on_404(world: World) -> None:
    emote = world.emote()["emote"]
    answer = world.call("GET", f"/v1/emotes/{emote}/avatar/{uuid.uuid4()}")
    assert answer.status_code == 404 and answer.json()["message"] == "Avatar not found"


def test_unity_empty_process_list(world: World) -> None:
    world.user()
    answer = world.call("GET", "/v2/users/player-1/processes")
    assert answer.status_code == 200 and answer.json() == []


# --- hostile ones ---


def test_cut_uploads_leave_nothing(service: Running) -> None:
    service.user()
    token = service.token()["uuid"]
    parts = urlsplit(service.url)
    for cut in (10, 300, 5000):
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=LIMIT_S) as raw:
            body = b'--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n' + bytes(20_000)
            head = f"POST /v1/process HTTP/1.1\r\nhost: x\r\nx-api-token: {token}\r\ncontent-length: 99999\r\n"
            raw.sendall(f"{head}content-type: multipart/form-data; boundary=b\r\n\r\n".encode() + body[:cut])
    answer = requests.get(f"{service.url}/v1/process/token/{token}", timeout=LIMIT_S)
    assert answer.status_code == 200, "the token is still good"
    incoming = service.home / "local" / "files" / "incoming"
    until(lambda: not list(incoming.iterdir()), lambda: list(incoming.iterdir()))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b--\r\n",
        b"--b\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\nx",
        b"--b\r\n" + b"a" * 100_000 + b": x\r\n\r\nx\r\n--b--\r\n",
        b"".join(b"--b\r\nContent-Disposition: form-data; name=x%d\r\n\r\nx\r\n" % n for n in range(200))
        + b"--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"x" * 500_000 + b"\r\n--b--\r\n",
    ],
    ids=range(8),
)
def test_broken_forms(world: World, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b", "x-api-token": world.token()["uuid"]}
    answer = requests.post(f"{world.service.url}/v1/process", headers=headers, data=body, timeout=LIMIT_S)
    assert answer.status_code == 400, answer.text
