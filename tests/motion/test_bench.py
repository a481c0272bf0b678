"""The benchmark runs, reports what it promises, and is far from its limits even on a busy machine."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kinetix_bench.motion.retarget import LIMITS_MS, bench_retarget

pytestmark = pytest.mark.xdist_group("motion")


def test_the_report() -> None:
    result = CliRunner().invoke(bench_retarget, ["--json", "--repeat", "3"], catch_exceptions=False)
    found = json.loads(result.output)
    rows = {row["name"]: row for row in found["rows"]}
    assert set(LIMITS_MS) <= set(rows)
    assert found["bones"] == 61 and found["frames"] == 300
    for name, limit in LIMITS_MS.items():
        assert rows[name]["ms"] < 30 * limit, name  # the machine may be busy
    assert found["fasterThanPlainLoop"] > 1
    assert found["framesFactor"] < 100 and found["bonesFactor"] < 100
