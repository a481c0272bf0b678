"""Processor time of an action relative to fixed work in the same run.

A limit in seconds fails on a slow machine and says nothing on a fast one. The unit is some 40 ms on a fast core; neither a slow
machine nor a busy one changes the ratio much, so limits leave room of a few times. What users feel is `kinetix bench`'s.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import numpy as np

_TEXT = json.dumps([{"name": f"bone{number}", "at": [number / 7, number / 11]} for number in range(6000)])
_LEAST_S = 0.03  # Windows counts processor time in steps of 16 ms
_NUMBERS = np.random.default_rng(1).normal(size=120_000)


def unit_s() -> float:
    """Processor seconds of the fixed work: text, Python's own loops, arrays. It is done until the clock has moved by some ticks."""
    began, spent, rounds = time.process_time(), 0.0, 0
    while spent < _LEAST_S:
        _work()
        rounds += 1
        spent = time.process_time() - began
    return spent / rounds


def _work() -> None:
    rows = json.loads(_TEXT)
    total = sum(row["at"][0] * len(row["name"]) for row in rows for _ in range(5))
    total += float(np.sort(_NUMBERS)[0] + np.cumsum(np.sin(_NUMBERS))[-1])
    assert total


def paces(action: Callable[[], object]) -> float:
    """Return the cost of `action` in units of the fixed work, measured before and, if needed, after."""
    before = unit_s()
    began = time.process_time()
    action()
    spent = time.process_time() - began
    return spent / (before if spent < _LEAST_S else max(before, unit_s()))
