"""A program of ours dies and another takes its port: it hears no key, no token and no clip, and nothing that it says is believed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psutil
import pytest

from kinetix_core.io import paths
from kinetix_core.protocol.hub.bodies import JobBody
from kinetix_core.protocol.hub.client import HubClient, find
from kinetix_core.protocol.hub.info import PROTOCOL, HubInfo
from kinetix_core.protocol.hub.models import Job
from kinetix_core.serving.peer_identity import HUB_PATH, Impostor, PeerIdentity
from kinetix_hub.services.local_info import answers
from kinetix_hub.services.local_process import LocalService
from kinetix_hub.services.port import ClipForm, Temporary
from kinetix_hub.services.sdk_service import Service
from kinetix_local.commands.admin.moving import sign_in_link
from tests.hub.conftest import CAPTURE, patient_start
from tests.support import tools
from tests.support.raw_server import Exchange, RawServer
from tests.support.refused import refused
from tests.support.services.squatter import squatting
from tests.support.waiting import until

TOKEN = "the-secret-token-of-the-hub"
pytestmark = pytest.mark.usefixtures(patient_start.__name__)


def test_local_died_and_another_has_its_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_LOCAL_CAPTURE", CAPTURE)
    monkeypatch.setenv("PYTHONPATH", str(tools.ROOT))
    home = tmp_path / "home"
    home.mkdir()
    local = LocalService(home, tmp_path / "logs")
    found = local.ensure()
    info = json.loads((home / "local" / "serve.json").read_text(encoding="utf-8"))
    port = Service(found.url, found.key, identity=found.identity)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"private pictures" * 1000)
    try:
        port.ensure_user("player-1")
        token = port.new_token("player-1", {})
        psutil.Process(found.pid).kill()
        until(lambda: not answers(found))
        with squatting(tmp_path, info["port"]) as squatter:
            assert local.info() is None, "it was believed"
            with pytest.raises(Temporary) as caught:
                port.upload(token.uuid, ClipForm(clip, "n"), lambda *_: None, lambda: False)
            assert caught.value.code == "impostor"
            with pytest.raises(Temporary):
                port.clip_length()
            with pytest.raises(Impostor):
                sign_in_link(info)
            local.let_phones_in()
            fresh = local.ensure()
            assert fresh.url != found.url and fresh.key == found.key
            told = squatter.received()
            assert "/_local/identity" in told
            for secret in (found.key, found.admin_token, token.uuid, "private pictures"):
                assert secret not in told
    finally:
        port.close()
        local.stop()


def test_the_hub_died_and_another_has_its_port(tmp_path: Path) -> None:
    with squatting(tmp_path) as squatter:
        info = HubInfo(PROTOCOL, "0.1.0", os.getpid(), squatter.port, TOKEN, "start")
        info.write(paths.hub_info())
        assert find() is None
        with refused("hubGone"):
            HubClient(info).post(Job, "/jobs", JobBody(clip="/private/clip.mp4"))
        with refused("hubGone"):
            HubClient(info).fetch("/emotes/private/files/glb", tmp_path / "emote.glb")
        told = squatter.received()
        assert HUB_PATH in told and TOKEN not in told and "private" not in told


@pytest.mark.parametrize("how", ["silent", "drips", "endless", "not json", "another's proof", "error"])
def test_every_other_answer_is_no_proof(how: str) -> None:
    identity = PeerIdentity(HUB_PATH, "start", TOKEN)

    def answer(exchange: Exchange) -> None:
        nonce = exchange.path.partition("=")[2]
        if how == "silent":
            exchange.hang()
        elif how == "drips":
            exchange.drip(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100, 0.1)
        elif how == "endless":
            exchange.send(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000)
            exchange.hang()
        elif how == "not json":
            exchange.answer(200, b"[" * 5000)
        elif how == "another's proof":
            exchange.json(200, PeerIdentity(HUB_PATH, "an earlier start", TOKEN).answer(nonce))
        else:
            exchange.json(500, identity.answer(nonce))

    with (
        RawServer(answer) as server,
        pytest.raises((Impostor, OSError)),
        identity.connection("127.0.0.1", server.port, 0.5),
    ):
        pytest.fail("it was believed")


@pytest.mark.quick
def test_a_nonce_of_a_strangers_making_gives_nothing_away() -> None:
    identity = PeerIdentity(HUB_PATH, "start", TOKEN)
    assert identity.answer("") is None and identity.answer("x" * 64) is None and identity.answer("0" * 4000) is None
    assert TOKEN not in repr(identity)
    nonce = "0" * 64
    found = identity.answer(nonce)
    assert found is not None and identity.is_proved_by(nonce, found)
    assert not identity.is_proved_by("1" * 64, found), "an old answer proves nothing"
    assert not PeerIdentity(HUB_PATH, "start", "").is_proved_by(
        nonce, PeerIdentity(HUB_PATH, "start", "").answer(nonce)
    )
    assert found["proof"] != identity.proof(nonce, "events"), "the hub's answer is no ticket to the hub"
