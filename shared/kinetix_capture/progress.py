"""Progress of a capture. Stages are weighted by their usual cost; the remaining time follows the measured pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from kinetix_capture.interface import Progress, Report
from kinetix_core.values.failure import CaptureStage

# Seconds of work per second of video, and seconds of work per clip, measured on two cores of a laptop. `deliver` sets the cost of
# WRITE, which depends on the files.
STAGES: dict[CaptureStage, tuple[float, float]] = {
    CaptureStage.DECODE: (0.1, 0.15),
    CaptureStage.TRACK: (0.45, 1.0),
    CaptureStage.FIT: (0.15, 0.1),
    CaptureStage.WRITE: (0.0, 0.05),
}
_EVERY_S = 0.1
# The pace measured before says too little.
_TRUSTED_FROM_S = 2.0
_TRUSTED_FROM_SHARE = 0.2
# The remaining time at most doubles or halves, beside the time that passes, within this many seconds.
_DOUBLES_IN_S = 5.0


class StageMeter(Protocol):
    """Progress callback of a stage: called with the fraction 0 … 1 done; may raise to abort."""

    def at(self, stage: CaptureStage, share: float) -> None: ...


def fitting(meter: StageMeter, number: int, steps: int) -> Callable[[float], None]:
    """Return the progress callback of step `number`, counted from 0, of a fit with `steps` equal steps."""
    return lambda share: meter.at(CaptureStage.FIT, (number + share) / steps)


def within(report: Callable[[float], None], began: float, share: float) -> Callable[[float], None]:
    """Return the progress callback of a part that covers `share` of the whole from `began` on."""
    return lambda done: report(began + share * done)


class ProgressMeter:
    """Progress reports to one listener. A listener that raises stops the capture.

    Args:
        report: the listener.
        seconds: length of the part of the clip that is captured.
        clock: seconds, monotonic.
        write_s: seconds that writing the files takes, None when hardly anything is written.
    """

    def __init__(
        self,
        report: Report,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        write_s: float | None = None,
    ) -> None:
        self._report = report
        self._clock = clock
        self._costs = {name: per_second * seconds + fixed for name, (per_second, fixed) in STAGES.items()}
        if write_s is not None:
            self._costs[CaptureStage.WRITE] = write_s
        self._total = sum(self._costs.values())
        self._began = clock()
        self._sent = -1.0
        self._fraction = 0.0
        self._shown: tuple[float, float] | None = None  # when the remaining time was reported, and how long it was

    def at(self, stage: CaptureStage, share: float) -> None:
        """Report that `share` 0 … 1 of the stage is done: at most ten times a second, and at both ends of a stage."""
        now = self._clock()
        if 0 < share < 1 and now - self._sent < _EVERY_S:
            return
        self._sent = now
        before = 0.0
        for name, cost in self._costs.items():
            if name == stage:
                before += cost * min(max(share, 0.0), 1.0)
                break
            before += cost
        self._fraction = max(self._fraction, min(before / self._total, 1.0))
        self._report(Progress(stage, self._fraction, self._remaining(now)))

    def part(self, number: int, count: int) -> StageMeter:
        """Return the meter for reading and tracking one of `count` clips."""
        return _OneOfSeveral(self, number, count)

    def _remaining(self, now: float) -> float | None:
        """Return the seconds left at the measured pace, None before there is one.

        Reports differ by at most a factor of two: each is bound to the last one, less the time that passed.
        """
        elapsed = now - self._began
        if self._fraction >= 1.0:
            return 0.0
        if self._fraction < _TRUSTED_FROM_SHARE or elapsed < _TRUSTED_FROM_S:
            return None
        measured = elapsed * (1 - self._fraction) / self._fraction
        if self._shown is not None:
            since, last = now - self._shown[0], self._shown[1]
            expected = max(last - since, last / 2)
            factor = 2 ** min(since / _DOUBLES_IN_S, 1.0)
            measured = min(max(measured, expected / factor), expected * factor)
        self._shown = now, measured
        return measured


class _OneOfSeveral:
    """Meter of one part of several. Reading and tracking of all clips after the first is reported as tracking."""

    def __init__(self, whole: ProgressMeter, number: int, count: int) -> None:
        self._whole, self._number, self._count = whole, number, count

    def at(self, stage: CaptureStage, share: float) -> None:
        reading, tracking = (per_second for per_second, _ in (STAGES[CaptureStage.DECODE], STAGES[CaptureStage.TRACK]))
        first = reading / (reading + tracking)
        done = first * share if stage is CaptureStage.DECODE else first + (1 - first) * share
        if stage is CaptureStage.DECODE and not self._number:
            self._whole.at(stage, share)
        else:
            self._whole.at(CaptureStage.TRACK, (self._number + done) / self._count)
