"""Why a clip failed: one list, found from what the published server says as well as from our own service."""

from __future__ import annotations

import pytest

from kinetix_core.api.models import Process
from kinetix_core.values.failure import PUBLISHED_TEXTS, FailureReason
from kinetix_core.values.identity import ProcessId

pytestmark = pytest.mark.quick
UUID = "8d0f5a0e-7e0b-4f4e-9a52-2f4f5a6c1d11"


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (5, None, FailureReason.SEVERAL_PEOPLE),
        (6, None, FailureReason.NOBODY),
        (7, None, FailureReason.TOO_SMALL),
        (None, "Too much characters detected in the video", FailureReason.SEVERAL_PEOPLE),
        (None, "no character detected in the video.", FailureReason.NOBODY),
        (-1, "Character too small in the video", FailureReason.TOO_SMALL),
        (-1, "Something else", None),
        (None, None, None),
    ],
)
def test_published_codes_and_texts_lead_to_the_reason(
    code: int | None, text: str | None, reason: FailureReason | None
) -> None:
    process = Process(uuid=ProcessId(UUID), ml_return_code=code, error_message=text)
    assert process.failure_reason is reason


def test_our_own_service_says_the_reason_itself() -> None:
    told = {"code": "halfBody", "title": "Feet are missing.", "detail": "", "nextStep": "Step back."}
    process = Process.model_validate({"uuid": UUID, "mlReturnCode": -1, "failure": told})
    assert process.failure_reason is FailureReason.HALF_BODY


def test_each_published_text_belongs_to_one_reason() -> None:
    assert {reason.return_code for reason in FailureReason} - {-1} == set(PUBLISHED_TEXTS)
