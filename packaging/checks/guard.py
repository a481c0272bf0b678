"""Runs one command so that it cannot hang whoever waits for it: guard.py [--silent-minutes S] [--minutes M] COMMAND ...

- A command that writes nothing for S minutes hangs: every process it started is ended and the exit status is 124. A slow one
  that goes on may take its time, up to M minutes in all.
- When the command ends, whatever it left behind is ended too (and named), so that no leftover holds the caller's output open.
- Whoever stops it (Ctrl+C, SIGTERM) stops everything below it.
- As root on Linux it gives up the right to real-time priority first: Chromium would use it and starve a two-core machine.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

# Of <linux/prctl.h> and <linux/capability.h>.
PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 24, 36
CAP_SYS_NICE = 23


def adopt_orphans() -> None:
    """A grandchild whose parent ends becomes our child instead of init's, so that it can be found and ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants() -> list[int]:
    """Processes below this one, nearest first."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found, layer = [], {os.getpid()}
    while layer:
        layer = {pid for pid, parent in parents.items() if parent in layer}
        found += sorted(layer)
    return found


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:160]
    return "?"


def end_leftovers() -> None:
    left = [pid for pid in descendants() if command_line(pid).strip()]
    for pid in left:
        print(f"guard: ending a leftover process {pid}: {command_line(pid)}", flush=True)
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in descendants():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, sign)
        deadline = time.monotonic() + 3
        while descendants() and time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(-1, os.WNOHANG)
            time.sleep(0.05)


def wait(pid: int, verdict: Callable[[], str]) -> int | str:
    """The exit status of `pid`, or the verdict that ends it. Every other child is reaped as init would do it."""
    while not (why := verdict()):
        ended, code = os.waitpid(-1, os.WNOHANG)
        if ended == pid:
            return os.waitstatus_to_exitcode(code)
        if not ended:
            time.sleep(0.05)
    return why


def give_up_real_time() -> None:
    """Take the right to real-time priority from whatever is started from here on; nothing happens without the right to do so."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)


def write(pipe: int, data: bytes) -> None:
    """All of it, however slowly it is read: whoever gave us our output may have set it not to block, and then it takes only a part."""
    rest = memoryview(data)
    while rest:
        select.select([], [pipe], [])
        with contextlib.suppress(BlockingIOError):
            rest = rest[os.write(pipe, rest) :]


class Output:
    """Copy the command's output and record the time of the last piece."""

    def __init__(self) -> None:
        self.begun = self.last = time.monotonic()
        self.stopped_by: signal.Signals | None = None

    def stop(self, number: int, frame: object) -> None:
        """Handle a signal that asks us to end: the command runs in a session of its own and does not get it."""
        self.stopped_by = signal.Signals(number)

    def forward(self, pipe: int) -> None:
        """The pipe may stay open in a leftover; the thread that runs this is a daemon for that reason."""
        while chunk := os.read(pipe, 65536):
            self.last = time.monotonic()
            write(1, chunk)

    def verdict(self, silent_minutes: float, minutes: float) -> str:
        """Return why the command must end now; empty while it may go on."""
        if self.stopped_by:
            return f"stopped by {self.stopped_by.name}"
        now = time.monotonic()
        if now - self.last > silent_minutes * 60:
            return f"no output for {silent_minutes:g} minutes"
        if now - self.begun > minutes * 60:
            return f"not done after {minutes:g} minutes"
        return ""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--silent-minutes", type=float, default=12, help="most minutes without output")
    parser.add_argument("--minutes", type=float, default=38, help="most minutes in all")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    give_up_real_time()
    adopt_orphans()
    reader, writer = os.pipe()
    output = Output()
    for sign in (signal.SIGINT, signal.SIGTERM):  # before there is a command that one could leave behind
        signal.signal(sign, output.stop)
    child = subprocess.Popen(
        options.command, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, start_new_session=True
    )
    os.close(writer)
    copy = threading.Thread(target=output.forward, args=(reader,), daemon=True)
    copy.start()
    status = wait(child.pid, lambda: output.verdict(options.silent_minutes, options.minutes))
    if isinstance(status, str):
        print(f"guard: {status}; these processes were running:", flush=True)
        for pid in descendants():
            print(f"guard:   {pid} {command_line(pid)}", flush=True)
        status = 128 + output.stopped_by if output.stopped_by else 124
    end_leftovers()
    copy.join(timeout=5)
    sys.stdout.flush()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    os._exit(main())
