"""Everything of a studio is killed again and again while clips come in: all are delivered, each once, and nothing is left over."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.local.conftest import World, new_world
from tests.studio.test_dask import Cluster
from tests.studio.test_studio import Studio, check, studio
from tests.support.service import stop
from tests.support.services.object_storage import KEYS, ObjectStorage, bucket, object_storage
from tests.support.services.ports import kept_port
from tests.support.services.postgres import postgres_server
from tests.support.studio import fresh_database
from tests.support.tools import ROOT
from tests.support.waiting import until

__all__ = ["bucket", "object_storage"]
pytestmark = pytest.mark.xdist_group("local-postgres")
_CAPTURE = "tests.support.fast_capture:deliver_videos"
_CLIP = ROOT / "tests/data/synthetic/kick_az30.mp4"


class Farm:
    """A Dask cluster of one scheduler and two workers, each of which can be killed and started again."""

    def __init__(self, cluster: Cluster, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._makers = (cluster.scheduler, cluster.worker, cluster.worker)
        self._running: list[subprocess.Popen[bytes]] = [stack.enter_context(make()) for make in self._makers]

    def kill(self, number: int) -> None:
        self._running[number].kill()
        stop(self._running[number])  # and what captures for it
        self._running[number] = self._stack.enter_context(self._makers[number]())


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_a_storm_of_kills_loses_nothing(object_storage: ObjectStorage, bucket: str, tmp_path: Path) -> None:
    """Kills hit three services, four machines, the cluster of two of them, and the database; files are in object storage."""
    chance = random.Random(21)
    cluster = Cluster(tmp_path, kept_port(), _CAPTURE, failures=10)
    environment = KEYS | {"KINETIX_LOCAL_STORAGE": object_storage.address(bucket)}
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        farm = Farm(cluster, stack)
        executors = dict.fromkeys((2, 3), f"dask://127.0.0.1:{cluster.port}")
        shared = Studio(tmp_path, fresh_database(server.url), environment, _CAPTURE, executors)
        made = stack.enter_context(studio(shared, services=3, machines=4))

        def kill_database(_number: int) -> None:
            server.stop(signal.SIGQUIT)  # with every connection, as a power cut would
            server.start()

        world = new_world(made.services[0])
        entrances = [World(service, world.uuid, world.key) for service in made.services]
        clips = [b"SLOW:0.5"] * 200 + [_CLIP.read_bytes()] * 8
        chance.shuffle(clips)
        processes = [chance.choice(entrances).upload(clip)["uuid"] for clip in clips]
        kills: list[tuple[Callable[[int], None], int]] = [(kill_database, 0)]
        kills += [(made.kill_machine, number) for number in range(4)]
        kills += [(made.kill_service, number) for number in range(3)]
        kills += [(farm.kill, number) for number in range(3)]
        for _ in range(6):
            chance.shuffle(kills)
            for kill, number in kills:
                time.sleep(chance.uniform(0.5, 3.0))  # so that a kill comes at any moment of a capture
                kill(number)
        check(made, world, processes, lambda blob: object_storage.has(bucket, blob))
        assert len(list(tmp_path.glob("machine-*/workers/1"))) == 2, (
            "each machine of its own has a folder for its captures"
        )
        until(lambda: not _left_over(tmp_path), lambda: _left_over(tmp_path))


def _left_over(folder: Path) -> list[Path]:
    """Return the files that machines and the cluster keep of finished captures: other people's clips."""
    return [*folder.glob("machine-*/workers/1/*"), *folder.glob("dask/**/kinetix-*")]
