"""The command line's way to the hub: find it, start it, hand over to a newer version, ask it. Standard library only."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from kinetix_core import __version__, files, paths
from kinetix_core.errors import InputError, KinetixError
from kinetix_core.peer_identity import Impostor
from kinetix_core.process_lock import ProcessLock
from kinetix_hub.server.life import PROTOCOL, HubInfo, read_info

__all__ = ["HubLink", "connect", "find", "start", "stop"]

START_TIME_S = 30.0


class HubLink:
    """One hub. Every method raises KinetixError with the hub's own words, or `hubGone` when it does not answer."""

    def __init__(self, info: HubInfo) -> None:
        self.info = info

    def get(self, path: str, *, timeout_s: float = 60.0, **query: Any) -> Any:
        return self.call("GET", path, query=query, timeout_s=timeout_s)

    def post(self, path: str, body: Any = None, *, timeout_s: float = 180.0, **query: Any) -> Any:
        return self.call("POST", path, body, query=query, timeout_s=timeout_s)

    def call(
        self, method: str, path: str, body: Any = None, *, query: dict[str, Any] | None = None, timeout_s: float = 60.0
    ) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"/v1{quote(path)}" + (f"?{urlencode(given)}" if given else "")
        headers = {"Authorization": f"Bearer {self.info.token}"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            with self.info.identity.connection("127.0.0.1", self.info.port, timeout_s) as connection:
                connection.request(method, target, data, headers)
                response = connection.getresponse()
                found = json.loads(response.read() or b"null")
        except (Impostor, OSError, http.client.HTTPException, ValueError) as error:
            raise KinetixError(
                "The hub does not answer.",
                code="hubGone",
                detail=f"{type(error).__name__} on port {self.info.port}",
                next_step="Try again: it is started when it is needed. `kinetix doctor` shows its log.",
            ) from error
        if response.status >= 400:
            raise _as_error(response.status, found)
        return found

    def fetch(self, path: str, target: Path, *, timeout_s: float = 300.0) -> None:
        """Writes the answer to a file, whole or not at all."""
        with self.info.identity.connection("127.0.0.1", self.info.port, timeout_s) as connection:
            connection.request("GET", f"/v1{quote(path)}", headers={"Authorization": f"Bearer {self.info.token}"})
            response = connection.getresponse()
            if response.status != 200:
                raise _as_error(response.status, json.loads(response.read() or b"null"))
            with files.writing(target) as file:
                while block := response.read(1024 * 1024):
                    file.write(block)


def _as_error(status: int, found: Any) -> KinetixError:
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict):
        return KinetixError(f"The hub answered {status}.", code="hubAnswer")
    kind = InputError if status in (400, 404, 413) else KinetixError
    return kind(
        str(error.get("title", "")),
        code=str(error.get("code", "error")),
        detail=str(error.get("detail", "")),
        next_step=str(error.get("nextStep", "")),
    )


def find() -> HubLink | None:
    """The hub that runs and answers, of any version."""
    info = read_info(paths.hub_info())
    if info is None:
        return None
    link = HubLink(info)
    try:
        health = link.get("/health", timeout_s=5.0)
    except KinetixError:
        return None
    return link if health.get("startId") == info.start_id else None


def connect() -> HubLink:
    """The running hub, or one started now. A hub of an older version is asked to go when it has nothing to do."""
    link = find()
    if link is not None and link.info.version != __version__:
        link = _hand_over(link)
    return link if link is not None else start()


def _hand_over(link: HubLink) -> HubLink | None:
    if _version(link.info.version) > _version(__version__):
        if link.info.protocol == PROTOCOL:
            return link
        raise KinetixError(
            f"The hub that runs is newer ({link.info.version}) than this program ({__version__}).",
            code="hubNewer",
            next_step="Update this program, or stop the hub with `kinetix hub stop`.",
        )
    if link.get("/health").get("unfinishedJobs"):
        if link.info.protocol == PROTOCOL:
            return link  # it speaks our language: never stop one that works
        raise KinetixError(
            f"An older hub ({link.info.version}) still works on jobs.",
            code="hubBusy",
            next_step="Wait until they are done; the new version then takes over by itself.",
        )
    stop(link)
    return None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def start(*, port: int = 0, idle_s: float | None = None, timeout_s: float = START_TIME_S) -> HubLink:
    """Starts a hub in the background and returns when it is ready. Two starts at once give one hub."""
    end, pause = time.monotonic() + timeout_s, 0.02
    child: subprocess.Popen[bytes] | None = None
    log_file = paths.logs() / "hub.out"
    while time.monotonic() < end:
        link = find()
        if link is not None:
            return link
        if child is None or (child.poll() is not None and _lock_is_free()):
            if child is not None and child.returncode not in (0, 3, None):
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
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    # Truncated at each start: what is of use later is in hub.log.
    with files.open_log(log_file, fresh=True) as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=paths.home(),
            env=dict(os.environ),
            **options,
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
        next_step="`kinetix doctor` says what is wrong.",
    )


def stop(link: HubLink, timeout_s: float = 15.0) -> None:
    """Asks the hub to go and waits until its lock is free."""
    with contextlib.suppress(KinetixError):
        link.post("/shutdown", timeout_s=10.0)
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if _lock_is_free():
            return
        time.sleep(0.05)
    raise KinetixError(
        "The hub does not stop.",
        code="hubNotStopping",
        next_step=f"End the process {link.info.pid}; no job is lost by it.",
    )
