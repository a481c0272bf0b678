"""The guard around CI: a command that hangs, fails or leaves processes behind must not hold its caller."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import psutil
import pytest

import guard as program
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.linux_only(reason="the guard is for CI, which is Linux")


def guard(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, program.__file__, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


def test_passes_on_output_and_status() -> None:
    done = guard("bash", "-c", "echo out; echo err >&2; exit 7")
    assert done.returncode == 7
    assert {"out", "err"} <= set(done.stdout.split())


def test_ends_what_was_left_behind_and_names_it() -> None:
    """Nor does a leftover that holds the output open hold the caller: it would for longer than `guard` waits here."""
    done = guard("bash", "-c", "setsid sleep 333.25 & echo $!; disown; sleep 0.2; echo done")
    assert done.returncode == 0
    assert "leftover" in done.stdout and "sleep 333.25" in done.stdout
    assert not psutil.pid_exists(int(done.stdout.split()[0]))


@pytest.mark.parametrize("limit", ["--silent-minutes", "--minutes"])
def test_ends_a_command_that_hangs(limit: str) -> None:
    done = guard(limit, "0.1", "bash", "-c", "trap '' TERM; sleep 444.25 & echo $!; wait")
    assert done.returncode == 124
    assert ("no output for 0.1 minutes" if "silent" in limit else "not done after 0.1 minutes") in done.stdout
    assert not psutil.pid_exists(int(done.stdout.split()[0]))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_it_stops_what_it_runs(sign: signal.Signals) -> None:
    """The command is in a session of its own, where neither Ctrl+C nor the end of its parent reaches it."""
    command = [sys.executable, program.__file__, "bash", "-c", "trap '' INT TERM; sleep 555.25 & echo $!; wait"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        sleeper = int(running.stdout.readline())
        running.send_signal(sign)
        said = running.stdout.read()
    assert running.returncode == 128 + sign and f"stopped by {sign.name}" in said
    assert not psutil.pid_exists(sleeper)


def test_an_output_that_does_not_block_gets_everything() -> None:
    """A full non-blocking pipe loses nothing."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    prints = ["bash", "-c", "yes | head -c 1000000; echo end"]
    command = [sys.executable, program.__file__, "--silent-minutes", "1", *prints]
    with (
        os.fdopen(reader, "rb") as output,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=writer) as running,
    ):
        until(lambda: not select.select([], [writer], [], 0)[1], "it fills up")
        os.close(writer)
        said = output.read()
    assert running.returncode == 0
    assert len(said) == 1_000_004 and said.endswith(b"\nend\n")


def test_real_time_priority_is_given_up() -> None:
    """Chromium as root would otherwise take it and starve a small machine."""
    done = guard(sys.executable, "-c", "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))")
    assert done.returncode == 1
    assert "PermissionError" in done.stdout


def test_orphans_are_reaped_while_the_command_runs() -> None:
    """A process whose parent is gone must not stay as a zombie: tests look for what was left running."""
    script = (
        "orphan=$(setsid sleep 0.3 >/dev/null & echo $!); while [ -e /proc/$orphan ]; do sleep 0.1; done; echo gone"
    )
    assert guard("bash", "-c", script).stdout.split()[0] == "gone"
