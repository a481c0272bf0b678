"""Contrast of two colours by the Web Content Accessibility Guidelines (WCAG 2)."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_OF_WORDS = 4.5
LEAST_OF_MARKS = 3.0


def _luminance(colour: Sequence[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Sequence[float], other: Sequence[float]) -> float:
    """From 1 to 21. `one`, `other`: red, green and blue as shown, 0 to 1; more values are left out."""
    darker, brighter = sorted((_luminance(one), _luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)
