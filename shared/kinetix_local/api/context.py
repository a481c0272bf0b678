"""On whose behalf something is done: the service, the key and the transaction. What a request of the API and the pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from kinetix_local.api.instance import Service
    from kinetix_local.store.worlds import CallerRow


class Context:
    """One piece of work for one key.

    Attributes:
        key: whose it is; set once it is known.
        db: the connection, or the transaction of a write.
    """

    __slots__ = ("_after", "db", "key", "service")

    def __init__(self, service: Service) -> None:
        self.service = service
        self.key: CallerRow
        self.db: Connection
        self._after: list[Callable[[], None]] = []

    @property
    def strict(self) -> bool:
        return self.service.settings.strict is not None

    def now(self) -> int:
        return self.service.clock.now()

    def after(self, action: Callable[[], None]) -> None:
        """Run `action` once the transaction is committed; not at all when it is rolled back."""
        self._after.append(action)

    def committed(self) -> None:
        for action in self._after:
            action()
