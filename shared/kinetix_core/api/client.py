"""`Client`: the whole API of a game key, group by group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from kinetix_core.api import downloads
from kinetix_core.api.errors import BadAnswer
from kinetix_core.api.process import Processes
from kinetix_core.api.retry import Retry
from kinetix_core.api.transport import Limits, Transport, joined
from kinetix_core.api.uploads import Transfer
from kinetix_core.api.users import Users
from kinetix_core.api.virtual_world import Emotes, VirtualWorld
from kinetix_core.serving.peer_identity import PeerIdentity

CLOUD = "https://sdk-api.kinetix.tech"
STAGING = "https://sdk-api.staging.kinetix.tech"
MAX_FILE_BYTES = 4 << 30


class Client:
    """A client of the Kinetix SDK API 1.4.45, for the cloud or Kinetix Local.

    Methods block; the client is thread-safe. Every error is a `KinetixError` (`kinetix_core.api.errors`).

    Args:
        base_url, key, ca_file, proxies, limits, retry, user_agent, identity: see `Transport`.
    """

    def __init__(
        self,
        base_url: str = CLOUD,
        key: str = "",
        *,
        ca_file: str | Path | None = None,
        proxies: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        user_agent: str = "",
        identity: PeerIdentity | None = None,
    ) -> None:
        self.transport = Transport(
            base_url,
            key,
            ca_file=ca_file,
            proxies=proxies,
            limits=limits,
            retry=retry,
            user_agent=user_agent,
            identity=identity,
        )
        self.users = Users(self.transport)
        self.process = Processes(self.transport)
        self.emotes = Emotes(self.transport)
        self.virtual_world = VirtualWorld(self.transport)

    def __repr__(self) -> str:
        return f"Client({self.transport.base_url!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections."""
        self.transport.close()

    def health(self) -> dict[str, Any]:
        """Return the server's status, without a key (docs/api-contract.md#1.2): `{"status": "ok", "info": {"version": …}}`."""
        value = self.transport.call("GET", "/", anonymous=True).value
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
            self.transport,
            joined(self.transport.base_url + "/", url),
            Path(target),
            kind=kind,
            max_bytes=max_bytes,
            progress=progress,
            cancelled=cancelled,
        )
