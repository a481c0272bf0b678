"""Runs pieces of the tests with Windows' Python (windows_tests.py) side by side, and none of them can stall the others.

A piece is one run of pytest over some files. Several pieces run at a time, each with a drive C: and a server of Wine of its own: every
call that touches a file or a process waits for that one server, so one of them would hold all pieces up. What came of
each test is read from a ledger (tests/support/ledger.py), so it is known however a piece ended. A piece that dies, or brings no result
for STILL_S, is ended and begun again without the tests that are through; the test that was under way then has failed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

# Longer than pytest's own limit for a test (pyproject.toml), which tells where the test hangs; so only what hangs that comes here.
STILL_S = 900.0
MOST_DEATHS = 5  # of a piece; what then has no result is told as not run
_LOOK_S = 1.0
_TOLD_BYTES = 4000  # where pytest ends a test that takes too long, it writes down where that stood
_NOTHING_LEFT = 5  # pytest's exit status where every test has its result already


@contextlib.contextmanager
def nothing_around(hand: Hand) -> Iterator[Mapping[str, str]]:
    """What a piece needs that runs alone."""
    yield {}


@dataclass(frozen=True)
class Piece:
    """One run of pytest. `command` begins with a program of the lane; the ledger's option is put after it.

    `around` is what it needs beside itself, anew each time it begins, and yields the environment by which it finds that.
    """

    suite: str
    name: str
    command: tuple[str, ...]
    around: Callable[[Hand], contextlib.AbstractContextManager[Mapping[str, str]]] = nothing_around


@dataclass
class Result:
    """What came of a piece. `failures` maps a test, or what else went wrong, to why."""

    piece: Piece
    seconds: float = 0.0
    passed: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    skips: list[str] = field(default_factory=list)
    """The reason of each skipped test."""


class Ledger:
    """What `tests/support/ledger.py` has written so far."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, lane: Path, piece: Piece) -> Ledger:
        return cls(lane / "reports" / f"{piece.name}.jsonl")

    def entries(self) -> list[dict[str, Any]]:
        """All whole lines. A piece that is killed while it writes leaves half a one."""
        if not self.path.exists():
            return []
        whole = self.path.read_text(encoding="utf-8", errors="replace").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def ended(self) -> int | None:
        """pytest's exit status, if it came to its end."""
        last = self.entries()[-1:]
        return last[0].get("ended") if last else None

    def unfinished(self) -> list[str]:
        """Tests that began and have no result."""
        begun: dict[str, None] = {}
        for entry in self.entries():
            if "began" in entry:
                begun[entry["began"]] = None
            begun.pop(entry.get("test", ""), None)
        return list(begun)

    def fail(self, test: str, why: str) -> None:
        """Writes down that `test` failed, in place of the process that would have."""
        self.add({"test": test, "came": "failed", "text": why})

    def add(self, entry: Mapping[str, object]) -> None:
        """Adds a line, in place of half a one."""
        text = self.path.read_text(encoding="utf-8", errors="replace") if self.path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        self.path.write_text(whole + json.dumps(entry) + "\n", encoding="utf-8")

    def result(self, piece: Piece) -> Result:
        result = Result(piece)
        for entry in self.entries():
            result.seconds = entry.get("took", result.seconds)
            match entry.get("came"):
                case "passed":
                    result.passed += 1
                case "failed":
                    result.failures[entry["test"]] = entry["text"]
                case "skipped":
                    result.skips.append(entry["text"])
        return result


