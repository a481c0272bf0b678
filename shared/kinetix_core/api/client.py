"""`Client`: the whole API of a game key, group by group."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from kinetix_core.api.downloads import Downloader
from kinetix_core.api.errors import BadAnswer
from kinetix_core.api.process import Processes
from kinetix_core.api.users import Users
from kinetix_core.api.virtual_world import Emotes, VirtualWorld

STAGING = "https://sdk-api.staging.kinetix.tech"


class Client(Downloader):
    """A client of the Kinetix SDK API 1.4.45, for the cloud or Kinetix Local; its settings are those of `Transport`.

    Methods block; the client is thread-safe. Every error is a `KinetixError` (`kinetix_core.api.errors`).
    """

    @cached_property
    def users(self) -> Users:
        return Users(self)

    @cached_property
    def process(self) -> Processes:
        return Processes(self)

    @cached_property
    def emotes(self) -> Emotes:
        return Emotes(self)

    @cached_property
    def virtual_world(self) -> VirtualWorld:
        return VirtualWorld(self)

    def health(self) -> dict[str, Any]:
        """Return the server's status, without a key (docs/api-contract.md#1.2): `{"status": "ok", "info": {"version": …}}`."""
        value = self.call("GET", "/", anonymous=True).value
        if not isinstance(value, dict):
            raise BadAnswer("No Kinetix API answers at this address.", detail="GET /")
        return value
