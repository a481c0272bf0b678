"""Uploads: the form as the contract wants it, progress, cancelling, and never twice after a lost answer."""

from __future__ import annotations

import email
import email.policy
import itertools
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.api import Client, Limits, Retry, Transfer
from kinetix_core.api.errors import (
    BadAnswer,
    Cancelled,
    ConnectionFailed,
    Forbidden,
    PayloadTooLarge,
    ServerError,
    UploadDoubtful,
)
from kinetix_core.api.models import Token
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.identity import TokenId
from tests.support.raw_server import Exchange, RawServer, cut
from tests.support.waiting import LIMIT_S

TOKEN = Token(uuid=TokenId("11111111-1111-4111-8111-111111111111"), user_id="p1")
PROCESS = {"uuid": "22222222-2222-4222-8222-222222222222", "name": "Wink", "step": "initialized"}
STEM = "my clip" if sys.platform == "win32" else 'my "clip"'


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / f"{STEM}.mp4"
    path.write_bytes(bytes(range(256)) * 9000)
    return path


class Server:
    """The upload side of the API, with faults. `uploads` are whole forms that arrived."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)
        self.used = False
        self.uploads: list[bytes] = []
        self.type = ""

    def __call__(self, exchange: Exchange) -> None:
        if exchange.path.startswith("/v1/process/token/"):
            exchange.json(404 if self.used else 200, {"message": "Token not found"} if self.used else {"expireIn": 300})
        elif exchange.path == "/v1/process":
            self._upload(exchange)
        else:
            exchange.json(404, {"message": "not here"})

    def _upload(self, exchange: Exchange) -> None:
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "cut early":
            exchange.read_some(100_000)
            cut(exchange)
            return
        if self.used:
            exchange.read_body()
            exchange.json(403, {"errorCode": "wrongToken", "message": "Wrong generation token", "data": {}})
            return
        if fault == "413 early":
            exchange.json(413, {"message": "too large"})
            return
        body = exchange.read_body()
        if len(body) < int(exchange.headers["content-length"]):
            return
        self.type = exchange.headers["content-type"]
        self.used = fault != "500 unburnt"
        if fault.startswith("500"):
            exchange.json(500, {"message": "An error occured"})
            return
        if fault != "lost without trace":
            self.uploads.append(body)
        if fault.startswith("lost"):
            cut(exchange)
        elif fault == "201 empty":
            exchange.answer(201)
        elif fault == "201 page":
            exchange.answer(201, b"<html>Welcome</html>")
        elif fault == "201 other":
            exchange.json(201, {"status": "ok"})
        elif fault == "503 made":
            exchange.json(503, {})
        else:
            exchange.json(201, PROCESS)

    def form(self) -> dict[str, tuple[str | None, Any]]:
        head = f"Content-Type: {self.type}\r\n\r\n".encode()
        message: Any = email.message_from_bytes(head + self.uploads[-1], policy=email.policy.HTTP)
        names = [str(part.get_param("name", header="content-disposition")) for part in message.iter_parts()]
        contents = [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_parts()]
        return dict(zip(names, contents, strict=True))


def client_of(server: RawServer) -> Client:
    limits = Limits(read_s=LIMIT_S, call_s=LIMIT_S)
    return Client(server.url, "a" * 32, retry=Retry(sleep=lambda seconds: None), limits=limits)


def test_the_form(clip: Path) -> None:
    with RawServer(Server()) as raw, client_of(raw) as client:
        process = client.process.create(TOKEN, clip, name="Wink", form={"mature": "true", "x": "4"})
        assert process.uuid == PROCESS["uuid"] and process.state == "pending"
        form = raw.handler.form()  # type: ignore[attr-defined]
    assert form.pop("video") == (f"{STEM}.mp4".replace('"', "%22"), clip.read_bytes())
    assert {name: part[1] for name, part in form.items()} == {"name": b"Wink", "mature": b"true", "x": b"4"}
    upload = next(request for request in raw.requests if request.method == "POST")
    assert upload.headers["x-api-token"] == TOKEN.uuid
    assert "x-api-key" not in upload.headers and "transfer-encoding" not in upload.headers


def test_a_text_field_is_always_sent(clip: Path) -> None:
    """A form with only a file is refused by the published server."""
    with RawServer(Server()) as raw, client_of(raw) as client:
        client.process.create(TOKEN, clip)
        assert set(raw.handler.form()) == {"name", "mature", "video"}  # type: ignore[attr-defined]


def test_progress_counts_bytes_and_seconds(clip: Path) -> None:
    seen: list[Transfer] = []
    with RawServer(Server()) as raw, client_of(raw) as client:
        client.process.create(TOKEN, clip, progress=seen.append)
    sizes = [step.done_bytes for step in seen]
    assert sizes == sorted(sizes) and sizes[-1] == seen[0].total_bytes == seen[-1].total_bytes
    assert max(b - a for a, b in itertools.pairwise([0, *sizes])) <= 1 << 20
    assert seen[-1].fraction == 1.0 and seen[-1].remaining_s == 0.0
    assert all(a.elapsed_s <= b.elapsed_s for a, b in itertools.pairwise(seen))


def test_cancelling_ends_it(clip: Path) -> None:
    seen: list[Transfer] = []
    with RawServer(Server()) as raw, client_of(raw) as client, pytest.raises(Cancelled):
        client.process.create(TOKEN, clip, progress=seen.append, cancelled=lambda: len(seen) > 1)
    assert not raw.handler.uploads  # type: ignore[attr-defined]


@pytest.mark.parametrize("phase", ["sending", "waiting"])
def test_cancelling_ends_it_while_the_server_is_silent(tmp_path: Path, phase: str) -> None:
    """A server that reads nothing, or answers nothing, holds the call no longer than one check."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(8 << 20))
    silent, ended = threading.Event(), threading.Event()

    def handle(exchange: Exchange) -> None:
        if exchange.method == "GET":
            exchange.json(200, {"expireIn": 300})
            return
        if phase == "waiting":
            exchange.read_body()
        silent.set()
        ended.wait(LIMIT_S)

    with RawServer(handle) as raw, Client(raw.url, limits=Limits(read_s=4 * LIMIT_S)) as client:
        with pytest.raises(Cancelled):
            client.process.create(TOKEN, clip, cancelled=silent.is_set)
        ended.set()


