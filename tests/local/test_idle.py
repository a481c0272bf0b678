"""A service that nobody needs any more ends by itself, if that is asked for, and not in the middle of work."""

from __future__ import annotations

import time
from pathlib import Path

from tests.support.service import running
from tests.support.waiting import LIMIT_S


def test_ends_when_idle_but_not_while_it_works(tmp_path: Path) -> None:
    with running(tmp_path / "idle", "--idle-exit", "3") as service:
        service.user()
        answer = service.upload(service.token()["uuid"], b"SLOW:5")
        assert answer.status_code == 201
        time.sleep(4)  # without a request: only the capture keeps it
        assert service.process.poll() is None, "a capture is work"
        assert service.finished(answer.json()["uuid"])["step"] == "done"
        service.process.wait(LIMIT_S)
        assert service.process.returncode == 0
        assert not (service.home / "local" / "serve.json").exists()
