"""Capture request as stored in a process's row. Validated, as an import may have written it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, ValidationError

from kinetix_core.values.capture_settings import CaptureSettings, Pixels
from kinetix_core.values.errors import KinetixError


class RequestUnknown(KinetixError):
    """A request has a value that no capture of this version can follow."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The process asks for something that this version does not know.",
            code="requestUnknown",
            detail=detail,
            next_step="Upload the clip again.",
        )


class StoredRequest(CaptureSettings):
    """The settings of a process as JSON.

    `crop_pixels` is set instead of `crop`. `refines` and `corrections` are those of a take that is solved again.
    """

    model_config = ConfigDict(extra="ignore")

    crop_pixels: Pixels | None = None
    refines: UUID | None = None
    corrections: list[dict[str, Any]] = []

    @property
    def settings(self) -> CaptureSettings:
        return CaptureSettings.model_construct(**{name: getattr(self, name) for name in CaptureSettings.model_fields})

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> StoredRequest:
        """Raises RequestUnknown."""
        try:
            return cls.model_validate({name: value for name, value in request.items() if value is not None})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise RequestUnknown(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
