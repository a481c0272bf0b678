"""A real PostgreSQL of Debian's package for tests: own data folder, free port, unprivileged user, ended whatever happens."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support import tools

_READY_S = 60.0
_DETACHED: dict[str, Any] = {"stdin": subprocess.DEVNULL, "start_new_session": True}


class Cluster:
    """A running server. `url()` makes a fresh, empty database and gives its address for SQLAlchemy."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._made = 0

    def url(self) -> str:
        self._made += 1
        name = f"kinetix_{self._made}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        return f"postgresql+psycopg://kinetix@127.0.0.1:{self.port}/{name}"

    def _address(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=kinetix dbname={database} connect_timeout=5"

    def wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        end = time.monotonic() + _READY_S
        while True:
            try:
                psycopg.connect(self._address("postgres")).close()
                return
            except psycopg.OperationalError:
                alive = process.poll() is None and time.monotonic() < end
                assert alive, log.read_text(encoding="utf-8", errors="replace")[-3000:]
                time.sleep(0.05)


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Starts a server; the server refuses to run as root, so root gives the job to the package's own user."""
    programs = tools.postgres_bin()
    # Directly below /tmp: pytest's own folders may be closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="kinetix-postgres-"))
    data, log = folder / "data", folder / "log"
    as_user: dict[str, Any] = {}
    try:
        if os.geteuid() == 0:
            try:
                owner = pwd.getpwnam("postgres")
            except KeyError:
                pytest.skip("PostgreSQL does not run as root and there is no user postgres: apt install postgresql")
            as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "kinetix", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=True, capture_output=True, timeout=100, cwd=folder, env=environment, **_DETACHED, **as_user,
        )  # fmt: skip
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
                    "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 60, "shared_buffers": "32MB"}  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *options], stdout=out, stderr=out, cwd=folder, env=environment,
                **_DETACHED, **as_user,
            )  # fmt: skip
        try:
            server = Cluster(port)
            server.wait(process, log)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown: open connections are ended
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
