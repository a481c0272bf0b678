"""The configuration of a virtual world: what its values may be, and what some mean. Unknown keys of an import are kept as they are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeGuard

from kinetix_core.values.clip_length import (
    API_LENGTH,
    LONGEST_SECONDS,
    MIN_SECONDS,
    SHORTEST_SECONDS,
    ClipLength,
    is_longest,
    is_shortest,
)
from kinetix_local.extensions import every

if TYPE_CHECKING:
    from kinetix_local.store.blobs import Blobs
    from kinetix_local.store.sql.database import Database


class CaptureLimits(NamedTuple):
    """Limits of simultaneous captures of a world and of one of its users; None is unlimited."""

    of_world: int | None
    of_user: int | None


class Retention(Protocol):
    """Deletion of what is old (entry points `kinetix.local.retention`), by values in `DAYS` of a world's configuration."""

    DAYS: tuple[str, ...]

    def let_go(self, database: Database, blobs: Blobs, now: int) -> Any:
        """Called at a start, and once a day."""


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def is_count(value: Any) -> TypeGuard[int]:
    """Return whether a database holds the value as a number of things."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _rule(value: Any) -> bool:
    return isinstance(value, bool) or (
        isinstance(value, dict) and (value.get("maxRetry") is None or is_count(value["maxRetry"]))
    )


_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("allowUGC", "allowPremium", "enableGTAV", "listPlayerEmotes"), (_flag, "true or false")),
    **dict.fromkeys(
        ("website", "webhookUri", "ugcFrontentUrl", "defaultAvatarUuid", "mainUsage", "gameEngine"), (_text, "text")
    ),
    **dict.fromkeys(
        ("maxEmotes", "maxRunning", "maxRunningPerUser", "maxWaiting", "maxWaitingPerUser"),
        (is_count, "a whole number"),
    ),
    "minSeconds": (is_shortest, f"a number from {SHORTEST_SECONDS:g} to {MIN_SECONDS:g}"),
    "maxSeconds": (is_longest, f"a number from {MIN_SECONDS:g} to {LONGEST_SECONDS:g}"),
    "ugcValidation": (_rule, 'true, false or {"maxRetry": a whole number}'),
}


@functools.cache
def _values() -> dict[str, tuple[Callable[[Any], bool], str]]:
    days = [name for retention in every("retention") for name in retention.DAYS]
    return _VALUES | dict.fromkeys(days, (is_count, "a whole number of days"))


def problem(configuration: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the configuration, or None. Every value may be null."""
    for name, value in configuration.items():
        fits, words = _values().get(name, (None, ""))
        if fits is not None and value is not None and not fits(value):
            return f"{name} is {words}"
    return None


def unknown_key(configuration: Mapping[str, Any]) -> str | None:
    """Return a misspelt key, or None. A null may still delete a key of an older version."""
    odd = next((name for name, value in configuration.items() if name not in _values() and value is not None), None)
    return None if odd is None else f"{odd} is none of {', '.join(sorted(_values()))}"


def validates(configuration: Mapping[str, Any]) -> bool:
    """Return whether players accept an emote first. An empty object enables it without a limit of retakes."""
    return configuration.get("ugcValidation") not in (None, False)


def retries(configuration: Mapping[str, Any]) -> int | None:
    """Return how often a take may be filmed again; None is unlimited."""
    rule = configuration.get("ugcValidation")
    most = rule.get("maxRetry") if isinstance(rule, dict) else None
    return most if isinstance(most, int) else None


def clip_length(configuration: Mapping[str, Any], *, strict: bool) -> ClipLength:
    """Ours: how many seconds of a clip may become one emote. The published server has its own limits in every world."""
    return API_LENGTH if strict else ClipLength.said(configuration.get("minSeconds"), configuration.get("maxSeconds"))


def running_limits(configuration: Mapping[str, Any]) -> CaptureLimits:
    """Ours: of captures at the same time. One at least may run, or nothing of the world would ever end."""
    return CaptureLimits(*(None if most is None else max(1, most) for most in _limits(configuration, "maxRunning")))


def waiting_limits(configuration: Mapping[str, Any]) -> CaptureLimits:
    """Ours: of captures that wait; a clip beyond them is refused."""
    return _limits(configuration, "maxWaiting")


def _limits(configuration: Mapping[str, Any], name: str) -> CaptureLimits:
    of_world, of_user = (
        value if is_count(value) else None for value in map(configuration.get, (name, f"{name}PerUser"))
    )
    return CaptureLimits(of_world, of_user)


def lists_player_emotes(configuration: Mapping[str, Any]) -> bool:
    """Ours: whether search and gallery also show what the world's own players made."""
    return configuration.get("listPlayerEmotes") is True
