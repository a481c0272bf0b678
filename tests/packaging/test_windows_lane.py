"""What the lane for Windows' Python tells: how many tests of all rooms are not for it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support import tools

pytestmark = pytest.mark.quick
REPORT = """<testsuites><testsuite time="{seconds}">{cases}</testsuite></testsuites>"""
PASSED, FAILED = "<testcase/>", '<testcase classname="a" name="b"><failure/></testcase>'
MARKED = '<testcase><skipped message="not for this system: it has no signals"/></testcase>'
SKIPPED = '<testcase><skipped message="PostgreSQL is not here"/></testcase>'


@pytest.fixture(scope="module")
def run_tests() -> ModuleType:
    """The program of the lane; another of this name lies among the tools of the suite."""
    spec = importlib.util.spec_from_file_location(
        "run_windows_tests", tools.ROOT / "packaging" / "windows" / "run_tests.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its data classes are looked up
    spec.loader.exec_module(module)
    return module


def told(lane: Path, run_tests: ModuleType, **rooms: str) -> str:
    """Lays a report for every room into the lane, `rooms` with these cases; returns the last words of `--kept`."""
    names = [*run_tests.SUITES, *(f"blender.{check}" for check in run_tests.windows_blender.CHECKS)]
    (lane / "reports").mkdir()
    for name in names:
        cases = rooms.get(name, PASSED * 10)
        (lane / "reports" / f"{name}.xml").write_text(REPORT.format(seconds=2, cases=cases), encoding="utf-8")
    return "\n".join(
        run_tests.verdict([run_tests.Lane(lane).outcome(suite) for suite in [*run_tests.SUITES, "blender"]])
    )


def test_marked_tests_are_summed_over_all_rooms(
    tmp_path: Path, run_tests: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = len(run_tests.SUITES) + len(run_tests.windows_blender.CHECKS)
    assert told(tmp_path, run_tests, core=PASSED * 9 + MARKED, hub=PASSED * 9 + MARKED + SKIPPED * 500) == ""
    assert f"not for Windows: 2 of {rooms * 10} tests, {2 / rooms / 10:.1%}" in capsys.readouterr().out


def test_too_many_marked_tests_fail_the_run(tmp_path: Path, run_tests: ModuleType) -> None:
    assert "more than 2% of the tests are marked" in told(
        tmp_path, run_tests, core=PASSED + MARKED * 9, hub=SKIPPED * 999
    )


def test_what_failed_or_left_no_report_is_named(tmp_path: Path, run_tests: ModuleType) -> None:
    told(tmp_path, run_tests, core=FAILED)
    (tmp_path / "reports" / "hub.xml").unlink()
    assert [run_tests.Lane(tmp_path).outcome(suite).failed for suite in ("core", "hub")] == [
        ["a::b"],
        ["hub: there is no report of it"],
    ]
