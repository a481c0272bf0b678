"""Run the checks beside it with the Python of one bpy version: runner.py RESULT STAGED [pytest arguments].

The result file decides, not the exit status: bpy 4.2 may crash while the interpreter shuts down.
"""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
result, staged, *rest = sys.argv[1:]
sys.path[:0] = [staged, str(HERE), str(HERE / "checks"), str(HERE.parents[1] / "support")]

import bpy  # noqa: E402
import pytest  # noqa: E402

import kinetix_emotes  # noqa: E402


class Recorder:
    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}
        self.texts: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.rpartition("::")[2]
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[name] = report.outcome
            if report.failed:
                self.texts[name] = report.longreprtext[-4000:]


kinetix_emotes.register()

import hub_fixtures  # noqa: E402 - reads the add-on

recorder = Recorder()
arguments = [
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "verdict",  # leaves out what a system has not
    "-o",
    "python_files=check_*.py",
    "-c",
    os.devnull,
    f"--rootdir={HERE}",
    f"--confcutdir={HERE}",
]
code = pytest.main([*arguments, *(rest or [str(HERE / "checks")])], plugins=[recorder, hub_fixtures])
answer = {"code": int(code), "blender": bpy.app.version_string, "outcomes": recorder.outcomes, "texts": recorder.texts}
Path(result).write_text(json.dumps(answer), encoding="utf-8")
sys.stdout.flush()
os._exit(int(code))
