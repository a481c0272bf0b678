"""The virtual world that the key belongs to: configuration, white-list and aliases (docs/api-contract.md#2.2, #2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kinetix_core.api.errors import BadAnswer, Forbidden
from kinetix_core.api.group import Group, read, read_value, segment
from kinetix_core.api.models import Alias, Batch, Config, Emote, WorldEmote
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

__all__ = ["VirtualWorld"]

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
        """Name and configuration. A key that may read; not counted as a call."""
        return read(Config, self._transport.call("GET", "/v1/virtual-world/config"), "GET /v1/virtual-world/config")

    def update_config(self, **changes: Any) -> Config:
        """Changes what is named (`webhook_uri=None` removes it) and gives the new configuration. A key that may write.

        Leaving `default_avatar_uuid` out would unset it on the published server, so it is read and sent along.
        """
        unknown = sorted(set(changes) - set(_CONFIG))
        if unknown:
            raise InputError(
                worded("No such setting: {names}.", names=", ".join(unknown)),
                code="badSetting",
                next_step=worded("Known are: {names}.", names=", ".join(_CONFIG)),
            )
        body = {_CONFIG[name]: value for name, value in changes.items()}
        if "defaultAvatarUuid" not in body:
            avatar = self.config().default_avatar_uuid
            if avatar:
                body["defaultAvatarUuid"] = avatar
        answer = self._transport.call("PUT", "/v1/virtual-world/config", json=body, safe=True)
        data = answer.value.get("data") if isinstance(answer.value, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("configuration"), dict):
            raise BadAnswer(
                "The answer has another shape than the API promises.", detail="PUT /v1/virtual-world/config"
            )
        found = {"name": data.get("name"), **data["configuration"]}
        return read_value(Config, found, "PUT /v1/virtual-world/config")

    def add_emotes(self, uuids: Sequence[str]) -> Batch:
        """Puts emotes on the white-list; those that could not be are in `failed` and the others are on it. May write. Deprecated."""
        path = "/v1/virtual-world/emotes"
        try:
            answer = self._transport.call("POST", path, json={"uuids": list(uuids)}, safe=True)
        except Forbidden as error:
            # The batch tells its failures with a 403; any other 403 is a refusal.
            if isinstance(error.data, dict) and isinstance(error.data.get("failed"), dict):
                return Batch(failed={str(uuid): str(why) for uuid, why in error.data["failed"].items()})
            raise
        data = answer.value.get("data") if isinstance(answer.value, dict) else None
        return read_value(Batch, data if isinstance(data, dict) else {}, f"POST {path}")

    def emotes(self, *, mature: bool | None = None) -> list[WorldEmote]:
        """The white-list, or without one the whole gallery (which the server sends in nested pages). May read. Deprecated."""
        path = "/v1/virtual-world/emotes"
        answer = self._transport.call("GET", path, query={"mature": mature})
        found: list[WorldEmote] = []
        for row in _flat(answer.value):
            if "emoteUuid" in row:
                found.append(read_value(WorldEmote, row, f"GET {path}"))
            else:
                emote = read_value(Emote, row, f"GET {path}")
                found.append(WorldEmote(emote_uuid=emote.uuid, data=emote))
        return found

    def alias(self, name: str) -> Alias:
        """What a named slot holds now. Raises NotFound; PreconditionRequired where the rotation is not set up. May read."""
        path = f"/v1/virtual-world/alias/{segment(name)}"
        return read(Alias, self._transport.call("GET", path), f"GET {path}")


def _flat(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Rows of a list, of lists of lists, or of page objects that hold a list."""
    if depth > 8:
        return
    if isinstance(value, list):
        for part in value:
            yield from _flat(part, depth + 1)
    elif isinstance(value, dict):
        if "uuid" in value or "emoteUuid" in value:
            yield value
        else:
            for part in value.values():
                if isinstance(part, (list, dict)):
                    yield from _flat(part, depth + 1)
