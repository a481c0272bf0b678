"""Kinetix Local on a PostgreSQL that restarts, hangs, refuses and is full; and text that no database keeps."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.local.conftest import World, new_world
from tests.support import tools
from tests.support.fast_capture import held_clip
from tests.support.raw_server import Exchange, RawServer
from tests.support.service import running
from tests.support.services.postgres import postgres_server, postgres_url
from tests.support.waiting import LIMIT_S, until

__all__ = ["postgres_url"]
pytestmark = pytest.mark.xdist_group("lost-database")


class Server:
    """One PostgreSQL with a database for each test; `admin` is connected to another one."""

    def __init__(self, url: str) -> None:
        self.base = url.rpartition("/")[0]
        self.admin = self.connect("template1", autocommit=True)

    def connect(self, name: str, *, autocommit: bool = False) -> psycopg.Connection:
        return psycopg.connect(f"{self.base}/{name}".replace("+psycopg", ""), autocommit=autocommit)

    def make(self, name: str, how: str = "") -> str:
        self.admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 {how}".encode())
        return f"{self.base}/{name}"

    def cut(self, name: str, share: float = 1.0) -> None:
        """End connections of the service, whatever they are doing."""
        self.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=%s AND random()<%s", [name, share]
        )

    def until_somebody_waits(self, name: str, word: str) -> None:
        """For a lock in the database, with a statement that holds `word`."""
        query = "SELECT 1 FROM pg_stat_activity WHERE datname=%s AND wait_event_type='Lock' AND query LIKE %s"
        until(lambda: self.admin.execute(query, [name, f"%{word}%"]).fetchone())

    @contextlib.contextmanager
    def away(self, name: str) -> Iterator[None]:
        """Stop the database as during a restart."""
        self.admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        self.cut(name)
        try:
            yield
        finally:
            self.admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Server]:
    found = Server(postgres_url)
    yield found
    found.admin.close()


@pytest.fixture(scope="module")
def lost(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A service whose database is `lost`."""
    with running(tmp_path_factory.mktemp("local"), "--database", server.make("lost")) as service:
        world = new_world(service)
        world.user()
        service.info["apiKey"] = world.key
        yield world


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as workers:
        yield workers


_BAD_TEXTS = {"NUL": "a\0bc", "half a pair": "ab\ud800"}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_text_that_cannot_be_kept_is_refused_and_does_no_harm(tmp_path: Path, server: Server, database: str) -> None:
    arguments = ["--database", server.make("texts")] if database == "postgresql" else []
    with running(tmp_path, *arguments) as service:
        world = new_world(service)
        for bad in _BAD_TEXTS.values():
            for method, path, body in [
                ("POST", "/worlds", {"name": bad}),
                ("PATCH", f"/worlds/{world.uuid}", {"name": bad}),
                ("PATCH", f"/worlds/{world.uuid}", {"configuration": {"webhookUri": f"http://{bad}"}}),
                ("PATCH", f"/worlds/{world.uuid}", {"configuration": {"website": {"a": [bad]}}}),
                ("POST", f"/worlds/{world.uuid}/users", {"id": bad}),
                ("POST", f"/worlds/{world.uuid}/keys", {"name": bad}),
                ("POST", f"/worlds/{world.uuid}/aliases", {"name": bad, "emotes": []}),
            ]:
                answer = service.admin(method, path, json=body)
                assert answer.status_code in {400, 422}, (method, path, body, answer.text)
        for path in ("/worlds/a%00b/users", "/deliveries?process=%00"):
            assert service.admin("GET", path).status_code in {400, 404}, path
        literal = {"configuration": {"website": "C:\\u0000", "mainUsage": "\\\\u0000"}}
        assert service.admin("PATCH", f"/worlds/{world.uuid}", json=literal).status_code == 200
        assert world.emote()["step"] == "done"
        assert "Traceback" not in service.output()


def test_a_lock_that_somebody_holds_does_not_silence_the_service(lost: World, server: Server) -> None:
    with server.connect("lost") as other:
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(10) as pool:
            answers = pool.map(lambda number: lost.call("GET", f"/v1/users/nobody-{number}/emotes"), range(10))
            assert lost.call("GET", "/v1/virtual-world/config").status_code == 200
            assert [answer.status_code for answer in answers] == [503] * 10
        other.rollback()
    assert lost.call("GET", "/v1/users/player-1/emotes").status_code in {200, 208}


def test_an_upload_and_the_counters_never_wait_for_each_other(
    lost: World, server: Server, pool: ThreadPoolExecutor
) -> None:
    world_id = "SELECT id FROM worlds WHERE uuid=%s"
    lost.emote()  # makes the row that both count in
    token = lost.token()["uuid"]
    with server.connect("lost") as counters:
        counters.execute(f"SELECT id FROM usages WHERE world_id=({world_id}) FOR UPDATE", [lost.uuid])
        upload = pool.submit(lost.service.upload, token)
        server.until_somebody_waits("lost", "uge")
        place = f"INSERT INTO actives(world_id, period_start, kind, value) VALUES(({world_id}), 0, 'user', 'somebody')"
        counters.execute(place, [lost.uuid])
    assert upload.result(LIMIT_S).status_code == 201


