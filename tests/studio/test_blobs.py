"""Clips and emote files, in a folder and in object storage by the same tests; and storage in a bad hour."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner

from kinetix_core.values.errors import InputError, KinetixError
from kinetix_core.values.identity import Extension
from kinetix_local.commands.admin.doctor import doctor
from kinetix_local.store import emotes
from kinetix_local.store.blobs import BlobDamaged, Blobs, FolderBlobs, StorageError, opening
from kinetix_local.store.sql.database import Database
from kinetix_studio.storage import address, s3, s3_access
from kinetix_studio.storage.s3_access import Limits
from tests.support.raw_server import Exchange
from tests.support.services.object_storage import KEYS, Answer, ObjectStorage, before, hand_on, object_storage
from tests.support.waiting import LIMIT_S

__all__ = ["object_storage"]
pytestmark = pytest.mark.xdist_group("object-storage")

LONG = os.urandom(1 << 20) * 11
"""More than two parts of an upload, and an end that fills none."""
LONG_NAME = "uploads/long.mp4"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage of a busy test computer may take longer than the four seconds that a service asks for."""
    monkeypatch.setattr(s3, "QUICK", dataclasses.replace(s3_access.BACKGROUND, repeats=0))


@pytest.fixture
def bucket(object_storage: ObjectStorage) -> str:
    return object_storage.bucket()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'local.db'}")
    yield opened
    opened.close()


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Blobs:
    if request.param == "folder":
        return FolderBlobs(tmp_path / "files")
    storage: ObjectStorage = request.getfixturevalue("object_storage")
    return opening.open_blobs(storage.address(storage.bucket()), tmp_path / "files", "", database)


def put(blobs: Blobs, blob: str, content: bytes) -> None:
    temporary = blobs.temporary()
    temporary.write_bytes(content)
    assert blobs.keep(temporary, blob) == blob and not temporary.exists()


