"""Which of a clip's metadata (`Motion.extras`) is still true after a change.

`body`: only the upper body moves.

`contacts` has one row per frame; `loop` says that the last frame equals the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion.motion import Motion
from kinetix_core.values.captured_body import METADATA

_WHOLE = 1e-6


def is_loop(motion: Motion) -> bool:
    """Return whether the clip repeats: its last pose is its first one, perhaps elsewhere on the floor."""
    return bool(motion.extras.get("loop")) and len(motion) > 1


def resampled(motion: Motion, places: NDArray[Any]) -> dict[str, Any]:
    """The metadata when the clip is made of what it had at these places (N,), in frames: contacts go along, and it stays a loop
    as long as it begins and ends with the frames that meet."""
    extras = dict(motion.extras)
    contacts = extras.get("contacts")
    if isinstance(contacts, list) and len(contacts) == len(motion):
        extras["contacts"] = [contacts[int(frame)] for frame in np.rint(places)]
    if not (is_loop(motion) and len(places) > 1 and all(_is_end(motion, place) for place in places[[0, -1]])):
        extras.pop("loop", None)
    return extras


def merged(base: Motion, other: Motion, *, constant: bool, contacts: bool = False) -> dict[str, Any]:
    """The metadata of `base` with something of another motion in it.

    Args:
        constant: as much of it in the last frame as in the first.
        contacts: feet and hands stay where they are, so that what is known of them holds.
    """
    gone = set() if contacts and len(other) >= len(base) else {"contacts"}
    if not (constant and is_loop(base) and is_loop(other) and len(base) == len(other)):
        gone.add("loop")
    if other.extras.get(METADATA) != base.extras.get(METADATA):
        gone.add(METADATA)
    return {key: value for key, value in base.extras.items() if key not in gone}


def _is_end(motion: Motion, place: float) -> bool:
    return min(abs(place), abs(place - (len(motion) - 1))) < _WHOLE
