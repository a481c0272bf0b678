"""Errors: secrets are masked, and the kind decides status and exit code."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from kinetix_capture.interface import CaptureRejected
from kinetix_core.protocol.corrections import CorrectionError
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.values.errors import HTTP_STATUS, ConflictError, ErrorKind, KinetixError, UnreadableFile, mask
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.wording import worded
from kinetix_local.queue.task import Cancelled

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


@pytest.mark.quick
@pytest.mark.parametrize(
    "error",
    [
        ConflictError(worded("{name} is busy.", name="a"), code="busy", next_step="Wait.", detail="b", command="c"),
        UnreadableFile("A node is missing"),
        CorrectionError("Too far.", code="far", correction="wrist-3", next_step="Move it."),
        CaptureRejected(FailureReason.NOBODY, title="Nobody is in the clip."),
        Cancelled(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_a_worker_process_arrives_whole(error: KinetixError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error) and vars(arrived) == vars(error) and str(arrived) == str(error)
    assert arrived.as_dict() == error.as_dict()
