"""A home folder whose hub finds Kinetix Local at an address that the checks choose, and never starts one of its own."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def served_from(home: Path, url: str) -> Iterator[None]:
    """Within it the hub of `home` takes the service of KB_LOCAL from `url`. As a service does, it holds the home's lock: a hub that
    has no answer for two seconds would else start another one, with the real capture.
    """
    folder = home / "local"
    folder.mkdir(exist_ok=True)
    (folder / ".kinetix-folder").touch()  # a folder of ours, or the hub would refuse it
    service = json.loads(Path(os.environ["KB_LOCAL"]).read_text(encoding="utf-8"))
    with (folder / "serve.lock").open("a+b") as lock:
        _hold(lock.fileno())
        (folder / "serve.json").write_text(json.dumps({**service, "url": url}), encoding="utf-8")
        yield


def _hold(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
