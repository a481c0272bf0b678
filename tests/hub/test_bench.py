"""What the benchmark of the hub asks the system about another process."""

from __future__ import annotations

import os

from kinetix_bench.process import cpu_seconds, rss_mib


def test_memory_and_processor_time_of_a_process_are_known_on_every_system() -> None:
    before = cpu_seconds(os.getpid())
    assert 5 < rss_mib(os.getpid()) < 10_000
    while cpu_seconds(os.getpid()) <= before:
        sum(range(100_000))
