"""Everything at once: kills, a disk that refuses, people and repairs while emotes are made and synced.

    python -m tests.faults.torture --seconds 1800 --seed 7

What is done, and to whom, comes from the seed (tortured_hub.py); what must be true after it is in invariants.py.
"""

from __future__ import annotations

from pathlib import Path

from tests.faults.command import asked
from tests.faults.invariants import check
from tests.faults.tortured_hub import Torture

__all__ = ["torture"]


def torture(seed: int, home: Path, *, rounds: int = 0, seconds: float = 0.0) -> Torture:
    """So many `rounds` of actions, or as many as come in so many `seconds`.

    Raises AssertionError when a rule was broken; how to do the same again is in its text.
    """
    run = Torture(home, seed)
    try:
        run.carry_out(run.so_many(rounds) if rounds else run.for_so_long(seconds), check)
        run.settle()
        check(run)
        run.end()
    except BaseException as error:
        length = f"{rounds} rounds" if rounds else f"python -m tests.faults.torture --seconds {seconds:g} --seed {seed}"
        error.add_note(f"seed {seed}: {length}")
        raise
    finally:
        run.end_all()
    return run


def main() -> None:
    with asked(__doc__, "--seconds", 60.0) as (seconds, seed, folder):
        print(torture(seed, folder / "home", seconds=seconds).summary())


if __name__ == "__main__":
    main()