def content(blobs: Blobs, blob: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(blobs.read(blob, start, end))


def test_files_are_kept_once_by_content(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "a.GLB"
    source.write_bytes(b"x" * 3_000_000)
    name, size = blobs.add(source)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert (name, size) == (f"{digest[:2]}/{digest[2:]}.glb", 3_000_000)
    assert blobs.add(source) == (name, size) and blobs.size(name) == size
    assert blobs.add(source, Extension("bin"))[0] == name.replace(".glb", ".bin")
    assert content(blobs, name) == source.read_bytes() and source.exists()
    with pytest.raises(ValueError, match=r"leaves|illegal"):
        list(blobs.read("../../etc/passwd"))
    assert list(blobs.incoming.iterdir()) == []


def test_any_part_of_a_long_clip_can_be_read(blobs: Blobs, tmp_path: Path) -> None:
    put(blobs, LONG_NAME, LONG)
    assert blobs.size(LONG_NAME) == len(LONG)
    edge, end = 5 << 20, len(LONG)
    for first, after in ((0, None), (0, 1), (5, 9), (edge - 1, edge + 2), (end - 3, None), (3, 2 * edge), (7, end + 9)):
        assert content(blobs, LONG_NAME, first, after) == LONG[first:after], (first, after)
    heard = []
    here = blobs.fetch(LONG_NAME, tmp_path / "work", lambda: heard.append(1))
    assert here.read_bytes() == LONG and here.suffix == ".mp4"
    assert blobs.fetch(LONG_NAME, tmp_path / "work") == here
    assert heard or isinstance(blobs, FolderBlobs)


def test_an_empty_file_is_one(blobs: Blobs, tmp_path: Path) -> None:
    put(blobs, "uploads/empty.mp4", b"")
    assert blobs.size("uploads/empty.mp4") == 0 and content(blobs, "uploads/empty.mp4") == b""
    assert blobs.fetch("uploads/empty.mp4", tmp_path / "work").read_bytes() == b""


def test_what_is_not_there(blobs: Blobs, tmp_path: Path) -> None:
    for name in ("uploads/none.mp4", f"00/{'0' * 62}.glb"):
        assert blobs.size(name) is None
        with pytest.raises(FileNotFoundError):
            list(blobs.read(name))
        with pytest.raises(FileNotFoundError):
            blobs.fetch(name, tmp_path / "work")
        blobs.remove(name)
    assert not list(tmp_path.glob("work/*"))
    put(blobs, LONG_NAME, b"a clip")
    blobs.remove(LONG_NAME)
    assert blobs.size(LONG_NAME) is None


def test_old_files_that_nobody_names_are_forgotten(blobs: Blobs) -> None:
    names = ["uploads/a.mp4", "uploads/b.mp4"]
    for name in names:
        put(blobs, name, name.encode())
    assert blobs.sweep({names[0]}) == 0, "none is a day old"
    assert blobs.sweep({names[0]}, older_than_s=-3600) == 1
    assert [blobs.size(name) is None for name in names] == [False, True]
    blobs.check()


@pytest.fixture
def stored(object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database) -> s3.S3Blobs:
    return opened(object_storage.address(bucket), tmp_path, database)


def opened(told: str, tmp_path: Path, database: Database) -> s3.S3Blobs:
    found = opening.open_blobs(told, tmp_path / "files", "", database)
    assert isinstance(found, s3.S3Blobs)
    return found


def test_links_lead_to_the_public_address_and_need_no_key(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database
) -> None:
    with before(object_storage) as outside:
        blobs = opened(object_storage.address(bucket, public=outside.url), tmp_path, database)
        put(blobs, LONG_NAME, LONG)
        assert not outside.requests, "the service itself asks inside"
        link = blobs.link(LONG_NAME)
        assert link is not None and link.startswith(f"{outside.url}/{bucket}/kinetix/uploads/long.mp4?")
        assert KEYS["AWS_SECRET_ACCESS_KEY"] not in link
        answer = requests.get(link, headers={"range": "bytes=5-9"}, timeout=LIMIT_S)
        assert (answer.status_code, answer.content) == (206, LONG[5:10])
        assert answer.headers["content-type"] == "video/mp4"
    assert FolderBlobs(tmp_path / "folder").link(LONG_NAME) is None


def test_what_is_not_ours_is_left_alone(stored: s3.S3Blobs, object_storage: ObjectStorage, bucket: str) -> None:
    put(stored, "uploads/a.mp4", b"x")
    for name in ("notes/mine.txt", "mine.txt"):
        object_storage.put(bucket, name, b"x")
    assert stored.sweep(set(), older_than_s=-3600) == 1
    assert sorted(object_storage.names(bucket)) == ["mine.txt", "notes/mine.txt", "owner"]


def test_a_storage_belongs_to_one_database(
    stored: s3.S3Blobs, object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database
) -> None:
    """A service deletes what its database does not name."""
    told = object_storage.address(bucket)
    runs = opened(told, tmp_path, database)
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(KinetixError, match="another database"):
        opened(told, tmp_path, other)
    object_storage.delete(bucket, "owner")
    put(opened(told, tmp_path, other), LONG_NAME, b"a clip of the other")  # as the message says
    with pytest.raises(KinetixError, match="another database"):
        opened(told, tmp_path, database)
    for service in (stored, runs):  # one that made the mark, and one that found it
        with pytest.raises(StorageError, match="another database"):
            service.sweep(set(), older_than_s=-3600)
    assert LONG_NAME in object_storage.names(bucket)
    other.close()


def test_a_database_is_not_opened_with_a_storage_without_its_files(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database
) -> None:
    with database.write() as db:
        asset = emotes.add_asset(db, "00000000-0000-0000-0000-000000000000", "clip", 0, kind="video")
        emotes.add_file(db, asset, emotes.ORIGINAL, "mp4", LONG_NAME, 1, 0)
    with pytest.raises(KinetixError, match="not in this storage"):
        opened(object_storage.address(bucket), tmp_path, database)
    assert requests.put(
        object_storage.object(bucket, LONG_NAME), b"x", timeout=LIMIT_S
    ).ok  # somebody copied them there
    assert opened(object_storage.address(bucket), tmp_path, database).size(LONG_NAME) == 1


def test_a_command_that_is_not_told_of_the_storage_puts_nothing_elsewhere(
    stored: s3.S3Blobs, object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database
) -> None:
    source = tmp_path / "a.glb"
    source.write_bytes(b"an emote")
    name, size = stored.add(source)
    with database.write() as db:
        asset = emotes.add_asset(db, "00000000-0000-0000-0000-000000000000", "emote", 0)
        emotes.add_file(db, asset, "animation", "glb", name, size, 0)
    with pytest.raises(KinetixError, match="are in object storage") as refused:
        opening.open_blobs(None, tmp_path / "files", "", database)
    assert "KINETIX_LOCAL_STORAGE" in refused.value.next_step
    with pytest.raises(KinetixError, match="not in the folder"):
        opening.open_blobs("folder", tmp_path / "files", "", database)
    FolderBlobs(tmp_path / "files").add(source)  # somebody copied it there
    for told in ("folder", None):
        assert opening.open_blobs(told, tmp_path / "files", "", database).size(name) == size
    with pytest.raises(KinetixError, match="another database"):
        opened(object_storage.address(bucket), tmp_path, database)


def test_a_bucket_that_went_away_is_no_clip_that_went_away(
    stored: s3.S3Blobs, object_storage: ObjectStorage, bucket: str
) -> None:
    for name in object_storage.names(bucket):
        object_storage.delete(bucket, name)
    with pytest.raises(StorageError, match="lost its files"):
        stored.size(LONG_NAME)
    object_storage.delete(bucket)
    with pytest.raises(StorageError) as caught:
        stored.check()
    assert caught.value.code == "storageBucket"


def test_a_storage_that_answers_503_is_asked_a_few_times(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database
) -> None:
    with before(object_storage) as storage:
        blobs = opened(object_storage.address(bucket, endpoint=storage.url), tmp_path, database)
        well = storage.handler
        put(blobs, LONG_NAME, b"a clip")
        storage.handler = lambda exchange: exchange.answer(503, b"<Error><Code>SlowDown</Code></Error>")
        before_it = len(storage.requests)
        with pytest.raises(StorageError) as caught:
            blobs.size(LONG_NAME)
        assert caught.value.code == "storageAway" and caught.value.next_step
        assert len(storage.requests) - before_it == 1 + s3_access.BACKGROUND.repeats
        temporary = blobs.temporary()
        temporary.write_bytes(b"another")
        with pytest.raises(StorageError):
            blobs.keep(temporary, "uploads/other.mp4")
        assert temporary.exists(), "whoever sent it may send it again, or it is tried again"
        with pytest.raises(StorageError):
            blobs.check()
        storage.handler = well
        blobs.check()
        assert blobs.size(LONG_NAME) == 6 and blobs.size("uploads/other.mp4") is None


def test_a_storage_that_says_nothing_is_left(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = timedelta(milliseconds=300)
    for name in ("BACKGROUND", "QUICK"):
        monkeypatch.setattr(s3, name, Limits(short, short, 1, short))
    with before(object_storage) as storage:
        storage.handler = Exchange.hang
        with pytest.raises(StorageError) as caught:
            opened(object_storage.address(bucket, endpoint=storage.url), tmp_path, database)
        assert caught.value.code == "storageAway"


def test_a_slow_storage_may_say_that_a_file_is_not_there(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not held to the short time that is for the question whether it answers."""
    short = timedelta(milliseconds=100)
    monkeypatch.setattr(s3, "QUICK", Limits(short, short, 0, short))
    with before(object_storage) as storage:
        blobs = opened(object_storage.address(bucket, endpoint=storage.url), tmp_path, database)
        well = storage.handler

        def answer_late(exchange: Exchange) -> None:
            exchange.stop.wait(0.4)
            well(exchange)

        storage.handler = answer_late
        assert blobs.size(LONG_NAME) is None


def test_an_answer_that_is_cut_is_noticed_by_its_length(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database
) -> None:
    """The library takes what comes, where the answer's own length was made to fit."""

    def cut(answer: Answer) -> None:
        answer.body = answer.body[:-1]

    with before(object_storage) as storage:
        blobs = opened(object_storage.address(bucket, endpoint=storage.url), tmp_path, database)
        put(blobs, LONG_NAME, LONG)
        storage.handler = lambda exchange: hand_on(object_storage, exchange, cut)
        for action in (lambda: content(blobs, LONG_NAME, 0, 100), lambda: blobs.fetch(LONG_NAME, tmp_path / "work")):
            with pytest.raises(StorageError) as caught:
                action()
            assert caught.value.code == "storageCut"
        assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize("ranged", ["", "Content-Range: bytes 0-9/10\r\n"])
def test_an_answer_without_an_end_fills_no_memory(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database, ranged: str
) -> None:
    sent = 0

    def answer_endlessly(exchange: Exchange) -> None:
        nonlocal sent
        status = f"HTTP/1.1 {206 if ranged else 200} Status\r\n{ranged}"
        exchange.send(f'{status}ETag: "x"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n'.encode())
        exchange.send(b"Content-Length: 500000000\r\n\r\n")
        with contextlib.suppress(OSError):
            for sent in range(1, 501):  # noqa: B007 - how much was taken
                exchange.send(bytes(1_000_000))

    with before(object_storage) as storage:
        blobs = opened(object_storage.address(bucket, endpoint=storage.url), tmp_path, database)
        storage.handler = answer_endlessly
        for action in (blobs.owner, lambda: content(blobs, LONG_NAME, 0, 10)):
            with pytest.raises(StorageError):
                action()
    assert sent < 100


def test_a_file_that_became_another_is_noticed_by_its_hash(
    stored: s3.S3Blobs, object_storage: ObjectStorage, bucket: str, tmp_path: Path
) -> None:
    source = tmp_path / "a.glb"
    source.write_bytes(b"an emote")
    name, _ = stored.add(source)
    object_storage.put(bucket, name, b"an EMOTE")
    with pytest.raises(BlobDamaged):
        stored.fetch(name, tmp_path / "work")
    put(stored, LONG_NAME, b"a clip")
    object_storage.put(bucket, LONG_NAME, b"a CLIP", sha256=hashlib.sha256(b"a clip").hexdigest())
    with pytest.raises(BlobDamaged):
        stored.fetch(LONG_NAME, tmp_path / "work")
    assert not list((tmp_path / "work").iterdir())


def test_clocks_that_differ_are_told_in_plain_words(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database
) -> None:
    body = b"<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large.</Message></Error>"
    with before(object_storage) as storage:
        blobs = opened(object_storage.address(bucket, endpoint=storage.url), tmp_path, database)
        storage.handler = lambda exchange: exchange.answer(403, b"" if exchange.method == "HEAD" else body)
        for action in (
            lambda: content(blobs, LONG_NAME),
            lambda: blobs.size(LONG_NAME),
            lambda: put(blobs, LONG_NAME, b"x"),
        ):
            with pytest.raises(StorageError) as caught:
                action()
            assert caught.value.code == "storageClock" and "clock" in caught.value.title.lower()
            assert "timedatectl" in caught.value.next_step
        storage.handler = lambda exchange: exchange.answer(403)
        with pytest.raises(StorageError) as caught:
            blobs.size(LONG_NAME)
        assert caught.value.code == "storageRefused"


@pytest.mark.quick
@pytest.mark.parametrize(
    "told",
    [
        "http://bucket/x",
        "s3://",
        "s3://Bucket",
        "s3://key:wJalrXUtnFEMI@bucket",
        "s3://bucket?secret_access_key=wJalrXUtnFEMI",
        "s3://bucket?endpoint=ftp://x",
        "s3://bucket?endpoint",
        "s3://bucket?style=x",
        "s3://bucket?endpoint=http://[",
        "s3://bucket?public=https://files.example;script-src",
    ],
)
def test_addresses_that_are_none(told: str) -> None:
    with pytest.raises(InputError) as caught:
        address.parse(told)
    said = str(caught.value.as_dict())
    assert caught.value.code == "badStorage" and "wJalr" not in said


@pytest.mark.quick
def test_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    found = address.parse(
        "s3://emotes/game/one/?endpoint=http://s3.inside:3900/&public=https://s3.example&region=garage"
    )
    assert found == address.StorageAddress(
        "emotes", "game/one", "http://s3.inside:3900", "https://s3.example", "garage"
    )
    assert address.parse("s3://emotes") == address.StorageAddress("emotes")


def test_keys_come_from_a_file_that_may_change(
    object_storage: ObjectStorage, bucket: str, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEYS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    told = object_storage.address(bucket)
    with pytest.raises(InputError, match="no keys"):
        opened(told, tmp_path, database)
    path = tmp_path / "keys"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    for text in (None, "", "aws_secret_access_key = wJalr", "[default]\naws_secret_access_key = wJalr\n"):
        if text is not None:
            path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="cannot be used") as caught:
            opened(told, tmp_path, database)
        assert "wJalr" not in str(caught.value.as_dict())
    path.write_text("[default]\naws_access_key_id = one\naws_secret_access_key = wJalr\n", encoding="utf-8")
    blobs = opened(told, tmp_path, database)
    put(blobs, LONG_NAME, b"a clip")
    link = blobs.link(LONG_NAME)
    assert link is not None and "X-Amz-Credential=one%2F" in urlsplit(link).query


def test_the_doctor_tries_the_storage(
    stored: s3.S3Blobs, object_storage: ObjectStorage, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: str) -> str:
        result = CliRunner().invoke(doctor, ["--home", str(tmp_path / "home"), *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    monkeypatch.setenv("KINETIX_LOCAL_STORAGE", object_storage.address(bucket))
    before_it = object_storage.names(bucket)
    assert said().splitlines()[-1] == "storage: sound" and object_storage.names(bucket) == before_it
    assert json.loads(said("--json"))["storage"] == {"ok": True}
    monkeypatch.setenv("KINETIX_LOCAL_STORAGE", object_storage.address("no-such-bucket"))
    found = json.loads(said("--json"))["storage"]
    assert found["ok"] is False and found["code"] == "storageBucket"
    assert "storage: The storage has no such bucket." in said()
