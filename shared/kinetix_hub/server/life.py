"""When the hub ends by itself."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Activity", "should_stop"]


@dataclass(frozen=True)
class Activity:
    """Reasons to keep the hub running. `idle_s`: seconds since the last request or event."""

    idle_s: float
    listeners: int
    unfinished_jobs: int
    is_syncing: bool


def should_stop(activity: Activity, limit_s: float) -> bool:
    """Return True if nothing needs the hub and it has been idle for `limit_s` seconds; a limit of 0 never stops it."""
    quiet = not (activity.listeners or activity.unfinished_jobs or activity.is_syncing)
    return limit_s > 0 and quiet and activity.idle_s >= limit_s
