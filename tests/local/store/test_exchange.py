"""Export and import carry everything, and a bad document changes nothing."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kinetix_core.values.errors import InputError
from kinetix_local.api.instance import Store
from kinetix_local.store.exchange.exchange_in import load as load_document
from kinetix_local.store.exchange.exchange_out import LARGEST_DOCUMENT
from kinetix_local.store.exchange.exchange_out import export as export_document
from kinetix_local.store.sql import tables
from tests.support.service import running
from tests.support.waiting import until

NOW = 1_700_000_000_000
WORLD, EMOTE, KEY, AVATAR, ANIMATION = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "12345")


def known_world() -> dict[str, Any]:
    """A document with a row of every kind."""
    return {
        "format": "kinetix-local",
        "version": 1,
        "settings": {"token_life_s": 120},
        "plans": [{"name": "Small", "mugeLimit": 3, "totalUsersLimit": 2, "callsLimit": 1000}],
        "categories": [{"name": "dance"}],
        "assets": [
            {
                "uuid": EMOTE,
                "name": "Wave",
                "source": "backOffice",
                "metadata": {"maturity": False, "duration": 2.0},
                "providers": [{"name": "KinePortal"}],
                "tags": ["dance", "Übung"],
                "createdAt": "2024-07-01T10:00:00.000Z",
                "files": [
                    {"name": "animation-v2", "extension": "glb", "data": "Z2xURg=="},
                    {"name": "animation", "extension": "glb", "avatar": AVATAR, "path": "made/a.glb"},
                    {"name": "thumbnail", "extension": "png", "url": "https://storage.example/x.png"},
                ],
            }
        ],
        "worlds": [
            {
                "name": "Arena",
                "uuid": WORLD,
                "plan": "Small",
                "configuration": {"allowUGC": True, "maxEmotes": 5},
                "whiteList": True,
                "createdAt": "2024-07-01T10:00:00.000Z",
                "emotes": [{"uuid": EMOTE}],
                "keys": [
                    {"uuid": KEY, "value": "0123456789abcdef0123456789abcdef", "createdAt": "2024-07-01T10:00:00.000Z"},
                    {"hash": "a" * 64, "canWrite": False, "isDeleted": True, "expire": "2030-01-01T00:00:00.000Z"},
                ],
                "users": [
                    {
                        "id": "player-1",
                        "createdAt": "2024-07-01T10:00:00.000Z",
                        "bag": [{"emote": EMOTE, "isUGE": True, "createdAt": "2024-07-02T10:00:00.000Z"}],
                    },
                    {"id": "player-2", "bag": [{"emote": EMOTE, "isDeleted": True, "deletionReason": "dull"}]},
                ],
                "aliases": [
                    {"name": "Daily", "emotes": [EMOTE], "interval": 1000, "startDate": "2024-01-01T00:00:00Z"}
                ],
                "usage": [{"key": KEY, "plan": "Small", "users": 2, "uge": 1, "calls": 40}],
            }
        ],
        "processes": [
            {
                "uuid": ANIMATION,
                "world": WORLD,
                "user": "player-1",
                "key": KEY,
                "name": "Wave",
                "emote": EMOTE,
                "animation": ANIMATION,
                "video": AVATAR,
                "step": "validated",
                "validated": True,
                "progression": 100,
                "createdAt": "2024-07-01T10:00:00.000Z",
            }
        ],
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "a.glb").write_bytes(b"glTF avatar")
    return Store(tmp_path / "local")


def bring(store: Store, document: Any, *, replace: bool = False) -> dict[str, int]:
    path = store.folder.parent / "state.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    with store.database.write() as db:
        return load_document(db, store.blobs, store.seal, NOW, path, replace=replace)


def take(store: Store) -> dict[str, Any]:
    with store.database.read() as db:
        return export_document(db, store.blobs, store.seal, NOW, values=True, files=None)


def test_round_trip(store: Store, tmp_path: Path) -> None:
    bring(store, known_world())
    once = take(store)
    other = Store(tmp_path / "other")
    bring(other, once)
    assert take(other) == once
    world = once["worlds"][0]
    assert world["keys"][0]["value"] == "0123456789abcdef0123456789abcdef" and world["keys"][1]["hash"] == "a" * 64
    assert world["users"][0]["bag"][0]["isUGE"] is True and world["usage"][0]["calls"] == 40
    assert once["settings"] == {"token_life_s": 120}
    assert once["assets"][0]["tags"] == ["dance", "Übung"]
    bring(other, once, replace=True)
    assert take(other) == once
    store.close()
    other.close()


def test_what_is_left_out_and_what_comes_twice(store: Store) -> None:
    document = known_world()
    removed = {"emote": EMOTE, "isDeleted": True, "deletedBy": "Kinetix", "deletionReason": "dull"}
    document["worlds"][0]["users"][0]["bag"] = [removed, removed, {"emote": EMOTE}]
    document["assets"] += [{"uuid": AVATAR, "name": "Own"}, {"uuid": KEY, "name": "Kept", "providers": []}]
    document["processes"][0] |= {"fastML": True, "postMLError": False}
    bring(store, document)
    after = take(store)
    assert [row["isDeleted"] for row in after["worlds"][0]["users"][0]["bag"]] == [True, True, False]
    assert [asset["providers"] for asset in after["assets"][1:]] == [[{"name": "KinePortal"}], []]
    assert (after["processes"][0]["fastML"], after["processes"][0]["postMLError"]) == (True, False)
    store.close()


def changed(path: str, value: Any) -> dict[str, Any]:
    document = known_world()
    place: Any = document
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        place = place[part]
    place[last] = value
    return document


@pytest.mark.parametrize(
    ("document", "row"),
    [
        ("{", "the document"),
        ("[]", "the document"),
        (changed("version", 2), "version"),
        (changed("surprise", 1), "surprise"),
        (changed("worlds.0.plan", "Huge"), "worlds[0].plan"),
        (changed("worlds.0.keys.1", {"canRead": True}), "worlds[0].keys[1]"),
        (changed("worlds.0.users.1.id", "player-1"), "worlds[0].users[1]"),
        (changed("worlds.0.users.0.bag.0.createdAt", "soon"), "worlds[0].users[0].bag[0].createdAt"),
        (changed("worlds.0.usage.0.key", WORLD), "worlds[0].usage[0].key"),
        (changed("assets.0.files.0.data", "%%%"), "assets[0].files[0].data"),
        (changed("assets.0.files.1.path", "../../etc/passwd"), "assets[0].files[1].path"),
        (changed("assets.0.files.2", {"name": "x", "extension": "glb"}), "assets[0].files[2]"),
        (changed("processes.0.user", "nobody"), "processes[0].user"),
        (changed("processes.0.world", EMOTE), "processes[0].world"),
        (changed("processes.0.quality", {"clip": "x"}), "processes[0].quality.clip"),
        (changed("processes.0.quality", {"unsure": [{"limb": "head"}]}), "processes[0].quality.unsure[0].first"),
        (changed("processes.0.request", {"trimStart": "x"}), "processes[0].request.trimStart"),
        (changed("processes.0.request", {"refines": "x"}), "processes[0].request.refines"),
        (changed("settings.generation", 5), "settings.generation"),
        (changed("settings.token_life_s", "long"), "settings.token_life_s"),
        (changed("plans.0.callsLimit", 10**30), "plans[0].callsLimit"),
        (changed("worlds.0.name", "a\x00b"), "worlds[0].name"),
        (changed("worlds.0.configuration", {"maxEmotes": "many"}), "worlds[0].configuration"),
        (changed("worlds.0.configuration", {"ugcValidation": {"maxRetry": "x"}}), "worlds[0].configuration"),
        (changed("worlds.0.aliases.0.name", "n" * 65), "worlds[0].aliases[0].name"),
        (changed("worlds.0.users.0.createdAt", "9999-12-31T23:59:59-14:00"), "worlds[0].users[0].createdAt"),
        (json.dumps(changed("assets.0.metadata", {"duration": float("nan")})), "the document"),
    ],
)
def test_a_bad_document_is_refused_whole_with_its_row(store: Store, document: Any, row: str) -> None:
    before = take(store)
    with pytest.raises(InputError) as caught:
        bring(store, document)
    assert caught.value.title == f"The import was refused: {row}."
    assert {**take(store), "exportedAt": 0} == {**before, "exportedAt": 0}
    store.close()


@pytest.mark.xdist_group("local-exchange")
def test_a_service_starts_from_it(store: Store, tmp_path: Path) -> None:
    bring(store, known_world())
    store.close()
    with running(tmp_path) as service:
        key = "0123456789abcdef0123456789abcdef"
        bag = service.call("GET", "/v1/users/player-1/emotes", key=key).json()
        assert bag[0]["emoteUuid"] == EMOTE and bag[0]["createdAt"] == "2024-07-02T10:00:00.000Z"
        assert bag[0]["data"]["files"][-1]["url"] == "https://storage.example/x.png"
        assert bag[0]["data"]["defaultThumbnailPngUrl"] == "https://storage.example/x.png"
        avatar = service.call("GET", f"/v1/emotes/{EMOTE}/avatar/{AVATAR}", key=key).json()
        assert avatar["animationGlbUrl"].endswith(f"{EMOTE}-animation-{AVATAR}.glb") and "files" not in avatar
        assert service.call("GET", "/v1/virtual-world/alias/daily", key=key).json()["emoteUuid"] == EMOTE
        assert service.call("GET", "/v1/emotes/search?q=wav", key=key).json()[0]["uuid"] == EMOTE
        assert service.call("GET", "/v1/emotes/categories", key=key).json()["data"][0]["name"] == "dance"

        def expire_in() -> int:
            """Return the seconds of a fresh token; one may pass before the request."""
            token = service.call("GET", "/v1/process/token?userId=player-1", key=key).json()["uuid"]
            return int(service.call("GET", f"/v1/process/token/{token}").json()["expireIn"])

        until(lambda: expire_in() == 120)
        processes = service.call("GET", "/v2/users/player-1/processes", key=key).json()
        assert [row["status"] for row in processes] == ["validated"]


_BROKEN = pytest.param("x.glb\n", marks=pytest.mark.posix_only(reason="a file's name with a line break"))


@pytest.mark.parametrize("path", ["x.glb ", "x.g:lb", _BROKEN, "x", "x." + "y" * 100])
def test_a_file_beside_the_document_brings_its_contents_and_nothing_of_its_name(
    store: Store, tmp_path: Path, path: str
) -> None:
    document = changed("assets.0.files.1.path", path)
    bring(store, known_world())  # makes the folder
    (store.folder.parent / path).write_bytes(b"glTF")
    bring(store, document, replace=True)
    with store.database.read() as db:
        blobs = [row.blob for row in db.execute(select(tables.files.c.blob)) if "://" not in row.blob]
    assert blobs and all(re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{62}\.glb", blob) for blob in blobs)
    store.close()


def test_a_document_of_endless_depth_is_refused(store: Store) -> None:
    with pytest.raises(InputError):
        bring(store, "[" * 200_000)
    store.close()


def test_a_document_of_endless_size_is_not_read(store: Store) -> None:
    path = store.folder.parent / "endless.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_DOCUMENT + 1)  # of holes: it takes no room
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught, store.database.write() as db:
            load_document(db, store.blobs, store.seal, NOW, path)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
        store.close()
    assert "--files" in caught.value.detail
