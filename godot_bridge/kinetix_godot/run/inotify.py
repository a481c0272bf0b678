"""Linux file events on the reader's thread.

Watchdog delays moves by half a second, and hides lost events and folders that get no watch.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
import sys
from pathlib import Path

CLOSE_WRITE, MOVED_FROM, MOVED_TO = 0x8, 0x40, 0x80
CREATE, DELETE, DELETE_SELF, MOVE_SELF = 0x100, 0x200, 0x400, 0x800
UNMOUNT, LOST, IGNORED, IS_FOLDER = 0x2000, 0x4000, 0x8000, 0x4000_0000
GONE = DELETE_SELF | MOVE_SELF | UNMOUNT
_WANTED = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | DELETE_SELF | MOVE_SELF
_HEAD = struct.Struct("iIII")
_DOT = ord(".")
_BUFFER = 65536
_NAMES = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()


class Inotify:
    """A kernel queue. Raise OSError with EMFILE at the limit of queues, with ENOSPC at that of watches."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._handle = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._folders: dict[int, str] = {}

    def fileno(self) -> int:
        return int(self._handle)

    def add(self, path: str, folder: str) -> None:
        """Watch `path`; its events carry `folder`. Ignore a missing path."""
        watch = self._library.inotify_add_watch(self._handle, os.fsencode(path), _WANTED)
        if watch >= 0:
            self._folders[watch] = folder
        elif (code := ctypes.get_errno()) not in {errno.ENOENT, errno.ENOTDIR}:
            raise OSError(code, os.strerror(code), path)

    def read(self) -> list[tuple[str, str, int]]:
        """Return the events since the last call: (folder, name, mask), without hidden files."""
        found: list[tuple[str, str, int]] = []
        while True:
            try:
                data = os.read(self._handle, _BUFFER)
            except BlockingIOError:
                return found
            place = 0
            while place < len(data):
                watch, mask, _, length = _HEAD.unpack_from(data, place)
                name = place + _HEAD.size
                place = name + length
                if mask & LOST:
                    found.append(("", "", LOST))
                elif mask & IGNORED:
                    self._folders.pop(watch, None)
                elif (not length or data[name] != _DOT) and (folder := self._folders.get(watch)) is not None:
                    found.append((folder, data[name:place].rstrip(b"\0").decode(*_NAMES), mask))
            if len(data) < _BUFFER // 2:
                return found

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


class InotifyTree:
    """Events below one folder. Raise OSError as Inotify does.

    Attributes:
        gone: the folder is missing or replaced.
    """

    due = None

    def __init__(self, root: Path, queue: Inotify | None = None) -> None:
        self.gone = False
        self._root, self._queue = root, queue or Inotify()
        try:
            self._add("")
        except OSError:
            self.close()
            raise

    def fileno(self) -> int:
        return self._queue.fileno()

    def _add(self, folder: str) -> list[str]:
        """Watch `folder` and its subfolders, and return the files that are there already."""
        found: list[str] = []
        waiting = [folder]
        for below in waiting:
            path = f"{self._root}/{below}" if below else str(self._root)
            self._queue.add(path, below)
            with contextlib.suppress(OSError), os.scandir(path) as entries:
                for entry in entries:
                    relative = f"{below}/{entry.name}" if below else entry.name
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(relative)
                    else:
                        found.append(relative)
        return found

    def changes(self) -> tuple[list[str], list[str], bool]:
        """See Watcher.changes. Raise OSError for a new folder that gets no watch."""
        written: dict[str, None] = {}
        missing: dict[str, None] = {}
        everything = False
        for folder, name, mask in self._queue.read():
            if mask & LOST:
                everything = True
            elif mask & GONE and not folder:
                self.gone = everything = True
            elif name:
                path = f"{folder}/{name}" if folder else name
                if mask & IS_FOLDER:
                    if mask & (CREATE | MOVED_TO):
                        written.update(dict.fromkeys(self._add(path)))
                    elif mask & (DELETE | MOVED_FROM):
                        everything = True
                elif mask & (CLOSE_WRITE | MOVED_TO):
                    missing.pop(path, None)
                    written[path] = None
                elif mask & (DELETE | MOVED_FROM):
                    written.pop(path, None)
                    missing[path] = None
        return list(written), list(missing), everything

    def close(self) -> None:
        self._queue.close()
