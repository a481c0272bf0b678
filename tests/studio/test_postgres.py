"""The same service on a real PostgreSQL: schema, the way from token to bag, and a kill in the middle."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import requests
from sqlalchemy import event, text

from kinetix_local.api.instance import Store, default_world
from kinetix_local.store import users
from kinetix_local.store.sql import tables
from kinetix_local.store.sql.database import Database
from kinetix_studio.postgresql.cache_news import CacheNews, News
from tests.local.conftest import new_world
from tests.local.queue.test_progress import asked
from tests.support.service import running
from tests.support.studio import IdleService, fresh_database
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("local-postgres")


def test_schema_and_whole_way(postgres_url: str, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database(postgres_url)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    database.close()
    with running(tmp_path, "--database", postgres_url) as service:
        world = new_world(service)
        world.configure(ugcValidation=True)
        first = world.emote()
        assert first["step"] == "done"
        assert world.call("POST", f"/v1/process/{first['uuid']}/validate").status_code == 200
        assert world.call("GET", "/v1/users/player-1/emotes").status_code == 200
        until(lambda: world.call("GET", "/v1/users/player-1/emotes").status_code == 208)
        assert world.call("GET", f"/v1/emotes/{first['emote']}").status_code == 200
        assert world.call("POST", "/v1/virtual-world/users", json={"id": "player-1"}).status_code == 409
        assert world.call("POST", "/v1/virtual-world/users", json={"id": "a\0b"}).status_code == 400
        accepted = world.upload(b"SLOW:5")
        service.kill()
        service.restart()
        row = world.call("GET", f"/v1/process/{accepted['uuid']}")
        assert row.status_code == 200
        world.service.info["apiKey"] = world.key
        assert service.finished(accepted["uuid"])["step"] == "done"
        assert service.admin("GET", "/health").json()["database"] == "postgresql"


def test_a_connection_that_the_database_ended_is_replaced(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = fresh_database(postgres_url)
    database, other = Database(url), Database(url)
    others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    monkeypatch.setattr("kinetix_studio.postgresql.engine._FRESH_S", 0.0)
    try:
        for opened in (database.read, database.write):
            with opened() as db:
                before = db.execute(text("SELECT pg_backend_pid()")).scalar()
            with other.write() as db:
                db.execute(others)
            with opened() as db:
                assert db.execute(text("SELECT pg_backend_pid()")).scalar() != before
    finally:
        database.close()
        other.close()


def test_requests_cost_few_round_trips(postgres_url: str, tmp_path: Path) -> None:
    """A read begins and ends no transaction, nor does it test the connection, and the inserts of an upload go together."""
    store = Store(tmp_path / "local", fresh_database(postgres_url))
    service, log, connections = IdleService(store, "http://127.0.0.1:1"), tmp_path / "protocol", set[Any]()
    key, _ = default_world(store, service.clock)
    for access in (store.database.read, store.database.write):
        with access() as db:
            event.listen(db.engine, "checkout", lambda connection, *_others: connections.add(connection.pgconn))

    def cost(path: str, method: str = "GET", **options: Any) -> tuple[int, Any]:
        """Return how often the server was ready for a query, and the answer."""
        # A connection that was used just now is not tested.
        asyncio.run(asked(service, "/v1/virtual-world/users/player-1", key=key))
        with log.open("wb") as trace:
            for connection in connections:
                connection.trace(trace.fileno())
            answer = asyncio.run(asked(service, path, method, key=key, **options))
            for connection in connections:
                connection.untrace()
        return log.read_bytes().count(b"ReadyForQuery"), answer

    try:
        with store.database.write() as db:
            assert users.add(db, 1, "player-1", 0) is not None
        trips, token = cost("/v1/process/token", query=b"userId=player-1")
        assert trips == 4, "begin, user, token, commit"
        form = requests.Request(
            "POST", "http://-/", data={"name": "wave"}, files={"video": ("a.mp4", b"a clip")}
        ).prepare()
        headers = [(b"x-api-token", token["uuid"].encode()), (b"content-type", form.headers["content-type"].encode())]
        trips, process = cost("/v1/process", "POST", headers=headers, body=form.body)
        assert trips == 6, "is the token good? begin, token, the inserts together, process, commit"
        assert cost(f"/v1/process/{process['uuid']}")[0] == 1
        assert [cost("/v1/users/player-1/emotes")[0] for _ in range(2)] == [1, 0]
    finally:
        service.threads.shutdown()
        store.close()


def test_services_tell_each_other_which_bags_and_emotes_changed(postgres_url: str, tmp_path: Path) -> None:
    common = ["--database", fresh_database(postgres_url), "--shared", str(tmp_path / "shared"), "--cache-life", "86400"]
    with running(tmp_path / "one", *common) as one, running(tmp_path / "two", *common) as two:
        assert one.info["adminToken"] == two.info["adminToken"], "a balancer picks any of them"
        with one.signed_in() as browser:
            assert browser.get(f"{two.url}/_local/worlds", timeout=LIMIT_S).status_code == 200
        world = new_world(one)
        emote = world.emote()["emote"]

        def shown() -> tuple[int, set[str]]:
            """By the other service: the status of the bag, and all names of the emote."""
            bag = two.call("GET", "/v1/users/player-1/emotes", key=world.key)
            alone = two.call("GET", f"/v1/emotes/{emote}", key=world.key)
            return bag.status_code, {*(row["data"]["name"] for row in bag.json()), alone.json()["name"]}

        until(lambda: shown()[0] == 208)  # from its cache
        renamed = world.call("PUT", f"/v1/users/player-1/emotes/{emote}", json={"name": "another"})
        assert renamed.status_code == 200, renamed.text
        until(lambda: shown()[1] == {"another"}, shown)
        until(lambda: shown()[0] == 208)
        assert world.call("DELETE", f"/v1/users/player-1/emotes/{emote}", json={}).status_code == 200
        until(lambda: not two.call("GET", "/v1/users/player-1/emotes", key=world.key).json())


def test_who_could_not_listen_forgets_all_it_knows(postgres_url: str) -> None:
    database, heard = Database(fresh_database(postgres_url)), Queue[News | None]()
    news = CacheNews(database, "two", heard.put)
    listening = threading.Thread(target=lambda: asyncio.run(news.run()))
    try:
        listening.start()
        assert heard.get(timeout=LIMIT_S) is None
        for sender in ("two", "one"):
            with database.write() as db:
                told = News(sender=sender, users=[7], emotes=["e"])
                db.execute(text("SELECT pg_notify('kinetix_news', :told)"), {"told": told.model_dump_json()})
        assert heard.get(timeout=LIMIT_S) == told  # its own it knows
        with database.write() as db:
            db.execute(text("SELECT pg_notify('kinetix_news', 'anything')"))
        assert heard.get(timeout=LIMIT_S) is None
        news.tell(range(250), ["e"])  # more than one message can hold; its own again
    finally:
        news.close()
        listening.join(LIMIT_S)
        database.close()
    assert heard.empty() and not listening.is_alive()
