"""A real hub over real sockets: the door, snapshot and events, and that waiting peers do not slow others down."""

from __future__ import annotations

import asyncio
import contextlib
import json
import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.typing import Origin

from kinetix_core.serving.listeners import Limits
from kinetix_core.serving.peer_identity import new_nonce
from kinetix_hub.server.answers import file_answer
from tests.hub.conftest import HubProcess, ask, listen, wait_job
from tests.support.fast_capture import STEPS
from tests.support.hub_json import HubLink
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("hub-server")


def test_every_route_is_behind_the_door_and_described(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    spec = link.get("/openapi.json")
    assert len(spec["paths"]) > 25
    for path, methods in spec["paths"].items():
        for method in methods:
            status, answered, body = ask(
                link, method.upper(), path.replace("{", "").replace("}", ""), headers={"X": "y"}
            )
            assert status == 401 and body["error"]["code"], (method, path)
            assert answered["kinetix-start"] == link.info.start_id and answered["kinetix-protocol"] == "1"
            assert "access-control-allow-origin" not in answered


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v1/nothing", None, 404, "noSuchRoute"),
        ("PUT", "/v1/jobs", None, 405, "noSuchRoute"),
        ("POST", "/v1/jobs", b"{", 400, "badRequest"),
        ("POST", "/v1/jobs", b"[]", 400, "badRequest"),
        ("POST", "/v1/jobs", b"{}", 400, "badRequest"),
        ("POST", "/v1/jobs", b'{"clip":"/x","speling":1}', 400, "badRequest"),
        ("POST", "/v1/jobs", b'{"clip":"/x","heightCm":3}', 400, "badRequest"),
        ("POST", "/v1/jobs", b'{"clip":"/x","trimStart":NaN}', 400, "badRequest"),
        ("POST", "/v1/jobs", b'{"clip":"/no/such.mp4"}', 400, "clipNotFound"),
        ("POST", "/v1/jobs", b'{"clip":"/etc","profile":"none"}', 400, "clipNotFound"),
        ("POST", "/v1/jobs", b"x" * 1_100_000, 413, "tooLarge"),
        ("GET", "/v1/jobs/none", None, 404, "jobNotFound"),
        ("POST", "/v1/jobs/none/cancel", None, 404, "jobNotFound"),
        ("GET", "/v1/emotes/none", None, 404, "emoteNotFound"),
        ("GET", "/v1/emotes/none/files/..%2f..%2fhub.db", None, 404, "noSuchRoute"),
        ("PATCH", "/v1/emotes/none", b"{}", 404, "emoteNotFound"),
        ("PUT", "/v1/profiles/a b", b'{"kind":"custom","url":"https://x.example"}', 400, "badIdentity"),
        ("PUT", "/v1/profiles/mine", b'{"kind":"custom","url":"http://x.example"}', 400, "badAddress"),
        ("PUT", "/v1/profiles/mine", b'{"kind":"custom","url":"file:///etc/passwd"}', 400, "badAddress"),
        ("PUT", "/v1/profiles/none/key", b'{"key":"k"}', 404, "profileNotFound"),
        ("DELETE", "/v1/profiles/local", None, 409, "profileInUse"),
        ("GET", "/v1/events?since=abc", None, 400, "badRequest"),
    ],
)
def test_bad_requests_say_what_is_wrong(
    shared_hub: HubProcess, method: str, path: str, body: bytes | None, status: int, code: str
) -> None:
    found, _, answer = ask(shared_hub.link, method, path.replace(" ", "%20"), body)
    assert (found, answer["error"]["code"]) == (status, code), answer
    assert answer["error"]["title"] and "kinetix " not in answer["error"]["nextStep"]


def captured_beyond(link: HubLink, job: str, percent: float) -> float:
    """Return the progress of a job; 0 until its clip is read and it is beyond `percent`."""
    row = link.get(f"/jobs/{job}")
    return float(row["percent"]) if row["stage"] == "track" and (row["percent"] or 0) > percent else 0.0


