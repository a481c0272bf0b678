"""Nothing that was accepted is lost when the service is killed, at whatever moment."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest
import requests

from tests.support import tools
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("local-crash")


def missing_files(service: Running) -> list[str]:
    """Files that a row names and the disk does not have."""
    with sqlite3.connect(service.home / "local" / "local.db") as db:
        blobs = [row[0] for row in db.execute("select blob from files")]
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    return [blob for blob in blobs if not (service.home / "local" / "files" / blob).is_file()]


def kill_while_uploading(service: Running, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    service.user()
    accepted: list[str] = []
    for _ in range(rounds):
        tokens = [service.token()["uuid"] for _ in range(3)]
        uploads = [
            threading.Thread(target=_upload, args=(service, token, accepted, chance.choice([10, 300_000])))
            for token in tokens
        ]
        for upload in uploads:
            upload.start()
        time.sleep(chance.uniform(0.0, 0.6))
        service.kill()
        for upload in uploads:
            upload.join(LIMIT_S)
        assert missing_files(service) == []
        service.restart()
        for process in accepted:
            assert service.call("GET", f"/v1/process/{process}").status_code == 200, "an accepted upload is lost"
    for process in accepted:
        assert service.finished(process)["step"] == "done"
    assert missing_files(service) == []
    incoming = service.home / "local" / "files" / "incoming"  # what was accepted and not answered may be captured still
    until(lambda: not list(incoming.iterdir()), lambda: list(incoming.iterdir()))
    bag = service.call("GET", "/v1/users/player-1/emotes").json()
    assert len(bag) >= len(accepted)


def _upload(service: Running, token: str, accepted: list[str], size: int) -> None:
    try:
        answer = service.upload(token, b"SLOW:0.2\n" + bytes(size))
    except requests.RequestException:
        return
    if answer.status_code == 201:
        accepted.append(answer.json()["uuid"])


def test_killed_while_uploading_and_capturing(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        kill_while_uploading(service, rounds=4, seed=1)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_killed_a_thousand_times(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        kill_while_uploading(service, rounds=1000, seed=2)


def test_half_files_of_a_killed_service_are_gone_at_the_next_start(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        service.kill()
        folder = service.home / "local"
        left = [place / ".kinetix-0123456789abcdef.tmp" for place in (folder, folder / "files")]
        for path in left:
            path.write_bytes(b"half of serve.json")
        mine = folder / "notes.tmp"
        mine.write_bytes(b"a person's")
        service.restart()
        assert mine.exists() and not any(path.exists() for path in left)


def test_workers_do_not_outlive_a_killed_service(tmp_path: Path) -> None:
    import psutil

    with running(tmp_path) as service:
        service.user()
        process = service.upload(service.token()["uuid"], b"SLOW:3600").json()["uuid"]
        until(lambda: service.call("GET", f"/v1/process/{process}").json()["step"] == "ml_running")
        workers = psutil.Process(service.process.pid).children(recursive=True)
        assert workers
        service.kill()
        _, alive = psutil.wait_procs(workers, timeout=LIMIT_S)
        assert alive == []


def test_a_second_service_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        assert os.name != "posix" or (tmp_path / "local" / "serve.json").stat().st_mode & 0o077 == 0
        again = subprocess.run(
            [tools.python(), "-m", "kinetix_local", "serve", "--home", tmp_path, "--json"],
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            stdin=subprocess.DEVNULL,
        )
        assert again.returncode == 1 and '"alreadyRunning"' in again.stdout
        assert service.call("GET", "/").status_code == 200
