"""A process that was asked to end is gone in time, whatever still holds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_a_process_that_is_held_ends(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _HELD, str(tmp_path / "said")], timeout=LIMIT_S, check=False)
    assert done.returncode == 1 and (tmp_path / "said").read_text(encoding="utf-8") == "last"


def test_one_that_ends_by_itself_is_not_held_up() -> None:
    code = "from kinetix_core.serving.process import end_within\nend_within(50)"
    assert subprocess.run([sys.executable, "-c", code], timeout=LIMIT_S, check=False).returncode == 0
