"""Machines that join, over real HTTP: a worker of its own process captures for a service that does not, and nobody trusts it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from kinetix_capture.interface import AVATAR_FILES, FILES, OBSERVATIONS
from kinetix_core import __version__
from kinetix_core.values.errors import FormatError
from kinetix_local.store.process_steps import PREPARING
from kinetix_studio.machines import results
from kinetix_studio.machines.machine import Statement, expected_weights
from kinetix_studio.machines.remote_queue import RemoteQueue
from kinetix_studio.machines.results import check_file
from tests.local.conftest import World, new_world
from tests.support import fast_capture, tools
from tests.support.service import Running, running, stop
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("local-joining")
stops_in_order = pytest.mark.posix_only(reason="it is asked to stop by a signal")


UNOBSERVED = "tests.support.fast_capture:deliver_unobserved"


def command(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The caller reads what it says, or that is little: a pipe that is full holds it up."""
    return _started(arguments, environment, subprocess.PIPE)


def logging_command(log: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    with log.open("ab") as output:
        return _started(arguments, environment, output)


def _started(arguments: tuple[str, ...], environment: dict[str, str], output: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(tools.python()), "-m", "kinetix_local", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=os.environ | {"KINETIX_LOCAL_CAPTURE": UNOBSERVED, "PYTHONPATH": str(tools.ROOT)} | environment,
        cwd=tools.ROOT,
        start_new_session=True,
    )


@contextlib.contextmanager
def worker(url: str, token: Path, home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    started = command("worker", "--join", url, "--token", str(token), "--home", str(home), *arguments)
    try:
        yield started
    finally:
        stop(started)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """It captures nothing itself."""
    with running(tmp_path_factory.mktemp("studio"), "--workers", "0", "--lease", "3600") as started:
        yield started


@pytest.fixture(scope="module")
def token_file(service: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("token") / "token"
    added = command("machine", "add", "render-1", "--out", str(path), "--home", str(service.home), "--json")
    said, _ = added.communicate(timeout=LIMIT_S)
    assert added.returncode == 0 and json.loads(said)["file"] == str(path)
    assert os.name != "posix" or path.stat().st_mode & 0o077 == 0
    return path


@pytest.fixture
def world(service: Running) -> World:
    return new_world(service)


class Machine:
    """Speaks as a worker does, and worse."""

    def __init__(self, service: Running, token_file: Path) -> None:
        self.service, self.token = service, token_file.read_text(encoding="utf-8").strip()
        self.session = secrets.token_hex(8)
        self.statement: dict[str, Any] = Statement(
            version=__version__, weights=expected_weights(), system="Test", cores=2, memory_bytes=8 << 30, captures=1
        ).model_dump()

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        address = f"{self.service.url}/_local/workers/{self.session}/{path}"
        return requests.request(method, address, headers=headers, timeout=LIMIT_S, **options)

    def next(self) -> dict[str, Any]:
        answer = self.call("POST", "next", json=self.statement)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def machine(service: Running, token_file: Path) -> Machine:
    return Machine(service, token_file)


def of(job: dict[str, Any], rest: str) -> str:
    return f"captures/{job['process']}/{job['attempt']}/{rest}"


def state(world: World, process: str) -> dict[str, Any]:
    return dict(world.call("GET", f"/v1/process/{process}").json())


def test_whoever_sends_too_much_is_heard_out_and_sees_the_answer(service: Running, machine: Machine) -> None:
    host = urlsplit(service.url)
    size = 24 << 20
    head = (
        f"PUT /_local/workers/{machine.session}/captures/p/1/results/quality.json HTTP/1.1\r\nHost: {host.netloc}\r\n"
    )
    with socket.create_connection((host.hostname, host.port), timeout=LIMIT_S) as peer:
        peer.sendall(f"{head}Content-Length: {size}\r\n\r\n".encode())
        assert peer.recv(12) == b"HTTP/1.1 413"
        peer.sendall(bytes(size))


@stops_in_order
def test_a_worker_captures_learns_of_a_cancel_and_stops_in_order(
    world: World, token_file: Path, tmp_path: Path
) -> None:
    world.configure(ugcValidation=True)
    first, refused, slow = world.upload(), world.upload(b"REJECT:cut"), world.upload(b"SLOW:3600")
    assert [state(world, one["uuid"])["queuePlace"] for one in (first, refused, slow)] == [1, 2, 3]
    with worker(world.service.url, token_file, tmp_path) as process:
        done = world.finished(first["uuid"])
        assert done["step"] == "done" and "queuePlace" not in done
        emote = world.call("GET", f"/v1/emotes/{done['emote']}").json()
        assert {file["extension"] for file in emote["files"]} >= {"glb", "kinanim", "fbx", "bvh", "png", "gif", "json"}
        glb = next(file["url"] for file in emote["files"] if file["extension"] == "glb")
        assert requests.get(glb, timeout=LIMIT_S).content == fast_capture._glb("victory spin")
        failed = world.finished(refused["uuid"])
        assert failed["step"] == "ml_failed" and failed["failure"]["code"] == "sceneCut"
        assert failed["failure"]["wording"]["title"]["values"] == {"seconds": "2.5"}
        until(lambda: state(world, slow["uuid"]).get("stage"))
        assert state(world, slow["uuid"])["step"] == "ml_running"
        (listed,) = world.service.admin("GET", "/machines").json()
        assert listed["version"] == __version__ and listed["refused"] is None and listed["cores"] >= 1
        assert world.service.admin("DELETE", f"/captures/{slow['uuid']}").status_code == 204
        both = world.emote(clip=b"another", people="all")
        assert both["step"] == "done" and len(both["emotes"]) == 2
        second = world.call("GET", f"/v1/emotes/{both['emotes'][1]}").json()
        assert "glb" in {file["extension"] for file in second["files"]}
        assert state(world, slow["uuid"])["step"] == "rejected"
        # It is done for players before the worker has put its own files away. Not looked into: they go meanwhile.
        until(lambda: not list((tmp_path / "workers").glob("*/*")), "the worker's files")
        process.terminate()
        assert process.wait(LIMIT_S) == 0
    assert not list((tmp_path / "workers").glob("*/*"))


@stops_in_order
def test_a_worker_that_stops_gives_back_what_it_held(world: World, token_file: Path, tmp_path: Path) -> None:
    slow = world.upload(b"SLOW:3600")
    with worker(world.service.url, token_file, tmp_path) as process:
        until(lambda: state(world, slow["uuid"]).get("stage"))
        process.terminate()
        assert process.wait(LIMIT_S) == 0
        assert state(world, slow["uuid"])["queuePlace"] == 1
    assert world.service.admin("DELETE", f"/captures/{slow['uuid']}").status_code == 204
    assert world.service.admin("DELETE", f"/captures/{slow['uuid']}").status_code == 404


@stops_in_order
def test_a_worker_reports_once_that_a_service_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("any", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with worker(url, tmp_path / "token", tmp_path) as process:
            assert process.stdout is not None
            for _ in range(4):
                server.accept()[0].close()
            process.terminate()
            (line,) = process.stdout.read().splitlines()
            assert f"{url} does not answer; check --join." in line
            assert process.wait(LIMIT_S) == 0


def test_a_machine_without_room_ends_and_another_captures_what_it_had(
    world: World, token_file: Path, tmp_path: Path
) -> None:
    clip = world.upload()["uuid"]
    place = ("--join", world.service.url, "--token", str(token_file), "--home", str(tmp_path))
    full = command("worker", *place, KINETIX_LOCAL_CAPTURE="tests.support.fast_capture:deliver_nowhere")
    said, _ = full.communicate(timeout=LIMIT_S)
    assert full.returncode == 1 and "This machine's disk is full." in said and "Traceback" not in said
    assert state(world, clip)["queuePlace"] == 1
    with worker(world.service.url, token_file, tmp_path):
        assert world.finished(clip)["step"] == "done"


def test_a_machine_that_does_not_fit_is_refused_with_the_reason(
    world: World, machine: Machine, token_file: Path, tmp_path: Path
) -> None:
    for change, reason in (
        ({"version": "0.0.1"}, "It has version 0.0.1"),
        ({"weights": "0" * 64}, "capture models"),
        ({"captures": 9, "memory_bytes": 2 << 30}, "need 9 GiB"),
    ):
        for path in ("join", "next"):
            answer = machine.call("POST", path, json=machine.statement | change)
            assert answer.status_code == 409 and reason in answer.json()["error"]["detail"], answer.text
    (listed,) = world.service.admin("GET", "/machines").json()
    assert "need 9 GiB" in listed["refused"]
    assert machine.call("POST", "join", json=machine.statement | {"cores": 0}).status_code == 422
    assert machine.call("POST", "join", json=machine.statement).status_code == 204
    wrong = tmp_path / "wrong"
    wrong.write_text("not a token", encoding="utf-8")
    with worker(world.service.url, wrong, tmp_path) as process:
        said, _ = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 1 and "No machine has this token" in said
    with worker(world.service.url, token_file, tmp_path, "--max-idle", "0.1") as process:
        assert process.wait(LIMIT_S) == 0


def test_results_are_read_before_they_are_kept(world: World, machine: Machine) -> None:
    process = world.upload()["uuid"]
    job = machine.next()
    assert job["process"] == process and "out_dir" not in job["request"]
    (clip,) = job["files"]
    assert machine.call("GET", clip["link"].partition(f"{machine.session}/")[2]).content == b"a clip"
    assert machine.call("GET", of(job, "files/..%2f..%2fsecret")).status_code == 404
    glb = fast_capture._glb("x")
    for name, body, status in (
        ("animation.exe", b"MZ", 422),
        ("..%2fsecret.json", b"{}", 422),
        ("quality.json", b"[]", 400),
        ("quality.json", b"{" * 100, 400),
        ("animation.glb", glb[:-10], 400),
        ("animation-v2.kinanim", bytes(99), 400),
        ("animation-v2.bvh", b"HIERARCHY", 400),
        ("animation-v2.fbx", b"no", 400),
        ("thumbnail.png", b"GIF89a" + bytes(90), 400),
        ("thumbnail.gif", b"GIF89a" + b"\xff" * 9, 400),
        ("observations.npz", b"PK", 400),
        ("preview.webp", b"RIFF\x00\x00\x00\x00WEBP", 400),
        ("quality.json", b" " * ((16 << 20) + 1), 413),
    ):
        answer = machine.call("PUT", of(job, f"results/{name}"), data=body)
        assert answer.status_code == status, (name, answer.text)
    sent = machine.call("PUT", of(job, "results/animation.glb"), data=glb).json()
    assert sent["bytes"] == len(glb)
    for files in (
        {},
        {"animation.glb": "../secret"},
        {"animation.glb": "00/" + "0" * 62 + ".glb"},
        {"animation.fbx": sent["blob"]},
        {"quality.json": sent["blob"]},
    ):
        answer = machine.call("POST", of(job, "deliver"), json={"files": files, "duration_s": 1.5})
        assert answer.status_code in {400, 422}, answer.text
    whole = {"files": {"animation.glb": sent["blob"]}, "duration_s": 1.5}
    assert machine.call("POST", of(job, "deliver"), json=whole | {"duration_s": 1e9}).status_code == 422
    for lie in ({"stage": "track", "percent": 400}, {"stage": "x"}, {"percent": "much"}):
        assert machine.call("POST", of(job, "beat"), json=lie).status_code == 422
    assert machine.call("POST", of(job, "beat"), json={"stage": "track", "percent": 99}).status_code == 204
    assert machine.call("POST", of(job, "beat"), json={"stage": "track", "percent": 5}).status_code == 204
    assert state(world, process)["progression"] == 99
    stranger = Machine(world.service, Path(os.devnull))
    stranger.token, other = machine.token, {**job, "attempt": 2}
    assert stranger.call("POST", of(job, "deliver"), json=whole).status_code == 410
    assert machine.call("POST", of(other, "deliver"), json=whole).status_code == 410
    unknown = {"00000000-0000-0000-0000-000000000000": {"animation.glb": sent["blob"]}}
    assert machine.call("POST", of(job, "deliver"), json=whole | {"avatars": unknown}).status_code == 204
    assert machine.call("POST", of(job, "deliver"), json=whole).status_code == 410
    emote = world.call("GET", f"/v1/emotes/{state(world, process)['emote']}").json()
    assert len(emote["files"]) == 1 and emote["avatars"] == {}


BAD_REPORTS: tuple[dict[str, Any], ...] = (
    {"clip": "x"},
    {"clip": {"beginsS": "x"}},
    {"clip": {"beginsS": 1.0}, "views": [1]},
    {"clip": {"beginsS": 1.0}, "group": "x"},
    {"hints": ["a"], "wording": "x"},
    {"hints": "x"},
    {"hints": ["x" * 2001]},
    {"loop": "x"},
    {"unsure": "x"},
    {"people": "x"},
)


@pytest.mark.parametrize("report", BAD_REPORTS, ids=str)
def test_a_bad_quality_report_is_refused(world: World, machine: Machine, report: dict[str, Any]) -> None:
    process = world.upload()["uuid"]
    job = machine.next()
    sent = machine.call("PUT", of(job, "results/animation.glb"), data=fast_capture._glb("x")).json()
    whole = {"files": {"animation.glb": sent["blob"]}, "duration_s": 1.5}
    answer = machine.call("POST", of(job, "deliver"), json=whole | {"quality": report})
    assert answer.status_code == 422 and "quality" in answer.json()["error"]["detail"]
    other = {"others": [whole | {"quality": report}]}
    assert machine.call("POST", of(job, "deliver"), json=whole | other).status_code == 422
    assert machine.call("POST", of(job, "deliver"), json=whole | {"quality": {"score": 0.9}}).status_code == 204
    assert state(world, process)["step"] == "done"


def test_a_bad_row_breaks_no_list(world: World, machine: Machine) -> None:
    """Rows of older builds and of other hands hold anything."""
    process = world.upload()["uuid"]
    job = machine.next()
    sent = machine.call("PUT", of(job, "results/animation.glb"), data=fast_capture._glb("x")).json()
    whole = {"files": {"animation.glb": sent["blob"]}, "duration_s": 1.5}
    assert machine.call("POST", of(job, "deliver"), json=whole).status_code == 204
    emote = state(world, process)["emote"]
    requests_of_old: tuple[dict[str, Any], ...] = ({"start": "x"}, {"refines": "x"}, {"refines": 7, "start": [1]})
    for quality, request in [*((report, {}) for report in BAD_REPORTS), *(({}, one) for one in requests_of_old)]:
        with contextlib.closing(sqlite3.connect(world.service.home / "local" / "local.db")) as database, database:
            query = "UPDATE processes SET quality = ?, request = ? WHERE uuid = ?"
            database.execute(query, (json.dumps(quality), json.dumps(request), process))
        assert world.service.admin("GET", "/library").status_code == 200, (quality, request)
        assert world.service.admin("GET", f"/emotes/{emote}/refine").status_code == 200, (quality, request)
        assert "hints" not in state(world, process), quality


def test_an_avatars_file_may_be_as_large_as_the_emotes_own(world: World, machine: Machine) -> None:
    process = world.upload()["uuid"]
    job = machine.next()
    large = b"{" + b" " * (2 << 20) + b"}"
    for name in ("userData.json", "00000000-0000-0000-0000-000000000000/userData.json"):
        answer = machine.call("PUT", of(job, f"results/{name}"), data=large)
        assert answer.status_code == 200 and answer.json()["bytes"] == len(large), (name, answer.text)
    assert world.service.admin("DELETE", f"/captures/{process}").status_code == 204


def test_the_correction_that_a_machine_could_not_follow_is_told(world: World, machine: Machine) -> None:
    process = world.upload()["uuid"]
    told = {"code": "limbCannotReach", "title": "Out of reach.", "next_step": "Move it.", "correction": "wrist-3"}
    answer = machine.call("POST", of(machine.next(), "fail"), json={"step": "ml_failed", **told})
    assert answer.status_code == 204, answer.text
    assert state(world, process)["failure"]["correction"] == "wrist-3"


def test_a_worker_is_heard_while_files_go_over_the_line(
    world: World, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a line that is slower than the lease is long would carry the same clip again and again."""

    def heard() -> int:
        with contextlib.closing(sqlite3.connect(world.service.home / "local" / "local.db")) as database:
            query = "SELECT heartbeat FROM captures WHERE process = ?"
            return int(database.execute(query, (process,)).fetchone()[0])

    process = world.upload(bytes(3 << 20))["uuid"]
    queue = RemoteQueue(world.service.url, machine.token, Statement(**machine.statement))
    monkeypatch.setattr(RemoteQueue, "beat_s", 0.0)
    job = queue.take(tmp_path)
    assert job is not None and job.request.clip.stat().st_size == 3 << 20
    machine.session, before = job.lease.worker, heard()
    assert before >= 2
    sent = {"process": process, "attempt": job.lease.attempt}
    assert machine.call("PUT", of(sent, "results/userData.json"), data=b"{}").status_code == 200
    assert heard() > before
    assert world.service.admin("DELETE", f"/captures/{process}").status_code == 204
    assert machine.call("PUT", of(sent, "results/userData.json"), data=b"{}").status_code == 410


def test_every_file_of_a_capture_has_its_check(tmp_path: Path) -> None:
    assert {name.rpartition(".")[2] for name in (*FILES, *AVATAR_FILES, OBSERVATIONS)} == set(results._CHECKS)
    (tmp_path / "a.exe").write_bytes(b"")
    with pytest.raises(FormatError):
        check_file(tmp_path / "a.exe", "exe")


def test_health_readiness_and_metrics(world: World, service: Running) -> None:
    assert service.call("GET", "/_local/healthz", key=None).json() == {"status": "ok"}
    assert service.call("GET", "/_local/readyz", key=None).json() == {"status": "ok", "wrong": [], "impaired": []}
    assert service.call("GET", "/_local/metrics", key=None).status_code == 401
    waits = world.upload()["uuid"]
    answer = service.admin("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert "kinetix_captures_waiting 1" in lines and "# TYPE kinetix_leases_freed_total counter" in lines
    assert f'kinetix_build_info{{version="{__version__}"}} 1' in lines
    alarms = re.findall(r"kinetix_\w+", (tools.ROOT / "packaging/deploy/alarms.yaml").read_text("utf-8"))
    assert alarms and set(alarms) <= {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert all(line.startswith("#") or re.fullmatch(r"[a-z_]+(\{[^{}]*\})? -?[0-9.e+]+", line) for line in lines)
    assert service.admin("DELETE", f"/captures/{waits}").status_code == 204


def test_a_service_that_drains_begins_nothing_and_says_so(tmp_path: Path) -> None:
    with running(tmp_path) as draining:
        draining.user()
        runs = draining.upload(draining.token()["uuid"], b"SLOW:1").json()["uuid"]
        until(lambda: draining.call("GET", f"/v1/process/{runs}").json()["step"] not in PREPARING)
        assert draining.admin("POST", "/drain").json()["running"] in {0, 1}
        ready = draining.call("GET", "/_local/readyz", key=None)
        assert ready.status_code == 503 and ready.json()["wrong"] == ["draining"]
        assert draining.finished(runs)["step"] == "done"
        until(lambda: draining.admin("POST", "/drain").json()["running"] == 0)
        waits = draining.upload(draining.token()["uuid"]).json()["uuid"]
        assert draining.call("GET", f"/v1/process/{waits}").json()["queuePlace"] == 1
