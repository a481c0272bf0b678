"""Intervals of polling and delays after failures."""

from __future__ import annotations

from collections.abc import Callable

from kinetix_core.values.failure import ProcessStatus

BackOff = Callable[[int, float | None, float], float]
"""As `back_off`."""


def poll_interval(status: ProcessStatus, remaining_s: float | None, age_s: float, *, local: bool = False) -> float:
    """Return the seconds until the next poll.

    With an estimate of the service, a twentieth of the remaining time; otherwise longer as the process ages.
    """
    if status is ProcessStatus.PROCESSING and remaining_s is not None:
        seconds = min(max(remaining_s / 20.0, 0.5), 30.0)
    else:
        seconds = min(max(age_s / 30.0, 0.5), 15.0)
    if local:  # this machine's own service costs nobody anything, and a person watches the bar
        seconds = min(max(seconds / 4, 0.15), 1.0)
    return seconds


def back_off(failures: int, asked_s: float | None, jitter: float) -> float:
    """Return the delay in seconds after the n-th consecutive failure (1, 2 …).

    It doubles up to a minute and is at least what the service asked for (5 minutes at most). `jitter` 0 … 1 spreads many jobs.
    """
    seconds = min(0.5 * 2.0 ** min(failures - 1, 10), 60.0) * (0.5 + jitter / 2)
    return seconds if asked_s is None else max(seconds, min(asked_s, 300.0) * (1 + jitter / 10))
