"""The hub's pure rules, each as a table: who may come in, when it stops, how often it looks, what folders are called."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinetix_core.io.file_names import fold, free_name, safe_name
from kinetix_core.protocol.hub.enumerations import JobKind, JobStage
from kinetix_core.protocol.hub.models import JobRemoved, JobSettings, RemovedJob
from kinetix_core.serving.peer_identity import HUB_PATH, PeerIdentity
from kinetix_core.values.errors import FormatError
from kinetix_core.values.failure import ProcessStatus
from kinetix_core.values.identity import EmoteId, JobId, ProcessId, SafeName, Sha256
from kinetix_hub.events import Events
from kinetix_hub.jobs.adopt import pick_process, seen_before
from kinetix_hub.jobs.job import Job, Token, service_name
from kinetix_hub.jobs.rhythm import back_off, poll_interval
from kinetix_hub.library.emote import Emote
from kinetix_hub.library.evict import choose
from kinetix_hub.library.verify import inspect_glb
from kinetix_hub.server.door import judge
from kinetix_hub.server.run import should_stop
from kinetix_hub.services.port import ProcessInfo
from tests.hub.double import glb

pytestmark = pytest.mark.quick

TOKEN = "secret-token"
IDENTITY = PeerIdentity(HUB_PATH, "start", TOKEN)
NONCE = "0" * 64
GOOD = {"host": "127.0.0.1:5000", "authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, None),
        ({"host": "localhost:5000"}, None),
        ({"host": "LOCALHOST:5000"}, None),
        ({"host": "[::1]:5000"}, None),
        ({"authorization": f"bearer {TOKEN}"}, None),
        ({"authorization": f"Proof {NONCE}:{IDENTITY.proof(NONCE, 'events')}"}, None),
        ({"authorization": f"Proof {NONCE}:{IDENTITY.proof(NONCE)}"}, "wrongToken"),  # what the hub tells anybody
        ({"authorization": f"Proof {NONCE}:"}, "wrongToken"),
        ({"authorization": f"Proof {IDENTITY.proof(NONCE, 'events')}"}, "wrongToken"),
        ({"host": "127.0.0.1"}, "foreignHost"),
        ({"host": "127.0.0.1:5001"}, "foreignHost"),
        ({"host": "127.0.0.1:5000.evil.example"}, "foreignHost"),
        ({"host": "evil.example:5000"}, "foreignHost"),
        ({"host": "127.0.0.1.evil.example:5000"}, "foreignHost"),
        ({"host": "localhost.evil.example:5000"}, "foreignHost"),
        ({"host": "0.0.0.0:5000"}, "foreignHost"),
        ({"host": "192.168.1.20:5000"}, "foreignHost"),
        ({"host": "2130706433:5000"}, "foreignHost"),
        ({"host": "0177.0.0.1:5000"}, "foreignHost"),
        ({"host": "::1:5000"}, "foreignHost"),
        ({"host": "[127.0.0.1]:5000"}, "foreignHost"),
        ({"host": ""}, "foreignHost"),
        ({"host": None}, "foreignHost"),
        ({"origin": "http://127.0.0.1:5000"}, "browserRefused"),
        ({"origin": "null"}, "browserRefused"),
        ({"origin": "https://evil.example"}, "browserRefused"),
        ({"referer": "http://127.0.0.1:5000/"}, "browserRefused"),
        ({"sec-fetch-site": "same-origin"}, "browserRefused"),
        ({"authorization": None}, "wrongToken"),
        ({"authorization": "Bearer"}, "wrongToken"),
        ({"authorization": "Bearer "}, "wrongToken"),
        ({"authorization": "Bearer secret-toke"}, "wrongToken"),
        ({"authorization": "Bearer secret-token2"}, "wrongToken"),
        ({"authorization": f"Basic {TOKEN}"}, "wrongToken"),
        ({"authorization": TOKEN}, "wrongToken"),
        ({"authorization": "Bearer sécret"}, "wrongToken"),
    ],
)
def test_the_door(change: dict[str, str | None], refused: str | None) -> None:
    headers = [(name.encode(), value.encode()) for name, value in (GOOD | change).items() if value is not None]
    found = judge(headers, 5000, IDENTITY)
    assert (found.code if found else None) == refused
    if found is not None:
        assert found.status == (401 if refused == "wrongToken" else 403)


@pytest.mark.parametrize("twice", ["host", "authorization"])
def test_a_header_that_comes_twice_is_a_trick(twice: str) -> None:
    headers = [(name.encode(), value.encode()) for name, value in GOOD.items()]
    assert judge([*headers, (twice.encode(), GOOD[twice].encode())], 5000, IDENTITY) is not None


@pytest.mark.parametrize(
    ("idle", "listeners", "jobs", "services", "limit", "stops"),
    [
        (1800, 0, 0, 0, 1800, True),
        (1799, 0, 0, 0, 1800, False),
        (9999, 1, 0, 0, 1800, False),
        (9999, 0, 1, 0, 1800, False),
        (9999, 0, 0, 1, 1800, False),
        (10**9, 0, 0, 0, 0, False),
        (0, 0, 0, 0, 0.1, False),
    ],
)
def test_when_the_hub_stops(idle: float, listeners: int, jobs: int, services: int, limit: float, stops: bool) -> None:
    assert should_stop(idle, limit, listeners, jobs, services) is stops


@pytest.mark.parametrize(
    ("status", "remaining", "age", "local", "low", "high"),
    [
        (ProcessStatus.PROCESSING, 3600, 10, False, 30, 30),
        (ProcessStatus.PROCESSING, 200, 10, False, 10, 10),
        (ProcessStatus.PROCESSING, 3, 500, False, 0.5, 0.5),
        (ProcessStatus.PROCESSING, 0, 500, False, 0.5, 0.5),
        (ProcessStatus.PENDING, None, 0, False, 0.5, 0.5),
        (ProcessStatus.PENDING, None, 90, False, 3, 3),
        (ProcessStatus.PENDING, None, 10**6, False, 15, 15),
        (ProcessStatus.PROCESSING, 600, 10, True, 1, 1),
        (ProcessStatus.PROCESSING, 1, 10, True, 0.15, 0.15),
        (ProcessStatus.PENDING, None, -3600, False, 0.5, 0.5),  # the clock was set back
    ],
)
def test_how_often_to_look(
    status: ProcessStatus, remaining: float | None, age: float, local: bool, low: float, high: float
) -> None:
    assert low <= poll_interval(status, remaining, age, local=local) <= high


@pytest.mark.parametrize(
    ("failures", "asked", "low", "high"),
    [(1, None, 0.25, 0.5), (4, None, 2, 4), (50, None, 30, 60), (1, 10, 10, 11), (1, 10**9, 300, 330), (50, 0, 30, 60)],
)
def test_how_long_to_wait_after_failures(failures: int, asked: float | None, low: float, high: float) -> None:
    for jitter in (0.0, 0.5, 1.0):
        assert low <= back_off(failures, asked, jitter) <= high


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Balance", "Balance"),
        ("  Balance  ", "Balance"),
        ("動作 😀", "動作 😀"),
        ("Mátyás", "Mátyás"),
        (unicodedata.normalize("NFD", "Mátyás"), "Mátyás"),
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("..", "Emote"),
        (".hidden", "hidden"),
        ("dot.", "dot"),
        ("CON", "CON emote"),
        ("con.txt", "con emote.txt"),
        ("nul . x", "nul emote. x"),
        ("COM1", "COM1 emote"),
        ("Console", "Console"),
        ("tab\there\nnew", "tab here new"),
        ("nul\x00byte", "nul byte"),
        ("rtl\u202eevil", "rtl evil"),
        ("", "Emote"),
        ("   ", "Emote"),
        ("???", "---"),
    ],
)
def test_folder_names(name: str, folder: str) -> None:
    assert safe_name(name) == folder


@given(st.text(max_size=200))
@example("com¹.x")
@example("CONIN$")
@example("\u200b.\ufeff ")
def test_any_name_becomes_one_that_every_system_takes(text: str) -> None:
    found = safe_name(text)
    assert SafeName(str(found)) == found and not found.startswith(".")
    assert free_name(text, {fold(found)}) == f"{found} 2"


def test_long_names_are_cut_at_a_character() -> None:
    for text in ("x" * 500, "動" * 500, "😀" * 500):
        found = safe_name(text)
        assert 0 < len(found.encode()) <= 120 and set(found) == set(text)
        # Windows' 259 UTF-16 units, behind a home of 100: the name stands twice, and `.kinanim` is the longest ending.
        longest = f"{'h' * 100}/{found} 99/{found} 99.kinanim"
        assert len(longest.encode("utf-16-le")) // 2 <= 259


def test_no_two_names_are_one_file_anywhere() -> None:
    taken: set[str] = set()
    names = ["Wave", "wave", "WAVE", "straße", "STRASSE", "Mátyás", unicodedata.normalize("NFD", "mátyás"), "Wave 2"]
    for name in names:
        found = free_name(name, taken)
        assert fold(found) not in taken
        taken.add(fold(found))
    assert len(taken) == len(names)


def test_what_is_evicted() -> None:
    def held(name: str, size: int, used: float, **more: Any) -> Emote:
        return Emote(EmoteId(name), name, name, "local", "me", Sha256("0" * 64), size, 0.0, used, **more)

    emotes = [
        held("old", 10, 1.0),
        held("pinned", 40, 0.0, pinned=True),
        held("cut", 10, 0.0, cut_from=EmoteId("old")),
        held("new", 10, 9.0),
        held("gone", 0, 0.5),
    ]
    assert choose(emotes, 0) == [] and choose(emotes, 70) == []
    assert choose(emotes, 69) == ["old"]
    assert choose(emotes, 60) == ["old"]
    assert choose(emotes, 59) == ["old", "new"]
    assert choose(emotes, 1) == ["old", "new"], "a pinned emote never goes, nor one that no service has"


def _row(uuid: str, name: str = "Balance", **metadata: str) -> ProcessInfo:
    return ProcessInfo(ProcessId(uuid), name, ProcessStatus.PENDING, JobStage.NONE, 0.0, None, None, metadata=metadata)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], None),
        ([_row("a")], "a"),
        ([_row("a", "Other")], None),
        ([_row("seen")], None),
        ([_row("claimed")], None),
        ([_row("a", job="me")], "a"),
        ([_row("a", job="somebody")], None),
        ([_row("b"), _row("a", job="me")], "a"),
        ([_row("newer"), _row("older")], "older"),
        ([_row("claimed", job="me"), _row("a", job="me")], "a"),
    ],
)
def test_which_process_a_consumed_token_became(rows: list[ProcessInfo], found: str | None) -> None:
    job = Job(
        JobId("me"),
        JobKind.CLIP,
        "Balance",
        "/c.mp4",
        "cloud",
        "p",
        JobSettings(),
        token=Token("t", "", "", 0.0, True, [ProcessId("seen")]),
    )
    assert pick_process(rows, job, {"claimed"}) == found


def test_a_phone_upload_has_any_name() -> None:
    job = Job(JobId("me"), JobKind.PHONE, "Dance", "", "cloud", "p", JobSettings(), token=Token("t", "", "", 0.0))
    assert seen_before([_row("x", "what ever")], job) == ["x"]
    assert pick_process([_row("a", "what ever")], job, set()) == "a"
    assert service_name("x" * 60) == "x" * 25 and service_name("  ") == "Emote"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:19],
        lambda data: data + b"\0",
        lambda data: b"<htm" + data[4:],
        lambda data: data[:4] + b"\1" + data[5:],
        lambda data: data[:12] + b"\xff\xff\xff\x7f" + data[16:],
        lambda data: data.replace(b'"byteLength": 32', b'"byteLength": 99', 1),
        lambda data: data.replace(b'"byteOffset": 0', b'"byteOffset":99', 1),
        lambda data: data.replace(b'{"asset"', b'["asset"', 1),
        lambda data: data.replace(b'"samplers": [{', b'"samplers": [[', 1),
        lambda data: b"",
    ],
)
def test_a_damaged_glb_is_noticed(tmp_path: Path, damage: object) -> None:
    good = tmp_path / "good.glb"
    good.write_bytes(glb())
    summary = inspect_glb(good)
    assert (summary.duration_s, summary.frames, summary.fps) == (1.0, 31, 30.0)
    bad = tmp_path / "bad.glb"
    bad.write_bytes(damage(glb()))  # type: ignore[operator]
    with pytest.raises(FormatError):
        inspect_glb(bad)


def test_events_tell_what_was_missed_or_that_too_much_was() -> None:
    events = Events("run-2", kept=3)
    for number in range(5):
        events.emit(JobRemoved(data=RemovedJob(id=JobId(f"job-{number}"))))
    assert [event.seq for event in events.since("run-2", 3).events] == [4, 5]
    assert events.since("run-2", 5).as_dict() == {"startId": "run-2", "seq": 5, "reset": False, "events": []}
    assert not events.since("run-2", 2).reset
    assert events.since("run-2", 1).reset, "event 2 is not kept any more"
    assert events.since("run-1", 5).reset, "numbers of another run"
    assert events.since("run-2", 6).reset, "a number from the future"
    assert not Events("x").since("x", 0).reset
