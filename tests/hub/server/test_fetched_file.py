"""A file that a hub sends comes whole or not at all, and a hub that breaks off is told from a disk that refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.info import PROTOCOL, HubInfo
from tests.support.raw_server import Exchange, RawServer
from tests.support.refused import refused

pytestmark = pytest.mark.quick


def fetch(answer: bytes, target: Path) -> None:
    """Fetch a file from a hub that proves itself and then answers so."""

    def serve(exchange: Exchange) -> None:
        proof = json.dumps(info.identity.answer(exchange.path.partition("=")[2])).encode()
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(proof) + proof)
        exchange.sock.recv(1 << 16)
        exchange.send(answer)

    with RawServer(serve) as server:
        info = HubInfo(PROTOCOL, "0.1.0", 1, server.port, "the-secret-token", "start")
        HubClient(info).fetch("/emotes/e-1/files/glb", target)


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nglTF"


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense", WHOLE[:-3], WHOLE.replace(b": 4", b": 999"), b"HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\noh!"],
)
def test_a_hub_that_breaks_off_is_gone_and_leaves_no_file(tmp_path: Path, answer: bytes) -> None:
    with refused("hubGone"):
        fetch(answer, tmp_path / "emote.glb")
    assert not list(tmp_path.iterdir())


def test_a_whole_answer_is_the_file_and_a_disk_that_refuses_it_is_none_of_the_hubs(tmp_path: Path) -> None:
    fetch(WHOLE, tmp_path / "emote.glb")
    assert (tmp_path / "emote.glb").read_bytes() == b"glTF"
    with pytest.raises(OSError):
        fetch(WHOLE, tmp_path / "emote.glb" / "below a file.glb")
