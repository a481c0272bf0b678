"""Quality report of a take as a service keeps it. It comes from other machines and imports too, so it is validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from kinetix_core.protocol.corrections import LimbPart
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.people import MOST_PEOPLE
from kinetix_core.values.views import MOST_VIEWS

__all__ = ["ArmChoice", "QualityReport", "Wording", "Words"]

Words = Annotated[str, Field(max_length=2000)]
_MOST_HINTS = 64
_Frame = Annotated[int, Field(ge=0, lt=10_000_000)]
_Seconds = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
_Component = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
_Direction = tuple[_Component, _Component, _Component]
_Metres = Annotated[float, Field(ge=-1e4, le=1e4, allow_inf_nan=False)]


class _Report(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Wording(BaseModel):
    """Source of a filled-in sentence (kinetix_core/values/wording.py)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Words
    values: Annotated[dict[Annotated[str, Field(max_length=64)], Words | Wording], Field(max_length=20)]


class _Wordings(_Report):
    hints: Annotated[list[Wording | None], Field(max_length=_MOST_HINTS)] = []


class _Clip(_Report):
    begins_s: _Seconds | None = None


class _View(_Report):
    used: bool


class _Group(_Report):
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    person: Annotated[int, Field(ge=1, le=MOST_PEOPLE)]
    of: Annotated[int, Field(ge=2, le=MOST_PEOPLE)]
    x: _Metres
    z: _Metres
    yaw_degrees: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
    start_s: _Seconds
    size: Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False)]


class _Loop(_Report):
    start: _Frame


class _Unsure(_Report):
    limb: Annotated[str, Field(max_length=32)]
    first: _Frame
    last: _Frame
    worst: _Frame
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Directions(_Report):
    towards: _Direction
    away: _Direction


class ArmChoice(_Report):
    """A part of an arm that may point to either side of the picture plane (`kinetix_capture.report.arm_choices`)."""

    part: LimbPart
    first: _Frame
    last: _Frame
    frames: Annotated[list[_Frame], Field(min_length=1, max_length=200)]
    towards: bool
    directions: _Directions


class QualityReport(_Report):
    """The part of a quality report that the service uses. The whole report is the emote's file `quality.json`.

    `people` is added by the service: the number of people that the clip was captured for.
    """

    hints: Annotated[list[Words], Field(max_length=_MOST_HINTS)] = []
    wording: _Wordings = _Wordings()
    clip: _Clip = _Clip()
    views: Annotated[list[_View], Field(max_length=MOST_VIEWS)] = []
    group: _Group | None = None
    loop: _Loop | None = None
    unsure: Annotated[list[_Unsure], Field(max_length=4096)] = []
    arm_choices: Annotated[list[ArmChoice], Field(max_length=16)] = []
    body: CapturedBody = CapturedBody.WHOLE
    people: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value is not None} if isinstance(given, dict) else given

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> QualityReport:
        """Return a stored report, or an empty one if it is missing or invalid."""
        try:
            return cls.model_validate(stored or {})
        except ValidationError:
            return cls()

    def plain(self) -> dict[str, Any]:
        """Return the report as JSON values, without defaults."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
