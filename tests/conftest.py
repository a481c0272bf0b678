"""Rules of the whole suite, see `support/`: `isolation.py` (what is a test's own), `examples.py`, `verdict.py` (what a run tells)."""

from __future__ import annotations

import gc
import os
import sys
import zlib

import pytest

# A run starts hundreds of Python processes. Where the environment forbids to keep bytecode each would compile every module
# anew, which is most of the time of a short process.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# As the product's own workers have it: the solver's small matrices gain nothing from threads of OpenBLAS, which wait by spinning
# and so cost nearly twice the processor time. It is read when numpy is loaded, so nothing above may load it.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

# What collecting makes stays until the end, so there is nothing to look for in it: a fifth of its time.
gc.disable()

_LONGEST_ID = 200

pytest_plugins = ["pytester", "tests.support.examples", "tests.support.isolation", "tests.support.verdict"]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A short name for a long value. pytest puts the test's name into the environment, where Windows takes 32,767 characters."""
    if isinstance(val, str | bytes) and len(val) > _LONGEST_ID:
        return f"{argname}-{len(val)}-{zlib.crc32(val.encode('utf-8', 'replace') if isinstance(val, str) else val):08x}"
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`nightly` tests run only when they are asked for by `-m nightly`."""
    if "nightly" in (config.option.markexpr or ""):
        return
    kept = [item for item in items if not item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("nightly")])
    items[:] = kept


def pytest_collection_finish() -> None:
    """Freeze what lives as long as the run (modules, thousands of tests), so that the garbage collector skips it.

    With the little garbage among it: to look for that takes each worker a third of a second.
    """
    gc.freeze()
    gc.enable()
