"""`Client`: the whole API of a game key, group by group."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from kinetix_core.api import downloads
from kinetix_core.api.errors import BadAnswer
from kinetix_core.api.process import Processes
from kinetix_core.api.transport import Transport, joined
from kinetix_core.api.uploads import Transfer
from kinetix_core.api.users import Users
from kinetix_core.api.virtual_world import Emotes, VirtualWorld

STAGING = "https://sdk-api.staging.kinetix.tech"
MAX_FILE_BYTES = 4 << 30


class Client(Transport):
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

    def download(
        self,
        url: str,
        target: Path | str,
        *,
        kind: str | None = None,
        max_bytes: int = MAX_FILE_BYTES,
        progress: Callable[[Transfer], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> downloads.Download:
        """Fetch a file of an emote to `target`, whole or not at all. No key is sent, wherever the file lies.

        Args:
            url: of the file, as an emote names it; a path is taken from the API's address.
            kind: `glb`, `png` … whose first bytes are checked; by default the suffix of `target`.
            max_bytes: more is refused.
            progress: called after each piece, from this thread.
            cancelled: asked after each piece and ten times a second.

        Raises:
            ApiError: by status, e.g. NotFound. ConnectionFailed, TimedOut, Cancelled, RedirectRefused.
            FormatError: it is not the kind of file it should be. BadAnswer: too large.
        """
        return downloads.fetch(
            self,
            joined(self.base_url + "/", url),
            Path(target),
            kind=kind,
            max_bytes=max_bytes,
            progress=progress,
            cancelled=cancelled,
        )
