"""Programs look for garbage rarely while they load (`kinetix_core.serving.garbage`)."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
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


def test_one_that_has_started_looks_as_usual_and_not_at_what_it_loaded() -> None:
    subprocess.run([sys.executable, "-c", _PROGRAM], check=True, stdin=subprocess.DEVNULL)
