"""Keys of profiles: from the environment, the OS keyring, or a private file."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.damage import set_aside
from kinetix_core.protocol.hub.enumerations import KeySource, ProfileKind
from kinetix_core.values.errors import InputError
from kinetix_hub.keys import ring
from kinetix_hub.keys.profiles import Profile

AskKeyring = Callable[..., str | None]


class KeyStore:
    """Keys in memory; the keyring is asked when the hub starts and when a key changes.

    `KINETIX_API_KEY` is the key of the profile in `KINETIX_PROFILE`, or of every profile that is not local.
    """

    def __init__(self, file: Path, environment: Mapping[str, str] | None = None, ask: AskKeyring = ring.ask) -> None:
        self._file = file
        self._environment = os.environ if environment is None else environment
        self._ask = ask
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._found: dict[str, tuple[str, KeySource]] = {}
        self.ring_state = "unknown"
        """unknown, ok, empty (nothing in it, or no keyring) or locked (no answer in time)"""

    def load(self, profiles: list[Profile]) -> None:
        """Load the key of every profile. A keyring that does not answer in time is asked once only. Blocks."""
        for profile in profiles:
            if profile.kind is not ProfileKind.LOCAL:
                self._load_one(profile.name)

    def _load_one(self, name: str) -> None:
        key, source = self._from_environment(name), KeySource.ENVIRONMENT
        if not key and self.ring_state != "locked":
            key, source = self._ask_ring("get", name), KeySource.KEYRING
            if self.ring_state != "locked":
                self.ring_state = "ok" if key else "empty"
        if not key:
            key, source = self._file_keys().get(name, ""), KeySource.FILE
        with self._lock:
            if key:
                self._found[name] = (key, source)
            else:
                self._found.pop(name, None)

    def get(self, name: str) -> tuple[str, KeySource]:
        """Return the key and its source; "" if there is none."""
        with self._lock:
            return self._found.get(name, ("", KeySource.NONE))

    def put(self, name: str, key: str) -> KeySource:
        """Store a key in the keyring, or in the file if there is none, and return which. Whitespace around it is stripped."""
        key = key.strip()
        if not key or not key.isprintable() or len(key) > 4096:
            raise InputError(
                "This is not a key.", code="badKeyText", next_step="Copy the key from the Kinetix portal again."
            )
        source = KeySource.KEYRING if self._ask_ring("set", name, key) == key else KeySource.FILE
        self._write_file(name, key if source is KeySource.FILE else None)
        self._load_one(name)
        return source

    def remove(self, name: str) -> None:
        self._ask_ring("delete", name)
        self._write_file(name, None)
        self._load_one(name)

    def _from_environment(self, name: str) -> str:
        wanted = self._environment.get("KINETIX_PROFILE", "")
        key = self._environment.get("KINETIX_API_KEY", "").strip()
        return key if not wanted or wanted == name else ""

    def _ask_ring(self, *words: str) -> str:
        """Return the keyring's answer; "" if it has none, or did not answer in time once."""
        try:
            return (self.ring_state != "locked" and self._ask(*words)) or ""
        except ring.RingTimeout:
            self.ring_state = "locked"
            return ""

    def _file_keys(self) -> dict[str, str]:
        try:
            if sys.platform != "win32" and self._file.stat().st_mode & 0o077:
                self._file.chmod(0o600)  # somebody loosened it, e.g. by a restored backup
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(name): str(key) for name, key in found.items()}
        except OSError:
            return {}
        except (ValueError, AttributeError, RecursionError):
            set_aside(self._file)  # the next key that is kept must not take its place
            return {}

    def _write_file(self, name: str, key: str | None) -> None:
        with self._writing:  # two at once would each leave the other's out
            keys = self._file_keys()
            before = dict(keys)
            if key is None:
                keys.pop(name, None)
            else:
                keys[name] = key
            if keys != before:
                files.write(self._file, json.dumps(keys, ensure_ascii=False), private=True)
