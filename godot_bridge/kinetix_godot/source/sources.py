"""Sources of emotes: the hub's library, an export folder, and files sent by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from kinetix_core.protocol.hub.enumerations import LibraryChange
from kinetix_core.values.identity import EmoteId
from kinetix_godot.preset import Preset
from kinetix_godot.snapshot import Hint, list_glbs, read_hint
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.source_file import PATH, SourceFile


class Source(Protocol):
    """A source of emotes."""

    root: Path | None

    def scan(self) -> Iterator[tuple[str, str, Hint]]:
        """Yield key, wanted path and hint of every readable emote. Raise OSError if the source is missing."""
        ...

    def find(self, key: str) -> SourceFile | None: ...

    def owns(self, key: str) -> bool: ...

    def use(self, preset: Preset) -> None:
        """Use other settings."""
        ...

    def unavailable(self, key: str) -> bool:
        """Return whether the emote exists but its file cannot be read."""
        ...


class FolderSource:
    """GLB files below a folder."""

    def __init__(self, root: Path, preset: Preset, prefix: str = PATH) -> None:
        self.root: Path | None = root
        self._place, self._prefix = str(root), prefix
        self.use(preset)

    def use(self, preset: Preset) -> None:
        self._preset = preset
        self._plain = preset.include == ("*.glb",) and not preset.exclude

    def key(self, path: str) -> str | None:
        """Return the key of a path below the root, None if the settings exclude it."""
        if path[-4:].lower() != ".glb" or path.startswith(".") or "/." in path:
            return None
        if not self._plain and not self._preset.selects(path):
            return None
        return self._prefix + path

    def scan(self) -> Iterator[tuple[str, str, Hint]]:
        files, _ = list_glbs(Path(self._place))
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
    """Emotes of the hub, which reports changes from its own threads. All versions of an emote share a key."""

    def __init__(self, emotes: Callable[[], Sequence[LibraryEmote]], preset: Preset) -> None:
        self.root: Path | None = None
        self._emotes = emotes
        self.use(preset)
        self._known: dict[str, dict[EmoteId, LibraryEmote]] = {}  # key → the versions that are here
        self._meanwhile: dict[EmoteId, tuple[str, LibraryEmote | None]] = {}  # changes during a scan
        self._lock = threading.Lock()  # never held while the hub is called

    def use(self, preset: Preset) -> None:
        self._preset = preset

    def scan(self) -> Iterator[tuple[str, str, Hint]]:
        with self._lock:
            self._meanwhile = {}
        known: dict[str, dict[EmoteId, LibraryEmote]] = {}
        for emote in self._emotes():
            known.setdefault(emote.key, {})[emote.id] = emote
        with self._lock:
            for emote_id, (key, change) in self._meanwhile.items():
                _put(known, key, emote_id, change)
            self._known = known
            current = [_current(versions) for versions in known.values()]
        for emote in current:
            if found := self._file(emote):
                yield found.key, found.wanted, found.hint

    def take(self, change: LibraryChange, emote: LibraryEmote) -> str:
        """Note a change of the library and return the emote's key."""
        is_here = None if change is LibraryChange.REMOVED else emote
        with self._lock:
            _put(self._known, emote.key, emote.id, is_here)
            self._meanwhile[emote.id] = emote.key, is_here
        return emote.key

    def find(self, key: str) -> SourceFile | None:
        emote = self._of(key)
        return self._file(emote) if emote else None

    def owns(self, key: str) -> bool:
        return ":" not in key

    def unavailable(self, key: str) -> bool:
        emote = self._of(key)
        return emote is not None and self._preset.selects(_file_name(emote))

    def _of(self, key: str) -> LibraryEmote | None:
        with self._lock:
            versions = self._known.get(key)
            return _current(versions) if versions else None

    def _file(self, emote: LibraryEmote) -> SourceFile | None:
        if emote.glb is None or not self._preset.selects(_file_name(emote)):
            return None
        hint = read_hint(emote.glb)
        return SourceFile(emote.key, emote.glb, _file_name(emote)[:-4], hint, emote_id=emote.key) if hint else None


def _put(
    known: dict[str, dict[EmoteId, LibraryEmote]], key: str, emote_id: EmoteId, emote: LibraryEmote | None
) -> None:
    versions = known.setdefault(key, {})
    versions.pop(emote_id, None)
    if emote is not None:
        versions[emote_id] = emote
    if not versions:
        del known[key]


def _current(versions: dict[EmoteId, LibraryEmote]) -> LibraryEmote:
    return max(versions.values(), key=lambda emote: (emote.current_since, emote.version_of is not None, emote.id))


def _file_name(emote: LibraryEmote) -> str:
    # A slash in a name makes no folder.
    return f"{(emote.name or 'emote').replace('/', '_')}.glb"
