"""Kinetix Local as a child process of the hub: adopted if it runs, else started, and restarted when it dies."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kinetix_core.io import files, paths
from kinetix_core.io.damage import DamagedState
from kinetix_core.protocol.local.models import ClipLocation, SignInLink
from kinetix_core.serving.environment import without_secrets
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import KinetixError
from kinetix_hub.services.local_info import ADMIN_S, LocalInfo, administer, answers, read_info
from kinetix_hub.services.local_program import find_program, not_installed
from kinetix_hub.services.port import FilmedClip, Temporary

log = logging.getLogger(__name__)

START_ATTEMPTS = 3  # it may be killed while it starts
_START_TIME_S = 60.0  # a first start makes a database on a slow disk
_STOP_S, _STARTING_S = 6.0, 4.0
_IDLE_EXIT_S = 1800  # a service whose hub was killed and never came back ends by itself
_LOG_BYTES = 4 * 1024 * 1024


class LocalService:
    """Kinetix Local. hub/local.json records the service that a hub started, so that the next hub stops it."""

    def __init__(self, home: Path, log_folder: Path) -> None:
        self._home, self._log = home, log_folder / "local.log"
        self._info_file = home / "local" / "serve.json"
        self._lock_file = home / "local" / "serve.lock"
        self._state_file = home / "hub" / "local.json"
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def info(self) -> LocalInfo | None:
        """Return the running service, whoever started it; None for another program on its port."""
        found = read_info(self._info_file)
        return found if found is not None and answers(found) else None

    def ensure(self, closing: Callable[[], bool] = lambda: False) -> LocalInfo:
        """Return the running service, started if needed. Blocks until it answers.

        Raises:
            Temporary: it does not start.
            KinetixError: its state is damaged and must be repaired first.
        """
        with self._lock:
            for attempt in range(START_ATTEMPTS):
                found = self.info()
                if found is not None:
                    return self._record(found)
                if closing():
                    break
                if attempt:
                    log.warning("Kinetix Local did not come up, trying again")
                found = self._start(closing)
                if found is not None:
                    return found
                if self._child is not None and (self._child.poll() or 0) > 0:
                    break  # it was not killed: it gave up, and would again
        raise Temporary(
            KinetixError(
                "Kinetix Local does not start.",
                code="localNotStarting",
                detail=self._tail(),
                next_step="Restart Kinetix. If it still does not start, report it with its log.",
                command="kinetix local serve",
            )
        )

    def stop(self) -> None:
        """Stop the service if a hub started it."""
        with self._lock:
            child, self._child = self._child, None
            remembered = self._remembered()
            if not remembered and child is None:
                return
            if child is None and remembered.get("starting"):
                # Started by a hub that was killed a moment ago: it is not there yet, but it will be.
                _wait(lambda: self.info() is not None, _STARTING_S)
            found = read_info(self._info_file)
            if child is not None and child.poll() is None:
                _end(child)
            elif found is not None and (remembered.get("starting") or found.start_id == remembered.get("startId")):
                self._end_by_pid(found)
            self._state_file.unlink(missing_ok=True)
            if found is not None and read_info(self._info_file) == found and not answers(found):
                self._info_file.unlink(missing_ok=True)  # it was ended hard, as always on Windows; keys are in the file

    def let_phones_in(self) -> None:
        """Open the upload page to the network. On failure links lead to this machine only, and say so."""
        found = self.info()
        if found is None:
            return
        try:
            administer(found, "POST", "/_local/lan")
        except Temporary as error:
            log.warning("Kinetix Local lets no phones in: %s", error.detail)

    def library_page(self) -> str:
        """Return a link that signs a browser in to the library page, once. Starts the service. Raises Temporary."""
        return SignInLink.model_validate(administer(self.ensure(), "POST", "/_local/sign-in-links")).url

    def filmed(self, process: str) -> FilmedClip | None:
        """Return the first clip of this process as stored by the service; None if unknown."""
        try:
            found = self.administer("GET", f"/_local/processes/{process}/clip")
            if found is None:
                return None
            clip = ClipLocation.model_validate(found)
            return FilmedClip(clip.path, clip.start)
        except (Temporary, ValueError) as error:
            log.info("the clip is not known: %s", error)
            return None

    def ask(self, method: str, path: str, body: object = None, seconds: float = ADMIN_S) -> object:
        """Return the JSON answer to a request as administrator. Starts the service. Raises Temporary, or the refusal."""
        return administer(self.ensure(), method, path, body, seconds, refusals=True)

    def administer(self, method: str, path: str, body: object = None, seconds: float = ADMIN_S) -> object:
        """Return the JSON answer to a request as administrator; None if no service runs. Raises Temporary."""
        found = read_info(self._info_file)
        return None if found is None else administer(found, method, path, body, seconds)

    def _end_by_pid(self, found: LocalInfo) -> None:
        # The pid is not trusted alone: it may be another program's by now. One that cannot answer still holds its folder.
        if not answers(found) and ProcessLock(self._lock_file).holder() != found.pid:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(found.pid, signal.SIGTERM)
            _wait(lambda: not self._info_file.exists() or not _alive(found.pid), _STOP_S)

    def _start(self, closing: Callable[[], bool]) -> LocalInfo | None:
        before: LocalInfo | None = None
        child = self._child if self._child is not None and self._child.poll() is None else None
        if child is None and self._is_free():
            before, child = read_info(self._info_file), self._launch()
            self._child = child
        # Else one is there that does not answer: it starts or stops just now, or has no descriptor left. A second one is no help.
        end = time.monotonic() + _START_TIME_S
        while time.monotonic() < end and not closing():
            found = read_info(self._info_file)
            if found is not None and found != before and answers(found):
                return self._record(found)
            if child is None:
                if self._is_free():
                    return None
            elif child.poll() == DamagedState.exit_code:
                raise DamagedState(
                    "The state of Kinetix Local is damaged, so it does not start.",
                    code="localDamaged",
                    detail=self._tail(),
                    next_step="Let it be repaired, which moves aside what is damaged; or put back a copy of your own first.",
                    command="kinetix doctor --fix",
                )
            elif child.poll() is not None:
                # Either it died, or another one holds its home and this one gave way.
                return self.info()
            time.sleep(0.05)
        if child is not None and not closing():
            child.kill()
            child.wait(5)
        return None

    def _record(self, found: LocalInfo) -> LocalInfo:
        """Record a service that a hub started and that now answers, for the next hub."""
        if self._remembered().get("starting"):
            self._remember(startId=found.start_id)
        return found

    def _is_free(self) -> bool:
        """Return True if no service holds the home folder, or if that is unknown."""
        try:
            paths.own(self._lock_file.parent)
            with ProcessLock(self._lock_file).probe() as free:
                return free
        except OSError:
            return True

    def _launch(self) -> subprocess.Popen[bytes]:
        found_program = find_program()
        if found_program is None:
            raise not_installed()
        program, own = found_program
        paths.own(self._log.parent)
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            files.replace(self._log, self._log.with_suffix(".log.1"))
        idle = str(_IDLE_EXIT_S)
        command = [*program, "serve", "--port", "0", "--home", str(self._home), "--no-open", "--idle-exit", idle]
        environment = without_secrets() if own else without_secrets("PYTHONPATH", "PYTHONNOUSERSITE")
        # Before, not after: when a hub is killed in between, the next one still knows whose service this is.
        self._remember(starting=True)
        with files.open_log(self._log) as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**environment, "KINETIX_HOME": str(self._home)},
                cwd=self._home,
                **_detached(),
            )

    def _remember(self, **what: Any) -> None:
        files.write(self._state_file, json.dumps(what), private=True)

    def _remembered(self) -> dict[str, Any]:
        """Return the record of the started service; empty if there is none."""
        try:
            found = json.loads(self._state_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _tail(self) -> str:
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace")[-4000:].strip().splitlines()
        except OSError:
            return ""
        return lines[-1][:300] if lines else ""


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_STOP_S)
    if child.poll() is None:
        child.kill()
        child.wait(_STOP_S)


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _wait(done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not done():
        time.sleep(0.05)


def _detached() -> dict[str, Any]:
    """Return options for a child that survives Ctrl+C in the terminal and needs no console window."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
