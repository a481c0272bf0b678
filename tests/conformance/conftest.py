"""Targets as fixtures, and the line `N of N rows` at the end."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print how many rows hold, per target."""
    passed: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            match = re.search(r"test_conformance\.py::test_row\[([^|]+?) \| ", getattr(report, "nodeid", ""))
            if match and (report.when == "call" or outcome in {"error", "skipped"}):
                every[match[1]] += 1
                passed[match[1]] += outcome == "passed"
    for target in sorted(every):
        terminalreporter.write_line(f"conformance, {target}: {passed[target]} of {every[target]} rows")
