"""Downloads: whole or not at all, again after a cut, checked, and without a key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.api import Client, Limits, Retry, Transfer
from kinetix_core.api.errors import BadAnswer, Cancelled, ConnectionFailed, NotFound, RedirectRefused
from kinetix_core.values.errors import FormatError, KinetixError
from tests.support.raw_server import Exchange, RawServer
from tests.support.waiting import LIMIT_S

SIZE = 300_000
GLB = b"glTF\x02\x00\x00\x00" + SIZE.to_bytes(4, "little") + bytes(index * 7 % 251 for index in range(SIZE - 12))
KEY = "0123456789abcdef" * 2


class Files:
    """A file host. `cuts` are places where the connection ends."""

    def __init__(self, *, cuts: tuple[int, ...] = ()) -> None:
        self.cuts = list(cuts)

    def __call__(self, exchange: Exchange) -> None:
        head = f'HTTP/1.1 200 X\r\nContent-Length: {SIZE}\r\nContent-Type: model/gltf-binary\r\nETag: "v1"\r\n\r\n'
        # A reset could overtake what was sent; the connection just ends.
        exchange.send(head.encode() + GLB[: self.cuts.pop(0) if self.cuts else None])


def client_of(server: RawServer) -> Client:
    return Client(server.url, KEY, retry=Retry(sleep=lambda seconds: None), limits=Limits(read_s=LIMIT_S))


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(
    kind: type[KinetixError] | tuple[type[KinetixError], ...],
    handle: Callable[[Exchange], None],
    target: Path,
    url: str = "/a.glb",
    **options: Any,
) -> int:
    """Download what is refused and leaves nothing; return the number of requests."""
    with RawServer(handle) as server, client_of(server) as client, pytest.raises(kind):
        client.download(url, target, **options)
    assert leftovers(target.parent) == []
    return len(server.requests)


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    seen: list[Transfer] = []
    with RawServer(Files()) as server, client_of(server) as client:
        done = client.download("/files/a.glb", tmp_path / "new" / "a.glb", progress=seen.append)
    assert (tmp_path / "new" / "a.glb").read_bytes() == GLB
    assert (done.size, done.etag, done.content_type) == (SIZE, '"v1"', "model/gltf-binary")
    assert seen[-1].done_bytes == seen[-1].total_bytes == SIZE
    assert leftovers(tmp_path / "new") == ["a.glb"]


def test_no_key_goes_to_a_file_host_not_even_the_apis_own(tmp_path: Path) -> None:
    with RawServer(Files()) as server, client_of(server) as client:
        client.download(f"{server.url}/a.glb", tmp_path / "a.glb")
    sent = server.requests[0].headers
    assert not {"x-api-key", "x-api-token", "authorization", "cookie"} & set(sent)
    assert KEY not in str(sent) + server.requests[0].path


@pytest.mark.parametrize("cuts", [(0,), (1, 100_000), (299_999,)])
def test_it_begins_anew_after_a_cut(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    with RawServer(Files(cuts=cuts)) as server, client_of(server) as client:
        client.download("/a.glb", tmp_path / "a.glb")
    assert (tmp_path / "a.glb").read_bytes() == GLB and len(server.requests) == len(cuts) + 1


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        (b"<html>sign in</html>", "a.glb", FormatError),
        (b"", "a.glb", FormatError),
        (GLB[:-5], "a.glb", FormatError),
        (GLB + b"more", "a.glb", FormatError),
        (GLB, "a.png", FormatError),
        (b"RIFF\x00\x00\x00\x00WAVE", "a.webp", FormatError),
    ],
)
def test_another_kind_of_file_does_not_arrive(tmp_path: Path, body: bytes, name: str, kind: type[KinetixError]) -> None:
    target = tmp_path / name
    target.write_bytes(b"the old one")
    with RawServer(lambda e: e.answer(200, body)) as server, client_of(server) as client, pytest.raises(kind):
        client.download("/x", target)
    assert target.read_bytes() == b"the old one" and leftovers(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n1"),
        ("a.gif", b"GIF89a"),
        ("a.webp", b"RIFF0000WEBP"),
        ("a.json", b' \n{"a":1}'),
        ("a.fbx", b"Kaydara FBX Binary  \x00\x1a\x00"),
        ("a.bvh", b"HIERARCHY\n"),
        ("a.kinanim", bytes(90)),
        ("a.ycd", b"any"),
    ],
)
def test_each_kind_is_known_by_its_first_bytes(tmp_path: Path, name: str, body: bytes) -> None:
    with RawServer(lambda e: e.answer(200, body)) as server, client_of(server) as client:
        assert client.download("/x", tmp_path / name).size == len(body)


def test_too_short_for_ever_is_an_error(tmp_path: Path) -> None:
    """The server promises more than it sends, each time."""
    assert refused(ConnectionFailed, Files(cuts=(9,) * 50), tmp_path / "a.glb") == 5


def test_404_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    assert refused(NotFound, lambda e: e.json(404, {"message": "gone"}), tmp_path / "a.glb") == 1


@pytest.mark.parametrize("length", [5 << 30, None])
def test_more_than_the_limit_is_refused(tmp_path: Path, length: int | None) -> None:
    def handle(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\n" + (f"Content-Length: {length}\r\n".encode() if length else b"") + b"\r\n")
        exchange.send(b"x" * 200_000)

    refused(BadAnswer, handle, tmp_path / "a.bin", max_bytes=100_000)


def test_cancelling_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    def handle(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nglTF")
        exchange.hang()

    seen: list[Transfer] = []
    refused(Cancelled, handle, tmp_path / "a.glb", progress=seen.append, cancelled=lambda: bool(seen))


def test_a_redirect_is_followed_without_a_key(tmp_path: Path) -> None:
    with RawServer(Files()) as far, RawServer(lambda e: e.answer(302, Location=f"{far.url}/b.glb?sig=1")) as server:
        with client_of(server) as client:
            client.download("/a.glb", tmp_path / "a.glb")
        assert far.requests[0].path == "/b.glb?sig=1" and "x-api-key" not in far.requests[0].headers


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/x", "file:///etc/passwd", "//", "/round"])
def test_a_redirect_to_nowhere_ends(tmp_path: Path, location: str) -> None:
    handle = partial(Exchange.answer, status=302, Location=location)
    assert refused((RedirectRefused, BadAnswer), handle, tmp_path / "a.glb") <= 6


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/"])
def test_only_http_addresses_are_fetched(tmp_path: Path, url: str) -> None:
    assert refused(BadAnswer, Files(), tmp_path / "a.glb", url) == 0
