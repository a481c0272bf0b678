"""The link to the hub: short slices, events, and every way in which a hub can be gone, slow or wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import panels
import pytest
import rigs
from blender_api import OPS
from waiting import LIMIT_S, until

TOKEN = "a-token"
IDENTITY = rigs.core("peer_identity").PeerIdentity("/v1/identity", "one", TOKEN)


def command_in(folder: Path) -> Path:
    """Makes a file that a system takes for the program `kinetix` when it looks through `folder`."""
    command = folder / ("kinetix.exe" if sys.platform == "win32" else "kinetix")
    command.write_text("#!/bin/sh\n", encoding="utf-8")
    command.chmod(0o755)
    return command


def noted(calls: list[int], value: Any) -> Any:
    """The value, and one more call."""
    calls.append(1)
    return value


class Hub:
    """A hub in a thread, on the real protocol, that can be told to misbehave."""

    def __init__(self, home: Path, port: int = 0) -> None:
        self.snapshot = {
            "protocol": 1,
            "version": "0.1.0",
            "startId": "one",
            "seq": 1,
            "connection": {"profile": "local", "kind": "local", "state": "ready", "message": "", "nextStep": ""},
            "profiles": [{"name": "local", "kind": "local", "active": True}],
            "jobs": [],
            "emotes": [],
            "services": {"godot": {"targets": []}},
        }
        self.events: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str, dict[str, Any] | None]] = []
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        self.stalled, self.answers_now = threading.Event(), threading.Event()
        self.answers_now.set()
        self.garbage = b""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                return

            def _any(self) -> Any:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                if self.path.startswith(f"{IDENTITY.path}?nonce="):
                    return self.answer(200, IDENTITY.answer(self.path.partition("=")[2]))
                if hub.garbage:
                    self.wfile.write(hub.garbage)
                    self.close_connection = True
                    return None
                if not hub.answers_now.is_set():
                    hub.stalled.set()
                    hub.answers_now.wait(LIMIT_S)
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    return self.answer(401, {"error": {"code": "token", "title": "Wrong token", "nextStep": ""}})
                path = self.path.partition("?")[0]
                if path != "/v1/events":
                    hub.asked.append((self.command, path, body))
                if path == "/v1/health":
                    return self.answer(200, {"protocol": hub.snapshot["protocol"], "startId": hub.snapshot["startId"]})
                if path == "/v1/snapshot":
                    return self.answer(200, hub.snapshot)
                if path == "/v1/events":
                    since = int(self.path.partition("since=")[2].partition("&")[0])
                    limit = time.monotonic() + 0.3
                    while time.monotonic() < limit and not any(event["seq"] > since for event in hub.events):
                        time.sleep(0.005)
                    found = [event for event in hub.events if event["seq"] > since]
                    seq = found[-1]["seq"] if found else since
                    return self.answer(200, {"startId": "one", "seq": seq, "reset": False, "events": found})
                return self.answer(*hub.answers.get(f"{self.command} {path}", (200, {})))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

            def answer(self, status: Any, data: Any) -> None:
                text = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.file = home / "hub" / "hub.json"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        info = {"protocol": 1, "version": "0.1.0", "pid": os.getpid(), "port": self.server.server_port}
        info |= {"token": TOKEN, "startId": IDENTITY.start_id}
        self.file.write_text(json.dumps(info), encoding="utf-8")

    def send(self, kind: str, data: Any) -> None:
        self.events.append({"seq": 2 + len(self.events), "type": kind, "data": data})

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def hub(home: Path) -> Iterator[Any]:
    made = Hub(home)
    yield made
    made.close()


@pytest.fixture
def link() -> Iterator[Any]:
    made = rigs.addon("hub_link").HubLink()
    yield made
    made.close()


def pump(link: Any, condition: Any) -> None:
    def pumped() -> Any:
        link.pump()
        return condition()

    until(pumped, lambda: f"phase {link.phase}, problem {link.problem}", pause_s=0.002)


def live(link: Any) -> None:
    link.connect()
    pump(link, lambda: link.phase == "live")


def test_snapshot_events_and_requests(hub: Any, link: Any) -> None:
    hub.snapshot["emotes"] = [{"id": "e", "name": "Wave", "createdAt": "2026"}]
    live(link)
    assert [emote["name"] for emote in link.state.emotes_found("wa")] == ["Wave"]
    hub.send("job.changed", {"id": "j", "state": "processing", "percent": 12})
    pump(link, lambda: "j" in link.state.jobs)
    hub.send("job.removed", {"id": "j"})
    hub.send("emote.removed", {"id": "e"})
    pump(link, lambda: not link.state.jobs and not link.state.emotes)
    hub.answers["POST /v1/jobs"] = (201, {"id": "new"})
    answers: list[Any] = []
    link.request("POST", "/v1/jobs", {"clip": "/a/é 动作.mp4"}, answers.append)
    pump(link, lambda: answers)
    assert answers[0].data == {"id": "new"} and hub.asked[-1][2] == {"clip": "/a/é 动作.mp4"}


def test_an_error_reaches_the_person_with_its_next_step(hub: Any, link: Any) -> None:
    live(link)
    hub.answers["POST /v1/jobs"] = (400, {"error": {"code": "x", "title": "No clip.", "nextStep": "Choose one."}})
    answers: list[Any] = []
    link.request("POST", "/v1/jobs", {}, answers.append)
    pump(link, lambda: answers)
    assert rigs.addon("messages").line(answers[0].error) == "No clip. Choose one."


def test_no_slice_waits_for_a_slow_hub(hub: Any, link: Any) -> None:
    live(link)
    hub.answers_now.clear()
    answers: list[Any] = []
    link.request("GET", "/v1/slow", None, answers.append)
    pump(link, hub.stalled.is_set)
    for _ in range(50):
        link.pump()
    assert not answers, "the hub has not answered, and yet all these slices ended"
    hub.answers_now.set()
    pump(link, lambda: answers)


def test_a_large_answer_comes_in_slices(hub: Any, link: Any) -> None:
    live(link)
    hub.answers["GET /v1/large"] = (200, {"text": "x" * 3_000_000})
    answers: list[Any] = []
    link.request("GET", "/v1/large", None, answers.append)
    pump(link, lambda: answers)
    assert len(answers[0].data["text"]) == 3_000_000


def test_a_killed_hub_is_found_again(home: Path, link: Any) -> None:
    first = Hub(home)
    live(link)
    first.close()
    link.may_start = False
    pump(link, lambda: link.phase == "searching")
    second = Hub(home)
    try:
        second.snapshot["emotes"] = [{"id": "later", "name": "Later"}]
        pump(link, lambda: link.phase == "live" and "later" in link.state.emotes)
    finally:
        second.close()


@pytest.mark.parametrize(
    "garbage",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", b"\x00\xff\xfe" * 40, b"HTTP/1.1 500 x\r\n\r\nno"],
)
def test_an_answer_that_is_no_answer_becomes_an_error(hub: Any, link: Any, garbage: bytes) -> None:
    live(link)
    hub.garbage = garbage or b"\r\n\r\n"
    answers: list[Any] = []
    link.request("GET", "/v1/anything", None, answers.append)
    pump(link, lambda: answers)
    assert answers[0].error and answers[0].error["title"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"port": 1, "token": "x", "startId": "one"}'])
def test_a_hub_file_that_tells_nothing_true(home: Path, link: Any, text: str) -> None:
    (home / "hub").mkdir()
    (home / "hub" / "hub.json").write_text(text, encoding="utf-8")
    link.may_start = False
    link.connect(start=False)
    for _ in range(60):
        link.pump()
        time.sleep(0.005)
    assert link.phase == "searching"


def test_another_protocol_is_refused_with_a_way_out(hub: Any, link: Any) -> None:
    hub.snapshot["protocol"] = 2
    link.connect()
    pump(link, lambda: link.phase == "failed")
    assert "version" in link.problem["title"] and link.problem["nextStep"]


def test_a_wrong_token_does_not_loop_hot(hub: Any, link: Any) -> None:
    hub.file.write_text(
        json.dumps({"port": hub.server.server_port, "token": "other", "startId": "one"}), encoding="utf-8"
    )
    link.may_start = False
    link.connect(start=False)
    for _ in range(100):
        link.pump()
        time.sleep(0.003)
    assert link.phase == "searching"


def test_without_any_way_to_start_it_says_what_to_do(home: Path, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    process = rigs.addon("hub_process")
    monkeypatch.setattr(process, "wheel_folder", lambda: None)
    answers: list[Any] = []
    link.request("GET", "/v1/emotes", None, answers.append)
    pump(link, lambda: link.phase == "failed")
    assert answers and answers[0].error["nextStep"] and "complete add-on file" in link.problem["nextStep"]


def test_a_hub_that_fails_to_start_gives_way_to_the_next_way_and_then_to_a_message(
    home: Path, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = rigs.addon("hub_process")
    broken = [sys.executable, "-c", "import sys; print('a reason'); sys.exit(3)"]
    started: list[int] = []
    monkeypatch.setattr(process, "_commands", lambda _command: iter([(noted(started, broken), {}), (broken, {})]))
    link.connect()
    pump(link, lambda: link.phase == "failed")
    assert "a reason" in process.log_file().read_text(encoding="utf-8")


def test_a_hub_that_comes_after_its_start_was_given_up_is_found(
    home: Path, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, slow = rigs.addon("hub_process"), [sys.executable, "-c", "import sys; sys.stdin.read()"]
    begun = subprocess.Popen(slow, stdin=subprocess.PIPE)
    monkeypatch.setattr(process, "_commands", lambda _command: iter([(slow, {})]))
    monkeypatch.setattr(process, "_detached", lambda *_: begun)
    monkeypatch.setattr(process, "START_S", 0.0)
    monkeypatch.setattr(rigs.addon("hub_link"), "LOOK_LATE_S", 0.0)
    link.connect()
    pump(link, lambda: link.phase == "failed")
    late = Hub(home)
    try:
        pump(link, lambda: link.phase == "live" and link.problem is None)
    finally:
        late.close()
        begun.communicate()


def test_the_start_tells_what_its_program_says_is_wrong(home: Path, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    process = rigs.addon("hub_process")
    code = f"import sys; sys.stderr.write('why\\nNo room.\\nFree some.\\n'); sys.exit({process.REFUSED})"
    monkeypatch.setattr(process, "_commands", lambda _command: iter([([sys.executable, "-c", code], {})]))
    link.connect()
    pump(link, lambda: link.phase == "failed")
    assert (link.problem["title"], link.problem["nextStep"]) == ("No room.", "Free some.")


@pytest.fixture
def complete(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The add-on as the complete file brings it, for this Python."""
    process, folder = rigs.addon("hub_process"), home / "runtime bundle"
    folder.mkdir()
    (folder / "kinetix_bridge-0.1.0-py3-none-any.whl").write_bytes(b"")
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    info = {"version": "0.1.0", "python": here, "name": "0.1.0-here"}
    (folder / "bundle.json").write_text(json.dumps(info), encoding="utf-8")
    monkeypatch.setattr(process, "bundle", lambda: folder)
    monkeypatch.setattr(process, "wheel_folder", lambda: None)
    return folder


