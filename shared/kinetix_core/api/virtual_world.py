"""The virtual world that the key belongs to, and its emotes (docs/api-contract.md#2.2 to #2.4)."""

from __future__ import annotations

from typing import Any

from kinetix_core.api.errors import BadAnswer
from kinetix_core.api.group import Group, read, segment
from kinetix_core.api.models import Alias, Config, Emote, EmoteOnAvatar
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

# Keys of PUT /v1/virtual-world/config (docs/api-contract.md#2.2); any other is a 400.
_CONFIG = {
    "name": "name",
    "website": "website",
    "webhook_uri": "webhookUri",
    "default_avatar_uuid": "defaultAvatarUuid",
    "enable_gtav": "enableGTAV",
    "ugc_validation": "ugcValidation",
    "ugc_frontent_url": "ugcFrontentUrl",
}


class VirtualWorld(Group):
    def config(self) -> Config:
        """Return name and configuration. Read access; not counted as a call."""
        return self._call(Config, "GET", "/v1/virtual-world/config")

    def update_config(self, **changes: Any) -> Config:
        """Update the named settings (None removes one) and return the new configuration. Write access.

        The published server unsets an omitted `default_avatar_uuid`, so the current one is sent along.
        """
        unknown = sorted(set(changes) - set(_CONFIG))
        if unknown:
            raise InputError(
                worded("No such setting: {names}.", names=", ".join(unknown)),
                code="badSetting",
                next_step=worded("Use one of: {names}.", names=", ".join(_CONFIG)),
            )
        body = {_CONFIG[name]: value for name, value in changes.items()}
        if "defaultAvatarUuid" not in body:
            avatar = self.config().default_avatar_uuid
            if avatar:
                body["defaultAvatarUuid"] = avatar
        answer = self._transport.call("PUT", "/v1/virtual-world/config", json=body, safe=True)
        data = answer.value.get("data") if isinstance(answer.value, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("configuration"), dict):
            raise BadAnswer("The API's answer has an unexpected format.", detail="PUT /v1/virtual-world/config")
        found = {"name": data.get("name"), **data["configuration"]}
        return read(Config, found, "PUT /v1/virtual-world/config")

    def alias(self, name: str) -> Alias:
        """Return the emote of a named slot. Raises NotFound, PreconditionRequired without a rotation. Read access."""
        return self._call(Alias, "GET", f"/v1/virtual-world/alias/{segment(name)}")


class Emotes(Group):
    def get(self, uuid: str) -> Emote:
        """Return an emote. Raises NotFound. Read access."""
        return self._call(Emote, "GET", f"/v1/emotes/{segment(uuid)}")

    def for_avatar(self, uuid: str, avatar: str) -> EmoteOnAvatar:
        """Return the files made for one avatar. Raises NotFound, Forbidden. Read access."""
        return self._call(EmoteOnAvatar, "GET", f"/v1/emotes/{segment(uuid)}/avatar/{segment(avatar)}")
