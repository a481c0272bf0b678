"""Players, their bags and their processes (docs/api-contract.md#2.1, #2.5, #2.6)."""

from __future__ import annotations

from datetime import date
from typing import Any

from kinetix_core.api.errors import Conflict, NotFound
from kinetix_core.api.group import Group, read, segment
from kinetix_core.api.models import Emote, Process, User, UserEmote
from kinetix_core.api.pages import Pages


class Users(Group):
    def create(self, user_id: str) -> User:
        """Create a player. Raises Conflict if it exists. Section 2.1; write access."""
        return self._call(User, "POST", "/v1/virtual-world/users", json={"id": user_id})

    def get(self, user_id: str) -> User:
        """Return a player. Raises NotFound. Section 2.1; read access."""
        return self._call(User, "GET", f"/v1/virtual-world/users/{segment(user_id)}")

    def ensure(self, user_id: str) -> User:
        """Return the player, created if missing; safe against a second caller."""
        try:
            return self.get(user_id)
        except NotFound:
            try:
                return self.create(user_id)
            except Conflict:
                return self.get(user_id)

    def emotes(
        self,
        user_id: str,
        *,
        mature: bool | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
        page_size: int = 500,
    ) -> Pages[UserEmote]:
        """Iterate over the bag, newest first. Raises NotFound while iterating. Section 2.5; read access.

        Args:
            mature: only rows with this flag.
            since, until: when a row was added; a date, a time with zone, or text.
            page_size: rows per request.
        """
        query = {"mature": mature, "since": since, "until": until}
        return Pages(self._transport, f"/v1/users/{segment(user_id)}/emotes", query, UserEmote, max(1, page_size))

    def give(self, user_id: str, emote: str) -> None:
        """Add an emote to a bag, if it is not in it. Section 2.5; write access.

        Raises:
            NotFound: no such player or emote.
            Forbidden: `emoteNotAvailable` or `emoteNotAllowed`.
        """
        self._transport.call("POST", _bag(user_id, emote), safe=True)

    def rename(self, user_id: str, emote: str, name: str) -> Emote | None:
        """Rename an emote of the player, 4 to 16 characters. None if the answer is empty. Section 2.5; write access."""
        path = _bag(user_id, emote)
        answer = self._transport.call("PUT", path, json={"name": name}, safe=True)
        if isinstance(answer.value, list):  # the documentation shows a list of one
            return read(list[Emote], answer.value, f"PUT {path}")[0] if answer.value else None
        return read(Emote, answer.value, f"PUT {path}") if answer.value else None

    def remove(self, user_id: str, emote: str, *, reason: str | None = None) -> None:
        """Remove an emote from the bag; the row stays with the reason. Raises NotFound. Section 2.5; write access."""
        body = {"reason": reason} if reason else None
        self._transport.call("DELETE", _bag(user_id, emote), json=body, safe=True)

    def processes(
        self,
        user_id: str,
        *,
        pending: bool | None = None,
        processing: bool | None = None,
        done: bool | None = None,
        failed: bool | None = None,
        validated: bool | None = None,
        rejected: bool | None = None,
        since: date | str | None = None,
    ) -> list[Process]:
        """Return processes of a player, newest first, with `status` and `hierarchy`. Section 2.6; read access.

        True includes a group, False excludes it; if any group is True, only those are returned.
        """
        query: dict[str, Any] = {
            "pending": pending,
            "processing": processing,
            "done": done,
            "failed": failed,
            "validated": validated,
            "rejected": rejected,
            "since": since,
        }
        return self._call(list[Process], "GET", f"/v2/users/{segment(user_id)}/processes", query=query)


def _bag(user_id: str, emote: str) -> str:
    return f"/v1/users/{segment(user_id)}/emotes/{segment(emote)}"
