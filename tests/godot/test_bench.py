"""`kinetix bench sync` in small: what it measures arrives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kinetix_bench.sync.bench import bench_sync
from kinetix_bench.sync.elsewhere import elsewhere
from tests.support import tools


@pytest.mark.nightly
@pytest.mark.linux_only(reason="the benchmark needs Linux")
def test_the_benchmark_misses_nothing() -> None:
    editor = ["--godot", str(tools.godot()), "--resources", "20"]
    ended = CliRunner().invoke(bench_sync, ["--count", "3", "--burst", "30", "--tree", "40", *editor, "--json"])
    assert ended.exit_code == 0, ended.exception
    found = json.loads(ended.output)
    for burst in (found["bareBurst"], found["burst"]):
        assert burst["missed"] == burst["short"] == 0 < burst["seconds"]
    assert found["cold"]["files"] == 40 and found["idlePercentOfCore"] < 5
    loaded = found["editor"]
    assert 0 < loaded["loadMs"]["p50"] < loaded["godotAloneMs"]["p50"] and loaded["count"] == 3
    assert found["timesBare"] == round(found["landMs"]["p50"] / found["bareMs"]["p50"], 2)


@pytest.mark.nightly
def test_without_inotify_it_measures_the_way_into_the_project_and_what_was_in_the_way(tmp_path: Path) -> None:
    found = elsewhere(tmp_path, 3)
    assert 0 < found["landMs"]["p50"] <= found["landMs"]["p95"]
    assert found["recoveryMs"].keys() == {"a project that was away", "a file in use"}