def test_two_administrators_at_once_are_both_heard(lost: World, server: Server, pool: ThreadPoolExecutor) -> None:
    with server.connect("lost") as other:
        other.execute("DELETE FROM settings WHERE name='generation'")
        other.execute("INSERT INTO settings(name, value) VALUES('generation', '1')")
        second = pool.submit(lost.service.admin, "PATCH", f"/worlds/{lost.uuid}", json={"name": "renamed"})
        server.until_somebody_waits("lost", "settings")
    assert second.result(LIMIT_S).status_code == 200


def test_of_two_who_take_one_name_at_once_the_second_is_told(
    lost: World, server: Server, pool: ThreadPoolExecutor
) -> None:
    """Both have looked and found it free before either has written."""
    with server.connect("lost") as first:
        first.execute(
            "INSERT INTO aliases(uuid, world_id, name, name_key, categories, emotes, created_at)"
            " VALUES('first', (SELECT id FROM worlds WHERE uuid=%s), 'wave', 'wave', '[]', '[]', 0)",
            [lost.uuid],
        )
        body = {"name": "Wave", "emotes": []}
        second = pool.submit(lost.service.admin, "POST", f"/worlds/{lost.uuid}/aliases", json=body)
        server.until_somebody_waits("lost", "aliases")
    answer = second.result(LIMIT_S)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "alreadyExists"), answer.text


def test_connections_that_end_at_random_lose_nothing(lost: World, server: Server) -> None:
    stop, chance = threading.Event(), random.Random(5)

    def storm() -> None:
        while not stop.wait(chance.random() * 0.6):
            server.cut("lost", 0.5)

    codes: Counter[int] = Counter()
    accepted, tokens = [], []

    def send() -> bool:
        """Send a clip with its own token; return whether it was accepted."""
        token = lost.call("GET", "/v1/process/token", params={"userId": "player-1"})
        codes[token.status_code] += 1
        if token.status_code != 200:
            return False
        tokens.append(token.json()["uuid"])
        answer = lost.service.upload(tokens[-1], b"SLOW:0.1")
        codes[answer.status_code] += 1
        accepted.extend([answer.json()["uuid"]] if answer.status_code == 201 else [])
        return answer.status_code == 201

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        for number in range(15):
            codes[lost.call("POST", "/v1/virtual-world/users", json={"id": f"u-{number}"}).status_code] += 1
            send()
    finally:
        stop.set()
        thread.join()
    until(send)  # when it is over at the latest
    assert set(codes) <= {200, 201, 409, 503}, codes
    assert {lost.service.finished(process)["step"] for process in accepted} == {"done"}
    log = lost.service.output()
    assert not [token for token in tokens if token in log], "a token is as good as a key"


def test_a_capture_waits_for_the_database_and_is_not_done_again(lost: World, server: Server) -> None:
    start = len(lost.service.output())
    with contextlib.ExitStack() as away:
        with held_clip() as clip:
            process = lost.upload(clip)["uuid"]
            until(lambda: lost.call("GET", f"/v1/process/{process}").json()["step"] == "ml_running")
            away.enter_context(server.away("lost"))
        until(lambda: "the capture waits" in lost.service.output()[start:])
        assert lost.call("GET", f"/v1/process/{process}").status_code == 503
        assert lost.service.admin("GET", "/worlds").status_code == 503
    assert lost.service.finished(process)["step"] == "done"
    with server.connect("lost") as db:
        assert db.execute("SELECT attempts FROM processes WHERE uuid=%s", [process]).fetchall() == [(1,)]


def test_a_webhook_goes_out_though_the_database_went_away_under_it(lost: World, server: Server) -> None:
    heard: list[str] = []

    def hear(exchange: Exchange) -> None:
        heard.append(json.loads(exchange.read_body())["status"])
        if len(heard) == 1:
            with server.away("lost"):
                until(lambda: "database does not answer" in lost.service.output()[start:])
        exchange.answer(200)

    start = len(lost.service.output())
    with RawServer(hear) as ear:
        lost.configure(webhookUri=ear.url)
        try:
            process = lost.upload(b"SLOW:0.5")["uuid"]
            until(lambda: "done" in heard, lambda: (heard, lost.service.output()[-2000:]))
            assert [*dict.fromkeys(heard)] == ["baking", "processing", "done"], "in order, though one may come twice"
            assert lost.service.finished(process)["step"] == "done"
        finally:
            lost.configure(webhookUri=None)


def test_it_stops_in_order_while_the_database_is_away(server: Server, tmp_path: Path) -> None:
    with running(tmp_path, "--database", server.make("gone")) as service:
        service.user()
        with server.away("gone"):
            assert service.call("GET", "/v1/users/player-1/emotes").status_code == 503
            service.process.terminate()
            assert service.process.wait(LIMIT_S) == 0
        assert not (service.home / "local" / "serve.json").exists()


