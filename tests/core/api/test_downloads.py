"""Downloads: whole or not at all, continued after a cut, checked, and without a key."""

from __future__ import annotations

import hashlib
from pathlib import Path

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
    """A file host. `cuts` are places where the connection ends; `tags` are the ETags of the answers, the last one for ever."""

    def __init__(
        self, data: bytes = GLB, *, cuts: tuple[int, ...] = (), tags: tuple[str, ...] = ('"v1"',), ranges: bool = True
    ):
        self.data, self.cuts, self.tags, self.ranges = data, list(cuts), list(tags), ranges

    def __call__(self, exchange: Exchange) -> None:
        tag = self.tags.pop(0) if len(self.tags) > 1 else self.tags[0]
        start = 0
        wanted = exchange.headers.get("range")
        if wanted and self.ranges and exchange.headers.get("if-range") == tag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        part = self.data[start:]
        head = (
            f"HTTP/1.1 {206 if start else 200} X\r\nContent-Length: {len(part)}\r\nContent-Type: model/gltf-binary\r\n"
        )
        head += f"ETag: {tag}\r\n" if tag else ""
        if start:
            head += f"Content-Range: bytes {start}-{len(self.data) - 1}/{len(self.data)}\r\n"
        exchange.send(head.encode() + b"\r\n")
        end = self.cuts.pop(0) - start if self.cuts else None
        exchange.send(part[:end])  # a reset could overtake what was sent; the connection just ends


def client_of(server: RawServer) -> Client:
    return Client(server.url, KEY, retry=Retry(sleep=lambda seconds: None), limits=Limits(read_s=LIMIT_S))


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    seen: list[Transfer] = []
    with RawServer(Files()) as server, client_of(server) as client:
        done = client.download("/files/a.glb", tmp_path / "new" / "a.glb", progress=seen.append)
    assert (tmp_path / "new" / "a.glb").read_bytes() == GLB
    assert (done.size, done.etag, done.resumed, done.content_type) == (SIZE, '"v1"', 0, "model/gltf-binary")
    assert seen[-1].done_bytes == seen[-1].total_bytes == SIZE
    assert leftovers(tmp_path / "new") == ["a.glb"]


def test_no_key_goes_to_a_file_host_not_even_the_apis_own(tmp_path: Path) -> None:
    with RawServer(Files()) as server, client_of(server) as client:
        client.download(f"{server.url}/a.glb", tmp_path / "a.glb")
    sent = server.requests[0].headers
    assert not {"x-api-key", "x-api-token", "authorization", "cookie"} & set(sent)
    assert KEY not in str(sent) + server.requests[0].path


