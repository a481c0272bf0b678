"""When the hub's process goes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Activity", "should_stop"]


@dataclass(frozen=True)
class Activity:
    """What keeps the hub alive. `idle_s`: since the last request or event."""

    idle_s: float
    listeners: int
    unfinished_jobs: int
    busy_services: int


def should_stop(activity: Activity, limit_s: float) -> bool:
    """Nobody listens, nothing is under way, and it has been quiet for `limit_s` seconds. A limit of 0 never stops."""
    quiet = not (activity.listeners or activity.unfinished_jobs or activity.busy_services)
    return limit_s > 0 and quiet and activity.idle_s >= limit_s
