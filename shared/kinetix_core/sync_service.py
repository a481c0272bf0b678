"""Contract between the hub and the sync, which the hub loads by the entry point `godot` of `kinetix.hub.services`.

Neither imports the other: both import this module.
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

A = TypeVar("A", bound=Model)
B = TypeVar("B", bound=Body)


@dataclass(frozen=True)
class Route:
    """An HTTP route of the sync.

    `handle(path parameters, body)` may block; it may raise `KinetixError`. `text` is its description in the hub reference.
    """

    method: str
    path: str
    body: type[Body]
    answer: type[Model]
    handle: Callable[[Mapping[str, str], Mapping[str, object]], Model]
    text: str = ""


def route(
    method: str, path: str, body: type[B], answer: type[A], act: Callable[[Mapping[str, str], B], A], text: str = ""
) -> Route:
    """Return a route that parses the body before it calls `act`."""
    return Route(method, path, body, answer, lambda where, given: act(where, parse(body, given)), text)


@dataclass(frozen=True)
class HubContext:
    """The hub as seen by the sync.

    Attributes:
        library: folder of the emote library.
        emotes: returns every emote of the library.
        emit: sends an event to every front end; safe on any thread.
    """

    home: Path
    library: Path
    emotes: Callable[[], Sequence[Emote]]
    emit: Callable[[Event], None]


class SyncService(Protocol):
    """The sync inside the hub."""

    def routes(self) -> Sequence[Route]: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def snapshot(self) -> SyncState: ...

    def library_changed(self, change: LibraryChange, emote: Emote) -> None:
        """Return immediately; the work is done on another thread."""
        ...

    def busy(self) -> bool:
        """Return True while stopping would lose work."""
        ...
