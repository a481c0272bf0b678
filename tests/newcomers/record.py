"""Record a newcomer's actions up to the first emote, with a picture, in artefacts/newcomers."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence

from tests.support import tools

KEPT = tools.ARTEFACTS / "newcomers"


class Actions:
    """Actions with the seconds since the first one, printed and saved at the end."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.done: list[tuple[str, float]] = []

    def note(self, what: str) -> None:
        self.done.append((what, round(time.monotonic() - self._begun, 1)))

    def keep(self, name: str, size: int) -> None:
        keep(name, self.done, time.monotonic() - self._begun, size)


def keep(name: str, actions: Sequence[tuple[str, float]], seconds: float, size: int) -> None:
    """Write `name`.json beside the newcomer's picture and print it. `seconds` until the emote was there, `size` in bytes."""
    record = {"actions": actions, "seconds": round(seconds, 1), "megabytes": round(size / 1e6, 1)}
    KEPT.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**record, "load": os.getloadavg()[0]}, indent=2)
    (KEPT / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"\n{name}: {len(actions)} actions, {seconds:.0f} s\n", *(f"  {at:6.1f} s  {what}\n" for what, at in actions))
