"""The guard around CI: a command that hangs, fails or leaves processes behind must not hold its caller."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

GUARD = Path(__file__).resolve().parents[2] / "packaging" / "guard.py"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the guard is for CI, which is Linux")


def guard(*command: str, minutes: float = 1) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(GUARD), "--minutes", str(minutes), *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_passes_on_output_and_status() -> None:
    done = guard("bash", "-c", "echo out; echo err >&2; exit 7")
    assert done.returncode == 7
    assert {"out", "err"} <= set(done.stdout.split())


def test_ends_what_was_left_behind_and_names_it() -> None:
    begin = time.monotonic()
    done = guard("bash", "-c", "setsid sleep 333.25 & disown; sleep 0.2; echo done")
    assert done.returncode == 0
    assert "leftover" in done.stdout and "sleep 333.25" in done.stdout
    assert time.monotonic() - begin < 20, "a leftover that holds the output open must not hold the caller"
    assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "333.25"]]


def test_ends_a_command_that_hangs() -> None:
    done = guard("bash", "-c", "trap '' TERM; echo begun; sleep 444.25", minutes=0.02)
    assert done.returncode == 124
    assert "begun" in done.stdout and "not done after" in done.stdout
    assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "444.25"]]


def test_real_time_priority_is_given_up() -> None:
    """Chromium as root would otherwise take it and starve a small machine."""
    done = guard(sys.executable, "-c", "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))")
    assert done.returncode == 1
    assert "PermissionError" in done.stdout


def test_orphans_are_reaped_while_the_command_runs() -> None:
    """A process whose parent is gone must not stay as a zombie: tests look for what was left running."""
    script = "(setsid sleep 0.3 &) ; sleep 1; ps -e -o stat,comm | grep -c '^Z.*sleep' || true"
    assert guard("bash", "-c", script).stdout.split()[0] == "0"
