"""Corrections of a take: where the capture is wrong. Each has an id, so that it can be undone alone."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from kinetix_core.io import untrusted_json
from kinetix_core.io.given_files import check_file
from kinetix_core.values.errors import InputError
from kinetix_core.values.views import MOST_VIEWS
from kinetix_core.values.wording import Worded, sentence, worded

VERSION_OF = "versionOf"
"""Where the metadata of a version say from which captured emote it is, as Kinetix Local writes them."""
MAX_CORRECTIONS = 200
_MAX_BYTES = 256 << 10
_MAX_FRAME = 100_000


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Limb(StrEnum):
    """A limb that can be posed: an arm (upper arm, forearm, hand), a leg (thigh, shin, foot), or the head (crown, face)."""

    LEFT_ARM = "leftArm"
    RIGHT_ARM = "rightArm"
    LEFT_LEG = "leftLeg"
    RIGHT_LEG = "rightLeg"
    TRUNK = "trunk"
    HEAD = "head"


class LimbPart(StrEnum):
    """A part of a limb that points towards the camera or away from it, from its inner joint to its outer one."""

    LEFT_UPPER_ARM = "leftUpperArm"
    RIGHT_UPPER_ARM = "rightUpperArm"
    LEFT_FOREARM = "leftForearm"
    RIGHT_FOREARM = "rightForearm"
    LEFT_THIGH = "leftThigh"
    RIGHT_THIGH = "rightThigh"
    LEFT_SHIN = "leftShin"
    RIGHT_SHIN = "rightShin"


class PictureJoint(StrEnum):
    """A joint that can be placed in the frame."""

    LEFT_SHOULDER = "leftShoulder"
    RIGHT_SHOULDER = "rightShoulder"
    LEFT_ELBOW = "leftElbow"
    RIGHT_ELBOW = "rightElbow"
    LEFT_WRIST = "leftWrist"
    RIGHT_WRIST = "rightWrist"
    LEFT_HIP = "leftHip"
    RIGHT_HIP = "rightHip"
    LEFT_KNEE = "leftKnee"
    RIGHT_KNEE = "rightKnee"
    LEFT_ANKLE = "leftAnkle"
    RIGHT_ANKLE = "rightAnkle"


LOWER_JOINTS = frozenset(joint for joint in PictureJoint if joint.endswith(("Hip", "Knee", "Ankle")))
"""Those of the legs, which an upper body has not."""


LEG_PARTS = frozenset(part for part in LimbPart if part.endswith(("Thigh", "Shin")))
"""Those of the legs."""


class Contact(StrEnum):
    """A contact of a hand: with the floor, a fixed object or the body; or none, whatever was captured."""

    FLOOR = "floor"
    THING = "thing"
    OTHER_HAND = "otherHand"
    HEAD = "head"
    HIP = "hip"
    NOTHING = "nothing"


def _direction(value: tuple[float, float, float]) -> tuple[float, float, float]:
    length = math.sqrt(sum(part * part for part in value))
    if not 1e-6 < length < 1e6:
        raise ValueError("a direction has a length")
    x, y, z = (part / length for part in value)
    return x, y, z


_Number = Annotated[float, Field(allow_inf_nan=False)]
Direction = Annotated[tuple[_Number, _Number, _Number], AfterValidator(_direction)]
"""In the emote's axes: x to the left of a figure that faces +z, y up. Kept with length 1."""
_Frame = Annotated[int, Field(ge=0, le=_MAX_FRAME)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Camera = Annotated[int, Field(ge=0, lt=MOST_VIEWS)] | None


class _Correction(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,36}$")]


class LimbPose(_Correction):
    """Directions of a limb's parts at one frame, from the body outwards.

    Attributes:
        frame: of the take, 30 a second, from 0.
        directions: of upper arm, forearm and hand, or of thigh, shin and foot, as far as they are known. Of the trunk one; of the
            head where its crown points, which tilts it, and where its face looks, which turns it.
    """

    kind: Literal["limb"] = "limb"
    frame: _Frame
    limb: Limb
    directions: Annotated[tuple[Direction | None, ...], Field(min_length=1, max_length=3)]

    @model_validator(mode="after")
    def _says_something(self) -> LimbPose:
        if not any(self.directions):
            raise ValueError("at least one direction is given")
        if self.limb is Limb.TRUNK and len(self.directions) > 1:
            raise ValueError("the trunk has one direction")
        if self.limb is Limb.HEAD and len(self.directions) > 2:
            raise ValueError("the head has two directions")
        return self


class PicturePoint(_Correction):
    """Position of a joint in the frame, as shares of width and height from the upper left.

    Attributes:
        camera: in which clip's picture, by the order in which those of the take were given, from 0; None is the first that was used.
    """

    kind: Literal["point"] = "point"
    frame: _Frame
    joint: PictureJoint
    x: _Share
    y: _Share
    camera: _Camera = None


class LimbDepth(_Correction):
    """To which side of the picture a part of a limb points at one frame, which one camera has to guess.

    Attributes:
        towards: its far end is nearer to the camera than its near one; else it is further away.
        camera: which clip's, as for a `PicturePoint`.
    """

    kind: Literal["depth"] = "depth"
    frame: _Frame
    part: LimbPart
    towards: bool
    camera: _Camera = None


class _Span(_Correction):
    first: _Frame
    last: _Frame

    @model_validator(mode="after")
    def _goes_forward(self) -> _Span:
        if self.last < self.first:
            raise ValueError("the last frame comes after the first")
        return self


class FootContact(_Span):
    """A foot stands, or does not, from the first to the last frame."""

    kind: Literal["foot"] = "foot"
    side: Side
    stands: bool = True


class HandContact(_Span):
    """A hand touches something from the first to the last frame, and stays there; or it is free."""

    kind: Literal["hand"] = "hand"
    side: Side
    touches: Contact


Correction: TypeAlias = Annotated[
    LimbPose | PicturePoint | LimbDepth | FootContact | HandContact, Field(discriminator="kind")
]


class CorrectionList(BaseModel):
    """All that is said about one take; the order does not matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corrections: Annotated[tuple[Correction, ...], Field(max_length=MAX_CORRECTIONS)] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> CorrectionList:
        ids = [correction.id for correction in self.corrections]
        if len(set(ids)) != len(ids):
            raise ValueError("two corrections have one id")
        return self

    def without(self, id: str) -> CorrectionList:
        """The list less one. Raises CorrectionError when it is not there."""
        left = tuple(correction for correction in self.corrections if correction.id != id)
        if len(left) == len(self.corrections):
            raise CorrectionError.unknown(id)
        return CorrectionList(corrections=left)


def words_of(name: str) -> Worded:
    """A limb, a part of one or a joint by its usual name, as “left forearm”."""
    return sentence(re.sub(r"[A-Z]", lambda found: f" {found[0].lower()}", name))


class CorrectionError(InputError):
    """A correction that cannot be followed.

    Attributes:
        correction: its id, "" where the whole list is meant.
    """

    def __init__(self, title: str, *, code: str, correction: str = "", detail: str = "", next_step: str = "") -> None:
        super().__init__(title, code=code, detail=detail, next_step=next_step)
        self.correction = correction

    def as_dict(self) -> dict[str, Any]:
        """Return the error as JSON types, with `correction` if there is one."""
        data = super().as_dict()
        return {**data, "correction": self.correction} if self.correction else data

    @classmethod
    def malformed(cls, detail: str) -> CorrectionError:
        return cls(
            "The corrections are invalid.", code="badCorrections", detail=detail, next_step="See docs/refine.md."
        )

    @classmethod
    def beyond_clip(cls, correction: str, frame: int, frames: int) -> CorrectionError:
        return cls(
            worded(
                "The correction “{correction}” is for frame {frame}, but the take ends with frame {last}.",
                correction=correction,
                frame=frame,
                last=frames - 1,
            ),
            code="frameBeyondClip",
            correction=correction,
            next_step="Choose a frame of the take; it has 30 a second, from 0.",
        )

    @classmethod
    def out_of_reach(cls, correction: str, limb: str, detail: str) -> CorrectionError:
        return cls(
            worded("The {limb} cannot reach the target of “{correction}”.", limb=words_of(limb), correction=correction),
            code="limbCannotReach",
            correction=correction,
            detail=detail,
            next_step="Move it nearer to the body, or correct another joint first.",
        )

    @classmethod
    def other_side(cls, correction: str, part: LimbPart, detail: str) -> CorrectionError:
        return cls(
            worded("The {part} cannot point as “{correction}” requires.", part=words_of(part), correction=correction),
            code="limbCannotReach",
            correction=correction,
            detail=detail,
            next_step="Remove the correction, or first set the direction of the limb part above it.",
        )

    @classmethod
    def camera_moved(cls, correction: str) -> CorrectionError:
        return cls(
            worded("The correction “{correction}” marks a point, but the camera moved.", correction=correction),
            code="cameraMoved",
            correction=correction,
            next_step="Pose the limb instead.",
        )

    @classmethod
    def camera_unknown(cls, correction: str, camera: int, detail: str) -> CorrectionError:
        return cls(
            worded(
                "The correction “{correction}” refers to the unknown clip {number}.",
                correction=correction,
                number=camera + 1,
            ),
            code="cameraUnknown",
            correction=correction,
            detail=detail,
            next_step="Mark the point in another clip, or pose the limb.",
        )

    @classmethod
    def legs_not_captured(cls, correction: str) -> CorrectionError:
        return cls(
            worded(
                "The correction “{correction}” is about the legs, but the upper body alone was captured.",
                correction=correction,
            ),
            code="legsNotCaptured",
            correction=correction,
            next_step="Remove the correction, or correct trunk, head and arms.",
        )

    @classmethod
    def contradicted(cls, correction: str, detail: str) -> CorrectionError:
        return cls(
            worded("The correction “{correction}” contradicts the others.", correction=correction),
            code="correctionsDisagree",
            correction=correction,
            detail=detail,
            next_step="Remove one of the two, or change it.",
        )

    @classmethod
    def unknown(cls, correction: str) -> CorrectionError:
        return cls(
            worded("There is no correction “{correction}”.", correction=correction),
            code="correctionNotFound",
            correction=correction,
            next_step="Choose a correction from the list.",
        )


def parse(text: bytes | str) -> CorrectionList:
    """Parse corrections as JSON: a list, or an object with the list `corrections`. Raises CorrectionError or FormatError."""
    value = untrusted_json.parse(text, "The list of corrections", max_bytes=_MAX_BYTES)
    return of_json({"corrections": value} if isinstance(value, list) else value)


def of_json(value: object) -> CorrectionList:
    """The same of a value that is read already."""
    try:
        return CorrectionList.model_validate(value)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise CorrectionError.malformed(said) from error


def read(path: Path) -> CorrectionList:
    """The corrections in a file. Raises CorrectionError, FormatError, or InputError when there is no such file."""
    check_file(path, instead="Name a file with corrections.")
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            worded("“{clip}” cannot be read.", clip=path.name),
            code="fileNotFound",
            detail=error.strerror or "",
            next_step="Name a file with corrections.",
        ) from error
    return parse(text)


def write_json(corrections: Sequence[Correction]) -> dict[str, Any]:
    """JSON types, as `of_json` takes them."""
    return CorrectionList(corrections=tuple(corrections)).model_dump(mode="json", by_alias=True, exclude_none=True)
