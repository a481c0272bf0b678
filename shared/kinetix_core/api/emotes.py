"""Emotes and their files (docs/api-contract.md#2.4)."""

from __future__ import annotations

from kinetix_core.api.group import Group, read, segment
from kinetix_core.api.models import Categories, Category, Emote, EmoteOnAvatar

__all__ = ["Emotes"]


class Emotes(Group):
    def get(self, uuid: str) -> Emote:
        """Raises NotFound. A key that may read."""
        path = f"/v1/emotes/{segment(uuid)}"
        return read(Emote, self._transport.call("GET", path), f"GET {path}")

    def for_avatar(self, uuid: str, avatar: str) -> EmoteOnAvatar:
        """The files made for one avatar. Raises NotFound, Forbidden. A key that may read."""
        path = f"/v1/emotes/{segment(uuid)}/avatar/{segment(avatar)}"
        return read(EmoteOnAvatar, self._transport.call("GET", path), f"GET {path}")

    def search(self, text: str, *, size: int | None = None) -> list[Emote]:
        """Emotes of the gallery, 1 to 10 (4 by default), for up to 50 characters. Deprecated by the API; may read."""
        answer = self._transport.call("GET", "/v1/emotes/search", query={"q": text, "size": size})
        return read(list[Emote], answer, "GET /v1/emotes/search")

    def categories(self, *, include_sub_categories: bool | None = None, parent: str | None = None) -> list[Category]:
        """Sorted by name. Deprecated by the API; a key that may read."""
        query = {"includeSubCategories": include_sub_categories, "parentId": parent}
        answer = self._transport.call("GET", "/v1/emotes/categories", query=query)
        return read(Categories, answer, "GET /v1/emotes/categories").data
