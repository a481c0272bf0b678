"""Summary of a run: tests that were not run and why, and retries.

- A skip is a failure in CI. Elsewhere the end of the run names every missing tool, how many tests wait for it and how to get it.
- `@pytest.mark.posix_only(reason="…")`, `linux_only`, `windows_only` and `folding_only` leave a test out on other systems, for what
  these do not have. In CI it is not collected, elsewhere it is a skip. The end of the run counts them either way.
- Only a test that drives a real window may be retried, once: `@pytest.mark.real_window(reason="…")`. The run counts retries;
  past RETRIES_ALLOWED the failed attempt is a failure.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

import pytest

RETRIES_ALLOWED = 2
_SYSTEM = sys.platform
NOT_FOR_THIS = "not for this system: "
_LEFT_OUT = pytest.StashKey[Counter[str]]()
# Marker → the systems that have what the test needs.
_SYSTEMS = {
    "posix_only": {"linux", "darwin"},
    "linux_only": {"linux"},
    "windows_only": {"win32"},
    "folding_only": {"win32", "darwin"},
}


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("reruns", None) or config.getoption("force_reruns", None):
        raise pytest.UsageError(
            "--reruns would forgive every test: mark the one that needs it with real_window(reason=…)"
        )
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Verdict(), "kinetix-verdict")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out: Counter[str] = Counter()
    for item in list(items):
        if item.get_closest_marker("flaky"):
            raise pytest.UsageError(f"{item.nodeid}: `flaky` is not for tests to use, see real_window(reason=…)")
        for name, systems in _SYSTEMS.items():
            if marker := item.get_closest_marker(name):
                if not marker.kwargs.get("reason"):
                    raise pytest.UsageError(f"{item.nodeid}: {name} needs a reason")
                if _SYSTEM not in systems and in_ci():
                    items.remove(item)
                    left_out[marker.kwargs["reason"]] += 1
                elif _SYSTEM not in systems:
                    item.add_marker(pytest.mark.skip(reason=NOT_FOR_THIS + marker.kwargs["reason"]))
        if marker := item.get_closest_marker("real_window"):
            if not marker.kwargs.get("reason"):
                raise pytest.UsageError(f"{item.nodeid}: real_window needs a reason")
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
    config.stash[_LEFT_OUT] = left_out
    if hasattr(config, "workeroutput"):  # what a worker tells the process that leads it
        config.workeroutput["left_out"] = dict(left_out)


AnyReport = pytest.TestReport | pytest.CollectReport


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, AnyReport, AnyReport]:
    return _no_skip_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, AnyReport, AnyReport]:
    return _no_skip_in_ci((yield))


def _no_skip_in_ci(report: AnyReport) -> AnyReport:
    if in_ci() and report.skipped and not _is_meant(_reason(report)) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be skipped: {_reason(report)}"
    return report


def _reason(report: AnyReport) -> str:
    where = report.longrepr
    text = str(where[2]) if isinstance(where, tuple) else str(where)
    return text.removeprefix("Skipped: ")


def _is_meant(reason: str) -> bool:
    return reason.startswith(NOT_FOR_THIS)


class Verdict:
    """Listens where all results come together: in the one process, or in the one that leads the workers."""

    def __init__(self) -> None:
        self.retries = 0
        self.left_out: Counter[str] = Counter()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.left_out |= Counter(
            getattr(node, "workeroutput", {}).get("left_out", {})
        )  # every worker collects all tests

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if str(report.outcome) == "rerun":  # pytest-rerunfailures adds this outcome
            self.retries += 1
            if self.retries > RETRIES_ALLOWED:
                report.outcome = "failed"
                report.sections.append(("retries", f"no retry is left: a run has {RETRIES_ALLOWED}"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
        """After everything else, so that only pytest's closing line follows."""
        yield
        reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
        missing = Counter({reason: number for reason, number in reasons.items() if not _is_meant(reason)})
        skipped = {reason.removeprefix(NOT_FOR_THIS): number for reason, number in (reasons - missing).items()}
        left_out = self.left_out | terminalreporter.config.stash.get(_LEFT_OUT, Counter())
        if meant := Counter(skipped) + left_out:
            terminalreporter.section(f"NOT FOR THIS SYSTEM: {meant.total()} tests")
            for reason, number in meant.most_common():
                terminalreporter.write_line(f"{number:6} {reason}")
        if missing:
            terminalreporter.section(f"NOT RUN: {missing.total()} tests", sep="!", red=True, bold=True)
            for reason, number in missing.most_common():
                terminalreporter.write_line(f"{number:6} {reason}", red=True)
        else:
            terminalreporter.write_line("not run: nothing was skipped")
        terminalreporter.write_line(f"retries: {self.retries}, allowed: {RETRIES_ALLOWED}")
