"""Changes during a read for a cache must not leave the old value there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kinetix_local.api.caches import bags as bags_module
from kinetix_local.api.caches.bags import Bag, Bags
from kinetix_local.api.caches.emote_cache import EmoteCache
from kinetix_local.api.caches.keys import Keys
from kinetix_local.api.instance import Store, default_world
from kinetix_local.store import admin, worlds
from kinetix_local.store.clock import Clock

pytestmark = pytest.mark.quick


def test_an_emote_that_changes_while_it_is_read_is_not_kept() -> None:
    cache, row = EmoteCache(), object()
    version = cache.version
    cache.forget("emote")  # another request renames it, between reading and keeping
    cache.keep("emote", None, (row, b"old name"), version)  # type: ignore[arg-type]
    assert cache.get("emote", None) is None
    cache.keep("emote", None, (row, b"new name"), cache.version)  # type: ignore[arg-type]
    assert cache.get("emote", None) == (row, b"new name")


def _is_kept(bags: Bags, user: int, version: int) -> bool:
    """Return whether a bag read at this version of the cache is kept."""
    owner = (1, f"player-{user}")
    bags.keep(owner, Bag(user, 2), version)
    return bags.get(owner, 1) is not None


def test_a_bag_that_changes_while_it_is_read_is_not_kept_and_those_of_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bags = Bags()
    version = bags.version
    bags.drop(7)  # an emote of the user is done, between reading and keeping
    assert not _is_kept(bags, 7, version) and _is_kept(bags, 8, version) and _is_kept(bags, 7, bags.version)
    drops: list[Callable[[], None]] = [lambda: bags.drop_world(1), bags.clear]
    for drop in drops:  # whose bags these are is not known while they are read
        version = bags.version
        drop()
        assert not _is_kept(bags, 8, version) and _is_kept(bags, 8, bags.version)
    monkeypatch.setattr(bags_module, "_MOST_DROPPED", 2)
    version = bags.version
    bags.drop(1, 2, 3)  # more than are remembered: nobody's bag is taken for whole
    assert not [user for user in (1, 3, 4) if _is_kept(bags, user, version)]
    assert _is_kept(bags, 3, bags.version)


def test_a_key_that_is_deleted_while_it_is_read_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, clock = Store(tmp_path / "local"), Clock()
    try:
        value, _ = default_world(store, clock)
        cache, find = Keys(clock, 300_000), worlds.find_key

        def slow(*given: Any) -> Any:
            found = find(*given)
            with store.database.write() as db:
                for row in admin.list_keys(db, None):
                    admin.delete_key(db, row["uuid"])
            cache.clear()  # as the service does after every such change
            return found

        with store.database.read() as db:
            with monkeypatch.context() as patch:
                patch.setattr(worlds, "find_key", slow)
                cache.load(db, value)
            assert cache.cached(value) is None
        with store.database.read() as db:
            found = cache.load(db, value)[1]
            assert found is not None and found.flaw is not None
    finally:
        store.close()
