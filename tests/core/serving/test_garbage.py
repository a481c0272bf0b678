"""Programs look for garbage rarely while they load, and not at their end (`kinetix_core.serving.garbage`)."""

from __future__ import annotations

import gc
import json
import subprocess
import sys

import pytest

# What a process tells at its very end: an exit handler that is registered first runs last.
_AT_THE_END = """
import atexit, gc, json
def collections():
    return sum(one["collections"] for one in gc.get_stats())
before = 0
atexit.register(lambda: print(json.dumps([collections() - before, gc.get_freeze_count()])))
"""


def at_the_end(program: str) -> list[int]:
    """Return the collections of such a process, and the objects ignored at its end."""
    ended = subprocess.run(
        [sys.executable, "-c", _AT_THE_END + program],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return [int(one) for one in json.loads(ended.stdout.splitlines()[-1])]


@pytest.mark.parametrize(
    ("start", "loaded"),
    [
        ("from kinetix_hub.cli.main import main as start", "kinetix_core.api.client"),
        ("from kinetix_hub.__main__ import main as start", "kinetix_hub.server.app"),
        ("from kinetix_local.__main__ import main as start", "kinetix_local.api.listening.server"),
        ("from kinetix_local.queue.task import prepare_worker as start", "kinetix_capture.deliver"),
    ],
    ids=["command line", "hub", "service", "worker"],
)
def test_a_program_looks_for_garbage_rarely_and_not_at_its_end(start: str, loaded: str) -> None:
    load = f"before = collections()\nimport importlib\nimportlib.import_module({loaded!r})"
    usually, _ = at_the_end(f"{start}\n{load}")
    # Each of them asks for help or less, so that it does no work of its own.
    begin = "import sys\nsys.argv[1:] = ['--help']\ntry:\n    start()\nexcept SystemExit:\n    pass\n"
    rarely, frozen = at_the_end(f"{start}\n{begin}{load}")
    assert rarely < usually / 5
    assert frozen > 10_000


def test_one_that_has_started_looks_as_usual_and_not_at_what_it_loaded() -> None:
    program = """
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
    at_the_end(program)
    assert gc.get_threshold()[0] < 10_000, "this process is none of them"
