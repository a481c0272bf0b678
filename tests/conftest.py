"""Rules of the whole suite: see `support/isolation.py` (what is a test's own) and `support/verdict.py` (what a run tells)."""

from __future__ import annotations

import os
import sys

import pytest

# A run starts hundreds of Python processes. Where the environment forbids to keep bytecode each would compile every module
# anew, which is most of the time of a short process.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# As the product's own workers have it: the solver's small matrices gain nothing from threads of OpenBLAS, which wait by spinning
# and so cost nearly twice the processor time. It is read when numpy is loaded, so nothing above may load it.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

pytest_plugins = ["pytester", "tests.support.isolation", "tests.support.verdict"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`nightly` tests run only when they are asked for by `-m nightly`."""
    if "nightly" in (config.option.markexpr or ""):
        return
    kept = [item for item in items if not item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("nightly")])
    items[:] = kept
