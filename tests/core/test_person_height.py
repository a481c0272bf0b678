from __future__ import annotations

import pytest

from kinetix_core.values.errors import InputError
from kinetix_core.values.person_height import person_height_m

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("1.78", 1.78),
        ("1,78 m", 1.78),
        ("178", 1.78),
        ("178cm", 1.78),
        ("178.5 CM", 1.785),
        ("5'10\"", 1.778),
        ("5ft10", 1.778),
        ("5 ft 10 in", 1.778),
        ("6'", 1.8288),
    ],
)
def test_the_ways_people_write_it(text: str, metres: float) -> None:
    assert person_height_m(text) == pytest.approx(metres)


@pytest.mark.parametrize("text", ["", "tall", "0", "3", "12", "999", "1.78 km", "nan", "-1.78", "1e2", "5'10\" tall"])
def test_what_is_no_height_is_said(text: str) -> None:
    with pytest.raises(InputError, match="height"):
        person_height_m(text)
