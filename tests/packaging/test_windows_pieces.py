"""The lane's runner: a test that dies or hangs costs itself alone, and a run that is stopped tells what it knows."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import tools
from tests.support.waiting import LIMIT_S, until

sys.path.insert(0, str(tools.ROOT / "packaging"))

from windows_pieces import Hand, Ledger, Piece

pytestmark = pytest.mark.posix_only(reason="runs the lane, which is a Linux machine's, with Linux' Python in it")

_WINPY = """#!{python}
import os, sys
sys.stdout.flush()
open("pid", "w").write(str(os.getpid()))
os.execv(sys.executable, [sys.executable, *(word.replace("=Z:", "=") for word in sys.argv[1:])])
"""
_THREE_TESTS = (
    "import os, pytest, time\ndef test_a(): pass\ndef test_b():\n    {middle}\ndef test_c(): pytest.skip('why')\n"
)


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """A hand of a lane whose Python is this one, and whose `wend` ends it."""
    monkeypatch.setenv("PYTHONPATH", str(tools.ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they cost seconds of each start
    programs = {"winpy": _WINPY.format(python=sys.executable), "wend": '#!/bin/sh\nkill "$(cat checkout/pid)"\n'}
    for name, text in programs.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path)
    return Hand(tmp_path, 0, tmp_path / "checkout")


def piece(hand: Hand, middle: str) -> Piece:
    """One of three tests: the first passes, `middle` is the body of the second, the third is skipped."""
    (hand.checkout / "test_it.py").write_text(_THREE_TESTS.format(middle=middle), encoding="utf-8")
    options = ("-q", "-p", "no:cacheprovider", "-p", "tests.support.ledger", "test_it.py")
    return Piece("suite", "suite-1", ("winpy", "-m", "pytest", *options))


def test_what_passes_fails_and_is_skipped(hand: Hand) -> None:
    result = hand.run(piece(hand, "assert [] == ['it']"))
    assert (result.passed, result.skips) == (1, ["why"])
    assert list(result.failures) == ["test_it.py::test_b"] and "['it']" in result.failures["test_it.py::test_b"]


def test_one_that_ends_the_process_costs_itself_alone(hand: Hand) -> None:
    result = hand.run(piece(hand, "os._exit(3)"))
    assert (result.passed, result.skips) == (1, ["why"])
    assert list(result.failures) == ["test_it.py::test_b"]
    assert result.failures["test_it.py::test_b"].startswith("its process ended without a result (status 3); the end of")


def test_one_that_hangs_costs_itself_alone(hand: Hand) -> None:
    ledger = Ledger(hand.lane / "reports" / "suite-1.jsonl")

    def clock() -> float:
        """Stands still until the test hangs, and then leaps."""
        return time.monotonic() * 1000 if ledger.unfinished() == ["test_it.py::test_b"] else 0.0

    hand.clock = clock
    result = hand.run(piece(hand, "time.sleep(3600)"))
    assert (result.passed, result.skips) == (1, ["why"])
    assert list(result.failures) == ["test_it.py::test_b"]
    assert result.failures["test_it.py::test_b"].startswith("ended from outside, as no test began or ended for 900 s")


def test_tests_that_all_end_the_process_are_given_up(hand: Hand) -> None:
    text = "import os, pytest\n@pytest.mark.parametrize('n', range(9))\ndef test_it(n): os._exit(3)\n"
    one = piece(hand, "pass")
    (hand.checkout / "test_it.py").write_text(text, encoding="utf-8")
    result = hand.run(one)
    assert [*result.failures][-1] == "suite-1" and "given up" in result.failures["suite-1"]


def test_a_piece_that_does_not_begin_has_failed(hand: Hand) -> None:
    result = hand.run(Piece("suite", "suite-1", ("winpy", "-c", "raise SystemExit(7)")))
    assert list(result.failures) == ["suite-1"]
    assert result.failures["suite-1"].startswith("its process ended without a result (status 7)")


def test_files_that_cannot_be_collected_have_failed(hand: Hand) -> None:
    result = hand.run(piece(hand, "return ]"))
    assert result.failures["suite-1"].startswith("pytest ended with status 2")
    assert "SyntaxError" in result.failures["test_it.py"]


def test_a_run_that_is_stopped_tells_what_it_knows(hand: Hand) -> None:
    first = piece(hand, "time.sleep(3600)")
    script = (
        "import json, signal, sys; from pathlib import Path; from windows_pieces import Hand, Piece, run_all\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's job in the background is born deaf to it
        "hand = Hand(Path.cwd(), 0, Path.cwd() / 'checkout')\n"
        "pieces = [Piece('suite', name, tuple(sys.argv[1:])) for name in ('suite-1', 'suite-2')]\n"
        "results = run_all([hand], pieces, lambda result: None)\n"
        "print(json.dumps([[one.passed, one.failures] for one in results]))\n"
    )
    environment = {**hand.environment, "PYTHONPATH": f"{tools.ROOT}:{tools.ROOT / 'packaging'}"}
    command = [sys.executable, "-c", script, *first.command]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as run:
        until(lambda: "test_it.py::test_b" in Ledger(hand.lane / "reports" / "suite-1.jsonl").unfinished())
        run.send_signal(signal.SIGINT)
        told = run.communicate(timeout=LIMIT_S)[0]
    (passed, failures), (_, others) = json.loads(told)
    assert passed == 1 and failures["test_it.py::test_b"].startswith("stopped before its end")
    assert others == {"suite-2": "not run"}