def test_a_job_through_the_real_service_with_every_event(shared_hub: HubProcess, tmp_path: Path) -> None:
    link = shared_hub.link
    clip = tmp_path / "Señal 動作.mp4"
    steps = tmp_path / "steps"
    steps.mkdir()
    clip.write_bytes(f"STEPS:{steps}\n".encode() + bytes(50_000))
    before = link.get("/snapshot")
    job = link.post("/jobs", {"clip": str(clip), "name": "Señal 動作", "heightCm": 171, "rootMode": "inPlace"})
    reached = 0.0
    for step in range(STEPS):
        reached = until(lambda: captured_beyond(link, job["id"], reached), lambda: link.get(f"/jobs/{job['id']}"))  # noqa: B023
        (steps / str(step)).touch()
    done = wait_job(link, job["id"])
    assert done["state"] == "delivered", done
    told = link.get("/events", start=before["startId"], since=before["seq"])
    assert not told["reset"]
    assert [event["seq"] for event in told["events"]] == list(range(before["seq"] + 1, told["seq"] + 1))
    mine = [
        event["data"] for event in told["events"] if event["type"] == "job.changed" and event["data"]["id"] == job["id"]
    ]
    waiting = [row for row in mine if row["state"] in {"queued", "submitted"}]
    assert waiting and all(row["percent"] is None for row in waiting), "a job that waits has no percentage"
    percents = [row["percent"] for row in mine if row["percent"] is not None]
    assert percents == sorted(percents) and percents[-1] == 100.0 and len(set(percents)) > 5
    assert any(row["remainingS"] for row in mine), "no estimate of the time left"
    emote = link.get(f"/emotes/{done['emoteId']}")
    assert emote in [event["data"] for event in told["events"] if event["type"] == "emote.changed"]
    snapshot = link.get("/snapshot")
    assert job["id"] in [row["id"] for row in snapshot["jobs"]] and emote in snapshot["emotes"]
    status, _, _ = ask(link, "GET", f"/v1/emotes/{emote['id']}/files/none")
    assert status == 404
    assert link.call("PATCH", f"/emotes/{emote['id']}", {"name": "Wave", "pinned": True})["pinned"]
    assert link.post(f"/emotes/{emote['id']}/give", {"user": "player-2"})["user"] == "player-2"
    assert link.post("/emotes/refresh", user="player-2") == {"added": [], "failed": []}
    link.call("DELETE", f"/emotes/{emote['id']}")
    assert link.post(f"/emotes/{emote['id']}/restore")["name"] == "Wave"


def hear_of_profile(opened: ClientConnection, name: str, *, is_there: bool) -> None:
    """Read on until the profiles are told with or without this one: at its start the hub tells more."""
    while True:
        told = json.loads(opened.recv(LIMIT_S))
        assert not told.get("reset")
        for event in told.get("events", ()):  # a ping has none
            if event["type"] == "profiles.changed" and (name in [row["name"] for row in event["data"]]) == is_there:
                return


