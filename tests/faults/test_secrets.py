"""Places where keys and tokens must not be, while everything runs and when it crashes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.hub.conftest import HubProcess
from tests.support.fast_capture import held_clip
from tests.support.services.home_processes import running_in
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.posix_only(reason="looks into processes as POSIX shows them")
KEY = "deadbeefcafebabe0123456789abcdef"


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def cores() -> Iterator[None]:
    """Whoever starts us may want core dumps of everything."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.linux_only(reason="only Linux tells the limits of another process")
@pytest.mark.usefixtures("cores")
def test_secrets_stay_in_memory_and_in_their_own_files(own_hub: HubProcess, tmp_path: Path) -> None:
    own_hub.environment = {
        "KINETIX_API_KEY": KEY,
        "KINETIX_PROFILE": "cloud",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    link, clip = own_hub.start(), tmp_path / "clip.mp4"
    with held_clip() as contents:
        clip.write_bytes(contents)
        job = link.post("/jobs", {"clip": str(clip), "name": "Wave", "profile": "local"})["id"]
        until(lambda: link.get(f"/jobs/{job}")["state"] == "processing")
        hub_info, local_info = _read(own_hub.home / "hub" / "hub.json"), _read(own_hub.home / "local" / "serve.json")
        secrets = {KEY: "", hub_info["token"]: "hub/hub.json"}
        secrets |= {local_info[name]: "local/serve.json" for name in ("adminToken", "apiKey")}

        running = list(running_in(own_hub.home))
        assert len(running) >= 3, "hub, Kinetix Local and its worker"
        for process in running:
            assert not [secret for secret in secrets if secret in " ".join(process.cmdline())], process
            held = [secret for secret in secrets if secret in str(process.environ())]
            assert held == ([KEY] if process.pid == hub_info["pid"] else []), process
            assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0), process

    until(lambda: link.get(f"/jobs/{job}")["state"] == "delivered")
    for parent, _, names in os.walk(own_hub.home):  # what the job has left goes meanwhile
        for file in (Path(parent, name) for name in names):
            with contextlib.suppress(FileNotFoundError):
                data = file.read_bytes() if file.is_file() else b""
                found = {place for secret, place in secrets.items() if secret.encode() in data}
                assert found <= {file.relative_to(own_hub.home).as_posix()}, file

    # Where the system writes cores into the folder of the process.
    for info in (hub_info, local_info):
        crashed = psutil.Process(info["pid"])
        folder = Path(crashed.cwd())
        before = set(folder.glob("core*"))
        crashed.send_signal(signal.SIGABRT)
        psutil.wait_procs([crashed], LIMIT_S)
        assert set(folder.glob("core*")) == before
