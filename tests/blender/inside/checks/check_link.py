"""The link to the hub: short slices, events, and every way in which a hub can be gone, slow or wrong."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
import rigs
from blender_api import OPS
from hub_double import TOKEN, Hub, live, noted, pump
from rigs import ask
from waiting import LIMIT_S, until


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
    answer = ask(link, "POST", "/v1/jobs", {"clip": "/a/é 动作.mp4"})
    assert answer.data == {"id": "new"} and hub.asked[-1][2] == {"clip": "/a/é 动作.mp4"}


def test_an_error_reaches_the_person_with_its_next_step(hub: Any, link: Any) -> None:
    live(link)
    hub.answers["POST /v1/jobs"] = (400, {"error": {"code": "x", "title": "No clip.", "nextStep": "Choose one."}})
    answer = ask(link, "POST", "/v1/jobs", {})
    assert rigs.addon("messages").line(answer.error) == "No clip. Choose one."


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


def test_a_slow_redraw_is_not_a_dead_hub(hub: Any, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub answers at once, and Blender draws for five seconds between two ticks."""
    drawn_s = [0.0]
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + drawn_s[0])
    for module in ("hub.link", "hub.process"):
        monkeypatch.setattr(rigs.addon(module), "time", clock)
    link.connect(start=False)

    def is_live() -> bool:
        drawn_s[0] += 5.0
        assert [one[1] for one in hub.asked].count("/v1/health") < 2, "asked once, answered, and not believed"
        return bool(link.phase == "live")

    pump(link, is_live)


def test_a_limit_counts_ticks_and_no_redraws(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    process = rigs.addon("hub.process")
    monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=lambda: now[0]))
    patience = process.Patience(1.0)
    for over, step_s in ((False, 100.0), (False, 0.1), (False, 100.0), (False, 0.2), (True, 100.0)):
        now[0] += step_s
        assert patience.is_over() is over, now


