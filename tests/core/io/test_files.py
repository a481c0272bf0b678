"""The one way in which files are written: whole or not at all, following no link, on the disk before it is said to be."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.io import files
from kinetix_core.values.errors import KinetixError

pytestmark = pytest.mark.quick
posix = pytest.mark.posix_only(reason="mode bits and planted links are POSIX's")

Write = Callable[[Path, bytes], object]


def by_stream(path: Path, data: bytes) -> None:
    with files.writing(path) as file:
        file.write(data)


def by_path(path: Path, data: bytes) -> None:
    with files.placing(path) as temporary:
        temporary.write_bytes(data)


def by_copy(path: Path, data: bytes) -> None:
    source = path.parent / "source"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(data)
    files.copy(source, path, sha256=hashlib.sha256(data).hexdigest())
    source.unlink()


@pytest.fixture
def on_sync(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], None]], None]:
    """Return a function that replaces `os.fsync`, as no disk fills up or reports when it is written."""
    return lambda sync: monkeypatch.setattr(os, "fsync", sync)


WRITERS: list[Write] = [files.write, files.create, by_stream, by_path, by_copy]


@pytest.mark.parametrize("write", WRITERS)
def test_bytes_arrive_as_they_are_and_nothing_else_is_left(tmp_path: Path, write: Write) -> None:
    target = tmp_path / "a" / "b" / "Wave.glb"
    data = b"\n\r\n\x1a\x00" * 50_000
    write(target, data)
    assert target.read_bytes() == data
    assert [path.name for path in target.parent.iterdir()] == ["Wave.glb"]


def test_text_is_utf8_with_its_own_line_ends(tmp_path: Path) -> None:
    files.write(tmp_path / "a.txt", "ä\nb\r\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa4\nb\r\n"


@posix
def test_private_is_for_this_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        files.write(tmp_path / "p" / "secret", "x", private=True)
        files.write(tmp_path / "public", "x")
        files.open_log(tmp_path / "l" / "log").close()
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("p", "p/secret", "public", "l/log")}
    assert modes == {"p": 0o700, "p/secret": 0o600, "public": 0o644, "l/log": 0o600}


@posix
@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("kind", ["file", "dangling", "folder"])
def test_a_planted_link_is_not_followed(tmp_path: Path, write: Write, kind: str) -> None:
    precious = tmp_path / "precious"
    if kind == "file":
        precious.write_bytes(b"mine")
    elif kind == "folder":
        precious.mkdir()
    target = tmp_path / "project" / "Wave.glb"
    target.parent.mkdir()
    target.symlink_to(precious)
    write(target, b"new")
    if write is files.create:
        assert target.is_symlink()
    else:
        assert target.read_bytes() == b"new"
        assert not target.is_symlink()
    assert precious.exists() is (kind != "dangling")
    assert kind != "file" or precious.read_bytes() == b"mine"
    assert kind != "folder" or not any(precious.iterdir())


@posix
def test_a_link_in_place_of_a_log_or_a_new_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError):
        files.open_log(tmp_path / "log")
    with pytest.raises(FileExistsError):
        files.open_new(tmp_path / "log")
    assert not (tmp_path / "precious").exists()


@pytest.mark.parametrize("write", WRITERS)
def test_a_full_disk_leaves_what_was_there_and_names_the_file(
    tmp_path: Path, write: Write, on_sync: Callable[[Callable[[int], None]], None]
) -> None:
    target = tmp_path / "targets.json"
    if write is not files.create:
        target.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    on_sync(full)
    with pytest.raises(OSError, match="full"):
        write(target, b"new")
    assert not target.exists() if write is files.create else target.read_bytes() == b"old"
    assert not [path for path in tmp_path.iterdir() if files.is_temporary(path.name)]


def _left(folder: Path, number: int = 0, data: bytes = b"half of") -> Path:
    """Return the files that a killed writer leaves."""
    path = folder / f".kinetix-{number:016x}.tmp"
    path.write_bytes(data)
    return path


def test_a_sweep_takes_what_a_killed_writer_left_and_nothing_else(tmp_path: Path) -> None:
    others = [tmp_path / name for name in ("a.tmp", ".part", ".kinetix-0.tmp", ".Wave.glb.tmp", "emote.json")]
    for path in others:
        path.write_bytes(b"somebody's")
    (tmp_path / f".kinetix-{1:016x}.tmp").mkdir()
    left = [_left(tmp_path, 2), _left(tmp_path, 3)]
    assert files.sweep(tmp_path) == len(left) and files.sweep(tmp_path / "none") == 0
    assert not any(path.exists() for path in left) and all(path.read_bytes() == b"somebody's" for path in others)


@pytest.mark.parametrize("opened", [files.writing, pytest.param(files.placing, marks=posix)])
def test_a_sweep_leaves_what_is_being_written(tmp_path: Path, opened: Callable[..., Any]) -> None:
    target = tmp_path / "a"
    with opened(target) as place:
        if isinstance(place, Path):
            place.write_bytes(b"new")
        else:
            place.write(b"new")
            place.flush()
        files.sweep(tmp_path)
    assert target.read_bytes() == b"new"


@posix
def test_a_sweep_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    link = tmp_path / f".kinetix-{1:016x}.tmp"
    link.symlink_to(tmp_path / "precious")
    assert files.sweep(tmp_path) == 0 and (tmp_path / "precious").read_bytes() == b"mine"


@posix
def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    import resource

    target = tmp_path / "out.glb"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))  # no file can be opened
    try:
        with pytest.raises(OSError) as caught:
            files.write(target, b"new", durable=False)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert caught.value.errno == errno.EMFILE and caught.value.filename == str(target)


def test_an_exception_in_the_block_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a"
    files.write(target, b"old")
    for replace in (files.writing, files.placing):
        with pytest.raises(RuntimeError), replace(target):
            raise RuntimeError
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_copy_of_other_contents_than_expected_gets_no_name(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"other")
    files.write(tmp_path / "target", b"old")
    with pytest.raises(KinetixError) as caught:
        files.copy(tmp_path / "source", tmp_path / "target", sha256=hashlib.sha256(b"what was hashed").hexdigest())
    assert caught.value.code == "contentsDiffer"
    assert (tmp_path / "target").read_bytes() == b"old"


def test_of_many_who_create_the_same_file_one_wins(tmp_path: Path) -> None:
    won: list[int] = []
    start = threading.Barrier(8)

    def create(number: int) -> None:
        start.wait()
        if files.create(tmp_path / "secret", str(number)):
            won.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(tmp_path / "secret").read_text()] == [str(number) for number in won]


@posix
def test_create_works_on_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no hard links")

    monkeypatch.setattr(os, "link", cannot)
    assert files.create(tmp_path / "a", b"1")
    assert not files.create(tmp_path / "a", b"2")
    assert (tmp_path / "a").read_bytes() == b"1"


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS syncs by another call")
@pytest.mark.parametrize("write", WRITERS)
def test_contents_reach_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, write: Write, on_sync: Callable[[Callable[[int], None]], None]
) -> None:
    target = tmp_path / "new" / "file"
    steps: list[str] = []
    sync = os.fsync

    def record(handle: int) -> None:
        status = os.fstat(handle)
        what = "folder" if stat.S_ISDIR(status.st_mode) else f"{status.st_size} bytes"
        steps.append(f"{what}, {'named' if os.path.lexists(target) else 'unnamed'}")
        sync(handle)

    on_sync(record)
    write(target, b"new")
    above = "folder, unnamed"  # the folder above the new one
    assert [step for step in steps if step != above] == ["3 bytes, unnamed", "folder, named"]
    assert write is by_copy or steps[0] == above


@pytest.mark.parametrize("write", [files.write, files.create])
def test_what_need_not_be_durable_waits_for_no_disk(
    tmp_path: Path, write: Callable[..., object], on_sync: Callable[[Callable[[int], None]], None]
) -> None:
    on_sync(lambda handle: pytest.fail("synced"))
    write(tmp_path / "new" / "file", b"new", durable=False)
    assert (tmp_path / "new" / "file").read_bytes() == b"new"
