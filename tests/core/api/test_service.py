"""Every call of the client against a started Kinetix Local, from the first user to a file on disk."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from kinetix_core.api import Client, Transfer
from kinetix_core.api import errors as e
from kinetix_core.api.models import when
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.failure import ProcessStatus as Status
from tests.conformance import world as w
from tests.conformance.targets import Target, started
from tests.support import tools
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("client-service")

# Route of the contract → the client's call.
CALLS = {
    "GET /": "health",
    "POST /v1/virtual-world/users": "users.create",
    "GET /v1/virtual-world/users/{userId}": "users.get",
    "GET /v1/virtual-world/config": "virtual_world.config",
    "PUT /v1/virtual-world/config": "virtual_world.update_config",
    "GET /v1/virtual-world/alias/{name}": "virtual_world.alias",
    "GET /v1/emotes/{uuid}": "emotes.get",
    "GET /v1/emotes/{uuid}/avatar/{avatarUuid}": "emotes.for_avatar",
    "GET /v1/users/{userId}/emotes": "users.emotes",
    "POST /v1/users/{userId}/emotes/{emoteUuid}": "users.give",
    "PUT /v1/users/{userId}/emotes/{emoteUuid}": "users.rename",
    "DELETE /v1/users/{userId}/emotes/{emoteUuid}": "users.remove",
    "GET /v2/users/{userId}/processes": "users.processes",
    "GET /v1/process/token": "process.token",
    "POST /v1/process/token": "process.token",
    "GET /v1/process/token/{uuid}": "process.token_status",
    "POST /v1/process": "process.create",
    "POST /v1/process/video/info": "process.video_info",
    "POST /v1/process/video/download": "process.video_download",
    "GET /v1/process/{uuid}": "process.get",
    "POST /v1/process/{uuid}/validate": "process.validate",
    "POST /v1/process/{uuid}/retake": "process.retake",
}
# For a browser (the key is part of the address), deprecated, or for the portal.
WITHOUT_CALL = {
    "GET /v1/process/dev-token",
    "POST /v1/virtual-world/emotes",
    "GET /v1/virtual-world/emotes",
    "GET /v1/emotes/search",
    "GET /v1/emotes/categories",
    "GET /v1/users/{userId}/processes",
    "GET /v1/plans",
}


@pytest.mark.quick
def test_every_route_has_a_call() -> None:
    from kinetix_local.api.routes import load

    assert {f"{route.method} {route.path}" for route in load()} - WITHOUT_CALL == set(CALLS)
    client = Client("http://127.0.0.1:1")
    for name in CALLS.values():
        target: object = client
        for part in name.split("."):
            target = getattr(target, part)
        assert callable(target) and target.__doc__


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with started(tmp_path_factory.mktemp("client-service")) as target:
        yield target


def client_of(service: Target, key: str = "main") -> Client:
    return Client(service.base, w.KEYS.get(key, key))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "wink.mp4"
    path.write_bytes(b"a clip" * 1000)
    return path


def test_users(service: Target) -> None:
    name = f"käthe/{uuid4()}"
    with client_of(service) as client:
        with pytest.raises(e.NotFound):
            client.users.get(name)
        made = client.users.ensure(name)
        assert made.virtual_world_id == name and client.users.get(name).id == made.id == client.users.ensure(name).id
        with pytest.raises(e.Conflict) as caught:
            client.users.create(name)
        assert caught.value.error_code == "alreadyExists"


def test_the_bag(service: Target) -> None:
    with client_of(service) as client:
        pages = client.users.emotes("bag-0", page_size=2)
        assert [row.emote_uuid for row in pages] == w.BAG[::-1] and pages.total == 7
        assert [row.emote_uuid for row in pages] == w.BAG[::-1] and pages.cached
        user = client.users.ensure(f"bag-{uuid4()}").virtual_world_id
        assert isinstance(user, str)
        for _ in range(2):
            client.users.give(user, w.DANCE)
        assert [row.data.name for row in client.users.emotes(user) if row.data] == ["dance of joy"]
        renamed = client.users.rename("bag-0", w.BAG[0], "renamed")
        assert renamed is not None and renamed.name == "renamed"
        client.users.remove(user, w.DANCE, reason="a test")
        with pytest.raises(e.NotFound):
            client.users.remove(user, w.DANCE)
        assert list(client.users.emotes(user)) == []


def test_emotes_and_files(service: Target, tmp_path: Path) -> None:
    with client_of(service) as client:
        emote = client.emotes.get(w.DANCE)
        glb = emote.file("glb")
        assert glb is not None and glb.name == "animation-v2" and not emote.mature
        seen: list[Transfer] = []
        done = client.download(glb.url, tmp_path / "dance.glb", progress=seen.append)
        assert (tmp_path / "dance.glb").read_bytes() == w.GLB and done.size == len(w.GLB) and seen[-1].fraction == 1.0
        flat = client.emotes.for_avatar(w.DANCE, w.AVATAR)
        assert flat.animation_glb_url and flat.unreal_glb_url is None
        with pytest.raises(e.BadRequest) as caught:
            client.emotes.get("no-uuid")
        assert caught.value.details == ['"params.uuid" must be a valid GUID']


def test_the_world(service: Target) -> None:
    with client_of(service, "config") as client:
        assert client.virtual_world.update_config(webhook_uri="https://game.example/hook").webhook_uri
        assert client.virtual_world.config().webhook_uri == "https://game.example/hook"
        assert client.virtual_world.update_config(webhook_uri=None, default_avatar_uuid=w.AVATAR).webhook_uri is None
        assert client.virtual_world.update_config(website="x").default_avatar_uuid == w.AVATAR
        assert client.health()["status"] == "ok"
    with client_of(service) as client:
        assert client.virtual_world.alias("daily").emote_uuid == w.DANCE
        with pytest.raises(e.PreconditionRequired):
            client.virtual_world.alias("stuck")
    with client_of(service, "valid") as client:
        assert client.virtual_world.config().max_retry == 1


def test_a_clip_becomes_an_emote(service: Target, clip: Path, tmp_path: Path) -> None:
    with client_of(service) as client:
        user = f"maker-{uuid4()}"
        client.users.ensure(user)
        token = client.process.token(user, metadata={"price": 3})
        assert 0 < client.process.token_status(token).remaining_s <= 300
        process = client.process.create(
            token, clip, name="Wink", form=CaptureSettings(trim_end=1.5, mature=True).to_form(plain=True)
        )
        made = when(process.created_at)
        assert process.state is Status.PENDING and made is not None
        with pytest.raises(e.NotFound):
            client.process.token_status(token)
        steps: list[str | None] = []
        after = client.process.wait(
            process.uuid, every_s=0.05, timeout_s=LIMIT_S, on_change=lambda now: steps.append(now.step)
        )
        assert after.state is Status.DONE and steps[-1] == "done" and after.maturity
        assert [row.uuid for row in client.users.processes(user, done=True)] == [process.uuid]
        emote = client.emotes.get(after.emote or "")
        for extension in ("glb", "kinanim", "png", "gif"):
            file = emote.file(extension)
            assert file is not None
            client.download(file.url, tmp_path / f"wink.{extension}")
        assert [row.emote_uuid for row in client.users.emotes(user)] == [emote.uuid]


def test_deciding(service: Target, clip: Path) -> None:
    with client_of(service, "valid") as client:
        user = f"decider-{uuid4()}"
        client.users.ensure(user)
        first = client.process.create(client.process.token(user), clip)
        client.process.wait(first.uuid, every_s=0.05, timeout_s=LIMIT_S)
        second = client.process.create(client.process.retake(first.uuid), clip)
        assert second.parent == first.uuid
        client.process.wait(second.uuid, every_s=0.05, timeout_s=LIMIT_S)
        assert list((client.process.get(first.uuid).hierarchy or pytest.fail("none")).descendants()) == [second.uuid]
        with pytest.raises(e.NotFound):
            client.process.retake(second.uuid)
        assert client.process.validate(second.uuid).state is Status.VALIDATED
        with pytest.raises(e.Forbidden):
            client.process.validate(second.uuid)


def test_refusals_tell_what_to_do(service: Target, clip: Path) -> None:
    for key, code in (
        ("no_ugc", "noUGC"),
        ("no_uge", "planLimitReached"),
        ("expired", "expiredApiKey"),
        ("gone", "deletedVW"),
    ):
        with client_of(service, key) as client, pytest.raises(e.Forbidden) as caught:
            client.process.token("player")
        assert caught.value.error_code == code and caught.value.next_step
    with client_of(service, "") as client, pytest.raises(e.Unauthorized):
        client.users.get("player")
    with client_of(service) as client, pytest.raises(e.Forbidden) as caught:
        client.process.create(w.NOBODY, clip)
    assert caught.value.error_code == "wrongToken"


def test_online_videos_are_refused_honestly(service: Target) -> None:
    with client_of(service) as client:
        token = client.process.token("player")
        for ask in (client.process.video_info, client.process.video_download):
            with pytest.raises(e.UnprocessableContent):
                ask(token, "http://127.0.0.1:9/x.mp4")
        with pytest.raises(e.NotFound):
            client.process.create_from_video(token, w.NOBODY, name="x")


def test_the_receiver_hears_the_service(service: Target, clip: Path) -> None:
    """`kinetix webhook listen` beside a running service: signed by it, confirmed by it, printed once per step."""
    environment = {**os.environ, "KINETIX_API_KEY": w.KEYS["config"], "PYTHONUNBUFFERED": "1"}
    command = [str(tools.kinetix()), "webhook", "listen", "--port", "0", "--json", "--api", service.base]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env=environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout
        url = json.loads(process.stdout.readline())["listening"]
        with client_of(service, "config") as client:
            client.virtual_world.update_config(webhook_uri=url)
            user = f"heard-{uuid4()}"
            client.users.ensure(user)
            made = client.process.create(client.process.token(user), clip, name="Heard")
            heard: list[dict[str, Any]] = []
            while not heard or heard[-1]["event"]["status"] != "done":
                line = json.loads(process.stdout.readline())
                if "event" in line:
                    heard.append(line)
            client.virtual_world.update_config(webhook_uri=None)
    finally:
        process.terminate()
        process.communicate(timeout=LIMIT_S)
    assert {line["event"]["uuid"] for line in heard} == {made.uuid}
    assert heard[-1]["state"] == "done" and heard[-1]["process"]["name"] == "Heard"
