"""Quality report of a take as a service keeps it. It comes from other machines and imports too, so it is validated."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from kinetix_core.protocol.corrections import LimbPart
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.people import MOST_PEOPLE
from kinetix_core.values.views import MOST_VIEWS

Words = Annotated[str, Field(max_length=2000)]
_MOST_HINTS = 64
_Frame = Annotated[int, Field(ge=0, lt=10_000_000)]
_Seconds = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
_Component = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
_Direction = tuple[_Component, _Component, _Component]
_Metres = Annotated[float, Field(ge=-1e4, le=1e4, allow_inf_nan=False)]


class _Report(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


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


class UnusedReason(StrEnum):
    REFUSED = "refused"
    NO_TIME = "noTime"
    NOT_SHARED = "notShared"
    OTHER_TAKE = "otherTake"


class TimedBy(StrEnum):
    SOUND = "sound"
    MOTION = "motion"


class ViewResult(_Report):
    """Outcome of one clip of a take.

    Attributes:
        detail: of the `reason` for which it was not used.
        offset_s: seconds to add to its times to have those of the first clip, by `timed_by`; None where that was not found.
        degrees: between its camera and the first one, as the person sees them; None for the first and for unused ones.
        camera_moved: whether its camera moved; None for one that was not looked at or was refused.
    """

    used: bool = False
    reason: UnusedReason | None = None
    detail: Annotated[str, Field(max_length=1024)]
    offset_s: Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)] | None = None
    timed_by: TimedBy | None = None
    degrees: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None = None
    camera_moved: Annotated[bool, Field(strict=True)] | None = None


class GroupPlace(_Report):
    """Place of an emote among those of the other people of its clip: a turn about its origin, then a move.

    Attributes:
        x, z: metres on the floor; z points to the camera, the group's middle is the origin.
        yaw_degrees: about up.
        start_s: how much later than the first of them it begins.
        size: of the person beside the mean of the group.
    """

    model_config = ConfigDict(strict=True)

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    person: Annotated[int, Field(ge=1, le=MOST_PEOPLE)]
    of: Annotated[int, Field(ge=2, le=MOST_PEOPLE)]
    x: _Metres
    z: _Metres
    yaw_degrees: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
    start_s: _Seconds
    size: Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _is_one_of_them(self) -> GroupPlace:
        if self.person > self.of:
            raise ValueError("the group has fewer people")
        return self


class _Loop(_Report):
    start: _Frame


class UnsureSpan(_Report):
    """Frames of the take, 30 a second: from the first to the last, and the one to look at; `confidence` there, 0 … 1."""

    limb: Annotated[str, Field(max_length=32)]
    first: _Frame
    last: _Frame
    worst: _Frame
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class SideDirections(_Report):
    """Unit vectors in the emote's axes, towards the camera and away from it."""

    towards: _Direction
    away: _Direction


class ArmChoice(_Report):
    """A span of frames in which a part of an arm may point to either side of the picture plane.

    Attributes:
        part: upper arm or forearm.
        first, last: frames of the take.
        frames: where a `LimbDepth` correction chooses the side, the most uncertain frame first.
        towards: the captured side: towards the camera.
        directions: at the first of `frames`.
    """

    part: LimbPart
    first: _Frame
    last: _Frame
    frames: Annotated[list[_Frame], Field(min_length=1, max_length=200)]
    towards: bool
    directions: SideDirections


class QualityReport(_Report):
    """The part of a quality report that the service uses. The whole report is the emote's file `quality.json`.

    `people` is added by the service: the number of people that the clip was captured for.
    """

    hints: Annotated[list[Words], Field(max_length=_MOST_HINTS)] = []
    wording: _Wordings = _Wordings()
    clip: _Clip = _Clip()
    views: Annotated[list[_View], Field(max_length=MOST_VIEWS)] = []
    group: GroupPlace | None = None
    loop: _Loop | None = None
    unsure: Annotated[list[UnsureSpan], Field(max_length=4096)] = []
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