@pytest.mark.parametrize("cuts", [(1,), (100_000,), (50_000, 120_000, 200_000), (299_999,), (0, 0)])
def test_it_continues_where_it_was_cut(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    with RawServer(Files(cuts=cuts)) as server, client_of(server) as client:
        done = client.download("/a.glb", tmp_path / "a.glb")
    assert (tmp_path / "a.glb").read_bytes() == GLB
    assert len(server.requests) == len(cuts) + 1
    for request in server.requests[1:]:
        assert ("range" in request.headers) == bool(cuts[0])
    assert done.resumed == (len(cuts) if cuts[0] else 0)


def test_a_file_that_changed_in_between_begins_anew(tmp_path: Path) -> None:
    with RawServer(Files(cuts=(100_000,), tags=('"v1"', '"v2"'))) as server, client_of(server) as client:
        done = client.download("/a.glb", tmp_path / "a.glb")
    assert server.requests[1].headers["if-range"] == '"v1"'
    assert (tmp_path / "a.glb").read_bytes() == GLB and done.resumed == 0 and done.etag == '"v2"'


@pytest.mark.parametrize("tag", ["", 'W/"weak"'])
def test_without_a_strong_tag_it_begins_anew(tmp_path: Path, tag: str) -> None:
    with RawServer(Files(cuts=(100_000,), tags=(tag,))) as server, client_of(server) as client:
        client.download("/a.glb", tmp_path / "a.glb")
    assert "range" not in server.requests[1].headers
    assert (tmp_path / "a.glb").read_bytes() == GLB


@pytest.mark.parametrize("answer", ["bytes 5-299999/300000", "bytes 100000-299999/300001", "nonsense", ""])
def test_a_continuation_at_another_place_is_not_believed(tmp_path: Path, answer: str) -> None:
    files = Files(cuts=(100_000,))

    def handle(exchange: Exchange) -> None:
        if "range" in exchange.headers:
            exchange.answer(206, b"x" * 200_000, Content_Range=answer)
        else:
            files(exchange)

    with RawServer(handle) as server, client_of(server) as client:
        client.download("/a.glb", tmp_path / "a.glb")
    assert hashlib.sha256((tmp_path / "a.glb").read_bytes()).digest() == hashlib.sha256(GLB).digest()


def test_416_begins_anew(tmp_path: Path) -> None:
    files = Files(cuts=(100_000,))
    with (
        RawServer(lambda e: e.answer(416) if "range" in e.headers else files(e)) as server,
        client_of(server) as client,
    ):
        client.download("/a.glb", tmp_path / "a.glb")
    assert (tmp_path / "a.glb").read_bytes() == GLB


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
    with (
        RawServer(Files(cuts=(9,) * 50, ranges=False)) as server,
        client_of(server) as client,
        pytest.raises(ConnectionFailed),
    ):
        client.download("/a.glb", tmp_path / "a.glb")
    assert len(server.requests) <= 12 and leftovers(tmp_path) == []


def test_404_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        RawServer(lambda e: e.json(404, {"message": "gone"})) as server,
        client_of(server) as client,
        pytest.raises(NotFound),
    ):
        client.download("/a.glb", tmp_path / "a.glb")
    assert leftovers(tmp_path) == [] and len(server.requests) == 1


@pytest.mark.parametrize("length", [5 << 30, None])
def test_more_than_the_limit_is_refused(tmp_path: Path, length: int | None) -> None:
    def handle(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\n" + (f"Content-Length: {length}\r\n".encode() if length else b"") + b"\r\n")
        exchange.send(b"x" * 200_000)

    with RawServer(handle) as server, client_of(server) as client, pytest.raises(BadAnswer):
        client.download("/a.bin", tmp_path / "a.bin", max_bytes=100_000)
    assert leftovers(tmp_path) == []


def test_cancelling_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    def handle(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nglTF")
        exchange.hang()

    seen: list[Transfer] = []
    with RawServer(handle) as server, client_of(server) as client, pytest.raises(Cancelled):
        client.download("/a.glb", tmp_path / "a.glb", progress=seen.append, cancelled=lambda: bool(seen))
    assert leftovers(tmp_path) == []


def test_a_redirect_is_followed_without_a_key(tmp_path: Path) -> None:
    with RawServer(Files()) as far, RawServer(lambda e: e.answer(302, Location=f"{far.url}/b.glb?sig=1")) as server:
        with client_of(server) as client:
            client.download("/a.glb", tmp_path / "a.glb")
        assert far.requests[0].path == "/b.glb?sig=1" and "x-api-key" not in far.requests[0].headers


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/x", "file:///etc/passwd", "//", "/round"])
def test_a_redirect_to_nowhere_ends(tmp_path: Path, location: str) -> None:
    with (
        RawServer(lambda e: e.answer(302, Location=location)) as server,
        client_of(server) as client,
        pytest.raises((RedirectRefused, BadAnswer)),
    ):
        client.download("/a.glb", tmp_path / "a.glb")
    assert len(server.requests) <= 6


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/"])
def test_only_http_addresses_are_fetched(tmp_path: Path, url: str) -> None:
    with RawServer() as server, client_of(server) as client, pytest.raises(BadAnswer):
        client.download(url, tmp_path / "a.glb")
    assert not server.requests
