"""mypy without Python's search for circles of garbage: a third of a first run is spent on it, and mypy keeps nearly all that it makes.

A first run needs 2 GB of memory so, rather than one; later ones, which read what the first kept, need little.
"""

from __future__ import annotations

import gc

from mypy.__main__ import console_entry


def _keep_thresholds(*_thresholds: int) -> None:
    """Instead of mypy's own, which would begin the search again."""


if __name__ == "__main__":
    gc.set_threshold(0)
    gc.set_threshold = _keep_thresholds
    console_entry()
