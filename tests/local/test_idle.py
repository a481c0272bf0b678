"""A service that nobody needs any more ends by itself, if that is asked for, and not in the middle of work."""

from __future__ import annotations

import time
from pathlib import Path

from tests.support.service import running
from tests.support.waiting import LIMIT_S

IDLE_S = 3


def test_ends_when_idle_but_not_while_it_works(tmp_path: Path) -> None:
    goes_on = tmp_path / "go on"
    with running(tmp_path / "idle", "--idle-exit", str(IDLE_S)) as service:
        service.user()
        answer = service.upload(service.token()["uuid"], f"HOLD:{goes_on}\n".encode())
        assert answer.status_code == 201
        time.sleep(IDLE_S + 1)  # without a request: only the capture, which waits for us, keeps it
        assert service.process.poll() is None, "a capture is work"
        assert service.call("GET", "/v1/virtual-world/config").status_code == 200  # its idle time begins anew
        goes_on.touch()
        assert service.finished(answer.json()["uuid"])["step"] == "done"
        service.process.wait(LIMIT_S)
        assert service.process.returncode == 0
        assert not (service.home / "local" / "serve.json").exists()
