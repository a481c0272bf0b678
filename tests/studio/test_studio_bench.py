"""`kinetix bench studio` in small: every figure is there and every part runs. The limits are for a quiet machine."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kinetix_bench.studio.bench import bench_studio
from tests.support.studio import fresh_database


@pytest.mark.nightly
@pytest.mark.xdist_group("local-postgres")
def test_every_part_is_measured(postgres_url: str) -> None:
    small = ["--seconds", "0.5", "--connections", "3", "--waiting", "300", "--users", "20", "--emotes", "3"]
    given = [*small, "--jobs", "3", "--sleep", "0.1", "--database", fresh_database(postgres_url)]
    ended = CliRunner().invoke(bench_studio, given)
    assert ended.exit_code in {0, 1} and ended.output, ended.exception
    found = json.loads(ended.output)
    assert [(row["database"], row["name"]) for row in found["rates"]] == [
        (database, name)
        for database in ("PostgreSQL", "SQLite")
        for name in ("submissions", "status polls", "bag reads", "bag reads, in the cache")
    ]
    assert all(row["requestsPerS"] > 0 and row["processorMs"] > 0 for row in found["rates"])
    assert set(found["queue"]["ratios"]) == {"submit", "poll"} and found["queue"]["long"]["pollOfBatch"] > 0
    assert found["workers"]["speedUp"] > 0 and len(found["limits"]) == 4
