"""Watch a folder for changed files, by kernel events or polling."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kinetix_core.protocol.hub.enumerations import WatchMode
from kinetix_godot.run.inotify import InotifyTree
from kinetix_godot.run.observed import ObservedTree, identity_of

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

# The exhausted limit of Linux by error number.
_LIMITS = {
    errno.ENOSPC: "fs.inotify.max_user_watches",
    errno.EMFILE: "fs.inotify.max_user_instances, or the hub's limit of open files",
}


class Tree(Protocol):
    """File events below one folder. `fileno()` is readable when `changes()` may return something.

    Attributes:
        gone: the folder is missing or replaced.
        due: time of the next `changes` without events, by `time.monotonic()`.
    """

    gone: bool

    @property
    def due(self) -> float | None: ...

    def fileno(self) -> int: ...

    def changes(self) -> tuple[list[str], list[str], bool]: ...

    def close(self) -> None: ...


def system_tree(root: Path) -> Tree:
    """Return this system's events below a folder. Raise OSError if it gives no more."""
    return InotifyTree(root) if sys.platform == "linux" else ObservedTree(root)


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
    """Watcher of one folder tree, by events or polling.

    Args:
        tree: opens the events; raises OSError if the system gives no more.
        kind: returns the type of the folder's file system.
        poll_s: seconds between two comparisons without events.

    Attributes:
        mode, reason: mode of watching, and the reason for polling.
        gone: the folder is missing or replaced; the watcher is of no use.
    """

    def __init__(
        self,
        root: Path,
        tree: Callable[[Path], Tree] = system_tree,
        kind: Callable[[Path], str] = file_system,
        poll_s: float = 1.0,
    ) -> None:
        self.root = root
        self.mode, self.reason = WatchMode.POLLING, ""
        self.gone = False
        self._identity = identity_of(root)
        self._tree: Tree | None = None
        self._poll_s, self._next_poll = poll_s, 0.0
        if (remote := kind(root)) in _REMOTE:
            self.reason = f"the folder is on a network drive ({remote}), which sends no events"
            return
        try:
            self._tree = tree(root)
            self.mode = WatchMode.EVENTS
        except OSError as error:
            self._poll_instead(error)

    def _poll_instead(self, error: OSError) -> None:
        limit = _LIMITS.get(error.errno or 0) if sys.platform == "linux" else None
        cure = f"; raise {limit}, then restart the hub to get them back" if limit else ""
        self.close()
        self.mode = WatchMode.POLLING
        self.reason = f"the system gives no more file events ({error.strerror}){cure}"

    def fileno(self) -> int | None:
        """Return the number of a file that is readable when there are events, None while polling."""
        return self._tree.fileno() if self._tree else None

    @property
    def due(self) -> float | None:
        """Time of the next `changes` without events, by `time.monotonic()`."""
        return self._tree.due if self._tree else self._next_poll

    def check_folder(self) -> None:
        """Check the folder's identity, as no event reports a renamed parent."""
        self.gone = self.gone or identity_of(self.root) != self._identity

    def changes(self) -> tuple[list[str], list[str], bool]:
        """Return complete files, missing files, and whether everything must be compared."""
        if self._tree is None:
            is_due = time.monotonic() >= self._next_poll
            if is_due:
                self._next_poll = time.monotonic() + self._poll_s
            return [], [], is_due
        try:
            found = self._tree.changes()
        except OSError as error:  # no watch is left for a new folder
            self._poll_instead(error)
            return [], [], True
        self.gone = self.gone or self._tree.gone
        return found

    def close(self) -> None:
        if self._tree:
            self._tree.close()
            self._tree = None
