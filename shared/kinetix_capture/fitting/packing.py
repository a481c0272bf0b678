"""A fit as small whole numbers, and back: what is kept of a take is rounded finer than anything in it is known.

The numbers are steps from frame to frame, which compress well: about 20 kB a second of clip, and half as much for each further camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model, further_cameras, solver
from kinetix_capture.fitting.clip_fit import ClipFit, Picture
from kinetix_capture.fitting.further_cameras import CameraPose
from kinetix_capture.fitting.measurements import Measurements
from kinetix_capture.networks.hand_landmarks import HAND_POINTS
from kinetix_capture.video.decode import FPS
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.clip_length import LONGEST_SECONDS
from kinetix_core.values.errors import FormatError
from kinetix_core.values.views import MOST_VIEWS

Whole = NDArray[np.int32]

MAX_FRAMES = round((LONGEST_SECONDS + 2) * FPS)
_LANDMARKS = len(body_model.ATTACHED)
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True)
class PackedArray:
    """One array of F frames: the shape of a frame, its step (2⁻ᵏ of its unit), and the largest value that is sane."""

    shape: tuple[int, ...]
    fraction_bits: int
    largest: float


FIELDS = {
    "rays": PackedArray((_LANDMARKS, 2), 16, 50.0),
    "visible": PackedArray((_LANDMARKS,), 8, 1.0),
    "world": PackedArray((_LANDMARKS, 3), 12, 20.0),
    "palm": PackedArray((2,), 8, 1.0),
    "hands": PackedArray((2, HAND_POINTS, 3), 12, 20.0),
    "handWeights": PackedArray((2,), 10, 1.0),
    "standing": PackedArray((len(body_model.FEET),), 0, 1.0),
    "handsStanding": PackedArray((len(body_model.HANDS),), 0, 1.0),
    "knuckleHeights": PackedArray((len(body_model.HANDS),), 12, 1.0),
    "rotations": PackedArray((len(body_model.BONES), 4), 18, 1.01),
    "hips": PackedArray((3,), 16, 1000.0),
}
# What each camera of several saw; of the first one the rest is in `FIELDS`, whose `visible` is by the camera that sees best.
_FIRST = ("visible",)
_FURTHER = ("rays", "visible", "world", "palm")

_Unit = Annotated[float, Field(ge=-1.01, le=1.01)]
_Growth = Annotated[float, Field(ge=-20, le=20)]
_Metres = Annotated[float, Field(ge=-1e4, le=1e4)]
_Pixels = Annotated[int, Field(ge=1, le=100_000)]
_Focal = Annotated[float, Field(ge=0.01, le=20)]


class _Model(BaseModel):
    model_config = ConfigDict(
        strict=True, frozen=True, alias_generator=to_camel, populate_by_name=True, allow_inf_nan=False
    )


class _Camera(_Model):
    """A further camera: its turn row by row, its place, how late it is, and its picture."""

    turn: Annotated[list[_Unit], Field(min_length=9, max_length=9)]
    shift: Annotated[list[_Metres], Field(min_length=3, max_length=3)]
    late_s: Annotated[float, Field(ge=-10, le=10)]
    size: Annotated[tuple[_Pixels, _Pixels], Field(strict=False)]
    focal: _Focal

    @model_validator(mode="after")
    def _is_a_turn(self) -> _Camera:
        turn = self.pose.turn
        if np.abs(turn @ turn.T - np.eye(3)).max() > 0.01 or np.linalg.det(turn) < 0:
            raise ValueError("the camera is not turned only")
        return self

    @property
    def pose(self) -> CameraPose:
        return CameraPose(np.array(self.turn).reshape(3, 3), np.array(self.shift), self.late_s)


class Shared(_Model):
    """Values of a fit that all its frames share."""

    shape: Annotated[
        list[_Growth], Field(min_length=len(body_model.PROPORTIONS), max_length=len(body_model.PROPORTIONS))
    ]
    up: Annotated[list[_Unit], Field(min_length=3, max_length=3)]
    up_confidence: Annotated[float, Field(ge=0, le=1)]
    focal: _Focal
    scale: Annotated[float, Field(ge=0.01, le=1e7)]
    size: Annotated[tuple[_Pixels, _Pixels], Field(strict=False)]
    centre: Annotated[
        tuple[Annotated[float, Field(ge=-1e6, le=1e6)], Annotated[float, Field(ge=-1e6, le=1e6)]], Field(strict=False)
    ]
    body: Annotated[CapturedBody, Field(strict=False)] = CapturedBody.WHOLE
    cameras: Annotated[list[_Camera], Field(max_length=MOST_VIEWS - 1)] = []

    @model_validator(mode="after")
    def _up_has_length_one(self) -> Shared:
        if abs(float(np.linalg.norm(self.up)) - 1) > 0.01:
            raise ValueError("up is a direction")
        return self


def arrays(shared: Shared) -> dict[str, PackedArray]:
    """Return the arrays of a fit, by what all its frames share."""
    found = dict(FIELDS)
    for number in range(1, len(shared.cameras) + 2 if shared.cameras else 1):
        found |= {_of_view(name, number): FIELDS[name] for name in (_FIRST if number == 1 else _FURTHER)}
    return found


def _of_view(name: str, number: int) -> str:
    """An array of one camera of several; the first one is 1."""
    return f"{name}-{number}"


def rounded(found: ClipFit) -> ClipFit:
    return unpack(*pack(found))


def pack(found: ClipFit) -> tuple[dict[str, Whole], Shared]:
    """The `arrays` as steps from frame to frame, and what all frames share."""
    measured, state = found.measured, found.state
    hands = np.zeros((len(state.hips), len(body_model.HANDS)))
    standing = np.zeros(measured.weights.shape) if measured.standing is None else measured.standing
    values = {
        **_seen(measured),
        "visible": found.visible,
        "hands": found.hands,
        "handWeights": found.hand_weights,
        "standing": standing[:, body_model.rows(body_model.FEET)],
        "handsStanding": hands if measured.hands_standing is None else measured.hands_standing,
        "knuckleHeights": hands if measured.knuckle_heights is None else measured.knuckle_heights,
        "rotations": quat.continuous(state.rotations),
        "hips": state.hips,
    }
    for number, view in enumerate((measured, *measured.further) if measured.further else (), 1):
        values |= {_of_view(name, number): value for name, value in _seen(view).items()}
    cameras = [
        _Camera(
            turn=pose.turn.ravel().tolist(),
            shift=pose.shift.tolist(),
            late_s=pose.late_s,
            size=picture.size,
            focal=picture.focal,
        )
        for pose, picture in zip(state.cameras, found.further_pictures, strict=True)
    ]
    shared = Shared(
        shape=state.shape.tolist(),
        up=found.up.tolist(),
        up_confidence=float(found.up_confidence),
        focal=float(found.focal),
        scale=float(found.scale),
        size=found.size,
        centre=found.centre,
        body=found.captured,
        cameras=cameras,
    )
    return {name: _steps(values[name], packed) for name, packed in arrays(shared).items()}, shared


def _seen(view: Measurements) -> dict[str, Array]:
    palm = np.zeros((len(view.rays), 2)) if view.palm is None else view.palm
    return {"rays": view.rays, "visible": view.weights, "world": view.world, "palm": palm}


def _steps(values: NDArray[Any], packed: PackedArray) -> Whole:
    """Values beyond what is sane are held at it: a landmark of a wild guess has no weight."""
    scaled = np.clip(values.astype(np.float64), -packed.largest, packed.largest) * 2**packed.fraction_bits
    whole = np.rint(scaled).astype(np.int32)
    return np.asarray(np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1])))


def unpack(packed: Mapping[str, NDArray[np.signedinteger[Any]]], shared: Shared) -> ClipFit:
    """The fit again. Raises FormatError for values that no take has; shapes are the caller's to check."""
    values = {name: _summed(packed[name], how) for name, how in arrays(shared).items()}
    if np.abs(np.linalg.norm(values["rotations"], axis=-1) - 1).max() > 0.01:
        raise _damaged()
    standing = np.zeros(values["visible"].shape, bool)
    standing[:, body_model.rows(body_model.FEET)] = values["standing"] > 0
    up = np.array(shared.up)
    measured = Measurements(
        values["rays"],
        np.clip(values[_of_view("visible", 1) if shared.cameras else "visible"], _LEAST_WEIGHT, 1.0),
        values["world"],
        values["palm"],
        standing,
        up,
        body_model.soles(),
        tuple(_view(values, number) for number in range(2, len(shared.cameras) + 2)),
        hands_standing=values["handsStanding"] > 0,
        knuckle_heights=values["knuckleHeights"],
    )
    poses = tuple(camera.pose for camera in shared.cameras)
    return ClipFit(
        visible=values["visible"],
        hands=values["hands"],
        hand_weights=values["handWeights"],
        measured=measured,
        state=solver.State(values["rotations"], values["hips"], np.array(shared.shape), cameras=poses),
        up=up,
        up_confidence=shared.up_confidence,
        focal=shared.focal,
        scale=shared.scale,
        size=shared.size,
        centre=shared.centre,
        captured=shared.body,
        further_pictures=tuple(Picture(camera.size, camera.focal) for camera in shared.cameras),
    )


def _view(values: Mapping[str, Array], number: int) -> Measurements:
    """Return the observations of a further camera; the motion of its rays follows from them."""
    rays, visible, world, palm = (values[_of_view(name, number)] for name in _FURTHER)
    weights = np.clip(visible, _LEAST_WEIGHT, 1.0)
    return Measurements(rays, weights, world, palm, speeds=further_cameras.speeds(rays))


def _summed(steps: NDArray[np.signedinteger[Any]], packed: PackedArray) -> Array:
    whole = np.cumsum(steps, axis=0, dtype=np.int64)
    values = whole / 2.0**packed.fraction_bits
    if np.abs(values).max() > packed.largest + 1e-9:
        raise _damaged()
    # In one order in memory, wherever they come from: sums over another order differ in their last bits.
    return np.ascontiguousarray(values)


def _damaged() -> FormatError:
    return FormatError("The observations hold values that no take has.", next_step="Capture the clip again.")
