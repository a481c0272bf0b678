"""Places where keys and tokens must not be, while everything runs and when it crashes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.hub.conftest import HubProcess, wait_job
from tests.support.fast_capture import held_clip
from tests.support.hub_json import HubLink
from tests.support.services.home_processes import running_in
from tests.support.waiting import LIMIT_S

KEY, TYPED_KEY = "deadbeefcafebabe0123456789abcdef", "feedfacefeedfacefeedfacefeedface"


@pytest.fixture
def cores() -> Iterator[None]:
    """Whoever starts us may want core dumps of everything."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@contextlib.contextmanager
def capturing(hub: HubProcess, folder: Path) -> Iterator[tuple[HubLink, str]]:
    """A hub whose Kinetix Local captures the clip of a job for as long as the block lasts."""
    link, clip = hub.start(), folder / "clip.mp4"
    with held_clip() as contents:
        clip.write_bytes(contents)
        job = link.post("/jobs", {"clip": str(clip), "name": "Wave", "profile": "local"})["id"]
        wait_job(link, job, "processing")
        yield link, job


def test_secrets_stay_in_memory_and_in_their_own_files(own_hub: HubProcess, tmp_path: Path) -> None:
    own_hub.environment = {
        "KINETIX_API_KEY": KEY,
        "KINETIX_PROFILE": "cloud",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    with capturing(own_hub, tmp_path) as (link, job):
        own_hub.cli("profile", "set", "studio", "--kind", "custom", "--url", "http://127.0.0.1:9")
        assert own_hub.cli("profile", "key", "studio", text=f"{TYPED_KEY}\n").returncode == 0
        info = own_hub.service_info()
        secrets = {KEY: "", TYPED_KEY: "hub/keys.json", link.info.token: "hub/hub.json"}
        secrets |= {info[name]: "local/serve.json" for name in ("adminToken", "apiKey")}

        running = list(running_in(own_hub.home))
        assert len(running) >= 3, "hub, Kinetix Local and its worker"
        for process in running:
            words = process.cmdline()
            assert not [secret for secret in secrets if secret in " ".join(words)], process
            held = [secret for secret in secrets if secret in str(process.environ())]
            assert held == ([KEY] if "kinetix_hub" in words else []), process
        events = link.get("/events", start=link.info.start_id, since=0)
        told = json.dumps([link.get("/snapshot"), events, link.get("/doctor")])
        assert not [secret for secret in secrets if secret in told]

    wait_job(link, job, "delivered")
    assert all(secret not in (tmp_path / "hub.out").read_text(encoding="utf-8") for secret in secrets)
    for parent, _, names in os.walk(own_hub.home):  # what the job has left goes meanwhile
        for file in (Path(parent, name) for name in names):
            with contextlib.suppress(FileNotFoundError):
                data = file.read_bytes() if file.is_file() else b""
                found = {place for secret, place in secrets.items() if secret.encode() in data}
                assert found <= {file.relative_to(own_hub.home).as_posix()}, file


@pytest.mark.linux_only(reason="only Linux tells the limits of another process")
@pytest.mark.usefixtures("cores")
def test_a_crash_leaves_no_core(own_hub: HubProcess, tmp_path: Path) -> None:
    with capturing(own_hub, tmp_path) as (link, _):
        for process in running_in(own_hub.home):
            assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0), process
        # Where the system writes cores into the folder of the process.
        for pid in (link.info.pid, own_hub.service_info()["pid"]):
            crashed = psutil.Process(pid)
            folder = Path(crashed.cwd())
            before = set(folder.glob("core*"))
            crashed.send_signal(signal.SIGABRT)
            psutil.wait_procs([crashed], LIMIT_S)
            assert set(folder.glob("core*")) == before
