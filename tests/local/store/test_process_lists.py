"""Cost of a user's list of processes: independent of other users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from kinetix_local.api.instance import Store, default_world
from kinetix_local.store import processes, retakes, users, worlds
from kinetix_local.store.clock import Clock
from kinetix_local.store.retakes import Retakes
from kinetix_local.store.sql import tables


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    default_world(store, Clock())
    yield store
    store.close()


def _add_process(db: Connection, user_id: int, number: int, parent: str | None = None) -> str:
    """A process with a clip that has a picture. Returns its uuid."""
    uuid, video = worlds.new_uuid(), worlds.new_uuid()
    asset = {"uuid": video, "name": "clip", "type": "video", "metadata": {}, "providers": [], "categories": []}
    added = db.execute(tables.assets.insert().values(world_id=1, created_at=number, **asset))
    (asset_id,) = added.inserted_primary_key or (0,)
    picture = {"name": "thumbnail", "extension": "png", "blob": f"00/{number}.png", "bytes": 1}
    db.execute(tables.files.insert().values(asset_id=asset_id, created_at=number, **picture))
    names = {"name": f"take {number}", "emote": worlds.new_uuid(), "animation": worlds.new_uuid(), "video": video}
    places = {"world_id": 1, "user_id": user_id, "key_id": 1, "parent": parent}
    times = {"created_at": number, "updated_at": number}
    processes.add(db, uuid=uuid, step="done", request={}, **names, **places, **times)
    return uuid


def _user(db: Connection, name: str) -> int:
    user = users.add(db, 1, name, 0)
    assert user is not None
    return user.id


def _database_steps(db: Connection, user_id: int) -> int:
    """Return how many instructions SQLite runs for the pictures of the user's clips."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    driver = db.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(step, 1)
    try:
        assert len(processes.thumbnails(db, user_id)) == 3
    finally:
        driver.set_progress_handler(None, 0)
    return steps


def test_pictures_of_a_user_cost_the_same_however_many_clips_others_have(store: Store) -> None:
    with store.database.write() as db:
        own, other = _user(db, "own"), _user(db, "other")
        for number in range(3):
            _add_process(db, own, number)
        before = _database_steps(db, own)
        for number in range(300):
            _add_process(db, other, number)
        assert _database_steps(db, own) < 2 * before


def test_a_picture_is_found_for_each_process_of_one_clip(store: Store) -> None:
    with store.database.write() as db:
        user = _user(db, "own")
        first = processes.find(db, _add_process(db, user, 1))
        second = processes.find(db, _add_process(db, user, 2))
        assert first and second
        processes.change(db, second.uuid, 3, video=first.video)
        found = processes.thumbnails(db, user)
    assert {(video, file.blob) for video, file in found} == {(first.video, "00/1.png")}


def test_retakes_are_linked_in_both_directions_and_a_ring_ends(store: Store) -> None:
    with store.database.write() as db:
        user = _user(db, "own")
        first = _add_process(db, user, 1)
        older, newer = _add_process(db, user, 2, first), _add_process(db, user, 3, first)
        linked, strict = retakes.of_user(db, user), retakes.of_user(db, user, oldest_child=True)
        assert retakes.spent(db, newer, linked) == 1
    assert linked.newest(first) == newer and strict.newest(first) == older
    assert linked.hierarchy(newer) == {"parents": 1, "parent": {"uuid": first}, "children": 0, "child": {}}
    ring = Retakes({"a": "b", "b": "a"}, {"b": "a", "a": "b"})
    assert ring.hierarchy("a")["parents"] == 1 and ring.newest("a") == "b"
