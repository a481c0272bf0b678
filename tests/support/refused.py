"""Assertion that a call is refused with a code and a next step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from kinetix_core.values.errors import KinetixError


@contextlib.contextmanager
def refused(code: str, kind: type[KinetixError] = KinetixError) -> Iterator[pytest.ExceptionInfo[KinetixError]]:
    """Expect an error of this code, and a next step for the person who reads it."""
    with pytest.raises(kind) as caught:
        yield caught
    assert caught.value.code == code and caught.value.next_step, caught.value.as_dict()
