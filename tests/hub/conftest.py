"""A real hub process for tests, ended whatever happens."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.sync.client import ClientConnection

from kinetix_core.protocol.hub import client
from kinetix_core.protocol.hub.enumerations import ENDED
from kinetix_core.protocol.hub.info import read_info
from kinetix_core.serving import peer_identity
from kinetix_hub.hub import Hub
from kinetix_hub.services import local_process
from tests.hub.double import Double, hub_with
from tests.support import tools
from tests.support.hub_json import HubLink, web_socket
from tests.support.present import present
from tests.support.services.home_processes import kill_all_in, running_in
from tests.support.waiting import LIMIT_S, until

CAPTURE = "tests.support.fast_capture:deliver"


@pytest.fixture(autouse=True)
def patient_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub in the test's own process waits for Kinetix Local as long as every wait of the tests may last; so does who asks a hub."""
    for limit in ("_START_TIME_S", "_STOP_S"):
        monkeypatch.setattr(local_process, limit, LIMIT_S)
    monkeypatch.setattr(peer_identity, "_PROVE_S", LIMIT_S)
    monkeypatch.setattr(client, "_HEALTH_S", LIMIT_S)


@pytest.fixture
def double() -> Double:
    """The scripted service of `hub`."""
    return Double()


@pytest.fixture
def hub(tmp_path: Path, double: Double) -> Iterator[Hub]:
    """A started hub in the test's own process, whose home is `tmp_path / "home"`."""
    with hub_with(double, tmp_path / "home") as running:
        yield running


@dataclass
class HubProcess:
    """A hub in its own home; `link` speaks to it, `cli` runs the command line in its home."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, module: str = "kinetix_hub") -> HubLink:
        self.launch(*arguments, module=module)

        def ready() -> HubLink | None:
            assert present(self.process).poll() is None, self._output()
            return self.found()

        return present(until(ready, self._output))

    def launch(self, *arguments: str, module: str = "kinetix_hub") -> None:
        """Start `module` as the hub, and do not wait until it answers. Without arguments it ends only when it is told to."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home.parent / "hub.out").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *(arguments or ("--idle", "0"))],
                env=self.full_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def found(self) -> HubLink | None:
        """The link to this process, once it has written where it is."""
        info = read_info(self.home / "hub" / "hub.json")
        return HubLink(info) if info is not None and info.pid == present(self.process).pid else None

    def _output(self) -> str:
        return (self.home.parent / "hub.out").read_text(encoding="utf-8")[-3000:]

    @property
    def link(self) -> HubLink:
        """The link to whichever hub runs in this home."""
        return HubLink(present(read_info(self.home / "hub" / "hub.json")))

    @property
    def log(self) -> str:
        file = self.home / "logs" / "hub.log"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def kill(self) -> None:
        present(self.process).kill()
        self.ended()

    def ended(self) -> int:
        """Wait for the end of the process; return its exit status."""
        return present(self.process).wait(LIMIT_S)

    def full_environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "KINETIX_HOME": str(self.home),
            "KINETIX_LOCAL_CAPTURE": CAPTURE,
            "PYTHONPATH": str(tools.ROOT),
            **self.environment,
        }

    def cli(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run `kinetix …`; output goes to files, as a started hub would hold pipes open."""
        return subprocess.run(
            [str(tools.kinetix()), *arguments],
            env=self.full_environment(),
            input=text,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            check=False,
        )

    def service_info(self) -> dict[str, Any]:
        """What Kinetix Local has written about itself: address, key and process."""
        return dict(json.loads((self.home / "local" / "serve.json").read_text(encoding="utf-8")))

    def processes(self) -> list[psutil.Process]:
        """Everything that runs in this home."""
        return running_in(self.home)

    def end(self) -> None:
        """End everything that runs in this home."""
        kill_all_in(self.home)
        if self.process is not None:
            self.ended()


def wait_job(link: HubLink, job: str, *states: str) -> dict[str, Any]:
    """The job once it is in one of these states, an ended one by default."""
    wanted = set(states) or ENDED

    def there() -> dict[str, Any] | None:
        row = dict(link.get(f"/jobs/{job}"))
        assert row["state"] in wanted or row["state"] not in ENDED, row
        return row if row["state"] in wanted else None

    return present(until(there, lambda: link.get(f"/jobs/{job}")))


def bearer(link: HubLink) -> dict[str, str]:
    return {"Authorization": f"Bearer {link.info.token}"}


def ask(
    link: HubLink, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Send a request that no client of ours would; return status, headers and JSON of the answer."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", link.info.port, timeout=LIMIT_S)) as connection:
        connection.request(method, path, body, headers or bearer(link) | {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), json.loads(response.read().decode() or "null")


def listen(link: HubLink, query: str = "", headers: dict[str, str] | None = None, **options: Any) -> ClientConnection:
    """Open a web socket for events."""
    return web_socket(f"ws://127.0.0.1:{link.info.port}/v1/events/ws{query}", headers or bearer(link), **options)


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[HubProcess]:
    """A hub process of the test's own, to be started by it."""
    hub = HubProcess(tmp_path / "Mátyás home")
    try:
        yield hub
    finally:
        hub.end()


@pytest.fixture(scope="module")
def shared_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """One running hub with Kinetix Local for the tests of a module that do it no harm."""
    hub = HubProcess(
        tmp_path_factory.mktemp("hub") / "home 動作", {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    )
    try:
        hub.start()
        yield hub
    finally:
        hub.end()


@pytest.fixture
def local_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home for Kinetix Local with the fast capture; whatever process still lives in it is ended."""
    monkeypatch.setenv("KINETIX_LOCAL_CAPTURE", CAPTURE)
    monkeypatch.setenv("PYTHONPATH", str(tools.ROOT))
    folder = tmp_path / "Ünï home"
    folder.mkdir()
    yield folder
    kill_all_in(folder)
