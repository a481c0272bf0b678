"""Kills in `make test`; the long form runs at night and on request (`python -m tests.faults.kill`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.kill import MOVING, kill_run
from tests.support import tools

# Fixed in the default run, so that a red run is red again; the long form looks elsewhere every time.
SEED = 20


@pytest.mark.xdist_group("kill")
def test_sixty_kills(tmp_path: Path) -> None:
    tools.python()
    run = kill_run(60, SEED, tmp_path / "Mátyás home 動作")
    print(f"seed {SEED}: {dict(run.kills)}, states met {dict(run.states)}")
    assert sum(run.kills.values()) == 60 and run.kills["hub"] >= 15 and run.kills["service"] >= 5
    assert set(MOVING) & set(run.states), "the kills met nothing worth killing"


@pytest.mark.nightly
@pytest.mark.timeout(7000)
def test_a_thousand_kills(tmp_path: Path) -> None:
    import random

    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    run = kill_run(1000, seed, tmp_path / "home")
    assert sum(run.kills.values()) == 1000
