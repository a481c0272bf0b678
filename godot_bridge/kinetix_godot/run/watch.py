"""Says which files of a folder may have changed. Kernel events where there are some, else polling, and it says which."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from enum import StrEnum
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from kinetix_godot.run import inotify

__all__ = ["WatchMode", "Watcher"]

_POLL_S = 1.0
# File systems whose changes by another machine give no event here (statfs magic numbers would need a C call; the names do).
_REMOTE = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "fuse.sshfs",
    "vboxsf",
    "afs",
    "ncpfs",
    "virtiofs",
    "fuse.rclone",
}


def file_system(path: Path) -> str:
    """The type of the file system below `path`, "" where it is not known."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        left, _, right = line.partition(" - ")
        place = left.split(" ")[4].replace("\\040", " ")
        if len(place) >= len(best) and (str(path) == place or str(path).startswith(place.rstrip("/") + "/")):
            best, kind = place, right.split(" ")[0]
    return kind


class WatchMode(StrEnum):
    """How changes are noticed."""

    EVENTS = "events"
    POLLING = "polling"


class Watcher:
    """Collects the changed files of one folder tree.

    `fileno()` is readable when something may have happened; `changes()` then says what: paths below the root, and whether all must be
    looked at because events were lost. `mode` is how they are noticed, `reason` says why it polls, `poll_s` how often then.
    """

    def __init__(self, root: Path, *, force_polling: bool = False) -> None:
        self.root = root
        self.mode, self.reason, self.poll_s = WatchMode.POLLING, "", 0.0
        self.gone = False
        self._inotify: inotify.Inotify | None = None
        self._observer: object | None = None
        self._queue: _Queue | None = None
        self._next_poll = 0.0
        if force_polling:
            self._poll("polling was asked for")
        elif (kind := file_system(root)) in _REMOTE:
            self._poll(f"the folder is on a network drive ({kind}), which sends no events")
        else:
            self._listen()

    def _listen(self) -> None:
        try:
            if inotify.is_supported():
                self._inotify = inotify.Inotify()
                self._add_tree("")
            else:
                self._queue = _Queue(self.root)
                observer = Observer()
                observer.schedule(self._queue, str(self.root), recursive=True)
                observer.start()
                self._observer = observer
            self.mode = WatchMode.EVENTS
        except OSError as error:
            self.close()
            self._poll(
                f"the system gives no more file events ({error.strerror}); raise fs.inotify.max_user_watches to get them back"
            )

    def _poll(self, reason: str) -> None:
        self.mode, self.reason, self.poll_s = WatchMode.POLLING, reason, _POLL_S

    def _add_tree(self, folder: str) -> list[str]:
        """Watches `folder` and those below; returns the GLBs that are already there, whose events nobody saw."""
        assert self._inotify
        found: list[str] = []
        waiting = [folder]
        for below in waiting:
            path = f"{self.root}/{below}" if below else str(self.root)
            self._inotify.add(path, below)
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

    def fileno(self) -> int | None:
        if self._inotify:
            return self._inotify.fileno()
        return self._queue.fileno() if self._queue else None

    def changes(self) -> tuple[list[str], list[str], bool]:
        """Files that are complete or were moved in; files that are gone; whether everything must be compared."""
        if self._queue:
            return self._queue.take()
        if not self._inotify:
            due = time.monotonic() >= self._next_poll
            if due:
                self._next_poll = time.monotonic() + self.poll_s
            return [], [], due
        there: dict[str, None] = {}
        gone: dict[str, None] = {}
        everything = False
        try:
            for folder, name, mask in self._inotify.read():
                if mask & inotify.LOST:
                    everything = True
                elif mask & inotify.GONE and not folder:
                    self.gone = everything = True
                elif name:
                    path = f"{folder}/{name}" if folder else name
                    if mask & inotify.IS_FOLDER:
                        if mask & (inotify.CREATE | inotify.MOVED_TO):
                            there.update(dict.fromkeys(self._add_tree(path)))
                        elif mask & (inotify.DELETE | inotify.MOVED_FROM):
                            everything = True
                    elif mask & (inotify.CLOSE_WRITE | inotify.MOVED_TO):
                        gone.pop(path, None)
                        there[path] = None
                    elif mask & (inotify.DELETE | inotify.MOVED_FROM):
                        there.pop(path, None)
                        gone[path] = None
        except OSError as error:  # a new folder, and no watch left for it
            self.close()
            self._poll(
                f"the system gives no more file events ({error.strerror}); raise fs.inotify.max_user_watches to get them back"
            )
            everything = True
        return list(there), list(gone), everything

    def close(self) -> None:
        if self._inotify:
            self._inotify.close()
            self._inotify = None
        if self._observer is not None:
            observer, self._observer = self._observer, None
            observer.stop()  # type: ignore[attr-defined]
            observer.join(2)  # type: ignore[attr-defined]
        if self._queue:
            self._queue.close()
            self._queue = None


class _Queue(FileSystemEventHandler):
    """Hands watchdog's events, which come on its thread, to the loop. A socket pair wakes the loop on Windows as well."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._lock = threading.Lock()
        self._there: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._everything = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)

    def fileno(self) -> int:
        return self._reader.fileno()

    def on_any_event(self, event: FileSystemEvent) -> None:
        source, target = (
            os.path.relpath(os.fsdecode(path), self._root).replace(os.sep, "/")
            for path in (event.src_path, event.dest_path or event.src_path)
        )
        with self._lock:
            if event.is_directory:
                self._everything = self._everything or event.event_type in {"created", "moved", "deleted"}
            elif event.event_type in {"deleted", "moved"}:
                self._there.pop(source, None)
                self._gone[source] = None
            if not event.is_directory and event.event_type in {"created", "modified", "closed", "moved"}:
                self._gone.pop(target, None)
                self._there[target] = None
        with contextlib.suppress(OSError):
            self._writer.send(b"!")

    def take(self) -> tuple[list[str], list[str], bool]:
        with contextlib.suppress(OSError):
            self._reader.recv(65536)
        with self._lock:
            found = list(self._there), list(self._gone), self._everything
            self._there, self._gone, self._everything = {}, {}, False
        return found

    def close(self) -> None:
        self._reader.close()
        self._writer.close()
