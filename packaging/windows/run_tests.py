"""Runs the tests with Windows' Python: run_tests.py LANE [SUITE …] [pytest's options]. See README.md beside this file.

The checkout is copied into the lane, as drive S: and `.venv\\Scripts` are the lane's own. Ends with a table of what came of it, and
not with success if a test failed or too many are not for Windows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kinetix_core import paths

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

import try_hub  # noqa: E402
import windows_blender  # noqa: E402
import windows_lane  # noqa: E402

MOST_MARKED = 0.02  # of all tests
NOT_FOR_THIS = "not for this system: "  # how tests/support/verdict.py begins the reason of such a skip

# Suite → what pytest gets. Of Godot's tests those of the sync; real editors, browsers and PostgreSQL run on Linux.
SUITES = {
    "core": ["tests/core"],
    "hub": ["tests/hub"],
    "local": ["tests/local"],
    "motion": ["tests/motion"],
    "formats": ["tests/formats"],
    "godot": [
        *("tests/godot/test_bone_map.py", "tests/godot/test_faults.py", "tests/godot/test_folding_drive.py"),
        "tests/godot/test_keeper.py",
        *("tests/godot/test_large_files.py", "tests/godot/test_library.py", "tests/godot/test_places_given.py"),
        *("tests/godot/test_planner.py", "tests/godot/test_planted_links.py", "tests/godot/test_power_cut.py"),
        *("tests/godot/test_sync.py", "tests/godot/test_sync_settings.py", "tests/godot/test_library_source.py"),
        *("tests/godot/test_sync_model.py", "tests/godot/test_target_names.py"),
        *("tests/godot/test_verify.py", "tests/godot/test_watch.py"),
    ],
    "faults": ["tests/faults"],
    "capture": ["tests/capture/test_whole.py"],
    "conformance": ["tests/conformance"],
    "packaging": ["tests/packaging"],
    "story": ["tests/e2e/test_any_system.py"],
}
BLENDER = "blender"  # runs inside Blender, not with the lane's own pytest


@dataclass
class Outcome:
    """What one suite came to."""

    suite: str
    seconds: float = 0.0
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    marked: int = 0
    skipped: int = 0

    @property
    def ran(self) -> int:
        """Tests that Windows has, and those that it has not. What was skipped for want of a program is neither."""
        return self.passed + len(self.failed) + self.marked

    def add(self, name: str, report: Path) -> None:
        """Counts what JUnit's `report` tells. What ended without one has failed as a whole."""
        if not report.is_file():
            self.failed.append(f"{name}: there is no report of it")
            return
        tree = ElementTree.parse(report)
        self.seconds += sum(float(one.get("time", 0)) for one in tree.iter("testsuite"))
        for case in tree.iter("testcase"):
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed.append(f"{case.get('classname')}::{case.get('name')}")
            elif skip is None:
                self.passed += 1
            elif (skip.get("message") or "").startswith(NOT_FOR_THIS):
                self.marked += 1
            else:
                self.skipped += 1


class Lane:
    """The lane in the folder `place`. The reports of what ran last stay in it, one for a suite or a file of Blender's."""

    def __init__(self, place: Path) -> None:
        self._place, self._reports = place, place / "reports"
        self._checkout = windows_lane.checkout(place)

    def play(self, suites: Sequence[str], checks: Sequence[str], more: Sequence[str]) -> None:
        """Runs the suites, of Blender's these `checks`, and of the others with these options of pytest."""
        windows_lane.make_ready(self._place, blender=BLENDER in suites)
        self._reports.mkdir(exist_ok=True)
        try:
            for suite in suites:
                print(f"windows: {suite}", flush=True)
                if suite == BLENDER:
                    self._run_blender(checks)
                else:
                    self._run(suite, more)
        finally:
            windows_lane.end(self._place)

    def _run(self, suite: str, more: Sequence[str]) -> None:
        """Runs one suite with pytest's further options."""
        report = self._reports / f"{suite}.xml"
        report.unlink(missing_ok=True)
        environment = {**os.environ, "KINETIX_WEIGHTS": f"Z:{paths.weights()}"}
        environment.pop("CI", None)  # a missing Godot or PostgreSQL is named at the end, and is no failure
        command = [str(self._place / "winpy"), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml=Z:{report}"]
        subprocess.run(
            [*command, *SUITES[suite], *more],
            cwd=self._checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def _run_blender(self, checks: Sequence[str]) -> None:
        """Runs these files of the add-on's checks."""
        blender = windows_blender.Blender(self._place, self._checkout)
        blender.stage()
        for check in checks:
            blender.run(check, self._reports / f"{BLENDER}.{check}.xml")

    def outcome(self, suite: str, checks: Sequence[str] = windows_blender.CHECKS) -> Outcome:
        """What the reports tell of a suite. `checks`: which files of Blender's are looked at."""
        outcome = Outcome(suite)
        for name in [f"{BLENDER}.{check}" for check in checks] if suite == BLENDER else [suite]:
            outcome.add(name, self._reports / f"{name}.xml")
        return outcome


def table(outcomes: Sequence[Outcome]) -> str:
    """What every suite came to, a line each, their sum, and which share of it is not for Windows."""
    lines = [f"{'suite':12} {'passed':>7} {'failed':>7} {'marked':>7} {'skipped':>7} {'seconds':>8}"]
    for one in [*outcomes, sum_of(outcomes)]:
        counts = f"{one.passed:7} {len(one.failed):7} {one.marked:7} {one.skipped:7}"
        lines.append(f"{one.suite:12} {counts} {one.seconds:8.0f}")
    return "\n".join(lines)


def sum_of(outcomes: Sequence[Outcome]) -> Outcome:
    whole = Outcome("all")
    for one in outcomes:
        whole.seconds += one.seconds
        whole.passed += one.passed
        whole.failed += one.failed
        whole.marked += one.marked
        whole.skipped += one.skipped
    return whole


def verdict(outcomes: Sequence[Outcome]) -> list[str]:
    """What is wrong, a line each. Prints the table and how many tests of all suites are not for Windows."""
    whole = sum_of(outcomes)
    share = whole.marked / max(whole.ran, 1)
    print(table(outcomes))
    print(f"not for Windows: {whole.marked} of {whole.ran} tests, {share:.1%}; load {try_hub.load()} at the end")
    too_many = share > MOST_MARKED and {one.suite for one in outcomes} == {*SUITES, BLENDER}
    return whole.failed + [f"more than {MOST_MARKED:.0%} of the tests are marked as not for Windows"] * too_many


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the tests with Windows' Python.")
    parser.add_argument("lane", type=Path)
    named = f"of {', '.join([*SUITES, BLENDER])}, or files of the last one, as check_link; all when none is named"
    parser.add_argument("suites", nargs="*", help=named)
    parser.add_argument("--kept", action="store_true", help="run nothing, and sum up what every suite came to last")
    options, more = parser.parse_known_args()
    checks = [name for name in options.suites if name in windows_blender.CHECKS]
    suites = [name for name in options.suites if name not in checks] + ([BLENDER] if checks else [])
    if unknown := set(suites) - {*SUITES, BLENDER}:
        parser.error(f"there is no suite {', '.join(sorted(unknown))}")
    suites, checks, place = suites or [*SUITES, BLENDER], checks or windows_blender.CHECKS, options.lane.resolve()
    lane = Lane(place)
    if not options.kept:
        lane.play(suites, checks, more)
    failed = verdict([lane.outcome(suite, checks) for suite in suites])
    print(*(f"FAILED {name}" for name in failed), sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
