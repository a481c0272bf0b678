"""Kills in `make test`; the long form runs at night and on request (`python -m tests.faults.kill`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.kill import MOVING, kill_run
from tests.support import tools

# Fixed in the default run, so that a red run is red again; the long form looks elsewhere every time.
SEED = 20
# A start of Python takes many times as long on Windows, the more so under Wine: there a third of them.
KILLS = 60 if os.name == "posix" else 20


@pytest.mark.xdist_group("kill")
def test_kills_at_any_moment(tmp_path: Path) -> None:
    tools.python()
    run = kill_run(KILLS, SEED, tmp_path / "Mátyás home 動作")
    print(f"seed {SEED}: {dict(run.kills)}, states met {dict(run.states)}")
    assert sum(run.kills.values()) == KILLS
    assert run.kills["hub"] >= KILLS // 4 and run.kills["service"] >= KILLS // 12
    assert set(MOVING) & set(run.states), "the kills met nothing worth killing"


@pytest.mark.nightly
@pytest.mark.timeout(7000)
def test_a_thousand_kills(tmp_path: Path) -> None:
    import random

    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    run = kill_run(1000, seed, tmp_path / "home")
    assert sum(run.kills.values()) == 1000
