"""Progress that moves evenly: every stage counts by what it costs on this machine, and the remaining time is learnt on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from kinetix_capture.interface import Progress, Report
from kinetix_core.values.failure import CaptureStage

__all__ = ["STAGES", "ProgressMeter", "StageMeter", "fitting", "within"]

# Seconds of work per second of video, and seconds of work per clip, measured on two cores of a laptop. What is written differs:
# `deliver` knows its cost.
STAGES: dict[CaptureStage, tuple[float, float]] = {
    CaptureStage.DECODE: (0.1, 0.15),
    CaptureStage.TRACK: (0.75, 0.25),
    CaptureStage.FIT: (0.15, 0.1),
    CaptureStage.WRITE: (0.0, 0.05),
}
_EVERY_S = 0.1


class StageMeter(Protocol):
    """Takes the share 0 … 1 of a stage that is done; may raise to stop."""

    def at(self, stage: CaptureStage, share: float) -> None: ...


def fitting(meter: StageMeter, number: int, steps: int) -> Callable[[float], None]:
    """Takes the share 0 … 1 of one of so many equal steps of the fit; `number` counts from 0."""
    return lambda share: meter.at(CaptureStage.FIT, (number + share) / steps)


def within(report: Callable[[float], None], began: float, share: float) -> Callable[[float], None]:
    """Takes the share 0 … 1 of a part, which is `share` of the whole and begins where `began` of it is done."""
    return lambda done: report(began + share * done)


class ProgressMeter:
    """Reports to one listener. A listener that raises stops the capture; `check` passes that on from quiet stretches.

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

    def at(self, stage: CaptureStage, share: float) -> None:
        """`share` 0 … 1 of the stage is done. Reports at most ten times a second, and at both ends of a stage."""
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
        self._report(Progress(stage, self._fraction, self._remaining(now - self._began)))

    def part(self, number: int, count: int) -> StageMeter:
        """For one of `count` clips that are looked at one after the other, or people whose files are written so."""
        return _OneOfSeveral(self, number, count)

    def _remaining(self, elapsed: float) -> float:
        """The measured pace counts the more, the more of the work it has seen; before, the table's."""
        left = self._total * (1 - self._fraction)
        done = self._total * self._fraction
        trust = min(self._fraction / 0.2, 1.0)
        pace = (1 - trust) + trust * elapsed / done if done > 0 else 1.0
        return max(left * pace, 0.0)


class _OneOfSeveral:
    """Each part in turn. Clips are read and tracked, and to the listener all of it is one stretch of tracking once the first one was
    read; any other stage goes on from part to part.
    """

    def __init__(self, whole: ProgressMeter, number: int, count: int) -> None:
        self._whole, self._number, self._count = whole, number, count

    def at(self, stage: CaptureStage, share: float) -> None:
        if stage not in (CaptureStage.DECODE, CaptureStage.TRACK):
            self._whole.at(stage, (self._number + share) / self._count)
            return
        reading, tracking = (per_second for per_second, _ in (STAGES[CaptureStage.DECODE], STAGES[CaptureStage.TRACK]))
        first = reading / (reading + tracking)
        done = first * share if stage is CaptureStage.DECODE else first + (1 - first) * share
        if stage is CaptureStage.DECODE and not self._number:
            self._whole.at(stage, share)
        else:
            self._whole.at(CaptureStage.TRACK, (self._number + done) / self._count)
