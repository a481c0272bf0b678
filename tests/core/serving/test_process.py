"""What a process does when it starts, works in the background and ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.quick

# A thread that never ends and an exit handler that waits for it: what a slow call to another host looked like at the end.
_HELD = """
import atexit, sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from kinetix_core.serving.process import end_within
never = threading.Event()
ThreadPoolExecutor(1).submit(never.wait)
atexit.register(never.wait)
end_within(0.3, lambda: Path(sys.argv[1]).write_text("last"))
"""


_COLLECTS = """
import gc
from kinetix_core.serving.garbage import collect_as_usual, collect_rarely
collect_as_usual()
assert gc.get_freeze_count() == 0, "nothing was put off"
usual = gc.get_threshold()
collect_rarely()
collect_rarely()
assert gc.get_threshold()[0] > 10 * usual[0] and gc.get_threshold()[1:] == usual[1:]
collect_as_usual()
assert gc.get_threshold() == usual and gc.get_freeze_count() > 1000
"""
_NICE = """
from kinetix_core.serving.process import lower_priority
import psutil
lower_priority()
print(int(psutil.Process().nice()))
"""


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LIMIT_S, stdin=subprocess.DEVNULL)


def test_a_process_that_is_held_ends(tmp_path: Path) -> None:
    assert run(_HELD, tmp_path / "said").returncode == 1
    assert (tmp_path / "said").read_text(encoding="utf-8") == "last"


def test_one_that_ends_by_itself_is_not_held_up() -> None:
    assert run("from kinetix_core.serving.process import end_within\nend_within(50)").returncode == 0


def test_one_that_has_started_collects_garbage_as_usual_and_not_what_it_loaded() -> None:
    done = run(_COLLECTS)
    assert done.returncode == 0, done.stderr


def test_work_in_the_background_gives_way() -> None:
    below_normal, own = 0x4000, int(psutil.Process().nice())
    assert int(run(_NICE).stdout) == (below_normal if sys.platform == "win32" else min(own + 5, 19))
