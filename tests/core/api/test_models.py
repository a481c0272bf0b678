"""Typed values keep everything that the server sent, and lists page by the headers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from kinetix_core.api import Client
from kinetix_core.api import models as m
from kinetix_core.api.errors import BadAnswer
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.errors import InputError
from tests.support.raw_server import Exchange, RawServer

EMOTE = {
    "id": 90210,
    "uuid": "0b5c",
    "name": "victory spin",
    "type": "emote",
    "source": "hologram",
    "metadata": {"maturity": False, "x": [1]},
    "files": [
        {
            "id": 1,
            "name": "thumbnail",
            "extension": "png",
            "url": "https://f/1",
            "createdAt": "2024-07-01T10:00:00.000Z",
        },
        {"id": 2, "name": "animation", "extension": "glb", "assetId": 9, "url": "https://f/2"},
        {"id": 3, "name": "animation-v2", "extension": "glb", "assetId": 9, "url": "https://f/3?sig=a.png"},
    ],
    "avatars": {"av": [{"id": 3, "name": "animation", "extension": "glb", "url": "https://f/4", "new": None}]},
    "providers": [{"name": "KinePortal"}],
    "categories": [],
    "createdAt": "2024-07-01T10:00:00.000Z",
    "shader": {"deep": [None, 1.5]},
}
PROCESS = {
    "uuid": "u",
    "name": "n",
    "emote": "e",
    "step": "quantum_rendering",
    "status": "dreaming",
    "progression": 40,
    "vw": 12,
    "user": 4711,
    "createdAt": 1720000000000,
    "postMLError": False,
    "fastML": False,
    "ml": {"progression": 37, "mlRemaining": 80, "gpu": 1},
    "hierarchy": {
        "parents": 0,
        "parent": {},
        "children": 2,
        "child": {"uuid": "c1", "child": {"uuid": "c2", "child": {}}},
    },
    "text": "x",
}


@pytest.mark.quick
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (m.Emote, EMOTE),
        (m.Process, PROCESS),
        (m.User, {"id": 1, "virtualWorldId": "p", "virtualWorlds": [{"planId": "1"}]}),
        (m.UserEmote, {"id": 1, "emoteUuid": "e", "isUGE": True, "isDeleted": False, "deletedAt": None, "data": EMOTE}),
        (m.Token, {"uuid": "t", "url": "https://p/?token=t", "expire": "2024-07-01T10:05:00.000Z", "expireIn": 300}),
        (
            m.Config,
            {"name": "A", "ugcValidation": {"maxRetry": 2}, "ugcFrontentUrl": None, "enableGTAV": True, "new": 1},
        ),
        (m.EmoteOnAvatar, {"uuid": "e", "animationKinanimUrl": "https://k", "usdzUrl": "https://z"}),
    ],
)
def test_round_trip(kind: type[m.Model], value: dict[str, object]) -> None:
    read = kind.model_validate(value)
    assert read.json_value() == value
    assert kind.model_validate(json.loads(json.dumps(read.json_value()))).json_value() == value


@pytest.mark.quick
@pytest.mark.parametrize(
    ("limit", "usable", "invalid"),
    [
        ("minSeconds", (0.3, 1), (None, 0.2, 2, "0.5", False)),
        ("maxSeconds", (60, 1.5), (None, 600, 0, "60", True, [60], float("nan"))),
    ],
)
def test_a_clips_length_is_limited_by_usable_numbers_or_by_the_api(
    limit: str, usable: tuple[float, ...], invalid: tuple[object, ...]
) -> None:
    field = {"minSeconds": "shortest_s", "maxSeconds": "longest_s"}[limit]
    for value in usable:
        config = m.Config.model_validate({"name": "A", limit: value})
        assert config.clip_length == ClipLength(**{field: value})
    for wrong in invalid:
        assert m.Config.model_validate({"name": "A", limit: wrong}).clip_length == ClipLength(1, 10), wrong
    assert m.Config.model_validate({"name": "A"}).clip_length == ClipLength(1, 10)


@pytest.mark.quick
def test_files_are_chosen_by_extension_and_name() -> None:
    emote = m.Emote.model_validate(EMOTE)
    assert emote.file("glb").url == "https://f/3?sig=a.png"  # type: ignore[union-attr]
    assert emote.file("GLB", avatar="av").url == "https://f/4"  # type: ignore[union-attr]
    assert emote.file("png", avatar="av").name == "thumbnail"  # type: ignore[union-attr]
    assert emote.file("ycd") is None
    assert not emote.mature and emote.duration_s is None


@pytest.mark.quick
@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("pending", ["initialized", "transcode_done", "waiting_runner"]),
        ("processing", ["ml_running", "ml_done", "baking", None]),
        ("done", ["render_done", "done"]),
        ("failed", ["ml_failed", "association_failed"]),
        ("validated", ["validated"]),
        ("rejected", ["rejected"]),
    ],
)
def test_state_by_step(state: str, steps: list[str | None]) -> None:
    for step in steps:
        process = m.Process.model_validate({"uuid": "u", "step": step})
        assert process.state == state
        assert process.ended == (state not in {"pending", "processing"})


@pytest.mark.quick
def test_flags_win_over_the_step() -> None:
    flags = {"uuid": "u", "step": "done", "rejected": True}
    assert m.Process.model_validate({**flags, "validated": True}).state == "validated"
    assert m.Process.model_validate(flags).state == "rejected"
    assert list(m.Process.model_validate(PROCESS).hierarchy.descendants()) == ["c1", "c2"]  # type: ignore[union-attr]


@pytest.mark.quick
def test_times() -> None:
    at = datetime(2024, 7, 3, 9, 46, 40, tzinfo=UTC)
    assert m.when(1720000000000) == m.when("2024-07-03T09:46:40.000Z") == m.when("2024-07-03T11:46:40+02:00") == at
    assert m.when("2024-07-03T09:46:40") == at
    assert [m.when(value) for value in (None, "", "soon", 1e300, True)] == [None] * 5


@pytest.mark.quick
def test_validation_setting_in_both_forms() -> None:
    assert m.Config.model_validate({"ugcValidation": {"maxRetry": 2}}).max_retry == 2
    assert m.Config.model_validate({"ugcValidation": True}).validates
    assert m.Config.model_validate({"ugcValidation": True}).max_retry is None
    assert not m.Config.model_validate({"ugcValidation": False}).validates


def bag(rows: int, *, quirk: str = "", status: int = 200) -> Callable[[Exchange], None]:
    """A bag as the contract pages it; `quirk` is a defect of the published server."""

    def handle(exchange: Exchange) -> None:
        path, _, query = exchange.path.partition("?")
        given = dict(part.split("=") for part in query.split("&"))
        offset, limit = int(given["offset"]), int(given["limit"])
        every = [{"id": i, "emoteUuid": f"e{i}"} for i in range(rows)]
        part = every if quirk == "whole" and offset == 0 else every[offset : offset + limit]
        headers = {"x_pagination_length": str(len(part) if quirk == "no_next" else rows)}
        if quirk == "loop":
            headers["x_pagination_next_page"] = f"{path}?limit={limit}&offset={offset}"
        elif quirk != "no_next" and offset + limit < rows:
            headers["x_pagination_next_page"] = f"{path}?limit={limit}&offset={offset + limit}"
        exchange.json(status, part, **headers)

    return handle


@pytest.mark.parametrize("quirk", ["", "whole"])
@pytest.mark.parametrize("rows", [0, 1, 3, 4, 10])
def test_pages(rows: int, quirk: str) -> None:
    with RawServer(bag(rows, quirk=quirk, status=208)) as server, Client(server.url, "a" * 32) as client:
        pages = client.users.emotes("p", page_size=3)
        assert [row.id for row in pages] == list(range(rows))
        assert (pages.total, pages.cached) == (rows, True)
        assert [row.id for row in pages] == list(range(rows)), "a second pass asks anew"
        asked = len(server.requests) // 2
        assert asked == (1 if quirk else max(1, -(-rows // 3)))


def test_pages_without_a_next_link_when_filtered() -> None:
    with RawServer(bag(7, quirk="no_next")) as server, Client(server.url) as client:
        assert [row.id for row in client.users.emotes("p", since="2024-01-01", page_size=3)] == list(range(7))


def test_a_page_that_leads_nowhere() -> None:
    with RawServer(bag(7, quirk="loop")) as server, Client(server.url) as client, pytest.raises(BadAnswer):
        list(client.users.emotes("p", page_size=3))


def test_any_user_id_is_one_part_of_the_path() -> None:
    with RawServer(lambda e: e.json(200, {"id": 1})) as server, Client(server.url) as client:
        for user in ("a/b", "a b", "ü?x=1#y", "..%2f"):
            client.users.get(user)
        with pytest.raises(InputError):
            client.users.get(".")
        sent = [request.path.rsplit("/", 1)[1] for request in server.requests]
        assert sent == ["a%2Fb", "a%20b", "%C3%BC%3Fx%3D1%23y", "..%252f"]


@pytest.mark.parametrize("value", [[], "text", {"uuid": 7}, {"uuid": "u", "files": [{"name": 1}]}, None])
def test_a_wrong_shape_is_named(value: object) -> None:
    with (
        RawServer(lambda e: e.json(200, value)) as server,
        Client(server.url) as client,
        pytest.raises(BadAnswer) as no,
    ):
        client.emotes.get("u")
    assert "GET /v1/emotes/u" in no.value.detail


def test_ensure_makes_a_player_once_and_bears_a_race() -> None:
    known: list[str] = []

    def handle(exchange: Exchange) -> None:
        if exchange.method == "GET" and len(server.requests) < 3:
            exchange.json(404, {"errorCode": "notFound", "message": "User not found", "data": {}})
        elif exchange.method == "POST":
            known.append(exchange.read_body().decode())
            exchange.json(409, {"errorCode": "alreadyExists", "message": "User already exists", "data": {}})
        else:
            exchange.json(200, {"id": 1, "virtualWorldId": "p"})

    with RawServer(handle) as server, Client(server.url) as client:
        assert client.users.ensure("p").virtual_world_id == "p"
        assert json.loads(known[0]) == {"id": "p"}
        assert [request.method for request in server.requests] == ["GET", "POST", "GET"]


def test_config_keeps_the_avatar_that_the_published_server_would_unset() -> None:
    bodies: list[dict[str, object]] = []

    def handle(exchange: Exchange) -> None:
        if exchange.method == "GET":
            exchange.json(200, {"name": "A", "defaultAvatarUuid": "av"})
        else:
            bodies.append(json.loads(exchange.read_body()))
            exchange.json(200, {"message": "m", "data": {"name": "A", "configuration": {"webhookUri": None}}})

    with RawServer(handle) as server, Client(server.url) as client:
        assert client.virtual_world.update_config(webhook_uri=None).webhook_uri is None
        client.virtual_world.update_config(default_avatar_uuid=None)
        with pytest.raises(InputError):
            client.virtual_world.update_config(webhookUrl="x")
    assert bodies == [{"webhookUri": None, "defaultAvatarUuid": "av"}, {"defaultAvatarUuid": None}]


def test_rename_takes_an_object_or_a_list() -> None:
    for value in (EMOTE, [EMOTE]):
        with RawServer(partial(Exchange.json, status=200, value=value)) as server, Client(server.url) as client:
            assert client.users.rename("p", "0b5c", "spin").name == "victory spin"  # type: ignore[union-attr]
