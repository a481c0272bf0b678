"""`kinetix bench framework` in small: both ways answer the same routes, and ours knows more of the contract."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kinetix_bench.service.framework import bench_framework


@pytest.mark.nightly
def test_both_ways_serve_the_routes() -> None:
    given = ["--turns", "1", "--seconds", "0.2", "--connections", "2", "--emotes", "20", "--json"]
    ended = CliRunner().invoke(bench_framework, given, catch_exceptions=False)
    found = json.loads(ended.output)
    assert [row["name"] for row in found["rows"]] == ["config", "key check + user row", "bag of 10 (cached)"]
    assert all(row["own"] > 0 and row["fastapi"] > 0 for row in found["rows"])
    answers = found["answers"]
    assert 0 < answers["same"] < answers["asked"] == answers["same"] + len(answers["other"])
