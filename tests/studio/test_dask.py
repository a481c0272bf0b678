"""Captures on a real Dask cluster: a scheduler and a worker as processes, and a machine that joined in between."""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kinetix_core.values.errors import InputError, KinetixError
from kinetix_studio.machines import dask_cluster
from kinetix_studio.machines.attempt import Assignment, attempt
from kinetix_studio.machines.dask_cluster import DaskCluster, scheduler_of
from kinetix_studio.machines.remote_queue import RemoteQueue
from tests.local.conftest import World, new_world
from tests.studio.test_joining import UNOBSERVED, command, logging_command, state
from tests.support import tools
from tests.support.service import Running, running, stop
from tests.support.services.ports import kept_port
from tests.support.waiting import LIMIT_S, until

pytestmark = [
    pytest.mark.xdist_group("local-joining"),
    pytest.mark.posix_only(reason="its processes are asked to stop by a signal"),
]


@dataclass
class Cluster:
    """`failures` is how many workers a task may lose before it counts as what killed them: a test need not wait for four."""

    folder: Path
    port: int
    capture: str = UNOBSERVED
    failures: int = 0

    @contextlib.contextmanager
    def scheduler(self) -> Iterator[subprocess.Popen[bytes]]:
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        allowed = str(self.failures)
        with self._process("scheduler", *options, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=allowed) as made:
            until(self._listens)  # a machine that joins asks for ten seconds, which a busy one may need to begin
            yield made

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), LIMIT_S):
            return True
        return False

    @contextlib.contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        options = ["--host", "127.0.0.1", "--nthreads", "1", "--resources", "capture=1", "--no-dashboard"]
        place = ["--local-directory", str(self.folder / "dask")]
        with self._process("worker", f"tcp://127.0.0.1:{self.port}", *options, *place) as made:
            yield made

    @contextlib.contextmanager
    def _process(self, kind: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        capture = {"KINETIX_LOCAL_CAPTURE": self.capture}
        with (self.folder / f"{kind}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(tools.python()), "-m", f"distributed.cli.dask_{kind}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | capture | {"PYTHONPATH": str(tools.ROOT)} | environment,
                cwd=tools.ROOT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            stop(process)


@dataclass
class Studio:
    """A service that captures nothing itself, and a machine that joined for a cluster."""

    service: Running
    world: World
    machine: subprocess.Popen[str]
    hold: Path

    def held(self) -> str:
        """A process whose capture runs until there is a file `hold`."""
        process = str(self.world.upload(b"HOLD:" + os.fsencode(self.hold))["uuid"])
        until(lambda: "stage" in state(self.world, process), lambda: state(self.world, process))
        return process


@contextlib.contextmanager
def studio(folder: Path, cluster: Cluster) -> Iterator[Studio]:
    token = folder / "token"
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(running(folder / "service", "--workers", "0", "--lease", "3600"))
        added = command("machine", "add", "cluster", "--out", str(token), "--home", str(service.home), "--json")
        assert added.wait(LIMIT_S) == 0
        joins = ["worker", "--join", service.url, "--token", str(token)]
        executor = f"dask://127.0.0.1:{cluster.port}"
        machine = logging_command(folder / "machine.log", *joins, "--executor", executor)
        stack.callback(stop, machine)  # type: ignore[arg-type]
        yield Studio(service, new_world(service), machine, folder / "go on")
        machine.terminate()
        assert machine.wait(LIMIT_S) == 0


def test_a_cluster_captures_refuses_and_is_cancelled(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, kept_port())
    with cluster.scheduler(), cluster.worker(), studio(tmp_path, cluster) as made:
        held = made.held()
        refused, done = made.world.upload(b"REJECT:half"), made.world.upload()
        assert made.service.admin("DELETE", f"/captures/{held}").status_code == 204
        made.hold.touch()  # the stand-in looks at its cancel token from here on
        assert made.world.finished(refused["uuid"])["step"] == "ml_failed"
        assert made.world.finished(done["uuid"])["step"] == "done"
        assert state(made.world, held)["rejected"]


@pytest.mark.nightly
def test_a_cluster_survives_a_clip_that_kills_and_a_scheduler_that_restarts(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, kept_port())
    with contextlib.ExitStack() as before:
        scheduler = before.enter_context(cluster.scheduler())
        before.enter_context(cluster.worker())
        with studio(tmp_path, cluster) as made:
            dies = made.world.finished(made.world.upload(b"CRASH")["uuid"])
            assert dies["failure"]["code"] == "captureDied"
            held = made.held()
            scheduler.kill()
            before.close()
            with cluster.scheduler(), cluster.worker():
                made.hold.touch()
                assert made.world.finished(held)["step"] == "done"
                assert made.machine.poll() is None


def test_neither_dasks_logs_nor_its_pages_tell_the_token() -> None:
    """Both show a task as it is written here."""
    from dask._task_spec import Task

    job = {"process": "p-1", "attempt": 3, "files": [{"direct": "https://storage.example/clip?signature=signed"}]}
    sent = Assignment("https://emotes.studio.example", "a-token", "a-session", job)
    shown = repr(Task("kinetix-p-1-3", attempt, sent))
    assert "attempt 3 at p-1" in shown
    assert not [secret for secret in ("a-token", "a-session", "signed") if secret in shown]
    assert pickle.loads(pickle.dumps(sent)) == sent


def test_an_open_scheduler_elsewhere_is_refused() -> None:
    assert scheduler_of("dask://127.0.0.1:8786") == "tcp://127.0.0.1:8786"
    assert scheduler_of("dask+tls://farm:8786") == "tls://farm:8786"
    for wrong in ("dask://farm:8786", "tcp://127.0.0.1:8786", "dask+tls://", "farm"):
        with pytest.raises(InputError):
            scheduler_of(wrong)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_another_program_at_the_schedulers_port_is_no_scheduler(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 1.0)
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def answer() -> None:
            with contextlib.suppress(OSError):  # it is closed
                while True:
                    stack.enter_context(peer := other.accept()[0])
                    peer.sendall(said)

        threading.Thread(target=answer, daemon=True).start()
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        queue = RemoteQueue.__new__(RemoteQueue)  # nothing is leased
        with pytest.raises(KinetixError) as caught:
            DaskCluster(queue, ("", ""), address, 1).connect()
    assert caught.value.code == "schedulerAway"
