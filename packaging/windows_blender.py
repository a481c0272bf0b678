"""The add-on's checks in Blender for Windows (tests/blender/inside), with a Kinetix Local in the lane for those that need one."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from windows_pieces import Hand, Piece, nothing_around

SUITE = "blender"
INSIDE = Path(__file__).resolve().parent.parent / "tests" / "blender" / "inside"
CHECKS = sorted(file.stem for file in INSIDE.glob("check_*.py"))
STAGE = """import pathlib, sys
sys.path.insert(0, 'packaging')
import build_extension
build_extension.stage(pathlib.Path('C:/kinetix/staged/kinetix_emotes'))"""
# Checks that make emotes; in those of the second kind every take waits for a person's decision.
WITH_SERVICE, DECIDED_BY_HAND = {"check_real_hub", "check_kills"}, {"check_kills"}
RETAKES = 3
STARTS_WITHIN_S = 300  # a guard against hanging
TEST_LIMIT_S = 600  # as pyproject.toml has it, which Blender's checks do not read


def stage(lane: Path, checkout: Path) -> None:
    """Writes the add-on as the zip holds it to an empty `C:\\kinetix`, of which each hand gets a copy."""
    drive = lane / "prefix" / "drive_c" / "kinetix"
    shutil.rmtree(drive, ignore_errors=True)
    drive.mkdir()
    subprocess.run([str(lane / "winpy"), "-c", STAGE], cwd=checkout, stdin=subprocess.DEVNULL, check=True)


def pieces(checks: Sequence[str]) -> Iterator[Piece]:
    """One for each of these files of checks, as on Linux."""
    for check in checks:
        command = ["bpy-py", "tests/blender/inside/runner.py", f"C:\\kinetix\\{check}.json", "C:\\kinetix\\staged"]
        command += [f"tests/blender/inside/{check}.py", "-v", "-p", "ledger", f"--timeout={TEST_LIMIT_S}"]
        around = functools.partial(_service, check=check) if check in WITH_SERVICE else nothing_around
        yield Piece(SUITE, f"{SUITE}.{check}", tuple(command), around)


@contextlib.contextmanager
def _service(hand: Hand, check: str) -> Iterator[Mapping[str, str]]:
    """Kinetix Local with a quick capture in a home of its own; yields what the checks find it and the hub's command by."""
    home, told = hand.prefix / "drive_c" / "kinetix" / f"service of {check}", f"C:\\kinetix\\service of {check}"
    found = home / "local" / "serve.json"
    home.mkdir()
    command = [str(hand.lane / "winpy"), "-m", "kinetix_local", "serve", "--port", "0", "--home", told, "--no-open"]
    environment = {
        **hand.environment,
        "WINPY_PATH": "S:\\kinetix",
        "KINETIX_LOCAL_CAPTURE": "tests.support.fast_capture:deliver",
    }
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=hand.checkout, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        _wait_for(found, process, home / "log")
        if check in DECIDED_BY_HAND:
            decide_by_hand(found)
        yield {
            "KB_LOCAL": f"{told}\\local\\serve.json",
            "KB_CLIP": "S:\\kinetix\\samples\\balance.mp4",
            "WINEPATH": "S:\\kinetix\\.venv\\Scripts",  # goes before the PATH
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
    finally:
        process.kill()
        process.wait()


def _wait_for(file: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while not file.is_file():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(
                f"Kinetix Local did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}"
            )
        time.sleep(0.5)


def decide_by_hand(found: Path) -> None:
    """Every take of the service that `found`, its serve.json, tells of waits for a decision from now on."""
    service = json.loads(found.read_text(encoding="utf-8"))
    request = urllib.request.Request(
        f"{service['url']}/v1/virtual-world/config",
        data=json.dumps({"ugcValidation": {"maxRetry": RETAKES}}).encode(),
        headers={"x-api-key": service["apiKey"], "content-type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request):
        pass
