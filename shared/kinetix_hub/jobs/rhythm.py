"""How often to look at a process, and how long to wait after a failure. Pure: time comes in as numbers."""

from __future__ import annotations

from kinetix_core.values.failure import ProcessStatus

__all__ = ["back_off", "poll_interval"]


def poll_interval(status: ProcessStatus, remaining_s: float | None, age_s: float, *, local: bool = False) -> float:
    """Seconds to the next look.

    While the service says how long it still needs, a twentieth of that: an hour's wait is looked at every half minute, the
    last seconds twice a second. Without an estimate the rhythm slows down with the age of the process.
    """
    if status is ProcessStatus.PROCESSING and remaining_s is not None:
        seconds = min(max(remaining_s / 20.0, 0.5), 30.0)
    else:
        seconds = min(max(age_s / 30.0, 0.5), 15.0)
    if local:  # this machine's own service costs nobody anything, and a person watches the bar
        seconds = min(max(seconds / 4, 0.15), 1.0)
    return seconds


def back_off(failures: int, asked_s: float | None, jitter: float) -> float:
    """Seconds after the n-th failure in a row (1, 2 …): doubling to a minute, never sooner than the service asked (5 minutes at most).

    `jitter` 0 … 1 spreads a hundred jobs that failed in the same moment.
    """
    seconds = min(0.5 * 2.0 ** min(failures - 1, 10), 60.0) * (0.5 + jitter / 2)
    return seconds if asked_s is None else max(seconds, min(asked_s, 300.0) * (1 + jitter / 10))
