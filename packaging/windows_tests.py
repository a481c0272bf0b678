"""Runs the tests with Windows' Python: windows_tests.py LANE [SUITE …] [pytest's options]. See windows/README.md.

The checkout is copied into the lane, as drive S: and `.venv\\Scripts` are the lane's own. However it ends, it ends with a table of
what came of it, and not with success if a test failed, something did not run, or too many tests are not for Windows.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import try_hub
import windows_blender
import windows_lane
from windows_pieces import Hand, Piece, Result, kept, run_all

from kinetix_core import paths

ROOT = Path(__file__).resolve().parent.parent
MOST_MARKED = 0.02  # of all tests
NOT_FOR_THIS = "not for this system: "  # how tests/support/verdict.py begins the reason of such a skip
HANDS = 2
SHOWN_LINES = 60  # of a failure's text

# Suite → what pytest gets, the longest first. Of Godot's tests those of the sync; real editors, browsers and PostgreSQL run on Linux.
SUITES = {
    "hub": ["tests/hub"],
    "local": ["tests/local"],
    "faults": ["tests/faults"],
    "godot": [
        *("tests/godot/test_bone_map.py", "tests/godot/test_faults.py", "tests/godot/test_folding_drive.py"),
        "tests/godot/test_keeper.py",
        *("tests/godot/test_large_files.py", "tests/godot/test_library.py", "tests/godot/test_places_given.py"),
        *("tests/godot/test_planner.py", "tests/godot/test_planted_links.py", "tests/godot/test_power_cut.py"),
        *("tests/godot/test_sync.py", "tests/godot/test_sync_settings.py", "tests/godot/test_library_source.py"),
        *("tests/godot/test_sync_model.py", "tests/godot/test_target_names.py"),
        *("tests/godot/test_verify.py", "tests/godot/test_watch.py"),
    ],
    "core": ["tests/core"],
    "motion": ["tests/motion"],
    "story": ["tests/e2e/test_any_system.py"],
    "formats": ["tests/formats"],
    "conformance": ["tests/conformance"],
    "capture": ["tests/capture/test_whole.py"],
    # What builds packages needs uv and pip, which the lane has not; and pytest's workers do not start under Wine.
    "packaging": [
        *("tests/packaging/test_changes.py", "tests/packaging/test_deploy.py", "tests/packaging/test_documentation.py"),
        *(
            "tests/packaging/test_documents.py",
            "tests/packaging/test_runtime_libraries.py",
            "tests/packaging/test_shops.py",
        ),
    ],
}
BLENDER = windows_blender.SUITE  # runs inside Blender, not with the lane's own pytest
# In how many pieces a long suite is run. Each costs a start of pytest; without them a hand would wait for the other's last suite.
PIECES = {"hub": 6, "local": 6, "core": 3, "motion": 4, "godot": 4, "faults": 3, "formats": 2}


def pieces(suites: Sequence[str], checks: Sequence[str], more: Sequence[str] = ()) -> Iterator[Piece]:
    """What is run, in the order in which it begins. `checks`: files of Blender's; `more`: options of pytest for the others."""
    options = ["-v", "-p", "no:cacheprovider", "-p", "tests.support.ledger", *more]
    for suite in suites:
        if suite == BLENDER:
            yield from windows_blender.pieces(checks)
            continue
        files = list(test_files(SUITES[suite]))
        count = min(PIECES.get(suite, 1), len(files))
        for number in range(count):
            name = suite if count == 1 else f"{suite}-{number + 1}"
            yield Piece(suite, name, ("winpy", "-m", "pytest", *options, *files[number::count]))


def test_files(places: Sequence[str]) -> Iterator[str]:
    """The test files in these folders, and the files among them, as paths in the checkout."""
    for place in places:
        found = sorted((ROOT / place).rglob("test_*.py")) if (ROOT / place).is_dir() else [ROOT / place]
        yield from (file.relative_to(ROOT).as_posix() for file in found)


