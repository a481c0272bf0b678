"""Kinetix Local as the hub's child: started, adopted after a kill, stopped with the hub, and a person's own left alone."""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from kinetix_capture.networks.network import Network
from kinetix_core.serving.capture_installation import capture_problem
from kinetix_core.values.errors import KinetixError
from kinetix_hub.services import local_state
from kinetix_hub.services.local_info import LocalInfo, answers
from kinetix_hub.services.local_process import LocalService
from kinetix_hub.services.port import Temporary
from kinetix_hub.services.sdk_service import Service
from tests.support import service as service_support
from tests.support.present import present
from tests.support.raw_server import RawServer
from tests.support.refused import refused
from tests.support.waiting import LIMIT_S, until


@pytest.fixture
def home(local_home: Path) -> Path:
    return local_home


@pytest.fixture
def local(home: Path) -> Iterator[LocalService]:
    """A hub's Kinetix Local, stopped as a hub stops it."""
    made = LocalService(home, home / "logs")
    yield made
    made.stop()


def test_it_is_started_found_again_and_stopped(home: Path, local: LocalService) -> None:
    assert local.info() is None
    found = local.ensure()
    assert answers(found, LIMIT_S) and local.ensure() == found, "once is enough"
    # The hub was killed; the next one adopts the service and still stops it in the end.
    second = LocalService(home, home / "logs")
    assert second.ensure() == found
    second.stop()
    assert not answers(found) and second.info() is None


def test_a_phone_is_let_in_when_one_is_asked_for(home: Path, local: LocalService) -> None:
    found = local.ensure()
    assert found.admin_token and found.admin_token not in repr(found)
    with contextlib.closing(Service(found.url, found.key, local.let_phones_in)) as port:
        port.ensure_user("player-1")
        assert port.new_token("player-1", {}).url.startswith(found.url), "nobody on the network is let in unasked"
        port.let_phones_in()
        # The hub does not wait for long, but what was begun comes to its end.
        lan = until(lambda: json.loads((home / "local" / "serve.json").read_text(encoding="utf-8")).get("lan"))
        link = port.new_token("player-1", {}).url
        assert lan["https"] and lan["fingerprint"] and link.startswith(f"{lan['url']}/?token=")
        port.let_phones_in()
        assert port.new_token("player-1", {}).url.startswith(lan["url"]), "once is enough"
        here = ssl.create_default_context(cafile=home / "local" / "tls" / "certificate.pem")
        here.check_hostname = False  # the certificate names the network's address
        page = f"https://127.0.0.1:{urlsplit(link).port}{urlsplit(link).path}?{urlsplit(link).query}"
        with urllib.request.urlopen(page, context=here, timeout=LIMIT_S) as answer:
            assert answer.status == 200


def test_a_killed_one_is_started_again(local: LocalService) -> None:
    found = local.ensure()
    psutil.Process(found.pid).kill()
    until(lambda: not answers(found))
    fresh = local.ensure()
    assert fresh.start_id != found.start_id and fresh.key == found.key, "the same world and key"


def test_one_that_was_ended_hard_leaves_no_keys_behind(home: Path, local: LocalService) -> None:
    """On Windows every end is a hard one."""
    psutil.Process(local.ensure().pid).kill()
    local.stop()
    assert not (home / "local" / "serve.json").exists()


def test_one_that_a_hub_started_just_before_it_was_killed_is_not_left_behind(home: Path, local: LocalService) -> None:
    found = local.ensure()
    (home / "hub" / "local.json").write_text('{"starting": true}', encoding="utf-8")
    fresh = LocalService(home, home / "logs")
    fresh.stop()
    assert not answers(found)


@contextlib.contextmanager
def _deaf(service: psutil.Process) -> Iterator[None]:
    """No descriptor is left to it for a connection."""
    limits = service.rlimit(psutil.RLIMIT_NOFILE)
    service.rlimit(psutil.RLIMIT_NOFILE, (3, limits[1]))  # the lowest numbers are taken by any program
    try:
        yield
    finally:
        if service.is_running():
            service.rlimit(psutil.RLIMIT_NOFILE, limits)


@pytest.mark.linux_only(reason="takes descriptors from another process")
def test_one_that_cannot_answer_is_stopped_all_the_same(home: Path) -> None:
    found = LocalService(home, home / "logs").ensure()
    service = psutil.Process(found.pid)
    with _deaf(service):
        assert not answers(found)
        LocalService(home, home / "logs").stop()
        service.wait(LIMIT_S)


@pytest.mark.linux_only(reason="takes descriptors from another process")
@pytest.mark.parametrize("whose", ["the hub's", "a person's"])
def test_beside_one_that_cannot_answer_no_second_one_is_started(
    home: Path, local: LocalService, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.ExitStack() as ending:
        if whose == "a person's":
            ending.callback(service_support.stop, service_support.start(home).process)
        found = local.ensure()
        deaf = ending.enter_context(contextlib.ExitStack())
        deaf.enter_context(_deaf(psutil.Process(found.pid)))

        monkeypatch.setattr(subprocess, "Popen", _no_second)
        threading.Timer(3.0, deaf.close).start()  # longer than the first question waits for an answer
        assert local.ensure() == found
        local.stop()
        until(lambda: answers(found) == (whose == "a person's"))


def _no_second(*arguments: object, **options: object) -> None:
    raise AssertionError("a second service")


def test_a_persons_own_is_left_alone(home: Path, local: LocalService) -> None:
    with service_support.running(home) as service:
        found = local.ensure()
        assert found.pid == service.info["pid"]
        local.stop()
        assert answers(found, LIMIT_S)


def test_one_that_does_not_come_up_says_where_to_look(home: Path) -> None:
    (home / "local").write_text("in the way", encoding="utf-8")
    with refused("folderOccupied"):
        LocalService(home, home / "logs").ensure()


@pytest.mark.parametrize(
    "url", ["http://127.1:{port}", "http://0.0.0.0:{port}", "file:///etc/passwd", "", "http://127.0.0.1"]
)
@pytest.mark.quick
def test_only_this_machine_by_its_usual_names_is_asked(url: str) -> None:
    with RawServer() as server:
        assert not answers(LocalInfo(url.format(port=server.port), "key", 1, "start", "token"))
        assert not server.requests


@pytest.mark.quick
def test_without_the_capture_it_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the Blender extension the hub's environment has no Kinetix Local, and no `kinetix` is installed."""
    monkeypatch.setitem(sys.modules, "kinetix_local", None)
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.setenv("HOME", str(home))
    with pytest.raises(Temporary) as raised:
        LocalService(home, home / "logs").ensure()
    error = raised.value.as_dict()
    assert error["code"] == "localNotInstalled" and "complete add-on file" in error["nextStep"]
    assert local_state.examine(home) is None


@pytest.mark.quick
def test_the_doctor_sees_whether_the_models_are_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_WEIGHTS", str(home))
    assert "models" in present(present(local_state.examine(home)).capture).title
    (home / "pose.tflite").touch()
    assert present(local_state.examine(home)).capture is None


@pytest.mark.quick
def test_a_machine_without_the_interpreter_is_told_so_before_and_at_a_capture(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiteRT has no package for Macs with an Intel processor. All else works there."""
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    problem = capture_problem()
    assert problem is not None and "LiteRT" in problem.title and "Intel" in problem.next_step
    with pytest.raises(KinetixError, match="LiteRT"):
        Network(home / "any.tflite")
