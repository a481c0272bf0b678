"""The contract between the hub and the services it finds by the entry point group `kinetix.hub.services`.

The hub imports no engine bridge and no engine bridge imports the hub: both import this page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from kinetix_core.protocol.hub.base_models import Model
from kinetix_core.protocol.hub.bodies import Body, parse
from kinetix_core.protocol.hub.enumerations import LibraryChange
from kinetix_core.protocol.hub.models import Emote, Event
from kinetix_core.protocol.hub.sync_models import SyncState

__all__ = ["HubContext", "HubService", "Route", "route"]

A = TypeVar("A", bound=Model)
B = TypeVar("B", bound=Body)


@dataclass(frozen=True)
class Route:
    """One HTTP route of a service. `handle(path parameters, body)` answers; a KinetixError becomes a 4xx.

    It is called on a worker thread, so it may block. `text` stands in the hub reference.
    """

    method: str
    path: str
    body: type[Body]
    answer: type[Model]
    handle: Callable[[Mapping[str, str], Mapping[str, object]], Model]
    text: str = ""


def route(
    method: str,
    path: str,
    body: type[B],
    answer: type[A],
    act: Callable[[Mapping[str, str], B], A],
    text: str = "",
) -> Route:
    """A route whose body is parsed before `act` gets it."""
    return Route(method, path, body, answer, lambda where, given: act(where, parse(body, given)), text)


class HubContext(Protocol):
    """What the hub gives to a service."""

    @property
    def home(self) -> Path: ...

    @property
    def library(self) -> Path: ...

    def emotes(self) -> Sequence[Emote]:
        """Every emote of the library."""
        ...

    def emit(self, event: Event) -> None:
        """Numbers an event and sends it to every front end. Safe from any thread."""
        ...


class HubService(Protocol):
    """An engine bridge inside the hub. `name` is the key of its part of the snapshot."""

    name: str

    def routes(self) -> Sequence[Route]: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def snapshot(self) -> SyncState: ...

    def library_changed(self, change: LibraryChange, emote: Emote) -> None:
        """Must return at once."""
        ...

    def busy(self) -> bool:
        """True while stopping would lose work; the hub does not idle out then."""
        ...