def test_an_error_in_a_tick_is_said_once_and_the_timer_goes_on(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    beat = rigs.addon("hub.heartbeat")
    calls: list[int] = []

    def broken() -> float | None:
        calls.append(1)
        raise AttributeError("an error in a tick")

    def sound() -> Any:
        return noted(calls, 0.3)

    beat.LINK.close()
    monkeypatch.setattr(beat, "_panel_seen", False)  # else the link connects, and a snapshot calls the listener too
    state = rigs.addon("hub.state").HubState()
    monkeypatch.setattr(beat.LINK, "state", state)
    monkeypatch.setattr(beat, "_tick_parts", [broken, sound])
    beat.listen(lambda _jobs, _in_snapshot: broken())
    for _ in range(3):
        assert beat.pump() > 0
        state.take_events({"events": [{"type": "job.changed", "data": {"id": "j"}, "seq": 2}], "seq": 2})
    assert len(calls) == 9 and state.seq == 2
    assert [bool(notice.next_step) for notice in state.notices] == [True, True], (
        "one from the tick, one from the listener"
    )


def test_a_large_answer_comes_in_slices(hub: Any, link: Any) -> None:
    live(link)
    hub.answers["GET /v1/large"] = (200, {"text": "x" * 3_000_000})
    answer = ask(link, "GET", "/v1/large")
    assert len(answer.data["text"]) == 3_000_000


def test_snapshots_replace_events_that_the_hub_refuses(hub: Any, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    live(link)
    refusal = {"code": "tooManyListeners", "title": "Too many programs.", "nextStep": "Close one.", "detail": ""}
    hub.answers["GET /v1/events"] = (429, {"error": refusal})
    for name in ("first", "second"):
        hub.snapshot["jobs"] = [{"id": name, "state": "processing"}]
        pump(link, lambda name=name: name in link.state.jobs)
    assert [notice.title for notice in link.state.notices] == ["Too many programs."], "said once"
    pump(link, lambda: not link.busy)
    asked, now = (hub.events_asked, len(hub.asked)), time.monotonic()
    with monkeypatch.context() as frozen:
        frozen.setattr(rigs.addon("hub.link"), "time", SimpleNamespace(monotonic=lambda: now))
        for _ in range(50):
            link.pump()
    assert (hub.events_asked, len(hub.asked)) == asked, "it waits before it asks again"
    hub.answers.clear()
    hub.send("job.changed", {"id": "third", "state": "processing"})
    pump(link, lambda: "third" in link.state.jobs)


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
    answer = ask(link, "GET", "/v1/anything")
    assert answer.error and answer.error["title"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", '{"port": 1, "token": "x", "startId": "one"}'),
        pytest.param('{"port": PORT, "token": "other", "startId": "one"}', id="a wrong token"),
    ],
)
def test_a_hub_file_that_tells_nothing_true(hub: Any, link: Any, text: str) -> None:
    hub.file.write_text(text.replace("PORT", str(hub.server.server_port)), encoding="utf-8")
    link.may_start = False
    link.connect(start=False)
    for _ in range(60):
        link.pump()
        time.sleep(0.005)
    assert link.phase == "searching"


def test_another_program_on_the_hubs_port_gets_nothing(hub: Any, link: Any) -> None:
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
                heard.append(sock.recv(65536))

    threading.Thread(target=squat, daemon=True).start()
    info = json.loads(hub.file.read_text(encoding="utf-8"))
    hub.file.write_text(json.dumps(info | {"port": taken.getsockname()[1]}), encoding="utf-8")
    link.may_start = False
    link.connect(start=False)
    link.request("POST", "/v1/jobs", {"clip": "/secret/clip.mp4"})
    with taken:
        pump(link, lambda: len(heard) >= 4)
    assert link.phase == "searching"
    received = b"".join(heard)
    assert TOKEN.encode() not in received and b"secret" not in received


def test_the_heartbeat_does_nothing_until_the_tab_is_seen(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    beat = rigs.addon("hub.heartbeat")
    monkeypatch.setattr(beat, "_panel_seen", False)  # whatever another check has drawn
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
    hub: Any, shown_link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.snapshot["jobs"] = [{"id": "j", "state": "awaitingDecision"}]
    live(shown_link)
    OPS.kinetix.uninstall("EXEC_DEFAULT", everything=True)
    pump(shown_link, lambda: shown_link.phase == "off")
    assert ("POST", "/v1/uninstall", {"everything": True}) in hub.asked and not shown_link.may_start
    assert not shown_link.state.jobs, "a removed take cannot be accepted"
    # The timer goes on, and the panel is in view.
    beat = rigs.addon("hub.heartbeat")
    monkeypatch.setattr(beat, "_panel_seen", True)
    for _ in range(5):
        beat.pump()
    assert shown_link.phase == "off" and not shown_link.may_start


def test_an_answer_that_closes_the_link_drops_what_else_is_asked(link: Any) -> None:
    answered: list[str] = []
    exchange = SimpleNamespace(step=lambda until: rigs.addon("hub.link").Answer(200), close=lambda: None)
    link._running = [(exchange, lambda answer: link.close()), (exchange, lambda answer: answered.append("late"))]
    link.pump()
    assert link.phase == "off" and not answered


def test_an_update_stops_the_hub_in_a_timer_which_never_runs_after_quitting(
    hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat, registration, timers = rigs.addon("hub.heartbeat"), rigs.addon("registration"), bpy.app.timers
    live(beat.LINK)
    monkeypatch.setattr(rigs.addon("hub.process"), "locks_wheels", lambda: True)
    registration.unregister()
    try:
        assert beat.LINK.phase == "off" and timers.is_registered(beat.stop_hub)
        beat.LINK.stop_hub(LIMIT_S)  # as the timer does
        assert hub.asked[-1][:2] == ("POST", "/v1/shutdown")
    finally:
        registration.register()
    assert not timers.is_registered(beat.stop_hub), "it was enabled again"
    beat.LINK.close()
