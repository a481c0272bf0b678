"""Kills, and everything at once, in `make test`; the long forms run at night and on request (`python -m tests.faults`)."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.faults.kill import MOVING, kill_run
from tests.faults.torture import torture
from tests.support import tools

# Fixed in the default run, so that a red run is red again; the long forms look elsewhere every time.
KILL_SEED, TORTURE_SEED = 20, 31
# A start of Python takes many times as long on Windows, the more so under Wine: there a third of them.
KILLS = 60 if os.name == "posix" else 20
ROUNDS = 3  # a count, not a time: a slow machine does the same as a fast one


@pytest.fixture
def seed() -> int:
    made = random.SystemRandom().randrange(10**6)
    print(f"seed {made}")
    return made


@pytest.mark.xdist_group("kill")
def test_kills_at_any_moment(tmp_path: Path) -> None:
    tools.python()
    run = kill_run(KILLS, KILL_SEED, tmp_path / "Mátyás home 動作")
    print(f"seed {KILL_SEED}: {run.summary()}")
    assert run.kills.total() == KILLS
    assert run.kills["hub"] >= KILLS // 4 and run.kills["service"] >= KILLS // 12
    assert set(MOVING) & set(run.states), "the kills met nothing worth killing"


@pytest.mark.nightly
@pytest.mark.timeout(7000)
def test_a_thousand_kills(seed: int, tmp_path: Path) -> None:
    assert kill_run(1000, seed, tmp_path / "home").kills.total() == 1000


@pytest.mark.xdist_group("kill")
def test_everything_at_once(tmp_path: Path) -> None:
    tools.python()
    run = torture(TORTURE_SEED, tmp_path / "Mátyás home 動作", rounds=ROUNDS)
    print(f"seed {TORTURE_SEED}: {run.summary()}")
    assert run.asked and run.kills["hub"] and all(front.events for front in run.fronts), run.summary()


@pytest.mark.nightly
@pytest.mark.timeout(7000)
def test_everything_at_once_for_long(seed: int, tmp_path: Path) -> None:
    print(torture(seed, tmp_path / "home", seconds=float(os.environ.get("TORTURE_S", 1800))).summary())
