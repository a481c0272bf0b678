"""The command line of the long forms: `python -m tests.faults.kill --kills 500`, `python -m tests.faults.torture --seconds 600`."""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

__all__ = ["asked"]

N = TypeVar("N", int, float)


@contextlib.contextmanager
def asked(document: str | None, option: str, default: N) -> Iterator[tuple[N, int, Path]]:
    """Yield the amount for `option`, the seed and a folder; print the seed first and the seconds last.

    Args:
        document: the text of `--help`.
    """
    parser = argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(option, dest="amount", type=type(default), default=default)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", type=Path, help="folder for everything, to look at afterwards")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kinetix-faults-") as scratch:
        yield given.amount, given.seed, given.keep or Path(scratch)
    print(f"{time.monotonic() - begin:.0f} s")
