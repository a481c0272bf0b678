"""What the lane for Windows' Python tells: how many tests of all rooms are not for it, and a picture of each newcomer's emote."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support import tools

sys.path.insert(0, str(tools.ROOT / "packaging"))

import windows_blender
import windows_newcomer
import windows_tests

pytestmark = pytest.mark.quick
PIECES = list(windows_tests.pieces([*windows_tests.SUITES, windows_tests.BLENDER], windows_blender.CHECKS))
PASSED, FAILED = {"test": "a", "came": "passed"}, {"test": "a::b", "came": "failed", "text": "it is wrong"}
MARKED = {"test": "a", "came": "skipped", "text": "not for this system: it has no signals"}
SKIPPED = {"test": "a", "came": "skipped", "text": "PostgreSQL is not here"}


def told(lane: Path, capsys: pytest.CaptureFixture[str], **suites: list[dict[str, str]]) -> str:
    """Lays a ledger for every piece into the lane, for the first one of `suites` with these entries; what `--kept` says."""
    (lane / "reports").mkdir()
    for piece in PIECES:
        lines = map(json.dumps, suites.pop(piece.suite, [PASSED] * 10))
        (lane / "reports" / f"{piece.name}.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return kept(lane, capsys)


def kept(lane: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["windows_tests.py", str(lane), "--kept"])
        windows_tests.main()
    return capsys.readouterr().out


def test_marked_tests_are_summed_over_all_rooms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = 10 * len(PIECES)
    one = [*[PASSED] * 9, MARKED]
    said = told(tmp_path, capsys, core=one, hub=[*one, *[SKIPPED] * 500])
    assert f"not for Windows: 2 of {tests} tests, {2 / tests:.1%}" in said and "windows: all passed" in said


def test_too_many_marked_tests_fail_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = told(tmp_path, capsys, core=[PASSED, *[MARKED] * 99], hub=[SKIPPED] * 999)
    assert "more than 2% of the tests are marked" in said and "windows: failures: 1," in said


def test_what_failed_or_left_no_report_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(tmp_path, capsys, core=[FAILED])
    (tmp_path / "reports" / "hub-2.jsonl").unlink()
    said = kept(tmp_path, capsys)
    assert "FAILED a::b" in said and "FAILED hub-2" in said and "windows: failures: 2," in said


@pytest.mark.parametrize("artefact", windows_newcomer.ARTEFACTS)
def test_every_newcomers_picture_is_kept_and_shown(artefact: str) -> None:
    name = f"newcomer-{windows_newcomer.ARTEFACTS[artefact][1]}.png"
    assert (tools.ROOT / "docs" / "pictures" / name).read_bytes().startswith(b"\x89PNG")
    assert f"(pictures/{name})" in (tools.ROOT / "docs" / "newcomers.md").read_text(encoding="utf-8")
