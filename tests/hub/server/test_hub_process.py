"""A hub process from its start to its end: what it leaves, who else has its home or its port, and hubs of other versions."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kinetix_core.io import paths
from kinetix_core.protocol.hub import link as link_module
from kinetix_core.protocol.hub.answers import Stopping
from kinetix_core.protocol.hub.client import find
from kinetix_core.protocol.hub.info import HubInfo, read_info
from kinetix_core.values.errors import KinetixError
from tests.hub.conftest import HubProcess, bearer, listen, wait_job
from tests.support.present import present
from tests.support.refused import refused
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("hub-server")


@pytest.mark.posix_only(reason="Windows has no such signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_hub_as_in_order_as_a_request(own_hub: HubProcess, number: int) -> None:
    """Its children end with it, and its file goes: service managers, logouts and Ctrl-C send no request."""
    link = own_hub.start()
    link.post("/connection/check")
    local = psutil.Process(own_hub.service_info()["pid"])
    present(own_hub.process).send_signal(number)
    assert own_hub.ended() == 0
    assert not (own_hub.home / "hub" / "hub.json").exists()
    assert not local.is_running(), "Kinetix Local was left behind"
    assert own_hub.log.rstrip().endswith("hub stopped")


def test_who_listens_is_told_of_the_end_and_not_cut_off(own_hub: HubProcess) -> None:
    link = own_hub.start()
    now = link.get("/events")
    since = f"start={now['startId']}&since={now['seq']}"
    with (
        listen(link, f"?{since}") as opened,
        contextlib.closing(http.client.HTTPConnection("127.0.0.1", link.info.port, timeout=LIMIT_S)) as poll,
    ):
        poll.request("GET", f"/v1/events?{since}&wait=25", headers=bearer(link))
        link.get("/health")  # asked after the poll and answered, so that one has been heard
        link.post("/shutdown")
        with pytest.raises(ConnectionClosed):
            while True:
                opened.recv(LIMIT_S)
        answer = json.loads(poll.getresponse().read())
    assert own_hub.ended() == 0
    assert not answer["reset"]
    log = own_hub.log
    assert "Cancel" not in log and "Traceback" not in log, log


def test_two_hubs_at_once_are_one(own_hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(own_hub.home))
    own_hub.home.mkdir(parents=True)
    with ThreadPoolExecutor(4) as pool:
        found = [start.result(LIMIT_S) for start in [pool.submit(link_module.start) for _ in range(4)]]
    assert len({link.info.start_id for link in found}) == 1
    second = HubProcess(own_hub.home)
    with pytest.raises(AssertionError):
        second.start()
    assert second.ended() == 3
    found[0].post(Stopping, "/shutdown")


def test_a_killed_hub_leaves_no_stale_lock_and_no_half_file(own_hub: HubProcess) -> None:
    first = own_hub.start()
    own_hub.kill()
    assert read_info(own_hub.home / "hub" / "hub.json") is not None, "what a kill leaves"
    half = own_hub.home / "hub" / ".kinetix-0123456789abcdef.tmp"
    half.write_bytes(b"half of profiles.json")
    second = own_hub.start()
    assert not half.exists()
    assert second.info.start_id != first.info.start_id and second.get("/health")
    assert second.get("/events", start=first.info.start_id, since=1)["reset"]


def test_a_taken_port_gives_another_one(own_hub: HubProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        link = own_hub.start("--port", str(port))
        assert link.info.port != port and link.get("/health")


def test_the_hub_stops_when_nobody_needs_it(own_hub: HubProcess) -> None:
    own_hub.launch("--idle", "0.6")  # on a slow machine it has ended before anybody sees that it answers
    assert own_hub.ended() == 0
    assert not (own_hub.home / "hub" / "hub.json").exists()
    assert own_hub.log.rstrip().endswith("hub stopped")


def test_a_hub_that_cannot_say_where_it_is_ends(own_hub: HubProcess) -> None:
    """A folder stands for a full disk. Otherwise it would hold the lock, and nobody would find it."""
    (paths.own(own_hub.home / "hub") / "hub.json").mkdir()
    own_hub.launch()
    assert own_hub.ended() == 1
    assert "The hub could not start" in (own_hub.home.parent / "hub.out").read_text(encoding="utf-8")


def _pretend(hub: HubProcess, version: str, protocol: int = 1) -> None:
    """hub.json as if a hub of another version had written it."""
    info = hub.link.info
    HubInfo(protocol, version, info.pid, info.port, info.token, info.start_id).write(hub.home / "hub" / "hub.json")


def test_an_older_idle_hub_makes_room(own_hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(own_hub.home))
    old = own_hub.start()
    _pretend(own_hub, "0.0.9")
    fresh = link_module.connect()
    assert fresh.info.start_id != old.info.start_id and fresh.info.version != "0.0.9"
    assert own_hub.ended() == 0
    fresh.post(Stopping, "/shutdown")


def test_an_older_hub_that_works_is_left_alone(
    own_hub: HubProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(own_hub.home))
    old = own_hub.start()
    old.call("PUT", "/profiles/dead", {"kind": "custom", "url": "http://127.0.0.1:9", "user": "p"})
    old.call("PUT", "/profiles/dead/key", {"key": "0" * 32})
    clip = tmp_path / "c.mp4"
    clip.write_bytes(b"x")
    old.post("/jobs", {"clip": str(clip), "profile": "dead"})
    _pretend(own_hub, "0.0.9")
    assert link_module.connect().info.start_id == old.info.start_id, "the same protocol: it is used as it is"
    _pretend(own_hub, "0.0.9", protocol=0)
    with refused("hubBusy"):
        link_module.connect()
    _pretend(own_hub, "99.0")
    assert link_module.connect().info.start_id == old.info.start_id
    _pretend(own_hub, "99.0", protocol=2)
    with refused("hubNewer"):
        link_module.connect()


def test_damaged_hub_json_is_no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path))
    (tmp_path / "hub").mkdir()
    for text in ("", "{", "[]", '{"protocol":1}', base64.b64encode(os.urandom(50)).decode()):
        paths.hub_info().write_text(text, encoding="utf-8")
        assert find() is None


def test_a_version_is_found_after_a_kill(own_hub: HubProcess, tmp_path: Path) -> None:
    """The hub dies after Kinetix Local accepted the corrections and before it notes so."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a clip")
    link = own_hub.start(module="tests.hub.server.dying_hub")
    wait_job(link, link.post("/jobs", {"clip": str(clip), "name": "Turn"})["id"], "delivered")
    (captured,) = link.get("/emotes")["emotes"]
    with pytest.raises(KinetixError):
        link.post(f"/emotes/{captured['id']}/refine", {"corrections": []})
    own_hub.ended()
    link = own_hub.start()
    (found,) = (row for row in link.get("/jobs")["jobs"] if row["kind"] == "refine")
    wait_job(link, found["id"], "delivered")
    versions = link.get(f"/emotes/{captured['id']}/refine")["versions"]
    assert [row["current"] for row in versions] == [False, True]
    assert {row["id"] for row in link.get("/emotes")["emotes"]} == {row["emote"] for row in versions}


@pytest.mark.linux_only(reason="elsewhere the limit of another process cannot be set")
def test_open_web_sockets_leave_room_for_the_next_request(own_hub: HubProcess) -> None:
    link = own_hub.start()
    psutil.Process(link.info.pid).rlimit(psutil.RLIMIT_NOFILE, (256, 256))
    with contextlib.ExitStack() as opened:
        with pytest.raises(InvalidStatus) as refused:
            for _ in range(256):
                opened.enter_context(listen(link))
        answer = refused.value.response
        assert (answer.status_code, json.loads(answer.body)["error"]["code"]) == (429, "tooManyListeners")
        assert link.get("/snapshot")["connection"]["profile"] == "local"
    until(lambda: link.get("/health"))
    with listen(link) as again:
        assert json.loads(again.recv(LIMIT_S))["reset"]
