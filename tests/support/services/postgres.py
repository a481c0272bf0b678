"""A real PostgreSQL from Debian's package: its own folder, a free port, an unprivileged user, ended whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import tools
from tests.support.services.ports import kept_port
from tests.support.waiting import LIMIT_S, until


def _user() -> dict[str, object]:
    """PostgreSQL refuses to run as root: then `postgres` (made by the package) or `nobody` runs it."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    pytest.skip("nobody may run PostgreSQL here: install the package postgresql")


class PostgresServer:
    """A server with an empty database `postgres`, in a folder of its own. `url` is SQLAlchemy's."""

    def __init__(self, folder: Path, as_user: dict[str, object]) -> None:
        self._programs, self._folder = tools.postgres_bin(), folder
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        self._options: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "env": environment,
            "cwd": folder,
            **as_user,
        }
        words = f"-D {folder}/data -U kinetix -A trust -E UTF8 --no-sync".split()
        command = [str(self._programs / "initdb"), *words]
        subprocess.run(command, check=True, timeout=LIMIT_S, stderr=subprocess.DEVNULL, **self._options)
        self._port = kept_port()
        self.start()
        self.url = f"postgresql+psycopg://kinetix@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Return once it answers."""
        place = ["-D", str(self._folder / "data"), "-k", str(self._folder)]
        options = ["-h", "127.0.0.1", "-p", str(self._port), "-c", "fsync=off"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", *place, *options], stderr=log, start_new_session=True, **self._options
            )
        until(self._answers, self._log)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends its connections and writes all down; SIGQUIT ends everything at once, and the next start recovers."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(LIMIT_S)

    def _log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def _answers(self) -> bool:
        import psycopg

        assert self._process.poll() is None, self._log()
        place = f"host={self._folder} port={self._port}"
        try:
            psycopg.connect(f"{place} user=kinetix dbname=postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    as_user = _user()
    folder = Path(tempfile.mkdtemp(prefix="kx-pg-"))  # not below pytest's own folder: that is root's alone
    try:
        if as_user:
            os.chown(folder, int(str(as_user["user"])), int(str(as_user["group"])))
        server = PostgresServer(folder, as_user)
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # nobody reads what it would write down, which may take half a minute
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Import it once, into the conftest of those who need it: pytest keeps one for each module that imports it, to the run's end."""
    with postgres_server() as server:
        yield server.url
