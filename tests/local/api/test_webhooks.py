"""Webhooks out: signed, one per transition, tried again, and never in a process's way."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.local.conftest import World
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("local")


class Receiver:
    """Keeps what it gets; answers the next of `answers`, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                raw = {name: value for name, value in self.headers.raw_items()}  # noqa: C416
                outer.got.append((raw, body))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_arguments: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/kinetix_mod/webhook/updates"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def statuses(self, process: str) -> list[str]:
        bodies = [json.loads(body) for _, body in self.got]
        return [body["status"] for body in bodies if body["uuid"] == process]

    def wait(self, process: str, last: str) -> list[str]:
        until(lambda: last in self.statuses(process), lambda: self.statuses(process))
        return self.statuses(process)


def delivered(world: World, process: str) -> list[dict[str, Any]]:
    """The log of this process's deliveries once nothing waits any more."""

    def log() -> list[dict[str, Any]]:
        return list(world.service.admin("GET", f"/deliveries?process={process}").json())

    until(lambda: all(row["state"] == "delivered" for row in log()), log)
    return log()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()


def test_each_transition_once_signed(world: World, receiver: Receiver) -> None:
    world.configure(ugcValidation=True)
    assert world.call("PUT", "/v1/virtual-world/config", json={"webhookUri": receiver.url}).status_code == 200
    process = world.emote()
    assert receiver.wait(process["uuid"], "done") == ["baking", "processing", "done"]
    for _ in range(2):
        world.call("POST", f"/v1/process/{process['uuid']}/retake")
    assert receiver.wait(process["uuid"], "rejected")[-1] == "rejected"
    failed = world.emote(clip=b"REJECT:many\n")
    receiver.wait(failed["uuid"], "error")
    assert [row["status"] for row in delivered(world, process["uuid"])].count("rejected") == 1
    assert receiver.statuses(process["uuid"]).count("rejected") == 1
    for headers, body in receiver.got:
        expected = hmac.new(world.key.encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-signature"] == expected, "the name in lower case, as receivers look it up"
        event = json.loads(body)
        assert {"uuid", "user", "status", "emote", "name"} <= set(event) and event["user"] == "player-1"


def test_tried_again_in_order_and_logged(world: World, receiver: Receiver) -> None:
    receiver.answers = [500]
    world.call("PUT", "/v1/virtual-world/config", json={"webhookUri": receiver.url})
    process = world.emote()
    assert process["step"] == "done", "a receiver that fails holds nothing up"
    assert receiver.wait(process["uuid"], "done") == ["baking", "baking", "processing", "done"]
    log = delivered(world, process["uuid"])
    assert [(row["status"], row["state"], [a["status"] for a in row["attempts"]]) for row in reversed(log)] == [
        ("baking", "delivered", [500, 200]),
        ("processing", "delivered", [200]),
        ("done", "delivered", [200]),
    ]


def test_nobody_listens(world: World) -> None:
    world.call("PUT", "/v1/virtual-world/config", json={"webhookUri": "http://127.0.0.1:9/x"})
    process = world.emote()
    assert process["step"] == "done"

    def first() -> dict[str, Any]:
        (row,) = [
            row
            for row in world.service.admin("GET", f"/deliveries?process={process['uuid']}").json()
            if row["status"] == "baking"
        ]
        return dict(row)

    until(lambda: first()["attempts"])  # the emote does not wait for it, and may be done before it
    assert first()["state"] == "waiting" and first()["attempts"][0]["error"]
