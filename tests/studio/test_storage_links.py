"""Links to the storage itself: machines that joined fetch and send by them, players and pages are led there. Nobody holds its keys."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from kinetix_local.api import pages
from kinetix_studio.machines.machine import Statement
from kinetix_studio.machines.remote_queue import RemoteQueue
from tests.local.conftest import World, new_world
from tests.studio.test_joining import Machine, command, of, state
from tests.support import fast_capture
from tests.support.present import present
from tests.support.raw_server import RawServer
from tests.support.service import Running, running
from tests.support.services.object_storage import KEYS, ObjectStorage, before, bucket, object_storage
from tests.support.waiting import LIMIT_S

__all__ = ["bucket", "object_storage"]
pytestmark = pytest.mark.xdist_group("object-storage")


@pytest.fixture(scope="module")
def outside(object_storage: ObjectStorage) -> Iterator[RawServer]:
    """The storage under its public address, which the service itself never asks."""
    with before(object_storage) as server:
        yield server


@pytest.fixture(scope="module")
def service(
    object_storage: ObjectStorage, bucket: str, outside: RawServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    told = object_storage.address(bucket, public=outside.url)
    home = tmp_path_factory.mktemp("studio")
    with running(home, "--storage", told, "--workers", "0", "--lease", "3600", **KEYS) as started:
        yield started
        assert "X-Amz-Signature" not in started.output()


@pytest.fixture(scope="module")
def token_file(service: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("token") / "token"
    told = {"KINETIX_LOCAL_STORAGE": service.arguments[1], **KEYS}
    added = command("machine", "add", "render-1", "--out", str(path), "--home", str(service.home), **told)
    assert added.wait(LIMIT_S) == 0
    return path


@pytest.fixture
def world(service: Running) -> World:
    return new_world(service)


@pytest.fixture
def machine(service: Running, token_file: Path) -> Machine:
    return Machine(service, token_file)


@pytest.fixture
def queue(service: Running, machine: Machine) -> RemoteQueue:
    return RemoteQueue(service.url, machine.token, Statement(**machine.statement))


@pytest.fixture
def passed(outside: RawServer) -> Callable[[], list[str]]:
    """Return the requests to the public address since the test began: method, and name without the folder."""
    before_it = len(outside.requests)
    return lambda: [
        f"{one.method} {one.path.partition('?')[0].partition('/kinetix/')[2]}" for one in outside.requests[before_it:]
    ]


def capture(queue: RemoteQueue, folder: Path) -> None:
    """The next one, as a worker does it."""
    job = present(queue.take(folder))
    queue.deliver(job, fast_capture.deliver_unobserved(job.request, lambda progress: None))


def test_a_machine_fetches_and_sends_by_links(
    world: World,
    queue: RemoteQueue,
    tmp_path: Path,
    outside: RawServer,
    passed: Callable[[], list[str]],
    object_storage: ObjectStorage,
    bucket: str,
) -> None:
    process = world.upload(b"a clip")
    capture(queue, tmp_path)
    done = world.finished(process["uuid"])
    assert done["step"] == "done"
    went = passed()
    assert not any("authorization" in one.headers for one in outside.requests), "its token is the service's alone"
    assert went[0] == f"GET uploads/{done['video']}.mp4"
    emote = world.call("GET", f"/v1/emotes/{done['emote']}").json()
    assert len(went) == 1 + len(emote["files"]) and all(re.match("PUT incoming/", one) for one in went[1:])
    assert not [name for name in object_storage.names(bucket) if name.startswith("incoming/")]
    assert all(requests.get(file["url"], timeout=LIMIT_S).ok for file in emote["files"])


def test_what_was_put_into_the_storage_is_read_before_it_is_kept(
    world: World, machine: Machine, object_storage: ObjectStorage, bucket: str
) -> None:
    process = world.upload()["uuid"]
    job = machine.next()

    def put(name: str, content: bytes) -> tuple[str, requests.Response]:
        place: dict[str, Any] = machine.call("POST", of(job, "uploads")).json()
        assert requests.put(place["link"], content, timeout=LIMIT_S).status_code == 200
        return place["staged"], machine.call("PUT", of(job, f"results/{name}?staged={place['staged']}"))

    glb = fast_capture._glb("x")
    for name, content, status in (
        ("animation.glb", glb[:-10], 400),
        ("animation.exe", b"MZ", 422),
        ("quality.json", b" " * ((16 << 20) + 1), 413),
    ):
        answer = put(name, content)[1]
        assert answer.status_code == status, (name, answer.text)
    staged, answer = put("animation.glb", glb)
    assert answer.status_code == 200 and answer.json()["bytes"] == len(glb)
    for wrong, status in ((staged, 404), ("0" * 32, 404), ("../" + "0" * 29, 422)):
        assert machine.call("PUT", of(job, f"results/animation.glb?staged={wrong}")).status_code == status
    whole = {"files": {"animation.glb": answer.json()["blob"]}, "duration_s": 1.5}
    assert machine.call("POST", of(job, "deliver"), json=whole).status_code == 204
    assert machine.call("POST", of(job, "uploads")).status_code == 410
    assert state(world, process)["step"] == "done"


def test_a_machine_that_cannot_reach_the_storage_goes_through_the_service(
    world: World,
    queue: RemoteQueue,
    tmp_path: Path,
    outside: RawServer,
    passed: Callable[[], list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    well = outside.handler
    outside.handler = lambda exchange: exchange.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
    try:
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                process = world.upload(b"a clip")
                capture(queue, tmp_path)
                assert world.finished(process["uuid"])["step"] == "done"
    finally:
        outside.handler = well
    assert len(passed()) == 1, "it is not tried again with each file"
    assert "the service carries the files" in caplog.text and "X-Amz-Signature" not in caplog.text


def test_players_and_pages_are_led_to_the_public_address(
    world: World, queue: RemoteQueue, tmp_path: Path, outside: RawServer
) -> None:
    process = world.upload(b"a clip")
    capture(queue, tmp_path)
    done = world.finished(process["uuid"])
    video = f"{world.service.url}/user-data/{done['video']}-original.mp4"
    led = requests.get(video, allow_redirects=False, timeout=LIMIT_S)
    assert led.status_code == 302 and led.headers["location"].startswith(f"{outside.url}/")
    assert led.headers["cache-control"] == "no-store"
    part = requests.get(video, headers={"range": "bytes=2-5"}, timeout=LIMIT_S)
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"clip", "video/mp4")
    head = requests.head(video, timeout=LIMIT_S)
    assert (head.status_code, head.headers["content-length"]) == (200, "6")


def test_pages_may_load_files_from_there_and_from_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "library.html").write_text("<!DOCTYPE html>", encoding="utf-8")
    monkeypatch.setattr(pages, "DIST", tmp_path)

    def sources(files: str | None) -> dict[str, str]:
        answer = present(pages.serve({"query_string": b""}, "/", files))
        policy = dict(answer.headers)[b"content-security-policy"].decode()
        return {kind: rest for kind, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}

    plain, led = sources(None), sources("https://files.example")
    assert plain["connect-src"] == "'self' blob:" and plain["script-src"] == "'self'"
    changed = {kind for kind in plain if plain[kind] != led[kind]}
    assert changed == {"connect-src", "img-src", "media-src"}
    assert all(led[kind] == f"{plain[kind]} https://files.example" for kind in changed)
