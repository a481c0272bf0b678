"""Emotes and their files (docs/api-contract.md#2.4)."""

from __future__ import annotations

from kinetix_core.api.group import Group, read, segment
from kinetix_core.api.models import Emote, EmoteOnAvatar


class Emotes(Group):
    def get(self, uuid: str) -> Emote:
        """Return an emote. Raises NotFound. Read access."""
        path = f"/v1/emotes/{segment(uuid)}"
        return read(Emote, self._transport.call("GET", path), f"GET {path}")

    def for_avatar(self, uuid: str, avatar: str) -> EmoteOnAvatar:
        """Return the files made for one avatar. Raises NotFound, Forbidden. Read access."""
        path = f"/v1/emotes/{segment(uuid)}/avatar/{segment(avatar)}"
        return read(EmoteOnAvatar, self._transport.call("GET", path), f"GET {path}")
