"""Named profiles: address of a service and the user of its emotes. The file contains no key."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from kinetix_core.io import files
from kinetix_core.io.damage import set_aside
from kinetix_core.protocol.hub.enumerations import ProfileKind
from kinetix_core.values.clip_length import API_LENGTH, ClipLength
from kinetix_core.values.errors import ErrorKind, InputError, MissingError
from kinetix_core.values.identity import ProfileName
from kinetix_core.values.wording import worded

log = logging.getLogger(__name__)
CLOUD_URL = "https://sdk-api.kinetix.tech"
STAGING_URL = "https://sdk-api.staging.kinetix.tech"
_URLS = {ProfileKind.LOCAL: "", ProfileKind.CLOUD: CLOUD_URL, ProfileKind.STAGING: STAGING_URL}
_ALWAYS_THERE = (ProfileKind.LOCAL, ProfileKind.CLOUD)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Profile:
    """A service and the user of its emotes. `length`: of a clip for one emote, as last reported by the service."""

    name: ProfileName
    kind: ProfileKind
    url: str
    user: str = "player-1"
    length: ClipLength = API_LENGTH


def _length(kept: object) -> ClipLength:
    """Return the stored length; the default if it is invalid."""
    return ClipLength.said(kept.get("shortest_s"), kept.get("longest_s")) if isinstance(kept, dict) else API_LENGTH


class Profiles:
    """Profiles in hub/profiles.json. A damaged file is moved aside and replaced by the two default profiles."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._all, self._active = self._load()

    def _load(self) -> tuple[dict[str, Profile], str]:
        everyone: dict[str, Profile] = {}
        active = ""
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            for row in found["profiles"]:
                profile = _checked(row["name"], ProfileKind(row["kind"]), row["url"], row["user"])
                everyone[profile.name] = replace(profile, length=_length(row.get("length")))
            active = str(found["active"])
        except FileNotFoundError:
            active = "local"
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError):
            everyone = {}
            set_aside(self._file)
        for kind in _ALWAYS_THERE:
            everyone.setdefault(kind.value, Profile(ProfileName(kind.value), kind, _URLS[kind]))
        return everyone, active if active in everyone else "local"

    def _keep(self, everyone: dict[str, Profile], active: str) -> None:
        """Write the file, then update the memory."""
        rows = [asdict(profile) for profile in everyone.values()]
        text = json.dumps({"active": active, "profiles": rows}, ensure_ascii=False, indent=1)
        files.write(self._file, text, private=True)
        self._all, self._active = everyone, active

    @property
    def active(self) -> Profile:
        with self._lock:
            return self._all[self._active]

    def all(self) -> list[Profile]:
        with self._lock:
            return [self._all[name] for name in sorted(self._all)]

    def get(self, name: str | None) -> Profile:
        """Return the named profile, or the active one for None or "". Raises InputError."""
        with self._lock:
            profile = self._all.get(name or self._active)
        if profile is None:
            raise MissingError(
                worded("There is no profile “{profile}”.", profile=name),
                code="profileNotFound",
                next_step="Choose an existing profile, or create one.",
                command="kinetix profile list",
            )
        return profile

    def put(self, name: str, kind: ProfileKind, url: str, user: str) -> Profile:
        """Create or change a profile. Raises InputError for an invalid name or address."""
        profile = _checked(name, kind, url, user)
        with self._lock:
            known = self._all.get(name)
            if known is not None and known.url == profile.url:
                profile = replace(profile, length=known.length)
            self._keep({**self._all, name: profile}, self._active)
        return profile

    def learn_length(self, name: str, length: ClipLength) -> None:
        """Store the length of a clip at the profile's service, for the time until the service runs again."""
        with self._lock:
            known = self._all.get(name)
            if known is None or known.length == length:
                return
            everyone = {**self._all, name: replace(known, length=length)}
            try:
                self._keep(everyone, self._active)
            except OSError as error:  # it is true all the same, and asked for again
                log.info("the length of clips is not kept: %s", type(error).__name__)
                self._all = everyone

    def remove(self, name: str) -> None:
        self.get(name)
        with self._lock:
            if name in _ALWAYS_THERE or name == self._active:
                raise InputError(
                    worded("The profile “{profile}” cannot be removed.", profile=name),
                    code="profileInUse",
                    kind=ErrorKind.CONFLICT,
                    next_step="Activate another profile first; local and cloud always stay.",
                )
            self._keep({key: profile for key, profile in self._all.items() if key != name}, self._active)

    def activate(self, name: str) -> Profile:
        profile = self.get(name)
        with self._lock:
            self._keep(self._all, profile.name)
        return profile


def _checked(name: str, kind: ProfileKind, url: str, user: str) -> Profile:
    name = ProfileName(name)
    url = (url.strip() or _URLS.get(kind, "")) if kind is not ProfileKind.LOCAL else ""
    if kind is not ProfileKind.LOCAL:
        _check_url(url)
    return Profile(name, kind, url.rstrip("/"), user.strip() or "player-1")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_ok = urlsplit(""), False
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    good = (parts.scheme == "https" or plain) and parts.hostname and port_ok and not parts.username and not parts.query
    if not good:
        raise InputError(
            worded("“{address}” is not an address that Kinetix can use.", address=url),
            code="badAddress",
            next_step="Give an https address (http only on this machine), without name, password or query.",
        )
