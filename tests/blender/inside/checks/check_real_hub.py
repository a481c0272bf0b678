"""The link against a real hub and Kinetix Local: two Blenders at once, no service, a wrong key, and a full disk."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rigs
from rigs import ask

CLIP = os.environ.get("KB_CLIP", "")


@pytest.fixture
def links() -> Iterator[Any]:
    made = [rigs.addon("hub.link").HubLink() for _ in range(2)]
    yield made
    for one in made:
        one.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A home of its own; whatever hub lives in it is ended by the test outside."""
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path))
    monkeypatch.setattr(rigs.addon("hub.process"), "wheel_folder", lambda: None)  # so the hub is `kinetix` on the PATH
    return tmp_path


@pytest.fixture
def link(home: Path, links: Any) -> Any:
    links[0].connect()
    pump(links[0], lambda: links[0].phase == "live", "a hub")
    return links[0]


def pump(link: Any, condition: Any, what: str) -> None:
    rigs.pumped(condition, what, link)


def use_profile(link: Any, url: str, key: str) -> None:
    for method, path, body in (
        ("PUT", "/v1/profiles/test", {"kind": "custom", "url": url, "user": "player-1"}),
        ("PUT", "/v1/profiles/test/key", {"key": key}),
        ("POST", "/v1/profiles/test/activate", None),
    ):
        answer = ask(link, method, path, body)
        assert answer.error is None, answer


def create(link: Any, clip: Any = CLIP) -> Any:
    answer = ask(link, "POST", "/v1/jobs", {"clip": clip, "name": "Wave"})
    assert answer.status == 201, answer
    return answer.data["id"]


def local() -> Any:
    found = json.loads(Path(os.environ["KB_LOCAL"]).read_text(encoding="utf-8"))
    return found["url"], found["apiKey"]


def test_two_blenders_start_one_hub_and_see_the_same(home: Path, links: Any) -> None:
    for one in links:
        one.connect()
    pump(links[0], lambda: links[1].pump() or all(each.phase == "live" for each in links), "both live")
    assert links[0].pid == links[1].pid and links[0].state.start_id == links[1].state.start_id
    use_profile(links[0], *local())
    job = create(links[0])
    pump(links[1], lambda: links[1].state.jobs.get(job, {}).get("state") == "delivered", "the other sees it delivered")
    assert len(links[1].state.emotes) == 1


def test_the_service_is_gone(link: Any) -> None:
    with socket.socket() as kept:  # nobody else gets the port, and nobody listens there
        kept.bind(("127.0.0.1", 0))
        use_profile(link, f"http://127.0.0.1:{kept.getsockname()[1]}", "0" * 32)
        job = create(link)
        pump(link, lambda: link.state.connection.get("state") == "offline", "offline")
        assert link.state.connection["message"] and link.state.connection["nextStep"]
        pump(link, lambda: (link.state.jobs.get(job, {}).get("error") or {}).get("temporary"), "the job waits")
        assert link.state.jobs[job]["state"] not in ("failed", "cancelled")


def test_a_wrong_key(link: Any) -> None:
    use_profile(link, local()[0], "0" * 32)
    create(link)
    pump(link, lambda: link.state.connection.get("state") == "badKey", "the key is refused")
    assert link.state.connection["message"] and link.state.connection["nextStep"]
    wrong = rigs.addon("doctor.examination").findings_in(ask(link, "GET", "/v1/doctor").data)
    assert [found.remedy for found in wrong if found.heading == "Service that creates the emotes"] == ["enterKey"]
    assert link.state.connection["message"] in {found.text for found in wrong}


@pytest.mark.posix_only(reason="Windows has no limit on the size of files")
def test_a_full_disk(link: Any) -> None:
    """A limit on file size stops the hub's writes as a full disk does."""
    resource = pytest.importorskip("resource")
    use_profile(link, *local())
    resource.prlimit(link.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        answer = ask(link, "POST", "/v1/jobs", {"clip": CLIP, "name": "Wave"})
    finally:
        resource.prlimit(link.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert answer.status == 507, answer
    assert "space" in rigs.addon("messages").line(answer.error)
    job = create(link)
    pump(link, lambda: link.state.jobs.get(job, {}).get("state") == "delivered", "there is space again")
