"""A real Kinetix Local for tests: its own process, a free port, the quick capture, ended whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support import tools
from tests.support.waiting import LIMIT_S, until

FAST = "tests.support.fast_capture:deliver"


@dataclass
class Running:
    """A started service. `home` is its home folder; `log` what it wrote."""

    home: Path
    log: Path
    process: subprocess.Popen[bytes]
    info: dict[str, Any]
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.info["url"])

    @property
    def key(self) -> str:
        return str(self.info["apiKey"])

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request with the key (`key=None` leaves it out)."""
        key = options.pop("key", self.key)
        headers = {"x-api-key": key} if key else {}
        headers |= options.pop("headers", {})
        options.setdefault("timeout", LIMIT_S)
        return requests.request(method, self.url + path, headers=headers, **options)

    def sign_in_link(self) -> str:
        answer = self.admin("POST", "/sign-in-links")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"])

    def signed_in(self) -> requests.Session:
        """Return a browser's session: it has the cookie, and sends the secret as the page does."""
        code = self.sign_in_link().partition("/?sign-in=")[2]
        browser = requests.Session()
        answer = browser.post(f"{self.url}/_local/session", json={"code": code}, timeout=LIMIT_S)
        browser.headers["x-kinetix-session"] = answer.json()["secret"]
        return browser

    def admin(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"authorization": f"Bearer {self.info['adminToken']}"}
        return requests.request(method, f"{self.url}/_local{path}", headers=headers, timeout=LIMIT_S, **options)

    def user(self, name: str = "player-1") -> str:
        assert self.call("POST", "/v1/virtual-world/users", json={"id": name}).status_code in {200, 409}
        return name

    def token(self, user: str = "player-1", **options: Any) -> dict[str, Any]:
        answer = self.call("GET", "/v1/process/token", params={"userId": user}, **options)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def upload(self, token: str, clip: bytes = b"a clip", **fields: Any) -> requests.Response:
        """Send the form as the upload page does: text parts before and after the file."""
        views = [("views", ("view.webm", view, "video/webm")) for view in fields.pop("views", ())]
        parts: list[Any] = [
            ("start", (None, fields.pop("start", ""))),
            ("end", (None, fields.pop("end", ""))),
            ("video", (fields.pop("filename", "clip.mp4"), clip, "video/mp4")),
            ("name", (None, fields.pop("name", "victory spin"))),
            ("mature", (None, fields.pop("mature", "false"))),
            *((name, (None, value)) for name, value in fields.items()),
            *views,
        ]
        return requests.post(f"{self.url}/v1/process", headers={"x-api-token": token}, files=parts, timeout=LIMIT_S)

    def emote(self, user: str = "player-1", clip: bytes = b"a clip", **fields: Any) -> dict[str, Any]:
        """From token to finished process."""
        self.user(user)
        answer = self.upload(self.token(user)["uuid"], clip, **fields)
        assert answer.status_code == 201, answer.text
        return self.finished(answer.json()["uuid"])

    def finished(self, process: str) -> dict[str, Any]:
        """The process once it works no more."""

        def ended() -> dict[str, Any] | None:
            answer = self.call("GET", f"/v1/process/{process}")
            if answer.status_code == 503:  # the database was away for a moment: ask again
                return None
            state = dict(answer.json())
            over = state["step"] in {"done", "validated", "rejected"} or state["step"].endswith("_failed")
            return state if over else None

        state = until(ended, lambda: self.output()[-2000:], pause_s=0.05)
        assert state is not None
        return state

    def output(self) -> str:
        """Return the output so far; on Windows in the machine's code page."""
        return _text(self.log)

    def kill(self) -> None:
        """Kill without clean-up, like a power cut."""
        self.process.kill()
        self.process.wait(timeout=LIMIT_S)

    def restart(self) -> None:
        fresh = start(self.home, *self.arguments, **self.environment)
        self.process, self.info = fresh.process, fresh.info


def start(home: Path, *arguments: str, **environment: str) -> Running:
    """Start the service and waits until it answers; the caller ends it."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / "serve.log"
    env = os.environ | {"KINETIX_LOCAL_CAPTURE": FAST, "PYTHONPATH": str(tools.ROOT)} | environment
    serve_json = home / "local" / "serve.json"
    serve_json.unlink(missing_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(tools.python()), "-m", "kinetix_local", "serve", "--home", str(home), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=env,
            cwd=tools.ROOT,
            start_new_session=True,
        )

    def ready() -> bool:
        assert process.poll() is None, _text(log)[-3000:]
        return serve_json.exists()

    try:
        until(ready, lambda: _text(log)[-3000:])
        info = json.loads(serve_json.read_text(encoding="utf-8"))
    except BaseException:
        stop(process)
        raise
    return Running(home, log, process, info, arguments, environment)


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the service, and its workers with it."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=LIMIT_S)
    if process.poll() is None:
        process.kill()
        process.wait(timeout=LIMIT_S)
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def running(home: Path, *arguments: str, **environment: str) -> Iterator[Running]:
    service = start(home, *arguments, **environment)
    try:
        yield service
    finally:
        stop(service.process)


@pytest.fixture(scope="module")
def local_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service for a test module (import it into the module or its conftest)."""
    with running(tmp_path_factory.mktemp("kinetix-local")) as service:
        yield service
