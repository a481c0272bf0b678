"""Linux file events on the reader's thread.

Watchdog delays moves by half a second, and hides lost events and folders that get no watch.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

CLOSE_WRITE, MOVED_FROM, MOVED_TO = 0x8, 0x40, 0x80
CREATE, DELETE, DELETE_SELF, MOVE_SELF = 0x100, 0x200, 0x400, 0x800
UNMOUNT, LOST, IGNORED, IS_FOLDER = 0x2000, 0x4000, 0x8000, 0x4000_0000
GONE = DELETE_SELF | MOVE_SELF | UNMOUNT
_WANTED = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | DELETE_SELF | MOVE_SELF
_HEAD = struct.Struct("iIII")
_DOT = ord(".")
_BUFFER = 65536
_NAMES = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()


def is_supported() -> bool:
    return sys.platform == "linux"


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
