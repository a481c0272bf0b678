"""Everything at once: a hundred actions in `make test`; for half an hour at night, or as long as `TORTURE_S` says."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.faults.torture import torture
from tests.support import tools

# Fixed in the default run, so that a red run is red again; the long form looks elsewhere every time.
SEED = 31
ROUNDS = 3  # a count, not a time: a slow machine does the same as a fast one
LONG_S = 1800.0


@pytest.mark.xdist_group("kill")
def test_everything_at_once(tmp_path: Path) -> None:
    tools.python()
    run = torture(SEED, tmp_path / "Mátyás home 動作", rounds=ROUNDS)
    print(f"seed {SEED}: {run.summary()}")
    assert run.clip_of and run.kills["hub"] and all(front.events for front in run.fronts), run.summary()


@pytest.mark.nightly
@pytest.mark.timeout(7000)
def test_everything_at_once_for_long(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    seconds = float(os.environ.get("TORTURE_S", LONG_S))
    print(torture(seed, tmp_path / "home", seconds=seconds).summary())
