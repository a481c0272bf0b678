"""The command line's way to a hub: find it, start it, hand over to a newer version, stop it. `HubClient` then asks it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from kinetix_core import __version__
from kinetix_core.io import files, paths
from kinetix_core.protocol.hub.answers import Health, Stopping
from kinetix_core.protocol.hub.client import HubClient, find
from kinetix_core.protocol.hub.info import PROTOCOL
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import ConflictError, KinetixError
from kinetix_core.values.wording import worded

START_TIME_S = 90.0  # for one that hangs, or a machine with much else to do: one that has ended is noticed at once
_ANOTHER_RUNS = 3  # exit code of a hub that found another one
_STOP_TIME_S = 15.0


def connect() -> HubClient:
    """The running hub, or one started now. A hub of an older version is asked to go when it has nothing to do."""
    hub = find()
    if hub is not None and hub.info.version != __version__:
        hub = _hand_over(hub)
    return hub if hub is not None else start()


def _hand_over(hub: HubClient) -> HubClient | None:
    if _version(hub.info.version) > _version(__version__):
        if hub.info.protocol == PROTOCOL:
            return hub
        raise KinetixError(
            worded(
                "The hub that runs is newer ({newer}) than this program ({own}).",
                newer=hub.info.version,
                own=__version__,
            ),
            code="hubNewer",
            next_step="Update this program, or stop the hub.",
            command="kinetix hub stop",
        )
    if hub.get(Health, "/health").unfinished_jobs:
        if hub.info.protocol == PROTOCOL:
            return hub  # it speaks our language: never stop one that works
        raise ConflictError(
            worded("An older hub ({older}) still works on jobs.", older=hub.info.version),
            code="hubBusy",
            next_step="Wait until they are done; the new version then takes over by itself.",
        )
    stop(hub)
    return None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def start(*, port: int = 0, idle_s: float | None = None, timeout_s: float = START_TIME_S) -> HubClient:
    """Start a hub in the background and return when it is ready. Two starts at once give one hub."""
    paths.claim_home()
    end, pause = time.monotonic() + timeout_s, 0.02
    child: subprocess.Popen[bytes] | None = None
    log_file = paths.logs() / "hub.out"
    while time.monotonic() < end:
        hub = find()
        if hub is not None:
            return hub
        if child is None or (child.poll() is not None and _lock_is_free()):
            if child is not None and child.returncode not in (0, _ANOTHER_RUNS, None):
                raise _did_not_start(log_file)
            child = _spawn(port, idle_s, log_file)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
    raise _did_not_start(log_file)


def _lock_is_free() -> bool:
    with ProcessLock(paths.hub_folder() / "hub.lock").probe() as free:
        return free


def _spawn(port: int, idle_s: float | None, log_file: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kinetix_hub", "--port", str(port)]
    if idle_s is not None:
        command += ["--idle", str(idle_s)]
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    # Truncated at each start: what is of use later is in hub.log.
    with files.open_log(log_file, fresh=True) as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=paths.home(),
            env=dict(os.environ),
            start_new_session=sys.platform != "win32",
            creationflags=flags,
        )


def _did_not_start(log_file: Path) -> KinetixError:
    try:
        lines = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return KinetixError(
        "The hub does not start.",
        code="hubNotStarting",
        detail=lines[-1][:300] if lines else f"see {paths.logs() / 'hub.log'}",
        next_step="Run the doctor to find the cause.",
        command="kinetix doctor",
    )


def stop(hub: HubClient, timeout_s: float = _STOP_TIME_S) -> None:
    """Ask the hub to go and wait until its lock is free."""
    with contextlib.suppress(KinetixError):
        hub.post(Stopping, "/shutdown", timeout_s=10.0)
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if _lock_is_free():
            return
        time.sleep(0.05)
    raise KinetixError(
        "The hub does not stop.",
        code="hubNotStopping",
        next_step=worded("End the process {number}; no job is lost.", number=hub.info.pid),
    )