@pytest.mark.parametrize(
    "faults", [("cut early",), ("cut early", "cut early"), ("500 unburnt",), ("cut early", "500 unburnt")]
)
def test_a_valid_token_is_used_again(clip: Path, faults: tuple[str, ...]) -> None:
    with RawServer(Server(*faults)) as raw, client_of(raw) as client:
        assert client.process.create(TOKEN, clip, name="Wink").uuid == PROCESS["uuid"]
        assert len(raw.handler.uploads) == 1  # type: ignore[attr-defined]
        assert raw.handler.uploads[0].count(clip.read_bytes()) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "faults"),
    [
        (UploadDoubtful, ["lost", "lost without trace", "201 empty", "201 page", "201 other"]),
        (ServerError, ["503 made", "500 burnt"]),
        (PayloadTooLarge, ["413 early"]),
    ],
)
def test_a_clip_is_not_sent_twice(clip: Path, kind: type[KinetixError], faults: list[str]) -> None:
    for fault in faults:
        with RawServer(Server(fault)) as raw, client_of(raw) as client, pytest.raises(kind) as caught:
            client.process.create(TOKEN, clip, name="Wink")
        assert kind is not UploadDoubtful or caught.value.command == "kinetix process list"
        assert sum(request.path == "/v1/process" for request in raw.requests) == 1, fault


def test_a_page_in_between_is_no_upload(clip: Path) -> None:
    """The token is still good, so nothing has reached the API."""

    def handle(exchange: Exchange) -> None:
        if exchange.path.startswith("/v1/process/token/"):
            exchange.json(200, {"expireIn": 300})
        else:
            exchange.read_body()
            exchange.answer(200, b"<html>Sign in</html>")

    with RawServer(handle) as raw, client_of(raw) as client, pytest.raises(BadAnswer):
        client.process.create(TOKEN, clip)
    assert sum(request.path == "/v1/process" for request in raw.requests) == 1


def test_a_name_has_no_blanks_around_it(clip: Path) -> None:
    for given, sent in ((" Wink ", "Wink"), ("  ", STEM), ("", STEM)):
        with RawServer(Server()) as raw, client_of(raw) as client:
            client.process.create(TOKEN, clip, name=given)
            assert raw.handler.form()["name"][1].decode() == sent  # type: ignore[attr-defined]


def test_a_used_token_is_a_refusal(clip: Path) -> None:
    server = Server()
    server.used = True
    with RawServer(server) as raw, client_of(raw) as client, pytest.raises(Forbidden) as caught:
        client.process.create(TOKEN, clip)
    assert caught.value.error_code == "wrongToken"


def test_a_server_that_cannot_be_asked_is_told_as_such(clip: Path) -> None:
    with RawServer(cut) as raw, client_of(raw) as client, pytest.raises(ConnectionFailed):
        client.process.create(TOKEN, clip)
    assert sum(request.method == "POST" for request in raw.requests) <= 1


def test_a_clip_that_is_not_there(tmp_path: Path) -> None:
    with RawServer(Server()) as raw, client_of(raw) as client, pytest.raises(InputError) as caught:
        client.process.create(TOKEN, tmp_path / "none.mp4")
    assert caught.value.code == "clipNotFound"


def test_a_clip_that_shrinks_while_it_is_sent(clip: Path) -> None:
    def shrink(step: Transfer) -> None:
        if step.done_bytes < 1000:
            clip.write_bytes(b"short")

    with RawServer(Server()) as raw, client_of(raw) as client, pytest.raises(InputError) as caught:
        client.process.create(TOKEN, clip, progress=shrink)
    assert caught.value.code == "clipChanged"
