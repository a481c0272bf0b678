"""`kinetix bench hub` in a small form: it runs, and every figure is there. The limits are for a quiet machine."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.support import tools
from tests.support.waiting import LIMIT_S


@pytest.mark.nightly
def test_the_benchmark_measures_everything() -> None:
    done = subprocess.run(
        [str(tools.kinetix()), "bench", "hub", "--emotes", "200", "--jobs", "20", "--idle", "2", "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )
    found = json.loads(done.stdout)
    values = {row["name"]: row["value"] for row in found["rows"]}
    assert values["jobs_delivered"] == 20 and values["memory_idle"] <= 80 and values["memory_10000_emotes"] <= 80
    assert {"start_to_ready", "idle_cpu", "poll_p50", "poll_p99", "poll_p99_transfers"} <= set(values)
    assert found["bareServerP99Ms"] > 0
