"""Runs the tests with Windows' Python: run_tests.py LANE [SUITE ...] [pytest's options]. See README.md beside this file.

The checkout is copied into the lane, as drive S: and `.venv\\Scripts` are the lane's own. Ends with a table of what came of it, and
not with success if a test failed or too many are not for Windows.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from kinetix_core import paths

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
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
    seconds: float
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    marked: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        return self.passed + len(self.failed) + self.marked + self.skipped


def copy_checkout(place: Path) -> None:
    """Makes `place` hold what git would take in here, and the built web pages; what is the lane's own there stays."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    pages = ROOT / "shared" / "kinetix_local" / "web" / "dist"
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    wanted |= {str(path.relative_to(ROOT)) for path in pages.rglob("*") if path.is_file()}
    for name in wanted:
        source, target = ROOT / name, place / name
        if not target.is_file() or not filecmp.cmp(source, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for path in place.rglob("*"):
        below = path.relative_to(place)
        is_lanes = below.parts[0] == ".venv" or "__pycache__" in below.parts
        if path.is_file() and not is_lanes and str(below) not in wanted:
            path.unlink()


def run(lane: Path, checkout: Path, suite: str, more: list[str]) -> Outcome:
    """Runs one suite. A suite that ends without a report has failed as a whole."""
    report = lane / "reports" / f"{suite}.xml"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    environment = {**os.environ, "KINETIX_WEIGHTS": f"Z:{paths.weights()}"}
    environment.pop("CI", None)  # a missing Godot or PostgreSQL is named at the end, and is no failure
    began = time.monotonic()
    command = [str(lane / "winpy"), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml=Z:{report}"]
    subprocess.run(
        [*command, *SUITES[suite], *more], cwd=checkout, env=environment, stdin=subprocess.DEVNULL, check=False
    )
    return read(suite, time.monotonic() - began, report)


def read(suite: str, seconds: float, report: Path) -> Outcome:
    """The outcome that a JUnit report tells of."""
    outcome = Outcome(suite, seconds)
    if not report.is_file():
        outcome.failed.append(f"{suite}: it ended without a report")
        return outcome
    for case in ElementTree.parse(report).iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed.append(f"{case.get('classname')}::{case.get('name')}")
        elif skip is None:
            outcome.passed += 1
        elif (skip.get("message") or "").startswith(NOT_FOR_THIS):
            outcome.marked += 1
        else:
            outcome.skipped += 1
    return outcome


def run_blender(lane: Path, checkout: Path) -> Outcome:
    """The add-on's checks in Blender for Windows. `tests/blender/inside/runner.py` writes what came of them."""
    outcome = Outcome(BLENDER, 0.0)
    began = time.monotonic()
    drive = lane / "prefix" / "drive_c" / "kinetix"
    shutil.rmtree(drive, ignore_errors=True)
    drive.mkdir()
    stage = "import pathlib, sys; sys.path.insert(0, 'packaging'); import build_extension"
    stage += "; build_extension.stage(pathlib.Path('C:/kinetix/staged/kinetix_emotes'))"
    subprocess.run([str(lane / "winpy"), "-c", stage], cwd=checkout, stdin=subprocess.DEVNULL, check=True)
    for check in sorted((ROOT / "tests" / "blender" / "inside").glob("check_*.py")):
        result = drive / f"{check.stem}.json"
        command = [str(lane / "bpy-py"), "tests/blender/inside/runner.py", f"C:\\kinetix\\{result.name}"]
        command += ["C:\\kinetix\\staged", f"tests/blender/inside/{check.name}"]
        subprocess.run(command, cwd=checkout, stdin=subprocess.DEVNULL, check=False)
        if not result.is_file():
            outcome.failed.append(f"{check.name}: it ended without a result")
            continue
        for name, came in json.loads(result.read_text(encoding="utf-8"))["outcomes"].items():
            if came == "passed":
                outcome.passed += 1
            elif came == "skipped":
                outcome.skipped += 1
            else:
                outcome.failed.append(f"{check.name}::{name}")
    outcome.seconds = time.monotonic() - began
    return outcome


def table(outcomes: list[Outcome]) -> str:
    """What every suite came to, a line each, and the sum."""
    lines = [f"{'suite':12} {'passed':>7} {'failed':>7} {'marked':>7} {'skipped':>7} {'seconds':>8}"]
    for one in outcomes:
        counts = f"{one.passed:7} {len(one.failed):7} {one.marked:7} {one.skipped:7}"
        lines.append(f"{one.suite:12} {counts} {one.seconds:8.0f}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the tests with Windows' Python.")
    parser.add_argument("lane", type=Path)
    parser.add_argument("suites", nargs="*", help=f"of {', '.join([*SUITES, BLENDER])}; all when none is named")
    options, more = parser.parse_known_args()
    if unknown := set(options.suites) - {*SUITES, BLENDER}:
        parser.error(f"there is no suite {', '.join(sorted(unknown))}")
    suites = options.suites or [*SUITES, BLENDER]
    options.lane.mkdir(parents=True, exist_ok=True)
    lane = options.lane.resolve()
    checkout = lane / "checkout" / "kinetix"
    copy_checkout(checkout)
    setup = [str(HERE / "setup.sh"), str(lane), str(checkout)]
    began = time.monotonic()
    subprocess.run(["nice", "-n", "10", *setup, *(["--bpy"] if BLENDER in suites else [])], check=True)
    # Wine's server has the set-up's low priority and would outlive it; every call of a test waits for that one process.
    subprocess.run([str(lane / "wend")], check=False)
    print(f"windows: set up in {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.0f}", flush=True)
    outcomes = []
    try:
        for suite in suites:
            print(f"windows: {suite}", flush=True)
            outcomes.append(run_blender(lane, checkout) if suite == BLENDER else run(lane, checkout, suite, more))
    finally:
        subprocess.run([str(lane / "wend")], check=False)
    print(table(outcomes))
    failed = [name for one in outcomes for name in one.failed]
    marked, total = (sum(values) for values in zip(*((one.marked, one.total) for one in outcomes), strict=True))
    print(f"not for Windows: {marked} of {total} tests; load {os.getloadavg()[0]:.0f} at the end")
    if marked > total * MOST_MARKED and not options.suites:
        failed.append(f"more than {MOST_MARKED:.0%} of the tests are marked as not for Windows")
    print(*(f"FAILED {name}" for name in failed), sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
