"""Links in a project, on every system.

Where a program may make none, as with Windows' Python under Wine or without the right on Windows itself, a stand-in is played: a copy
of what the link would lead to, of which `os.lstat` says what it says of a junction. Whoever follows it changes the copy.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kinetix_core.io.project_files import is_link

__all__ = ["Links"]

# What a `stat_result` takes by its order; the rest by its name.
_BY_ORDER = {"st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size"}


@dataclass
class Links:
    """Create links, or what stands for them.

    Args:
        patch: has `os` tell of the stand-ins.
    """

    patch: pytest.MonkeyPatch
    _played: dict[str, tuple[int, Path]] = field(default_factory=dict)  # place → (inode, what it leads to)

    def make(self, link: Path, target: Path) -> None:
        """A link at `link`, where nothing is, that leads to `target`, which need not be there."""
        try:
            link.symlink_to(target, target_is_directory=target.is_dir())
        except OSError:
            if os.name != "nt":
                raise
        if not os.path.lexists(link):  # refused, or as Wine has it: accepted and not done
            self._play(link, target)

    def remove(self, link: Path) -> None:
        """Take a link away, not what it leads to."""
        place = _place(link)
        if place not in self._played:
            link.unlink()
            return
        del self._played[place]
        if link.is_dir():
            shutil.rmtree(link)
        else:
            link.unlink()

    def followed(self) -> list[str]:
        """The stand-ins that are no more what they were: somebody wrote through them."""
        return [
            place
            for place, (inode, target) in self._played.items()
            if self._is_there(place, inode) and _contents(Path(place)) != _contents(target)
        ]

    def _play(self, link: Path, target: Path) -> None:
        if target.is_file():
            shutil.copyfile(target, link)
        elif target.is_dir():
            shutil.copytree(target, link)
        else:
            link.mkdir()  # a junction may lead nowhere
        if not self._played:
            self._patch()
        self._played[_place(link)] = os.lstat(link).st_ino, target
        assert is_link(os.lstat(link))

    def _is_there(self, place: str, inode: int) -> bool:
        try:
            return os.stat(place).st_ino == inode  # noqa: PTH116 - a file that was put in its place has another
        except OSError:
            return False

    def _patch(self) -> None:
        real = os.stat

        def told(path: str | Path, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> os.stat_result:
            status = real(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
            if follow_symlinks or isinstance(path, int):
                return status
            inode, _ = self._played.get(_place(path), (-1, path))
            return _as_junction(status) if inode == status.st_ino else status

        def lstat(path: str | Path, *, dir_fd: int | None = None) -> os.stat_result:
            return told(path, dir_fd=dir_fd, follow_symlinks=False)

        self.patch.setattr(os, "stat", told)
        self.patch.setattr(os, "lstat", lstat)


def _place(path: str | Path) -> str:
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100 - asks no file system, unlike `resolve`


def _as_junction(status: os.stat_result) -> os.stat_result:
    """The same with the tag by which Windows tells where a path leads elsewhere."""
    tag = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT")  # noqa: B009 - no system but Windows has it
    named = {name: getattr(status, name) for name in dir(status) if name.startswith("st_") and name not in _BY_ORDER}
    return os.stat_result(tuple(status), {**named, "st_reparse_tag": tag})


def _contents(path: Path) -> dict[str, bytes]:
    """Return the files below a folder with their contents."""
    if path.is_file():
        return {"": path.read_bytes()}
    return {
        below.relative_to(path).as_posix(): b"" if below.is_dir() else below.read_bytes() for below in path.rglob("*")
    }
