"""Errors: secrets are masked, and the kind decides status and exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.values.errors import HTTP_STATUS, ErrorKind, KinetixError, mask

_KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.quick
@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"the key {_KEY} is unknown", "the key 0123…cdef is unknown"),
        (f"the file {_KEY}{_KEY}", f"the file {_KEY}{_KEY}"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("https://ann:pass@host:8000/x", "https://ann:***@host:8000/x"),
        ("postgresql://:pass@host/x?a=b@c", "postgresql://:***@host/x?a=b@c"),
        ("https://ann@host:8000/x", "https://ann@host:8000/x"),
        ("http://host:8000/ann@home", "http://host:8000/ann@home"),
    ],
)
def test_secrets_are_masked_and_nothing_else(said: str, told: str) -> None:
    assert mask(said) == told


@pytest.mark.quick
def test_the_home_folder_is_not_told() -> None:
    assert mask(f"{Path.home()}/clips/a.mp4") == "~/clips/a.mp4"


@pytest.mark.quick
@pytest.mark.parametrize("kind", ErrorKind)
def test_an_error_keeps_its_kind_on_the_wire(kind: ErrorKind) -> None:
    sent = ErrorInfo.of(KinetixError("It broke.", code="broke", kind=kind, next_step=""))
    received = ErrorInfo.model_validate_json(sent.to_json()).raised()
    assert (
        sent.as_dict()["kind"]
        == KinetixError("", kind=kind, code="broke", next_step="").as_dict()["kind"]
        == kind.value
    )
    assert received.kind is kind and received.exit_code == (
        2 if kind in {ErrorKind.MISSING, ErrorKind.INVALID_INPUT} else 1
    )
    assert kind in HTTP_STATUS
