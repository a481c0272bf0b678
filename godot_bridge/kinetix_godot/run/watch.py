"""Watch a folder for changed files, by kernel events or polling."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from watchdog.observers.api import BaseObserver

from kinetix_core.protocol.hub.enumerations import WatchMode
from kinetix_godot.run import inotify
from kinetix_godot.run.observed import ObservedTree, identity_of, system_observer

_POLL_S = 1.0
# File systems without events for changes by another machine.
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

# The exhausted limit by error number.
_LIMITS = {
    errno.ENOSPC: "fs.inotify.max_user_watches",
    errno.EMFILE: "fs.inotify.max_user_instances, or the hub's limit of open files",
}


def file_system(path: Path) -> str:
    """Return the type of the file system at `path`, "" if unknown."""
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


class Watcher:
    """Watcher of one folder tree. `fileno()` is readable when `changes()` may return something.

    Args:
        observer: source of events on systems other than Linux.

    Attributes:
        mode, reason: mode of watching, and the reason for polling.
        gone: the folder is missing or replaced; the watcher is of no use.
    """

    def __init__(
        self, root: Path, *, force_polling: bool = False, observer: Callable[[], BaseObserver] | None = None
    ) -> None:
        self.root = root
        self.mode, self.reason = WatchMode.POLLING, ""
        self.gone = False
        self._identity = identity_of(root)
        self._new_observer = observer or system_observer
        self._inotify: inotify.Inotify | None = None
        self._observed: ObservedTree | None = None
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
                self._observed = ObservedTree(self.root, self._new_observer())
            self.mode = WatchMode.EVENTS
        except OSError as error:
            self._poll_instead(error)

    def _poll_instead(self, error: OSError) -> None:
        limit = _LIMITS.get(error.errno or 0) if inotify.is_supported() else None
        cure = f"; raise {limit}, then restart the hub to get them back" if limit else ""
        self.close()
        self._poll(f"the system gives no more file events ({error.strerror}){cure}")

    def _poll(self, reason: str) -> None:
        self.mode, self.reason = WatchMode.POLLING, reason

    def _add_tree(self, folder: str) -> list[str]:
        """Watch `folder` and its subfolders, and return the files that are there already."""
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
        return self._observed.fileno() if self._observed else None

    @property
    def due(self) -> float | None:
        """Time of the next `changes` without events, by `time.monotonic()`."""
        if self._observed:
            return self._observed.due
        return None if self._inotify else self._next_poll

    def look(self) -> None:
        """Check the folder's identity, as no event reports a renamed parent."""
        self.gone = self.gone or identity_of(self.root) != self._identity

    def changes(self) -> tuple[list[str], list[str], bool]:
        """Return complete files, missing files, and whether everything must be compared."""
        if self._observed:
            found = self._observed.changes()
            self.gone = self._observed.gone
            return found
        if not self._inotify:
            due = time.monotonic() >= self._next_poll
            if due:
                self._next_poll = time.monotonic() + _POLL_S
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
            self._poll_instead(error)
            everything = True
        return list(there), list(gone), everything

    def close(self) -> None:
        if self._inotify:
            self._inotify.close()
            self._inotify = None
        if self._observed:
            self._observed.close()
            self._observed = None
