"""The transfer benchmark runs and reports; its ratios belong to an idle machine, not to a test."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.support import tools
from tests.support.waiting import LIMIT_S


def test_it_reports_both_ways() -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not here: apt install curl")
    command = [str(tools.kinetix()), "bench", "transfer", "--json", "--size-mib", "24", "--rounds", "1"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False
    )
    result = json.loads(done.stdout)
    assert done.returncode in {0, 1} and result["size_mib"] == 24
    for mode in ("download", "upload"):
        row = result[mode]
        assert row["ours_mb_s"] > 0 and row["curl_mb_s"] > 0 and row["ratio"] > 0
        assert row["grown_mib"] < row["memory_target_mib"]
