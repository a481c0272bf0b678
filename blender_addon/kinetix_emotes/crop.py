# SPDX-License-Identifier: GPL-3.0-or-later
"""The crop of a clip: percent cut away at each side, as forms have it, and the part that is left, as the hub has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SIDES = ("left", "right", "top", "bottom")


def part_of(values: Any) -> list[float] | None:
    """[left, top, width, height] as fractions of the picture; None for the whole of it. `values`: the panel's or a dialog's."""
    left, right, top, bottom = (getattr(values, f"crop_{side}") / 100 for side in SIDES)
    if not values.crop or not any((left, right, top, bottom)):
        return None
    return [round(left, 4), round(top, 4), round(max(0.0, 1 - left - right), 4), round(max(0.0, 1 - top - bottom), 4)]


def set_part(values: Any, part: Sequence[float] | None) -> None:
    """Set the percent of `values` by such a part."""
    left, top, width, height = part or (0.0, 0.0, 1.0, 1.0)
    shares = (left, 1 - left - width, top, 1 - top - height)
    values.crop = any(share > 0 for share in shares)
    for side, share in zip(SIDES, shares, strict=True):
        setattr(values, f"crop_{side}", round(100 * max(share, 0.0), 2))
