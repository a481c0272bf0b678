"""Pieces of a clip from the upload page, in a folder and in object storage: each may come to another service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kinetix_local.store.blobs import FolderBlobs, opening
from kinetix_local.store.sql.database import Database
from kinetix_local.web.clips import Clips, open_clips
from kinetix_local.web.errors import PageError
from tests.support.services.object_storage import KEYS, ObjectStorage, object_storage

__all__ = ["object_storage"]
pytestmark = pytest.mark.xdist_group("object-storage")

ONE, OTHER = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
Opened = Callable[[], Clips]


@pytest.fixture(params=["folder", "s3"])
def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """The clips as one more service sees them."""
    database = Database(f"sqlite:///{tmp_path / 'local.db'}")
    number = iter(range(9))
    if request.param == "folder":
        yield lambda: open_clips(FolderBlobs(tmp_path / "files"), 100)
    else:
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        storage: ObjectStorage = request.getfixturevalue("object_storage")
        told = storage.address(storage.bucket())
        yield lambda: open_clips(opening.open_blobs(told, tmp_path / str(next(number)), "", database), 100)
    database.close()


def whole(clips: Clips, token: str) -> tuple[str, bytes] | None:
    with clips.taken(token) as file:
        return None if file is None or file.path is None else (file.filename, file.path.read_bytes())


def refusal(clips: Clips, *piece: object) -> tuple[int, object]:
    with pytest.raises(PageError) as caught:
        clips.add(*piece)  # type: ignore[arg-type]
    return caught.value.status, caught.value.body.get("received")


def test_pieces_of_one_clip_come_to_two_services(service: Opened) -> None:
    first, second = service(), service()
    assert first.received(ONE) == 0 and whole(first, ONE) is None
    assert first.add(ONE, "Dance.MOV", 0, 6, b"a ") == 2
    assert second.received(ONE) == 2
    assert second.add(ONE, "Dance.MOV", 2, 6, b"clip") == 6
    assert refusal(first, ONE, "Dance.MOV", 2, 6, b"clip") == (409, 6), "it came, but its answer was lost"
    assert whole(first, ONE) == ("clip.mov", b"a clip")
    assert whole(second, ONE) == ("clip.mov", b"a clip"), "it stays until it is forgotten"
    assert first.add(OTHER, "x", 0, 1, b"y") == 1
    second.forget(ONE)
    assert whole(first, ONE) is None and whole(first, OTHER) == ("clip.mp4", b"y")


def test_a_clip_may_become_a_process_while_another_request_looks_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the player asks how far it is, and that of another player begins to send."""
    clips, listed = open_clips(FolderBlobs(tmp_path / "files"), 100), Path.glob

    def glob_then_go(folder: Path, pattern: str) -> Iterator[Path]:
        found = list(listed(folder, pattern))
        for path in found:
            path.unlink()
        return iter(found)

    clips.add(ONE, "a.mp4", 0, 2, b"ab")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "glob", glob_then_go)
        assert clips.received(ONE) == 0
    clips.add(ONE, "a.mp4", 0, 2, b"ab")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "glob", glob_then_go)
        assert clips.add(OTHER, "x.mp4", 0, 1, b"y") == 1


def test_a_clip_begins_anew_and_takes_no_piece_that_does_not_follow(service: Opened) -> None:
    clips = service()
    assert refusal(clips, ONE, "a.mp4", 3, 9, b"x") == (409, 0)
    assert clips.add(ONE, "a.mp4", 0, 9, b"abc") == 3
    assert refusal(clips, ONE, "a.mp4", 5, 9, b"x") == (409, 3)
    assert refusal(clips, ONE, "a.mp4", 3, 4, b"xy")[0] == 400
    assert refusal(clips, ONE, "a.mp4", 0, 101, b"x")[0] == 413
    assert clips.add(ONE, "b.webm", 0, 9, b"new") == 3
    assert whole(clips, ONE) == ("clip.webm", b"new")


class FullBlobs(FolderBlobs):
    def free_bytes(self) -> int:
        return 1000


def test_no_piece_is_taken_while_the_disk_is_full(tmp_path: Path) -> None:
    open_clips(FolderBlobs(tmp_path), 100).add(ONE, "a.mp4", 0, 9, b"abc")
    clips = open_clips(FullBlobs(tmp_path), 100)
    assert refusal(clips, ONE, "a.mp4", 3, 9, b"x")[0] == 507
    assert refusal(clips, ONE, "a.mp4", 0, 9, b"x")[0] == 507
    assert clips.received(ONE) == 3