class Hand:
    """Runs one piece after the other, with a prefix of Wine that is its own."""

    def __init__(self, lane: Path, number: int, checkout: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.lane = lane
        self.checkout = checkout
        self.clock = clock
        self.prefix = lane / ("prefix" if number == 0 else f"prefix-{number + 1}")
        self.environment = {**os.environ, "WINPY_PREFIX": str(self.prefix)}
        self.environment.pop("CI", None)  # a missing Godot or PostgreSQL is named at the end, and is no failure
        self._stopped = threading.Event()

    def make_prefix(self) -> None:
        """Copies the set-up's, and leaves no temporary files of earlier runs in either. No program may run in the lane."""
        original = self.lane / "prefix"
        for folder in original.glob("drive_c/users/*/AppData/Local/Temp"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(exist_ok=True)
        if self.prefix != original:
            shutil.rmtree(self.prefix, ignore_errors=True)
            subprocess.run(["cp", "-a", str(original), str(self.prefix)], check=True)

    def end_programs(self) -> None:
        """Ends every Windows process of this hand."""
        subprocess.run([str(self.lane / "wend")], env=self.environment, check=False)

    def stop(self) -> None:
        """Ends the piece that runs, which then has failed, and begins nothing any more."""
        self._stopped.set()
        self.end_programs()

    def run(self, piece: Piece) -> Result:
        """Runs `piece` to its end, however often it dies on the way. Its output goes to `reports/NAME.log` in the lane."""
        ledger = Ledger.of(self.lane, piece)
        ledger.path.parent.mkdir(exist_ok=True)
        ledger.path.unlink(missing_ok=True)
        began = time.monotonic()
        log = ledger.path.with_suffix(".log")
        with log.open("wb") as output:
            for _ in range(MOST_DEATHS):
                with piece.around(self) as found:
                    why = self._once(piece, {**self.environment, **found}, ledger, output)
                if not why:
                    break
                self.end_programs()  # what the tests had started
                hanging = ledger.unfinished()
                for test in hanging or [piece.name]:
                    ledger.fail(test, f"{why}; the end of its output:\n{_end_of(log)}")
                if not hanging or self._stopped.is_set():
                    break  # where no test is to blame another try would end as this one did
            else:
                ledger.fail(piece.name, f"given up, as {MOST_DEATHS} of its tests ended it")
        ledger.add({"took": time.monotonic() - began})
        return ledger.result(piece)

    def _once(self, piece: Piece, environment: Mapping[str, str], ledger: Ledger, output: BinaryIO) -> str:
        """Starts pytest and waits for its end. Returns what went wrong, nothing if it came to its end."""
        before = ledger.size()
        command = [str(self.lane / piece.command[0]), *piece.command[1:], f"--ledger=Z:{ledger.path}"]
        program = subprocess.Popen(
            command, cwd=self.checkout, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        size, since = before, self.clock()
        while not _has_ended(program):
            if ledger.size() != size:
                size, since = ledger.size(), self.clock()
            elif self.clock() - since > STILL_S:
                program.kill()
                program.wait()
                return f"ended from outside, as no test began or ended for {STILL_S:.0f} s"
        if self._stopped.is_set():
            return "stopped before its end"
        status = ledger.ended() if ledger.size() != before else None
        if status is None:
            return f"its process ended without a result (status {program.returncode})"
        fine = {0, 1} | ({_NOTHING_LEFT} if before else set())
        return "" if status in fine else f"pytest ended with status {status}"


def _end_of(log: Path) -> str:
    return log.read_bytes()[-_TOLD_BYTES:].decode("utf-8", errors="replace").replace("\r", "")


def kept(lane: Path, piece: Piece) -> Result:
    """What came of `piece` when it ran last."""
    ledger = Ledger.of(lane, piece)
    if not ledger.path.is_file():
        return Result(piece, failures={piece.name: "there is no report of it"})
    return ledger.result(piece)


def _has_ended(program: subprocess.Popen[bytes]) -> bool:
    try:
        program.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def run_all(hands: list[Hand], pieces: Iterable[Piece], tell: Callable[[Result], None]) -> list[Result]:
    """Runs all pieces, each by the next free hand, and tells each result as it comes.

    KeyboardInterrupt ends what runs and comes to the results as well: what was not run has failed.
    """
    waiting = deque(pieces)
    results: list[Result] = []

    def work(hand: Hand) -> None:
        with contextlib.suppress(IndexError):
            while True:
                piece = waiting.popleft()
                try:
                    result = hand.run(piece)
                except Exception as error:  # noqa: BLE001 - what is around a piece may fail by anything; the others go on
                    result = Result(piece, failures={piece.name: f"could not be run: {error!r}"})
                results.append(result)
                tell(result)

    threads = [threading.Thread(target=work, args=(hand,)) for hand in hands]
    for thread in threads:
        thread.start()
    not_run: list[Piece] = []
    while any(thread.is_alive() for thread in threads):
        try:
            time.sleep(_LOOK_S)  # an interrupted `join` takes its thread for ended, in Python before 3.13
        except KeyboardInterrupt:
            not_run += waiting
            waiting.clear()
            for hand in hands:
                hand.stop()
    for hand in hands:
        hand.end_programs()
    return [*results, *(Result(piece, failures={piece.name: "not run"}) for piece in not_run)]
