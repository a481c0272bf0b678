"""The long forms: `python -m tests.faults kill 500`, `python -m tests.faults torture 600`, both with `--seed`."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.faults.kill import kill_run
from tests.faults.torture import torture


def main() -> None:
    """Print the seed first and the seconds last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["kill", "torture"])
    parser.add_argument("amount", type=int, nargs="?", default=60, help="kills, or seconds of torture")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", type=Path, help="folder for everything, to look at afterwards")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kinetix-faults-") as scratch:
        home = (given.keep or Path(scratch)) / "Mátyás home"
        if given.what == "kill":
            print(kill_run(given.amount, given.seed, home).summary())
        else:
            print(torture(given.seed, home, seconds=given.amount).summary())
    print(f"{time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
