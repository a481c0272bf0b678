"""A real PostgreSQL from Debian's package: its own folder, a free port, an unprivileged user, ended whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import tools
from tests.support.waiting import LIMIT_S, until

__all__ = ["postgres_server", "postgres_url"]


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


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """URL (SQLAlchemy's) of the server's empty database `postgres`."""
    programs = tools.postgres_bin()
    as_user = _user()
    folder = Path(tempfile.mkdtemp(prefix="kx-pg-"))  # not below pytest's own folder: that is root's alone
    try:
        if as_user:
            os.chown(folder, int(str(as_user["user"])), int(str(as_user["group"])))
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        quiet = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "env": environment,
            "cwd": folder,
            **as_user,
        }
        data = folder / "data"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "kinetix", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            timeout=LIMIT_S,
            stderr=subprocess.DEVNULL,
            **quiet,  # type: ignore[call-overload]
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *options],
                stderr=log,
                start_new_session=True,
                **quiet,  # type: ignore[call-overload]
            )
        try:
            url = f"postgresql+psycopg://kinetix@127.0.0.1:{port}/postgres"
            _wait(server, port, folder / "log")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(LIMIT_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import psycopg

    def text() -> str:
        return log.read_text(encoding="utf-8", errors="replace")[-2000:]

    def answers() -> bool:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=kinetix dbname=postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            assert server.poll() is None, text()
            return False
        return True

    until(answers, text)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Import it into a module or conftest that needs it."""
    with postgres_server() as url:
        yield url
