"""Plans and their limits (docs/api-contract.md#2.8)."""

from __future__ import annotations

from kinetix_core.api.group import Group, read
from kinetix_core.api.models import Plan

__all__ = ["Plans"]


class Plans(Group):
    def all(self) -> list[Plan]:
        """Every plan. The published code asks for a portal login here, the documentation for a key: the cloud may say 401."""
        return read(list[Plan], self._transport.call("GET", "/v1/plans"), "GET /v1/plans")
