"""The benchmark runs, reports what it promises, and is faster than a plain loop in the same run."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kinetix_bench.motion.retarget import LIMITS_MS, bench_retarget

pytestmark = pytest.mark.xdist_group("motion")


def test_the_report() -> None:
    result = CliRunner().invoke(bench_retarget, ["--repeat", "3"], catch_exceptions=False)
    found = json.loads(result.output)
    rows = {row["name"]: row for row in found["rows"]}
    assert set(LIMITS_MS) <= set(rows)
    assert found["bones"] == 61 and found["frames"] == 300
    assert all(row["ms"] > 0 for row in rows.values())
    assert found["fasterThanPlainLoop"] > 1
