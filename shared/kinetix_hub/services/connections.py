"""Connections from profiles to services, and the state that front ends see."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote as url_quote

from kinetix_core.api.errors import CertificateRefused
from kinetix_core.command_line.shell import quote
from kinetix_core.io.damage import DamagedState
from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.enumerations import ConnectionState, KeySource, ProfileKind
from kinetix_core.protocol.hub.models import Connection, ConnectionChanged, Event
from kinetix_core.serving.peer_identity import PeerIdentity
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.errors import ConflictError, ErrorKind, InputError, KinetixError
from kinetix_core.values.wording import worded
from kinetix_hub.keys.profiles import Profile, Profiles
from kinetix_hub.keys.store import KeyStore
from kinetix_hub.services.local_info import LocalInfo
from kinetix_hub.services.local_process import LocalService
from kinetix_hub.services.local_program import local_capture_problem
from kinetix_hub.services.port import ServicePort, Temporary

if TYPE_CHECKING:
    from kinetix_hub.services.sdk_service import Service

log = logging.getLogger(__name__)
Emit = Callable[[Event], None]


class KinetixService(ServicePort, Protocol):
    """A service with its world and its life."""

    def clip_length(self) -> ClipLength:
        """Return and report the seconds of a clip that may become one emote, asked now. Blocks, raises as `service`."""
        ...

    def world(self) -> str:
        """Return the name of the virtual world that the key belongs to, asked now."""
        ...

    def close(self) -> None: ...


OpenService = Callable[[Profile], KinetixService]


@dataclass(frozen=True)
class _Address:
    """Address and key of a service, and the identity that a service on this machine must prove."""

    url: str
    key: str = field(repr=False)
    identity: PeerIdentity | None = None


class NoKey(ConflictError):
    """Raised for a profile without a key."""


class Connections:
    """One service per profile, opened when it is first needed and again when its address or key changed.

    `open_service` replaces the services of the SDK API.
    """

    def __init__(
        self,
        profiles: Profiles,
        keys: KeyStore,
        local: LocalService,
        emit: Emit,
        open_service: OpenService | None = None,
    ) -> None:
        self._profiles, self._keys, self._local, self._emit = profiles, keys, local, emit
        self._open = open_service or self._open_sdk
        self._lock = threading.Lock()
        self._services: dict[str, tuple[_Address, Service]] = {}
        self._state: Connection | None = None
        self._closing = False
        self.report(ConnectionState.STARTING, "Kinetix is getting ready.")
        self._first = self._state

    def close(self) -> None:
        self._closing = True
        with self._lock:  # a job may just make another one
            services = [service for _, service in self._services.values()]
        for service in services:
            service.close()

    def service(self, profile_name: str) -> KinetixService:
        """Return the service of a profile. Blocks while Kinetix Local starts.

        Raises:
            Temporary: Kinetix Local does not start.
            KinetixError: the profile has no key.
        """
        return self._open(self._profiles.get(profile_name))

    def _open_sdk(self, profile: Profile) -> KinetixService:
        address = self._address(profile)
        with self._lock:
            kept = self._services.get(profile.name)
            if kept is not None and kept[0] == address:
                return kept[1]
            from kinetix_hub.services.sdk_service import (
                Service,  # loads the client, which a hub that only shows its library never needs
            )

            door = (self._local.let_phones_in,) if profile.kind is ProfileKind.LOCAL else ()
            service = Service(address.url, address.key, *door, identity=address.identity)
            self._services[profile.name] = (address, service)
            return service

    def _address(self, profile: Profile) -> _Address:
        if profile.kind is ProfileKind.LOCAL:
            found = self._started(profile.name)
            return _Address(found.url, found.key, found.identity)
        key, _ = self._keys.get(profile.name)
        if not key:
            raise NoKey(
                worded("The profile “{profile}” has no key.", profile=profile.name),
                code="noKey",
                next_step="Enter the key from Kinetix, or use the profile local.",
                command=f"kinetix profile key {quote(profile.name)}",
            )
        return _Address(profile.url, key)

    def _started(self, profile_name: str) -> LocalInfo:
        """Return Kinetix Local, started if needed, and report its start and the result."""
        if self._local.info() is not None:
            return self._local.ensure(lambda: self._closing)
        if profile_name == self._profiles.active.name:
            self.report(ConnectionState.STARTING, "Kinetix Local is starting on this machine.")
        try:
            found = self._local.ensure(lambda: self._closing)
        except KinetixError as error:
            if not self._closing:
                self.failed(profile_name, error)
            raise
        self.worked(profile_name)
        return found

    def worked(self, profile_name: str) -> None:
        """Report that the service answered. Kinetix Local without its models is no working connection."""
        active = self._profiles.active
        if profile_name != active.name:
            return
        problem = local_capture_problem() if active.kind is ProfileKind.LOCAL else None
        if problem is None:
            self.report(ConnectionState.READY, "")
        else:
            self.cannot_capture(problem)

    def cannot_capture(self, problem: KinetixError) -> None:
        self.report(ConnectionState.ERROR, problem.title, problem.next_step, problem.code, problem.command)

    def failed(self, profile_name: str, error: KinetixError) -> None:
        """Report what a failed call means for the connection; errors of a single job are ignored."""
        if profile_name != self._profiles.active.name:
            return
        if isinstance(error, NoKey):
            state = ConnectionState.NO_KEY
        elif error.kind is ErrorKind.AUTHENTICATION:
            state = ConnectionState.BAD_KEY
        elif isinstance(error, (CertificateRefused, DamagedState)):
            state = ConnectionState.ERROR
        elif isinstance(error, Temporary) and error.kind is ErrorKind.UNAVAILABLE:
            state = ConnectionState.OFFLINE
        else:
            return
        code = "" if state in (ConnectionState.NO_KEY, ConnectionState.BAD_KEY) else error.code
        self.report(state, error.title, error.next_step, code, error.command)

    def check(self) -> Connection:
        """Try the active profile now. Blocks."""
        with contextlib.suppress(KinetixError):  # it is reported
            self.clip_length(self._profiles.active.name)
        return self.state

    def clip_length(self, profile_name: str) -> ClipLength:
        """Return the service's present limits of a clip and publish them. Blocks, raises as `service`."""
        try:
            length = self.service(profile_name).clip_length()
        except KinetixError as error:
            self.failed(profile_name, error)
            raise
        self._profiles.learn_length(profile_name, length)
        self.worked(profile_name)
        return length

    def set_clip_length(self, shortest_s: float | None, longest_s: float | None) -> Connection:
        """Set the seconds of a clip that may become one emote in Kinetix Local; None keeps a limit. Blocks.

        Raises:
            InputError: the active service sets its own limits.
        """
        profile = self._profiles.active
        if profile.kind is not ProfileKind.LOCAL:
            raise InputError(
                "The length of clips is set by the service.",
                code="lengthNotOurs",
                next_step="Choose a part of the clip, or create the emote on this machine.",
            )
        world = url_quote(self.service(profile.name).world(), safe="")
        limits = {"minSeconds": shortest_s, "maxSeconds": longest_s}
        changes = {name: seconds for name, seconds in limits.items() if seconds is not None}
        self._local.ask("PATCH", f"/_local/worlds/{world}", {"configuration": changes})
        self.clip_length(profile.name)
        return self.state

    def report(
        self,
        state: ConnectionState,
        message: str,
        next_step: str = "",
        code: str = "",
        command: str = "",
        *,
        supposed: bool = False,
    ) -> None:
        """Report a state. One that is `supposed` was not tried: it counts only until one was reported since the hub started."""
        profile = self._profiles.active
        found = Connection(
            profile=profile.name,
            kind=profile.kind,
            state=state,
            message=message,
            next_step=next_step,
            code=code,
            min_seconds=profile.length.shortest_s,
            max_seconds=profile.length.longest_s,
            command=command,
        )
        with self._lock:  # so that changes are reported in order
            if found == self._state or (supposed and self._state is not self._first):
                return
            self._state = found
            self._emit(ConnectionChanged(data=found))
            log.info("connection: %s is %s %s", found.profile, found.state, found.message)

    @property
    def state(self) -> Connection:
        with self._lock:
            assert self._state is not None, "it is set by the constructor"
            return self._state

    def profiles(self) -> list[models.Profile]:
        """Return the profiles for front ends: with the source of the key, never the key."""
        active, rows = self._profiles.active.name, []
        for profile in self._profiles.all():
            _, source = self._keys.get(profile.name)
            if profile.kind is ProfileKind.LOCAL:
                source = KeySource.SERVICE
            rows.append(
                models.Profile(
                    name=profile.name,
                    kind=profile.kind,
                    url=profile.url,
                    user=profile.user,
                    has_key=source is not KeySource.NONE,
                    key_source=source,
                    active=profile.name == active,
                )
            )
        return rows
