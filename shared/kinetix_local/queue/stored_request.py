"""What a process asks of its capture, as its row has it. An import may have brought anything there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.people import People, PersonAt
from kinetix_local.queue.task import Pixels

__all__ = ["RequestUnknown", "StoredRequest"]

_Number = Annotated[float, Field(allow_inf_nan=False)]


class RequestUnknown(KinetixError):
    """A request has a value that no capture of this version can follow."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The process asks for something that this version does not know.",
            code="requestUnknown",
            detail=detail,
            next_step="Upload the clip again.",
        )


class StoredRequest(BaseModel):
    """Times are seconds of the clip, the height metres; see `CaptureRequest`. What is null is not asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)

    start: _Number = 0.0
    end: _Number | None = None
    height: _Number | None = None
    loop: bool = False
    in_place: bool = False
    crop_pixels: Pixels | None = None
    people: People | None = None
    person: PersonAt | None = None
    body: CapturedBody = CapturedBody.WHOLE
    face: bool = False
    refines: UUID | None = None
    corrections: list[dict[str, Any]] = []

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> StoredRequest:
        """Raises RequestUnknown."""
        try:
            return cls.model_validate({name: value for name, value in request.items() if value is not None})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise RequestUnknown(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
