"""File events of Windows and macOS, through watchdog.

Both systems report resolved paths and may drop events in a burst. Windows reports neither that a deleted path was a folder nor that
the watched folder was renamed.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

# Watchdog on Windows delivers events after a quiet period, by default a second.
_QUIET_S = 0.02
_CHECK_S = 1.0  # between two checks of the watched folder's identity
_MANY = 256  # events at once; more may be lost


def system_observer() -> BaseObserver:
    """Return the system's observer, not started."""
    return Observer(timeout=_QUIET_S)


def identity_of(folder: Path) -> tuple[int, int] | None:
    """Return the device and inode of a folder, None if it is missing."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class ObservedTree(FileSystemEventHandler):
    """Events below one folder. `fileno()` is readable when `changes()` returns something.

    Args:
        observer: source of events, not started.
        respells: names beyond ASCII may be reported in another normalisation than listed.
        check_s: seconds between two checks of the folder's identity.

    Attributes:
        gone: the folder is missing or replaced.
        due: time of the next `changes` without events, by `time.monotonic()`.
    """

    def __init__(
        self,
        root: Path,
        observer: BaseObserver | None = None,
        *,
        respells: bool = sys.platform == "darwin",
        check_s: float = _CHECK_S,
    ) -> None:
        self.gone = False
        self._respells, self._check_s = respells, check_s
        self._root, self._identity = root, identity_of(root)
        self._real = os.path.realpath(root)
        self._lock = threading.Lock()
        self._there: dict[str, None] = {}
        self._left: dict[str, None] = {}
        self._everything = False
        self._folders: set[str] = set()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._observer = observer or system_observer()
        self._observer.schedule(self, self._real, recursive=True)
        self._observer.start()
        known = {self._below(folder) for folder, _, _ in os.walk(self._real)}  # after the start: none is missed
        with self._lock:
            self._folders |= known
        self.due = time.monotonic() + check_s

    def fileno(self) -> int:
        return self._reader.fileno()

    def on_any_event(self, event: FileSystemEvent) -> None:
        source = self._below(event.src_path)
        target = self._below(event.dest_path) if event.dest_path else source
        with self._lock:
            if event.event_type in {"deleted", "moved"}:
                self._is_gone(source, event.is_directory)
            if event.event_type in {"created", "modified", "closed", "moved"}:
                self._is_there(target, event)
        with contextlib.suppress(OSError):
            self._writer.send(b"!")

    def _is_gone(self, path: str, is_folder: bool) -> None:
        if path == ".":
            self.gone = self._everything = True
        elif is_folder or path in self._folders:  # Windows reports a folder as a file
            self._folders.discard(path)
            self._everything = True
        elif self._respells and not path.isascii():
            self._everything = True
        else:
            self._there.pop(path, None)
            self._left[path] = None

    def _is_there(self, path: str, event: FileSystemEvent) -> None:
        if event.is_directory:
            if event.event_type in {"created", "moved"}:
                self._folders.add(path)
                self._everything = True
        elif self._respells and not path.isascii():
            self._everything = True
        else:
            self._left.pop(path, None)
            self._there[path] = None

    def _below(self, path: bytes | str) -> str:
        return os.path.relpath(os.fsdecode(path), self._real).replace(os.sep, "/")

    def changes(self) -> tuple[list[str], list[str], bool]:
        """See Watcher.changes."""
        with contextlib.suppress(OSError):
            self._reader.recv(65536)
        if time.monotonic() >= self.due:
            self.gone = self.gone or identity_of(self._root) != self._identity
            self.due = time.monotonic() + self._check_s
        with self._lock:
            there, left = list(self._there), list(self._left)
            everything = self._everything or self.gone or len(there) + len(left) >= _MANY
            self._there, self._left, self._everything = {}, {}, False
        return there, left, everything

    def close(self) -> None:
        self._observer.stop()
        self._observer.join(2)
        self._reader.close()
        self._writer.close()