def play(lane: Path, parts: Sequence[Piece], hands: int) -> list[Result]:
    """Sets the lane up and runs `parts` by so many hands."""
    blender = any(piece.suite == BLENDER for piece in parts)
    windows_lane.make_ready(lane, blender=blender)
    checkout = windows_lane.checkout(lane)
    if blender:
        windows_blender.stage(lane, checkout)
        windows_lane.end(lane)
    os.environ["KINETIX_WEIGHTS"] = f"Z:{paths.weights()}"
    several = [Hand(lane, number, checkout) for number in range(hands)]
    for hand in several:
        hand.make_prefix()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return run_all(several, parts, tell)


def tell(result: Result) -> None:
    """What came of one piece, with the end of each failure's text."""
    for name, why in result.failures.items():
        print(f"\nFAILED {name}", *(f"    {line}" for line in why.splitlines()[-SHOWN_LINES:]), sep="\n")
    counts = f"{result.passed} passed, {len(result.failures)} failed, {len(result.skips)} marked or skipped"
    print(f"windows: {result.piece.name}: {counts} in {result.seconds:.0f} s, load {try_hub.load()}", flush=True)


def marked(results: Sequence[Result]) -> int:
    return sum(reason.startswith(NOT_FOR_THIS) for result in results for reason in result.skips)


def table(results: Sequence[Result], suites: Sequence[str]) -> str:
    """What every suite came to, a line each, and the sum. Its seconds are those of its pieces, which run side by side."""
    lines = [f"{'suite':12} {'passed':>7} {'failed':>7} {'marked':>7} {'skipped':>7} {'seconds':>8}"]
    for name in [*suites, "all"]:
        own = [result for result in results if name in (result.piece.suite, "all")]
        passed, failed = sum(one.passed for one in own), sum(len(one.failures) for one in own)
        skipped = sum(len(one.skips) for one in own) - marked(own)
        seconds = sum(one.seconds for one in own)
        lines.append(f"{name:12} {passed:7} {failed:7} {marked(own):7} {skipped:7} {seconds:8.0f}")
    return "\n".join(lines)


def verdict(results: Sequence[Result], suites: Sequence[str]) -> list[str]:
    """What is wrong, a line each. Prints the table and how many tests of all suites are not for Windows.

    Those that are not count beside those that ran; what was skipped for want of a program is neither.
    """
    print(table(results, suites))
    ran = sum(result.passed + len(result.failures) for result in results) + marked(results)
    share = marked(results) / max(ran, 1)
    print(f"not for Windows: {marked(results)} of {ran} tests, {share:.1%}")
    wrong = [f"FAILED {name}" for result in results for name in result.failures]
    if share > MOST_MARKED and {*suites} == {*SUITES, BLENDER}:
        wrong.append(f"more than {MOST_MARKED:.0%} of the tests are marked as not for Windows")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the tests with Windows' Python.")
    parser.add_argument("lane", type=Path)
    named = f"of {', '.join([*SUITES, BLENDER])}, or files of the last one, as check_link; all when none is named"
    parser.add_argument("suites", nargs="*", help=named)
    parser.add_argument("--hands", type=int, default=HANDS, help=f"how many pieces run side by side ({HANDS})")
    parser.add_argument("--kept", action="store_true", help="run nothing, and sum up what every suite came to last")
    options, more = parser.parse_known_args()
    checks = [name for name in options.suites if name in windows_blender.CHECKS]
    suites = [name for name in options.suites if name not in checks] + ([BLENDER] if checks else [])
    if unknown := set(suites) - {*SUITES, BLENDER}:
        parser.error(f"there is no suite {', '.join(sorted(unknown))}")
    suites, checks, lane = suites or [*SUITES, BLENDER], checks or windows_blender.CHECKS, options.lane.resolve()
    began = time.monotonic()
    parts = list(pieces(suites, checks, more))
    results = [kept(lane, piece) for piece in parts] if options.kept else play(lane, parts, options.hands)
    wrong = verdict(results, suites)
    print(*wrong, sep="\n")
    came = f"failures: {len(wrong)}" if wrong else "all passed"
    print(f"windows: {came}, {time.monotonic() - began:.0f} s, load {try_hub.load()} at the end")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
