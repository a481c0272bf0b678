"""A person's height as people write it: 1.78, 1.78 m, 178, 178cm, 5'10", 5 ft 10 in."""

from __future__ import annotations

import re

from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

MIN_M, MAX_M = 0.5, 2.5
_METRIC = re.compile(r"(\d+(?:[.,]\d+)?)\s*(m|cm|)", re.IGNORECASE)
_FEET = re.compile(r"(\d+)\s*(?:'|ft|feet)\s*(?:(\d+(?:[.,]\d+)?)\s*(?:\"|''|in|inches)?)?", re.IGNORECASE)
_LARGEST_METRES = 3.0  # a bare number up to this is metres, one above is centimetres: nobody is 3 m or 3 cm tall


def person_height_m(text: str) -> float:
    """The height in metres. Raises InputError for what is no height or not a person's."""
    height = _read(text.strip())
    if height is None or not MIN_M <= height <= MAX_M:
        raise InputError(
            worded("“{text}” is not a valid height.", text=text),
            code="badHeight",
            next_step=worded(
                "Write it like 1.78m, 178cm or 5ft10, between {least} and {most} m.",
                least=f"{MIN_M:g}",
                most=f"{MAX_M:g}",
            ),
        )
    return height


def _read(text: str) -> float | None:
    if match := _METRIC.fullmatch(text):
        number, unit = float(match[1].replace(",", ".")), match[2].lower()
        return number / 100 if unit == "cm" or (not unit and number > _LARGEST_METRES) else number
    if match := _FEET.fullmatch(text):
        return int(match[1]) * 0.3048 + float((match[2] or "0").replace(",", ".")) * 0.0254
    return None