def test_the_complete_file_starts_its_own_hub_first_of_all(
    home: Path, complete: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = rigs.addon("hub_process")
    command = command_in(home)
    (first, environment), (second, _) = process._commands("")
    assert first[1:] == ["-m", "kinetix_hub.runtime_folder", str(complete)]
    assert environment["PYTHONPATH"].endswith(".whl") and second[0] == str(command)
    assert process.is_first_start()
    (home / "runtime" / "0.1.0-here").mkdir(parents=True)
    assert not process.is_first_start()


def test_a_complete_file_for_another_python_says_which_one_is_right(complete: Any, link: Any) -> None:
    info = {"version": "0.1.0", "python": "3.8", "name": "0.1.0-other"}
    (complete / "bundle.json").write_text(json.dumps(info), encoding="utf-8")
    link.connect()
    pump(link, lambda: link.phase == "failed")
    assert "another Python" in link.problem["title"]
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in link.problem["nextStep"]


def test_blenders_python_is_found_by_version_and_prefix() -> None:
    found = rigs.addon("hub_process").blender_python()
    assert found is not None and found.is_file()
    assert Path(sys.prefix) in found.parents or str(found).startswith("/usr/bin/python3.")


def test_a_port_where_nobody_listens(home: Path, link: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "hub").mkdir()
    (home / "hub" / "hub.json").write_text(json.dumps({"port": port, "token": "x", "startId": "one"}), encoding="utf-8")
    link.may_start = False
    link.connect(start=False)
    for _ in range(40):
        link.pump()
        time.sleep(0.005)
    assert link.phase == "searching"


def test_another_program_on_the_hubs_port_gets_nothing(home: Path, link: Any) -> None:
    """A hub that died leaves its port to anybody: no token, no path, and what it tells is not believed."""
    taken = socket.create_server(("127.0.0.1", 0))
    heard = []

    def squat() -> None:
        for _ in range(3):
            sock = taken.accept()[0]
            with sock:
                heard.append(sock.recv(65536))
                text = json.dumps({"protocol": 1, "startId": "one", "proof": "0" * 64}).encode()
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
                sock.settimeout(5)
                heard.append(sock.recv(65536))

    threading.Thread(target=squat, daemon=True).start()
    (home / "hub").mkdir()
    info = {"port": taken.getsockname()[1], "token": TOKEN, "startId": "one", "protocol": 1, "version": "1", "pid": 1}
    (home / "hub" / "hub.json").write_text(json.dumps(info), encoding="utf-8")
    link.may_start = False
    link.connect(start=False)
    link.request("POST", "/v1/jobs", {"clip": "/secret/clip.mp4"})
    with taken:
        pump(link, lambda: len(heard) >= 4)
    assert link.phase == "searching"
    told = b"".join(heard)
    assert TOKEN.encode() not in told and b"secret" not in told


def test_two_blenders_see_the_same(hub: Any) -> None:
    links = [rigs.addon("hub_link").HubLink() for _ in range(2)]
    try:
        for one in links:
            live(one)
        hub.send("job.changed", {"id": "j", "state": "processing"})
        for one in links:
            pump(one, lambda one=one: "j" in one.state.jobs)
    finally:
        for one in links:
            one.close()


def test_the_heartbeat_does_nothing_until_the_tab_is_seen(hub: Any) -> None:
    beat = rigs.addon("heartbeat")
    parts, listeners = list(beat._tick_parts), list(beat.LINK.state.listeners)
    beat.LINK.close()
    for _ in range(5):
        beat.pump()
    assert beat.LINK.phase == "off" and not hub.asked
    beat.seen()
    try:
        until(lambda: beat.pump() and beat.LINK.phase == "live", "no hub", pause_s=0.005)
        state = beat.LINK.state
        hub.send("job.changed", {"id": "j", "state": "delivered", "emoteId": "e", "name": "Wave"})
        until(lambda: beat.pump() and state.notices, "no notice", pause_s=0.005)
        assert "Wave" in state.notices[-1].title
        # Another file: the link goes on.
        OPS.wm.read_factory_settings(use_empty=True)
        assert beat.LINK.phase == "live"
    finally:
        beat.stop()  # takes out what `register` has put in
        for part in parts:
            beat.on_tick(part)
        for listener in listeners:
            beat.listen(listener)
        beat.start()


def test_a_removal_is_asked_of_the_hub_which_is_not_started_again(
    hub: Any, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(link)
    monkeypatch.setattr(rigs.addon("heartbeat"), "LINK", link)
    OPS.kinetix.uninstall("EXEC_DEFAULT", everything=True)
    pump(link, lambda: link.phase == "off")
    assert ("POST", "/v1/uninstall", {"everything": True}) in hub.asked and not link.may_start
    # The timer goes on, and the panel is in view.
    beat = rigs.addon("heartbeat")
    monkeypatch.setattr(beat, "_panel_seen", True)
    for _ in range(5):
        beat.pump()
    assert link.phase == "off" and not link.may_start


def test_an_answer_that_closes_the_link_drops_what_else_is_asked(link: Any) -> None:
    answered: list[str] = []
    exchange = SimpleNamespace(step=lambda until: rigs.addon("hub_link").Answer(200), close=lambda: None)
    link._running = [(exchange, lambda answer: link.close()), (exchange, lambda answer: answered.append("late"))]
    link.pump()
    assert link.phase == "off" and not answered


def test_an_update_stops_the_hub_and_quitting_does_not(hub: Any, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    live(link)
    link.stop_hub()
    assert ("POST", "/v1/shutdown") in [one[:2] for one in hub.asked]
    registration = rigs.addon("registration")

    def disable_all() -> Any:
        return registration._quitting()

    assert disable_all() and not registration._quitting()


def test_only_windows_locks_the_files_of_a_running_hub(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = rigs.addon("hub_process")
    for wheels, locked in ((home, sys.platform == "win32"), (None, False)):
        monkeypatch.setattr(process, "wheel_folder", lambda wheels=wheels: wheels)
        assert process.locks_our_files() is locked


def test_only_profiles_that_leave_this_machine_need_online_access(monkeypatch: pytest.MonkeyPatch) -> None:
    state, goes_online = rigs.addon("heartbeat").LINK.state, rigs.addon("hub_requests").goes_online
    kept = state.profiles
    try:
        for kind, url, leaves in (
            ("local", "", False),
            ("custom", "http://127.0.0.1:8000", False),
            ("custom", "https://example.org", True),
            ("cloud", "", True),
        ):
            state.profiles = [{"name": "p", "kind": kind, "url": url, "active": True}]
            assert goes_online() == (leaves and not bpy.app.online_access), (kind, url)
    finally:
        state.profiles = kept


def test_the_ways_to_start_the_hub_in_their_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = rigs.addon("hub_process")
    monkeypatch.setattr(process, "wheel_folder", lambda: home)
    command = command_in(home)
    blender = home / "blender"
    blender.write_text("", encoding="utf-8")
    monkeypatch.setattr(process, "_blender_program", lambda: str(blender))
    lines = [line for line, _ in process._commands("")]
    assert lines[0][1:] == ["-m", "kinetix_hub"] and "python" in Path(lines[0][0]).name
    assert lines[1] == [str(command), "hub", "start", "--json"]
    assert lines[2][:2] == [str(blender), "-b"]
    assert [line[0] for line, _ in process._commands("/my/kinetix")] == ["/my/kinetix"], "the person's choice alone"


def test_a_job_that_goes_on_is_never_hidden_by_newer_ones_that_ended() -> None:
    state = rigs.addon("heartbeat").LINK.state
    state.jobs = {
        str(number): {
            "id": str(number),
            "name": f"Job {number}",
            "state": "failed",
            "createdAt": f"2026-01-{number:02d}",
        }
        for number in range(2, 20)
    }
    state.jobs["1"] = {"id": "1", "name": "The oldest", "state": "processing", "createdAt": "2026-01-01", "percent": 5}
    try:
        assert "The oldest" in panels.drawn("jobs.KINETIX_PT_jobs").texts
    finally:
        state.jobs = {}


def test_the_button_that_cures_it(hub: Any, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bad state of the connection has a button; the key's goes to the profile that is in use."""
    heartbeat = rigs.addon("heartbeat")
    monkeypatch.setattr(heartbeat, "LINK", link)
    monkeypatch.setattr(rigs.addon("account.panel").heartbeat, "LINK", link)
    hub.snapshot["profiles"] = [{"name": "mine", "kind": "staging", "user": "player-7", "active": True}]
    hub.snapshot["connection"] = {"profile": "mine", "state": "ready", "message": "", "nextStep": ""}
    live(link)
    monkeypatch.setattr(rigs.addon("account.panel"), "goes_online", lambda: False)
    for state, wanted in (
        ("noKey", {"kinetix.add_profile"}),
        ("badKey", {"kinetix.add_profile"}),
        ("offline", {"kinetix.check_connection", "kinetix.restart_hub"}),
        ("error", {"kinetix.check_connection", "kinetix.restart_hub"}),
        ("ready", set()),
    ):
        link.state.connection = {"profile": "mine", "state": state, "message": "Why.", "nextStep": "Do this."}
        found = panels.drawn("account.KINETIX_PT_account")
        everywhere = ("kinetix.what_is_wrong", "kinetix.copy_report", "kinetix.open_log")
        cures = [one for one in found.operators if one.button not in everywhere]
        assert {one.button for one in cures} == wanted, state
        assert state == "ready" or {"Why.", "Do this."} <= set(found.texts)
        if "Key" in state:
            assert vars(cures[0])["values"] == {"name": "mine", "kind": "staging", "user": "player-7"}


def test_where_the_state_is_damaged_a_repair_is_offered(link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rigs.addon("account.panel").heartbeat, "LINK", link)
    monkeypatch.setattr(rigs.addon("account.panel"), "goes_online", lambda: False)
    monkeypatch.setattr(link, "phase", "live")
    for code, repairs in (("localDamaged", True), ("tls", False)):
        link.state.connection = {"profile": "local", "state": "error", "message": "Why.", "code": code}
        buttons = {one.button for one in panels.drawn("account.KINETIX_PT_account").operators}
        assert ("kinetix.repair_library" in buttons) is repairs, code


def test_where_the_capture_is_missing_the_complete_file_is_offered(link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rigs.addon("account.panel").heartbeat, "LINK", link)
    monkeypatch.setattr(rigs.addon("account.panel"), "goes_online", lambda: False)
    monkeypatch.setattr(link, "phase", "live")
    link.state.connection = {"profile": "local", "state": "offline", "message": "Why.", "code": "localNotInstalled"}

    def offered() -> Any:
        buttons = {one.button for one in panels.drawn("account.KINETIX_PT_account").operators}
        return "extensions.package_install_files" in buttons

    assert offered()
    monkeypatch.setattr(rigs.addon("hub_process"), "bundle", lambda: Path("/there"))
    assert not offered(), "it is there: the hub that runs is an older one"


def test_a_hub_of_another_version_is_restarted_by_its_button(
    home: Path, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Hub(home)
    old.snapshot["protocol"] = 2
    link.connect()
    pump(link, lambda: link.phase == "failed")
    started: list[int] = []
    monkeypatch.setattr(rigs.addon("hub_process"), "start", lambda command: noted(started, _never()))
    link.restart()
    pump(link, lambda: ("POST", "/v1/shutdown") in [one[:2] for one in old.asked])
    old.close()
    old.file.unlink()
    pump(link, lambda: started)


def _never() -> Any:
    """A start that is still going on."""

    start = {"problem": "", "began": time.monotonic(), "limit_s": 40.0, "unpacks": False}
    return SimpleNamespace(**start, ended=lambda: False, refusal=lambda: None)


def test_a_phone_that_cannot_open_the_link_is_told_why(hub: Any) -> None:
    state = rigs.addon("heartbeat").LINK.state
    phone = {"url": "http://127.0.0.1/x", "expires": "2999-01-01T00:00:00Z", "qrPng": "", "hint": "Only this machine."}
    state.jobs = {"p": {"id": "p", "state": "awaitingUpload", "phone": phone, "createdAt": ""}}
    try:
        assert "Only this machine." in panels.drawn("jobs.KINETIX_PT_jobs").texts
    finally:
        state.jobs = {}
