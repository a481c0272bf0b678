"""Rules of a run: nothing is skipped in CI, and nothing is run again.

`@pytest.mark.posix_only(reason="…")`, `linux_only`, `windows_only` and `folding_only` leave a test out on other systems, for what
these do not have. Elsewhere than in CI a missing tool skips a test; pytest's summary names the reasons.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator

import pytest

# Marker → the systems that have what the test needs.
_SYSTEMS = {
    "posix_only": {"linux", "darwin"},
    "linux_only": {"linux"},
    "windows_only": {"win32"},
    "folding_only": {"win32", "darwin"},
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if any(not _fits(item, *row) for row in _SYSTEMS.items())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _fits(item: pytest.Item, name: str, systems: set[str]) -> bool:
    marker = item.get_closest_marker(name)
    if marker and not marker.kwargs.get("reason"):
        raise pytest.UsageError(f"{item.nodeid}: {name} needs a reason")
    return not marker or sys.platform in systems


AnyReport = pytest.TestReport | pytest.CollectReport


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, AnyReport, AnyReport]:
    return _no_skip_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, AnyReport, AnyReport]:
    return _no_skip_in_ci((yield))


def _no_skip_in_ci(report: AnyReport) -> AnyReport:
    is_ci = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
    if is_ci and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be skipped: {reason}"
    return report
