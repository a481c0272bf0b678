"""A PostgreSQL for a benchmark: the newest that Debian has installed, in a folder and on a port of its own, ended whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from kinetix_bench.service.api import free_port, wait

__all__ = ["postgres"]

# Connections of three services and the benchmark's own.
_MOST_CONNECTIONS = 200


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """SQLAlchemy's URL of an empty database. It waits for the disk, as one that is meant does.

    Raises:
        click.UsageError: none is installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda hit: int(hit.parts[-3]))
    if not found:
        raise click.UsageError("No PostgreSQL is installed here: apt install postgresql, or name one by --database.")
    programs = found[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="kinetix-bench-pg-"))
    options = _as_anybody(folder) | {"stdin": subprocess.DEVNULL, "cwd": folder}
    try:
        made: list[str | Path] = [
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "kinetix",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
        port = free_port()
        place: list[str | Path] = ["-D", folder / "data", "-k", folder, "-h", "127.0.0.1", "-p", str(port)]
        settings = [
            "-c",
            f"max_connections={_MOST_CONNECTIONS}",
            "-c",
            "shared_buffers=256MB",
            "-c",
            "max_wal_size=4GB",
        ]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([programs / "postgres", *place, *settings], stderr=log, stdout=log, **options)
        try:
            wait(port)
            _answers(port)
            yield f"postgresql+psycopg://kinetix@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(30)
            server.kill()
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_anybody(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _answers(port: int) -> None:
    """It listens before it answers."""
    import psycopg

    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=kinetix dbname=postgres", connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
