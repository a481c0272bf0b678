"""The contract between the hub and the services it finds by the entry point group `kinetix.hub.services`.

The hub imports no engine bridge and no engine bridge imports the hub: both import this page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

__all__ = ["HubContext", "HubService", "Route"]

Json = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """One HTTP route of a service. `handle(path_params, query, body)` returns JSON; a KinetixError becomes a 4xx answer.

    It is called on a worker thread, so it may block.
    """

    method: str
    path: str
    handle: Callable[[Mapping[str, str], Mapping[str, str], Json], Any]


class HubContext(Protocol):
    """What the hub gives to a service."""

    @property
    def home(self) -> Path: ...

    @property
    def library(self) -> Path: ...

    def emotes(self) -> Sequence[Json]:
        """Every emote of the library, in the form of docs/hub-protocol.md."""
        ...

    def emit(self, kind: str, data: Json) -> None:
        """Sends a numbered event to every front end. Safe from any thread."""
        ...


class HubService(Protocol):
    """An engine bridge inside the hub. `name` is the key of its part of the snapshot."""

    name: str

    def routes(self) -> Sequence[Route]: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def snapshot(self) -> Json: ...

    def library_changed(self, kind: str, emote: Json) -> None:
        """`kind` is `added`, `changed`, `renamed` or `removed`. Must return at once."""
        ...

    def busy(self) -> bool:
        """True while stopping would lose work; the hub does not idle out then."""
        ...
