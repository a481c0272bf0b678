"""A service whose files are in object storage, over real HTTP: from the clip to the game, and while the storage has a bad hour."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from kinetix_core.protocol.hub.enumerations import CheckState
from kinetix_hub.doctor import storage_rows
from kinetix_hub.services.local_process import LocalService
from kinetix_local.store.process_steps import ALIVE
from tests.support import fast_capture
from tests.support.raw_server import Exchange, RawServer
from tests.support.service import Running, running
from tests.support.services.object_storage import KEYS, ObjectStorage, before, bucket, hand_on, object_storage
from tests.support.waiting import LIMIT_S, until

__all__ = ["bucket", "object_storage"]
pytestmark = pytest.mark.xdist_group("object-storage")


@pytest.fixture(scope="module")
def line(object_storage: ObjectStorage) -> Iterator[RawServer]:
    """Between the service and its storage."""
    with before(object_storage) as server:
        yield server


@pytest.fixture(scope="module")
def service(
    object_storage: ObjectStorage, bucket: str, line: RawServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    told = object_storage.address(bucket, endpoint=line.url)
    with running(tmp_path_factory.mktemp("stored"), "--storage", told, **KEYS) as started:
        started.user()
        yield started
        assert not any(secret in started.output() for secret in KEYS.values())


@contextlib.contextmanager
def away(line: RawServer) -> Iterator[list[str]]:
    """The storage answers 503 meanwhile; what was asked of it is in the list."""
    well, asked = line.handler, []

    def refuse(exchange: Exchange) -> None:
        asked.append(exchange.path)
        exchange.answer(503)

    line.handler = refuse
    try:
        yield asked
    finally:
        line.handler = well


def local_files(service: Running) -> list[Path]:
    return [path for path in (service.home / "local" / "files").rglob("*") if path.is_file()]


def test_a_clip_becomes_an_emote_that_a_game_can_fetch(
    service: Running, object_storage: ObjectStorage, bucket: str
) -> None:
    clip = b"a clip" + bytes(6 << 20)
    done = service.emote(clip=clip)
    assert done["step"] == "done"
    emote = service.call("GET", f"/v1/emotes/{done['emote']}").json()
    urls = {file["extension"]: file["url"] for file in emote["files"] if file["name"] != "animation"}
    assert set(urls) == {"glb", "kinanim", "fbx", "bvh", "png", "gif", "json"}
    glb = requests.get(urls["glb"], timeout=LIMIT_S)
    assert glb.content == fast_capture._glb("victory spin") and glb.headers["content-type"] == "model/gltf-binary"
    part = requests.get(urls["glb"], headers={"range": "bytes=4-7"}, timeout=LIMIT_S)
    assert (part.status_code, part.content) == (206, glb.content[4:8])
    known = {"if-none-match": glb.headers["etag"]}
    assert requests.get(urls["glb"], headers=known, timeout=LIMIT_S).status_code == 304
    video = f"{service.url}/user-data/{done['video']}-original.mp4"
    end = requests.get(video, headers={"range": f"bytes={5 << 20}-"}, timeout=LIMIT_S)
    assert (end.status_code, end.content) == (206, clip[5 << 20 :])
    where = service.admin("GET", f"/processes/{done['uuid']}/clip").json()
    assert Path(where["path"]).read_bytes() == clip
    names = object_storage.names(bucket)
    assert f"uploads/{done['video']}.mp4" in names and "owner" in names
    assert local_files(service) == [], "files on their way only"
    until(lambda: storage_rows(LocalService(service.home, service.home)) == [])  # a busy storage may miss four seconds


def test_while_the_storage_is_away_everything_else_goes_on(service: Running, line: RawServer, tmp_path: Path) -> None:
    token, link = service.token()["uuid"], service.token()["uuid"]
    page = {"headers": {"x-kinetix-page": "1"}, "key": None}
    with away(line):
        until(lambda: service.call("GET", "/_local/readyz", key=None).json()["impaired"] == ["storageAway"])
        assert service.call("GET", "/_local/readyz", key=None).status_code == 200, "no other service could do more"
        (row,) = storage_rows(LocalService(service.home, tmp_path))
        assert row.state is CheckState.WARNING and "storageAway" in row.text and row.command == "kinetix local doctor"
        assert "kinetix_storage_up 0" in service.admin("GET", "/metrics").text.splitlines()
        refused = service.upload(token, b"a clip")
        assert refused.status_code == 503 and refused.headers["retry-after"]
        assert "127.0.0.1" not in refused.text and local_files(service) == []
        sent = service.call("PUT", f"/_local/page/{link}/clip?offset=0&total=6", data=b"a clip", **page)
        assert sent.status_code == 503 and sent.json()["error"]["code"] == "storageAway"
        assert service.call("GET", "/v1/users/player-1/emotes").status_code in {200, 208}


def test_a_token_and_a_clip_survive_a_storage_that_was_away(
    service: Running, line: RawServer, object_storage: ObjectStorage, bucket: str
) -> None:
    token, link = service.token()["uuid"], service.token()["uuid"]
    page = {"headers": {"x-kinetix-page": "1"}, "key": None}
    service.call("PUT", f"/_local/page/{link}/clip?offset=0&total=6", data=b"a clip", **page)
    with away(line):
        assert service.upload(token, b"a clip").status_code == 503
        assert service.call("POST", f"/_local/page/{link}/submit", json={}, **page).status_code == 503
    assert service.finished(service.upload(token, b"a clip").json()["uuid"])["step"] == "done"
    again = service.call("POST", f"/_local/page/{link}/submit", json={}, **page)
    assert again.status_code == 200, again.text
    assert not [name for name in object_storage.names(bucket) if name.startswith("incoming/")]
    assert service.finished(again.json()["process"]["uuid"])["step"] == "done"


def test_a_capture_waits_for_the_storage(service: Running, line: RawServer, tmp_path: Path) -> None:
    """Its result is not made twice, and a clip that waits is no clip that is gone."""
    held = service.upload(service.token()["uuid"], f"HOLD:{tmp_path / 'go'}".encode()).json()["uuid"]
    waits = service.upload(service.token()["uuid"], b"another").json()["uuid"]
    until(lambda: service.call("GET", f"/v1/process/{held}").json().get("stage"))
    with away(line) as asked:
        (tmp_path / "go").touch()
        until(lambda: any("/kinetix/uploads/" not in path for path in asked), lambda: asked)
        states = [service.call("GET", f"/v1/process/{process}").json()["step"] for process in (held, waits)]
        assert all(step in ALIVE for step in states), states
    assert [service.finished(process)["step"] for process in (held, waits)] == ["done", "done"]


def test_a_clip_that_became_another_fails_alone(
    service: Running, line: RawServer, object_storage: ObjectStorage, bucket: str, tmp_path: Path
) -> None:
    held = service.upload(service.token()["uuid"], f"HOLD:{tmp_path / 'go'}".encode()).json()["uuid"]
    damaged, well = (service.upload(service.token()["uuid"], clip).json()["uuid"] for clip in (b"a clip", b"another"))
    video = service.call("GET", f"/v1/process/{damaged}").json()["video"]
    name, digest = f"uploads/{video}.mp4", hashlib.sha256(b"a clip").hexdigest()
    object_storage.put(bucket, name, b"a CLIP", sha256=digest)
    (tmp_path / "go").touch()
    assert [service.finished(process)["step"] for process in (held, well)] == ["done", "done"]
    state = service.finished(damaged)
    assert (state["step"], state["failure"]["code"]) == ("transcode_failed", "clipDamaged")


def test_a_clip_that_the_storage_withholds_holds_up_no_other(
    service: Running, line: RawServer, object_storage: ObjectStorage, tmp_path: Path
) -> None:
    held = service.upload(service.token()["uuid"], f"HOLD:{tmp_path / 'go'}".encode()).json()["uuid"]
    lost, well = (service.upload(service.token()["uuid"], clip).json()["uuid"] for clip in (b"a clip", b"another"))
    video = service.call("GET", f"/v1/process/{lost}").json()["video"]
    all_well, asked = line.handler, []

    def withhold(exchange: Exchange) -> None:
        if video not in exchange.path:
            hand_on(object_storage, exchange)
            return
        asked.append(exchange.path)
        exchange.answer(500)

    line.handler = withhold
    try:
        (tmp_path / "go").touch()
        assert [service.finished(process)["step"] for process in (held, well)] == ["done", "done"]
        assert asked and service.call("GET", f"/v1/process/{lost}").json()["step"] in ALIVE
    finally:
        line.handler = all_well
    assert service.finished(lost)["step"] == "done"


def test_a_service_does_not_start_on_a_storage_that_does_not_answer(tmp_path: Path) -> None:
    from tests.studio.test_joining import command

    told = ("serve", "--home", str(tmp_path), "--json", "--storage", "s3://bucket?endpoint=http://127.0.0.1:9")
    process = command(*told, **KEYS)
    said, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1, said
    assert json.loads(said.splitlines()[-1])["error"]["code"] == "storageAway"