class DeafProxy:
    """Stands between the service and PostgreSQL. The next transaction that holds `word` is committed, and its
    connection is cut before the answer to the commit comes back.
    """

    def __init__(self, port: int) -> None:
        self._port, self.word = port, b""
        self.cut = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # it was closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                is_deaf = threading.Event()
                for target, ends in ((self._forth, (client, server)), (self._back, (server, client))):
                    threading.Thread(target=target, args=(*ends, is_deaf), daemon=True).start()

    def _forth(self, client: socket.socket, server: socket.socket, is_deaf: threading.Event) -> None:
        is_meant = False
        with contextlib.suppress(OSError), client, server:
            while data := client.recv(1 << 16):
                is_meant = is_meant or bool(self.word and self.word in data)
                if is_meant and b"COMMIT" in data:
                    self.word = b""
                    is_deaf.set()
                server.sendall(data)

    def _back(self, server: socket.socket, client: socket.socket, is_deaf: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if is_deaf.is_set() and b"COMMIT" in data:
                    break
                client.sendall(data)
        if is_deaf.is_set():
            self.cut.set()  # first: the service answers as soon as its side is shut
        for side in (client, server):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()


def test_an_upload_whose_commit_nobody_heard_keeps_its_clip(server: Server, tmp_path: Path) -> None:
    url = make_url(server.make("unheard"))
    assert url.port is not None
    with contextlib.closing(DeafProxy(url.port)) as proxy:
        through = url.set(port=proxy.port).render_as_string(hide_password=False)
        with running(tmp_path, "--database", through) as service:
            service.user()
            token = service.token()["uuid"]
            proxy.word = b"INSERT INTO processes"
            assert service.upload(token).status_code == 503
            assert proxy.cut.is_set(), "the commit was heard"
            (found,) = service.call("GET", "/v2/users/player-1/processes").json()
            assert service.finished(found["uuid"])["step"] == "done", "without a restart of the service"


def test_a_server_that_starts_again_loses_nothing(tmp_path: Path) -> None:
    """In order, and as when one of its processes died: every connection ends, and it refuses new ones until it has recovered."""
    with postgres_server() as postgres, running(tmp_path, "--database", postgres.url) as service:
        service.user()
        accepted, waiting = [], {"initialized", "waiting_runner"}
        for how in (signal.SIGINT, signal.SIGQUIT):
            accepted.append(service.upload(service.token()["uuid"], b"SLOW:1.0").json()["uuid"])
            until(lambda: service.call("GET", f"/v1/process/{accepted[-1]}").json()["step"] not in waiting)
            postgres.stop(how)
            assert service.call("GET", "/v2/users/player-1/processes").status_code == 503
            postgres.start()
            until(lambda: service.call("GET", "/v2/users/player-1/processes").status_code == 200)
            assert service.finished(accepted[-1])["step"] == "done", how
        kept = {row["uuid"] for row in service.call("GET", "/v2/users/player-1/processes").json()}
        assert kept == set(accepted)


def _read_only(server: Server, home: Path) -> str:
    url = server.make("readonly")
    with running(home / "first", "--database", url):
        """Makes the tables."""
    server.admin.execute("ALTER DATABASE readonly SET default_transaction_read_only=on")
    return url


def _weak(server: Server, home: Path) -> str:
    server.make("norights")
    server.admin.execute("DROP ROLE IF EXISTS weak")
    server.admin.execute("CREATE ROLE weak LOGIN")
    return f"{server.base}/norights".replace("kinetix@", "weak@")


_REFUSED: dict[str, tuple[Callable[[Server, Path], str], str]] = {
    "Latin 1": (lambda server, home: server.make("latin", "ENCODING 'LATIN1' LOCALE 'C'"), "createdb --encoding=UTF8"),
    "no encoding": (lambda server, home: server.make("ascii", "ENCODING 'SQL_ASCII' LOCALE 'C'"), "is SQL_ASCII"),
    "read only": (_read_only, "that the role may write"),
    "a role without rights": (_weak, "that the role may write"),
    "nobody there": (lambda server, home: "postgresql+psycopg://kinetix:hunter2@127.0.0.1:1/x", "Check that it runs"),
    "another database": (lambda server, home: "mysql://kinetix:hunter2@127.0.0.1/x", "no database that Kinetix Local"),
    "no address": (lambda server, home: "hunter2", "no database that Kinetix Local"),
    "no driver": (lambda server, home: "postgresql+pg8000://k:hunter2@127.0.0.1/x", "kinetix-bridge[local,postgresql]"),
}


@pytest.mark.parametrize("what", _REFUSED)
def test_a_database_that_cannot_be_used_is_explained(server: Server, tmp_path: Path, what: str) -> None:
    make, words = _REFUSED[what]
    arguments = ["serve", "--home", str(tmp_path / "home"), "--database", make(server, tmp_path)]
    ended = subprocess.run(
        [tools.python(), "-m", "kinetix_local", *arguments],
        env=os.environ | {"PYTHONPATH": str(tools.ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    told = ended.stdout + ended.stderr
    assert ended.returncode and words in told and "Traceback" not in told, told
    assert "hunter2" not in told
