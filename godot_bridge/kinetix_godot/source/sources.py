"""Where emotes come from: the hub's library, a folder that an artist exports to, and what was sent by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from kinetix_core.hub_protocol.enumerations import LibraryChange
from kinetix_godot.preset import Preset
from kinetix_godot.snapshot import Hint, read_hint, walk
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.source_file import SourceFile

__all__ = ["FolderSource", "LibrarySource", "Source"]


class Source(Protocol):
    """One origin of emotes."""

    root: Path | None

    def scan(self) -> Iterator[tuple[str, str, Hint]]:
        """Key, wanted path and hint of every emote with a readable file. Raises OSError when the origin as a whole is not there."""
        ...

    def find(self, key: str) -> SourceFile | None: ...

    def owns(self, key: str) -> bool: ...

    def use(self, preset: Preset) -> None:
        """Follows other settings from now on."""
        ...

    def unavailable(self, key: str) -> bool:
        """True when the emote exists but its file cannot be read just now: nothing is concluded from that."""
        ...


class FolderSource:
    """GLB files below a folder; the key is the path."""

    def __init__(self, root: Path, preset: Preset, prefix: str = "path:") -> None:
        self.root: Path | None = root
        self._place, self._prefix = str(root), prefix
        self.use(preset)

    def use(self, preset: Preset) -> None:
        self._preset = preset
        self._plain = preset.include == ("*.glb",) and not preset.exclude

    def key(self, path: str) -> str | None:
        """The key of a path below the root; None when the preset leaves it out."""
        if path[-4:].lower() != ".glb" or path.startswith(".") or "/." in path:
            return None
        if not self._plain and not self._preset.selects(path):
            return None
        return self._prefix + path

    def scan(self) -> Iterator[tuple[str, str, Hint]]:
        files, _ = walk(Path(self._place))
        for path, hint in files.items():
            if key := self._prefix + path if self._plain else self.key(path):
                yield key, path[:-4], hint

    def find(self, key: str) -> SourceFile | None:
        path = key[len(self._prefix) :]
        place = f"{self._place}/{path}"
        hint = read_hint(place)
        return SourceFile(key, place, path[:-4], hint) if hint else None

    def owns(self, key: str) -> bool:
        return key.startswith(self._prefix)

    def unavailable(self, key: str) -> bool:
        return False


class LibrarySource:
    """The emotes of the hub. It tells us about changes, from its own threads, so nothing is watched."""

    def __init__(self, emotes: Callable[[], Sequence[LibraryEmote]], preset: Preset) -> None:
        self.root: Path | None = None
        self._emotes = emotes
        self.use(preset)
        self._known: dict[str, LibraryEmote] = {}
        self._meanwhile: dict[str, LibraryEmote | None] = {}  # what changed while the hub was asked for all
        self._lock = threading.Lock()  # never held while the hub is asked for something

    def use(self, preset: Preset) -> None:
        self._preset = preset

    def scan(self) -> Iterator[tuple[str, str, Hint]]:
        with self._lock:
            self._meanwhile = {}
        known = {str(emote.id): emote for emote in self._emotes()}
        with self._lock:
            for key, change in self._meanwhile.items():
                known.pop(key, None)
                if change is not None:
                    known[key] = change
            self._known = known
            emotes = list(known.values())
        for emote in emotes:
            if found := self._file(emote):
                yield found.key, found.wanted, found.hint

    def take(self, change: LibraryChange, emote: LibraryEmote) -> str:
        """Follows one change of the library; returns the key."""
        key = emote.id
        with self._lock:
            if change is LibraryChange.REMOVED:
                self._known.pop(key, None)
            else:
                self._known[key] = emote
            self._meanwhile[key] = self._known.get(key)
        return key

    def find(self, key: str) -> SourceFile | None:
        emote = self._known.get(key)
        return self._file(emote) if emote else None

    def owns(self, key: str) -> bool:
        return ":" not in key

    def unavailable(self, key: str) -> bool:
        emote = self._known.get(key)
        return emote is not None and self._preset.selects(_file_name(emote))

    def _file(self, emote: LibraryEmote) -> SourceFile | None:
        if emote.glb is None or not self._preset.selects(_file_name(emote)):
            return None
        hint = read_hint(emote.glb)
        return SourceFile(emote.id, emote.glb, _file_name(emote)[:-4], hint, emote_id=emote.id) if hint else None


def _file_name(emote: LibraryEmote) -> str:
    # A name is one name here: a slash in it makes no folder.
    return f"{(emote.name or 'emote').replace('/', '_')}.glb"
