"""`kinetix bench sync` in small: what it measures arrives."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kinetix_bench.sync.bench import bench_sync
from tests.support import tools


@pytest.mark.nightly
@pytest.mark.linux_only(reason="the benchmark needs Linux")
def test_the_benchmark_misses_nothing() -> None:
    editor = ["--godot", str(tools.godot()), "--resources", "20"]
    ended = CliRunner().invoke(bench_sync, ["--count", "3", "--burst", "30", "--tree", "40", *editor])
    assert ended.exit_code == 0, ended.exception
    found = json.loads(ended.output)
    for burst in (found["bareBurst"], found["burst"]):
        assert burst["missed"] == burst["short"] == 0 < burst["seconds"]
    assert found["cold"]["files"] == 40
    loaded = found["editor"]
    assert 0 < loaded["loadMs"]["p50"] < loaded["godotAloneMs"]["p50"] and loaded["count"] == 3
    assert loaded["gameMs"]["p50"] > 0 < loaded["gameGodotAloneMs"]["p50"]
    assert found["timesBare"] == round(found["landMs"]["p50"] / found["bareMs"]["p50"], 2)