def test_a_websocket_hears_the_same_events(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    with pytest.raises(InvalidStatus):
        listen(link, headers={"X": "y"})
    with pytest.raises(InvalidStatus):
        listen(link, origin=Origin("http://evil.example"))
    with listen(link, "?start=other&since=5") as stranger:
        assert json.loads(stranger.recv(LIMIT_S))["reset"]
    now = link.get("/events")
    with listen(link, f"?start={now['startId']}&since={now['seq']}") as opened:
        link.call("PUT", "/profiles/studio", {"kind": "custom", "url": "https://api.studio.example", "user": "me"})
        hear_of_profile(opened, "studio", is_there=True)
        link.call("DELETE", "/profiles/studio")
        hear_of_profile(opened, "studio", is_there=False)


def test_a_long_poll_answers_as_soon_as_something_happens(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    now = link.get("/events")
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(link.get, "/events", start=now["startId"], since=now["seq"], wait=20)
        time.sleep(0.2)
        link.call("PUT", "/profiles/x", {"kind": "staging"})
        assert poll.result(LIMIT_S)["events"]
    link.call("DELETE", "/profiles/x")


def test_a_websocket_may_be_silent_for_longer_than_a_request(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    now = link.get("/events")
    with listen(link, f"?start={now['startId']}&since={now['seq']}") as opened:
        with pytest.raises(TimeoutError):
            while True:  # what is still on its way
                opened.recv(Limits().head_s + 1)
        link.call("PUT", "/profiles/silent", {"kind": "custom", "url": "https://api.silent.example", "user": "me"})
        hear_of_profile(opened, "silent", is_there=True)


@contextlib.contextmanager
def peers(link: HubLink, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as opened:
        address = ("127.0.0.1", link.info.port)
        yield [opened.enter_context(socket.create_connection(address, timeout=LIMIT_S)) for _ in range(count)]


def test_slow_peers_hold_nobody_up_and_are_sent_away(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    with peers(link, 60) as slow:
        for number, peer in enumerate(slow):
            peer.sendall([b"GET /v1/he", b"", b"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:"][number % 3])
        link.get("/events")
        gone, _, _ = select.select(slow, [], [], 0)
        assert not gone, "the answer came while all of them were still there"
        assert not any(peer.recv(10) for peer in slow[:3]), "a peer that never finishes is sent away"
    assert link.get("/health")["pid"] == link.info.pid


def test_any_number_of_idle_strangers_leaves_room_for_the_owner(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    with peers(link, 450) as idle:
        for _ in range(10):
            assert link.get("/health")["pid"] == link.info.pid
        assert idle[0].recv(10) == b"", "the one that waited longest goes"


def test_a_web_socket_with_a_proof_hears_one(shared_hub: HubProcess) -> None:
    """Godot's web sockets send their head before they can ask for the peer's identity."""
    link, nonce = shared_hub.link, new_nonce()
    proof = link.info.identity.proof(nonce, "events")
    with listen(link, f"?nonce={nonce}", {"Authorization": f"Proof {nonce}:{proof}"}) as opened:
        assert link.info.identity.is_proved_by(nonce, json.loads(opened.recv(LIMIT_S)))
    with pytest.raises(InvalidStatus):
        listen(link, f"?nonce={nonce}", {"Authorization": f"Proof {nonce}:x"})


def test_a_file_that_is_renamed_meanwhile_comes_whole(tmp_path: Path) -> None:
    first, second = tmp_path / "Wave.glb", tmp_path / "Salute.glb"
    first.write_bytes(b"a" * 1_000_000)
    asked: list[Path] = []

    def find() -> Path:
        """Say where it was, and only then where it is."""
        asked.append(first if not asked else second)
        if first.exists():
            first.rename(second)
        return asked[-1]

    sent: list[bytes] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            with contextlib.suppress(PermissionError):  # Windows does not let go of a file that is open
                second.unlink(missing_ok=True)  # and in the middle it goes altogether
            sent.append(message.get("body", b""))

    async def receive() -> Any:
        await asyncio.sleep(60)

    answer = file_answer(find)
    asyncio.run(answer({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send))
    assert b"".join(sent) == b"a" * 1_000_000 and asked == [first, second]
    assert answer.headers["content-length"] == "1000000" and "Salute.glb" in answer.headers["content-disposition"]


def test_the_process_is_small_and_imports_little(shared_hub: HubProcess) -> None:
    process = psutil.Process(shared_hub.link.info.pid)
    names = {Path(row.path).name.split(".")[0] for row in process.memory_maps()}
    assert not {"_multiarray_umath", "_imaging", "_rust"} & names, "numpy or Pillow is in the hub"
