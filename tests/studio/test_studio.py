"""A small studio: services that share one PostgreSQL, machines that capture for them, and one of each killed. Nothing is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

import pytest
from sqlalchemy import create_engine, func, select

from kinetix_local.store.process_steps import PREPARING
from kinetix_local.store.sql import tables
from tests.local.api.test_webhooks import Receiver
from tests.local.conftest import World, new_world
from tests.studio.test_joining import UNOBSERVED, command, logging_command, state
from tests.support.service import Running, start, stop
from tests.support.services.ports import kept_port
from tests.support.studio import fresh_database
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("local-postgres")


@dataclass
class Studio:
    """Services and machines of one database; each can be killed and started again under the same address or name.

    `environment` is what the services get besides; `capture` is what the machines capture by, and `executors` has what
    those of some numbers do it with.
    """

    folder: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)
    capture: str = UNOBSERVED
    executors: dict[int, str] = field(default_factory=dict)
    services: list[Running] = field(default_factory=list)
    machines: list[Popen[str]] = field(default_factory=list)

    def begin(self, services: int, machines: int) -> None:
        shared = ("--database", self.url, "--shared", str(self.folder / "shared"), "--workers", "0", "--lease", "8")
        for number in range(services):
            port = ("--port", str(kept_port()))
            home = self.folder / f"service-{number}"
            self.services.append(start(home, *shared, *port, **self.environment))
        token = self.folder / "token"
        place = ("--home", str(self.services[0].home), "--database", self.url)
        added = command("machine", "add", "all", "--out", str(token), *place, **self.environment)
        said, _ = added.communicate(timeout=LIMIT_S)
        assert added.returncode == 0, said
        self.machines += [self._machine(number) for number in range(machines)]

    def _machine(self, number: int) -> Popen[str]:
        service = self.services[number % len(self.services)].url
        options = ["--token", str(self.folder / "token"), "--home", str(self.folder / f"machine-{number}")]
        if number in self.executors:
            options += ["--executor", self.executors[number]]
        log = self.folder / f"machine-{number}.log"
        return logging_command(log, "worker", "--join", service, *options, KINETIX_LOCAL_CAPTURE=self.capture)

    def kill_service(self, number: int) -> None:
        self.services[number].kill()
        self.services[number].restart()

    def kill_machine(self, number: int) -> None:
        """Kill the machine with its capturing process, like a power cut."""
        self.machines[number].kill()
        stop(self.machines[number])  # type: ignore[arg-type]
        self.machines[number] = self._machine(number)

    def end(self) -> None:
        for machine in self.machines:
            stop(machine)  # type: ignore[arg-type]
        for service in self.services:
            stop(service.process)


@contextlib.contextmanager
def studio(made: Studio, services: int, machines: int) -> Iterator[Studio]:
    try:
        made.begin(services, machines)
        yield made
    finally:
        made.end()


def check(made: Studio, world: World, processes: list[str], is_kept: Callable[[str], bool]) -> None:
    """All done, each once: no row of the queue is left, no emote has a file twice, and each of the files `is_kept`."""
    until(
        lambda: all(state(world, process)["step"] == "done" for process in processes),
        lambda: [state(world, process) for process in processes],
        pause_s=0.3,
    )
    engine = create_engine(made.url)
    files, assets = tables.files, tables.assets
    each = select(assets.c.uuid, files.c.name, files.c.extension, func.count().label("number"))
    each = each.join(files, files.c.asset_id == assets.c.id).where(assets.c.type == "emote")
    with engine.connect() as db:
        assert db.execute(select(func.count()).select_from(tables.captures)).scalar() == 0
        found = db.execute(each.group_by(assets.c.uuid, files.c.name, files.c.extension)).all()
        blobs = list(db.execute(select(files.c.blob)).scalars())
    engine.dispose()
    assert {row.uuid for row in found} == {state(world, process)["emote"] for process in processes}
    assert all(row.number == 1 for row in found)
    assert not [blob for blob in set(blobs) if not is_kept(blob)]
    bag = world.call("GET", "/v1/users/player-1/emotes").json()
    assert len(bag) == len(processes)


def test_one_service_and_one_machine_are_killed_and_nothing_is_lost(postgres_url: str, tmp_path: Path) -> None:
    receiver = Receiver()
    with studio(Studio(tmp_path, fresh_database(postgres_url)), services=2, machines=2) as made:
        world = new_world(made.services[0])
        world.configure(webhookUri=receiver.url)
        others = World(made.services[1], world.uuid, world.key)
        quick = [one.upload()["uuid"] for one in (world, others)]
        for process in quick:
            assert [*dict.fromkeys(receiver.wait(process, "done"))] == ["baking", "processing", "done"]
        long = [one.upload(b"SLOW:6")["uuid"] for one in (world, others)]
        until(lambda: all(state(world, process)["step"] not in PREPARING for process in long))
        made.kill_machine(0)
        made.kill_service(1)
        last = others.upload()["uuid"]
        check(made, world, [*quick, *long, last], lambda blob: (tmp_path / "shared" / "files" / blob).is_file())
        for process in (*long, last):
            assert set(receiver.wait(process, "done")) == {"baking", "processing", "done"}
    receiver.server.shutdown()
    receiver.server.server_close()
