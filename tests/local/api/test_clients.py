"""Requests of the upload page beyond the rows of tests/conformance, and hostile ones."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
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


def test_page_its_origin_can_be_set_and_is_learnt_from_the_configuration(world: World) -> None:
    page = "https://upload.example.org"
    world.call("PUT", "/v1/virtual-world/config", json={"ugcFrontentUrl": page + "/go"})
    answer = requests.get(world.service.url + "/", headers={"origin": page}, timeout=LIMIT_S)
    assert answer.headers["access-control-allow-origin"] == page
    assert world.token()["url"].startswith(page + "/go/?token=")


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
