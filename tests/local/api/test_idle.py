"""A service that nobody needs any more ends by itself, if that is asked for, and not in the middle of work."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from kinetix_local.api.instance import Store, default_world
from tests.support.service import running
from tests.support.studio import IdleService, add_clip
from tests.support.waiting import LIMIT_S

IDLE_S = 1


@contextlib.contextmanager
def state_of(home: Path) -> Iterator[IdleService]:
    """Yield the state of this home's service while it does not run."""
    store = Store(home / "local")
    try:
        yield IdleService(store, "http://127.0.0.1:1")
    finally:
        store.close()


def test_ends_when_idle_but_not_while_it_works(tmp_path: Path) -> None:
    """Without any request, which would be later than its end where this test is held up for so long."""
    home, goes_on = tmp_path / "idle", tmp_path / "go on"
    with state_of(home) as state:
        default_world(state.store, state.clock)
        process = add_clip(state, contents=f"HOLD:{goes_on}\n".encode())
    with running(home, "--idle-exit", str(IDLE_S)) as service:
        time.sleep(IDLE_S + 1)  # only the capture, which waits for us, keeps it
        assert service.process.poll() is None, "a capture is work"
        goes_on.touch()
        assert service.process.wait(LIMIT_S) == 0
        assert not (home / "local" / "serve.json").exists()
    with state_of(home) as state:
        assert state.process(process).step == "done"
