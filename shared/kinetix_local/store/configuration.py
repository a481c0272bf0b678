"""The configuration of a virtual world: what its values may be, and what some mean. Unknown keys of an import are kept as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kinetix_core.values.clip_length import (
    API_LENGTH,
    LONGEST_SECONDS,
    MIN_SECONDS,
    SHORTEST_SECONDS,
    ClipLength,
    is_longest,
    is_shortest,
)

__all__ = [
    "CaptureLimits",
    "KeptDays",
    "clip_length",
    "kept_days",
    "lists_player_emotes",
    "problem",
    "retries",
    "running_limits",
    "unknown_key",
    "validates",
    "waiting_limits",
]


class CaptureLimits(NamedTuple):
    """Limits of simultaneous captures of a world and of one of its users; None is unlimited."""

    of_world: int | None
    of_user: int | None


class KeptDays(NamedTuple):
    """Days after its end that the clip of a process, and what a rejected one made, stay; None is for ever."""

    clips: int | None
    rejected: int | None


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _rule(value: Any) -> bool:
    return isinstance(value, bool) or (
        isinstance(value, dict) and (value.get("maxRetry") is None or _count(value["maxRetry"]))
    )


_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("allowUGC", "allowPremium", "enableGTAV", "listPlayerEmotes"), (_flag, "true or false")),
    **dict.fromkeys(
        ("website", "webhookUri", "ugcFrontentUrl", "defaultAvatarUuid", "mainUsage", "gameEngine"), (_text, "text")
    ),
    **dict.fromkeys(
        ("maxEmotes", "maxRunning", "maxRunningPerUser", "maxWaiting", "maxWaitingPerUser"), (_count, "a whole number")
    ),
    **dict.fromkeys(("keepClipsDays", "keepRejectedDays"), (_count, "a whole number of days")),
    "minSeconds": (is_shortest, f"a number from {SHORTEST_SECONDS:g} to {MIN_SECONDS:g}"),
    "maxSeconds": (is_longest, f"a number from {MIN_SECONDS:g} to {LONGEST_SECONDS:g}"),
    "ugcValidation": (_rule, 'true, false or {"maxRetry": a whole number}'),
}


def problem(configuration: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the configuration, or None. Every value may be null."""
    for name, value in configuration.items():
        fits, words = _VALUES.get(name, (None, ""))
        if fits is not None and value is not None and not fits(value):
            return f"{name} is {words}"
    return None


def unknown_key(configuration: Mapping[str, Any]) -> str | None:
    """Return a misspelt key, or None. A null may still delete a key of an older version."""
    odd = next((name for name, value in configuration.items() if name not in _VALUES and value is not None), None)
    return None if odd is None else f"{odd} is none of {', '.join(sorted(_VALUES))}"


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


def kept_days(configuration: Mapping[str, Any]) -> KeptDays:
    """Ours: how long what is not needed any more stays."""
    clips, rejected = (configuration.get(name) for name in ("keepClipsDays", "keepRejectedDays"))
    return KeptDays(*(value if _count(value) else None for value in (clips, rejected)))


def _limits(configuration: Mapping[str, Any], name: str) -> CaptureLimits:
    of_world, of_user = (value if _count(value) else None for value in map(configuration.get, (name, f"{name}PerUser")))
    return CaptureLimits(of_world, of_user)


def lists_player_emotes(configuration: Mapping[str, Any]) -> bool:
    """Ours: whether search and gallery also show what the world's own players made."""
    return configuration.get("listPlayerEmotes") is True
