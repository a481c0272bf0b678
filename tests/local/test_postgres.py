"""The same service on a real PostgreSQL: schema, the way from token to bag, and a kill in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetix_local.store import tables
from kinetix_local.store.database import HEAD, Database
from tests.local.conftest import new_world
from tests.support.postgres import postgres_url
from tests.support.service import running

__all__ = ["postgres_url"]
pytestmark = pytest.mark.xdist_group("local-postgres")


def test_schema_and_whole_way(postgres_url: str, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database(postgres_url)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    database.migrate_to("base")
    database.migrate_to(HEAD)
    database.close()
    with running(tmp_path, "--database", postgres_url) as service:
        world = new_world(service)
        world.configure(ugcValidation=True)
        first = world.emote()
        assert first["step"] == "done"
        assert world.call("POST", f"/v1/process/{first['uuid']}/validate").status_code == 200
        assert world.call("GET", "/v1/users/player-1/emotes").status_code == 200
        assert world.call("GET", "/v1/users/player-1/emotes").status_code == 208
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
