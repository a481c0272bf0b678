"""A fit as small whole numbers, and back: what is kept of a take is rounded finer than anything in it is known.

The numbers are steps from frame to frame, which compress well: about 20 kB a second of clip, and half as much for each further camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_capture.fitting import body_model, further_cameras, solver
from kinetix_capture.fitting.clip_fit import ClipFit, Picture
from kinetix_capture.fitting.further_cameras import CameraPose
from kinetix_capture.fitting.measurements import Measurements
from kinetix_capture.interface import LONGEST_SECONDS
from kinetix_capture.networks.hand_landmarks import HAND_POINTS
from kinetix_capture.video.decode import FPS
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.captured_body import METADATA, CapturedBody
from kinetix_core.values.errors import FormatError
from kinetix_core.values.views import MOST_VIEWS

__all__ = ["FIELDS", "MAX_FRAMES", "Field", "fields", "pack", "rounded", "unpack"]

Array = NDArray[np.float64]
Whole = NDArray[np.int32]

MAX_FRAMES = round((LONGEST_SECONDS + 2) * FPS)
_LANDMARKS = len(body_model.ATTACHED)
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True)
class Field:
    """One array of F frames: the shape of a frame, its step (2⁻ᵏ of its unit), and the largest value that is sane."""

    shape: tuple[int, ...]
    fraction_bits: int
    largest: float


FIELDS = {
    "rays": Field((_LANDMARKS, 2), 16, 50.0),
    "visible": Field((_LANDMARKS,), 8, 1.0),
    "world": Field((_LANDMARKS, 3), 12, 20.0),
    "palm": Field((2,), 8, 1.0),
    "hands": Field((2, HAND_POINTS, 3), 12, 20.0),
    "handWeights": Field((2,), 10, 1.0),
    "standing": Field((len(body_model.FEET),), 0, 1.0),
    "rotations": Field((len(body_model.BONES), 4), 18, 1.01),
    "hips": Field((3,), 16, 1000.0),
}
# What each camera of several saw; of the first one the rest is in `FIELDS`, whose `visible` is by the camera that sees best.
_FIRST = ("visible",)
_FURTHER = ("rays", "visible", "world", "palm")
# What all frames share, and how far from 0 it may be.
_LARGEST = {"shape": 20.0, "up": 1.01, "upConfidence": 1.0, "focal": 20.0, "scale": 1e7, "size": 1e5, "centre": 1e6}
# Of each further camera: its turn row by row, its place, and how late it is.
_CAMERAS = "cameras"
_CAMERA = (*[1.01] * 9, *[1e4] * 3, 10.0)
# Of each further camera's picture: width and height, and the focal length. Takes that older versions kept have none.
_PICTURES = "pictures"
_PICTURE = (_LARGEST["size"], _LARGEST["size"], _LARGEST["focal"])
# Whether any hand stands on the floor; then there is one more array, which says when.
_HANDS_STANDING = "handsStanding"
# Whether any of them stands on its fingers; then one more says how high its knuckles are. Takes of older versions have none.
_KNUCKLE_HEIGHTS = "knuckleHeights"


def fields(shared: Mapping[str, Any]) -> dict[str, Field]:
    """The arrays that a fit has, by what all its frames share. Raises FormatError where that is nothing that a fit has."""
    cameras = shared.get(_CAMERAS, [])
    if not isinstance(cameras, list) or len(cameras) >= MOST_VIEWS:
        raise _damaged()
    found = dict(FIELDS)
    if shared.get(_HANDS_STANDING, False) is True:
        found[_HANDS_STANDING] = Field((len(body_model.HANDS),), 0, 1.0)
    if shared.get(_KNUCKLE_HEIGHTS, False) is True:
        found[_KNUCKLE_HEIGHTS] = Field((len(body_model.HANDS),), 12, 1.0)
    for number in range(1, len(cameras) + 2 if cameras else 1):
        found |= {_of_view(name, number): FIELDS[name] for name in (_FIRST if number == 1 else _FURTHER)}
    return found


def _of_view(name: str, number: int) -> str:
    """An array of one camera of several; the first one is 1."""
    return f"{name}-{number}"


def rounded(found: ClipFit) -> ClipFit:
    """The fit as `unpack` gives it back."""
    return unpack(*pack(found))


def pack(found: ClipFit) -> tuple[dict[str, Whole], dict[str, Any]]:
    """The arrays of `fields` as steps from frame to frame, and what all frames share (JSON types)."""
    measured, state = found.measured, found.state
    feet = body_model.rows(body_model.FEET)
    standing = np.zeros(measured.weights.shape) if measured.standing is None else measured.standing
    values = {
        **_seen(measured),
        "visible": found.visible,
        "hands": found.hands,
        "handWeights": found.hand_weights,
        "standing": standing[:, feet].astype(np.float64),
        "rotations": quat.continuous(state.rotations),
        "hips": state.hips,
    }
    for number, view in enumerate((measured, *measured.further) if measured.further else (), 1):
        values |= {_of_view(name, number): value for name, value in _seen(view).items()}
    shared: dict[str, Any] = {
        "shape": state.shape.tolist(),
        "up": found.up.tolist(),
        "upConfidence": float(found.up_confidence),
        "focal": float(found.focal),
        "scale": float(found.scale),
        "size": list(found.size),
        "centre": list(found.centre),
    }
    if found.captured is not CapturedBody.WHOLE:
        shared[METADATA] = found.captured.value
    if measured.hands_standing is not None and measured.hands_standing.any():
        shared[_HANDS_STANDING] = True
        values[_HANDS_STANDING] = measured.hands_standing.astype(np.float64)
    if measured.knuckle_heights is not None and measured.knuckle_heights.any():
        shared[_KNUCKLE_HEIGHTS] = True
        values[_KNUCKLE_HEIGHTS] = measured.knuckle_heights
    if measured.further:
        shared[_CAMERAS] = [[*one.turn.ravel().tolist(), *one.shift.tolist(), one.late_s] for one in state.cameras]
        shared[_PICTURES] = [[*one.size, one.focal] for one in found.further_pictures]
    return {name: _steps(values[name], field) for name, field in fields(shared).items()}, shared


def _seen(view: Measurements) -> dict[str, Array]:
    palm = np.zeros((len(view.rays), 2)) if view.palm is None else view.palm
    return {"rays": view.rays, "visible": view.weights, "world": view.world, "palm": palm}


def _steps(values: Array, field: Field) -> Whole:
    """Values beyond what is sane are held at it: a landmark of a wild guess has no weight."""
    whole = np.rint(np.clip(values, -field.largest, field.largest) * 2**field.fraction_bits).astype(np.int32)
    return np.asarray(np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1])))


def unpack(packed: Mapping[str, NDArray[np.signedinteger[Any]]], shared: Mapping[str, Any]) -> ClipFit:
    """The fit again. Raises FormatError for values that no take has; shapes are the caller's to check."""
    body = body_model.load()
    values = {name: _summed(packed[name], field) for name, field in fields(shared).items()}
    cameras = tuple(map(_camera, shared.get(_CAMERAS, [])))
    numbers = {name: _numbers(shared, name) for name in _LARGEST}
    size = (int(numbers["size"][0]), int(numbers["size"][-1]))
    sane = np.linalg.norm(values["rotations"], axis=-1)
    if np.abs(sane - 1).max() > 0.01 or min(size) < 1 or min(numbers["focal"][0], numbers["scale"][0]) < 0.01:
        raise _damaged()
    captured = shared.get(METADATA, CapturedBody.WHOLE)
    if abs(float(np.linalg.norm(numbers["up"])) - 1) > 0.01 or captured not in list(CapturedBody):
        raise _damaged()
    standing = np.zeros(values["visible"].shape, bool)
    feet = body_model.rows(body_model.FEET)
    standing[:, feet] = values["standing"] > 0
    measured = Measurements(
        values["rays"],
        np.clip(values[_of_view("visible", 1) if cameras else "visible"], _LEAST_WEIGHT, 1.0),
        values["world"],
        values["palm"],
        standing,
        numbers["up"],
        body_model.soles(body),
        tuple(_view(values, number) for number in range(2, len(cameras) + 2)),
        hands_standing=values[_HANDS_STANDING] > 0 if _HANDS_STANDING in values else None,
        knuckle_heights=values.get(_KNUCKLE_HEIGHTS),
    )
    state = solver.State(values["rotations"], values["hips"], numbers["shape"], cameras=cameras)
    return ClipFit(
        visible=values["visible"],
        hands=values["hands"],
        hand_weights=values["handWeights"],
        measured=measured,
        state=state,
        up=numbers["up"],
        up_confidence=float(numbers["upConfidence"][0]),
        focal=float(numbers["focal"][0]),
        scale=float(numbers["scale"][0]),
        size=size,
        centre=(float(numbers["centre"][0]), float(numbers["centre"][-1])),
        captured=CapturedBody(captured),
        further_pictures=_pictures(shared.get(_PICTURES, []), len(cameras)),
    )


def _view(values: Mapping[str, Array], number: int) -> Measurements:
    """Return the observations of a further camera; the motion of its rays follows from them."""
    rays, visible, world, palm = (values[_of_view(name, number)] for name in _FURTHER)
    weights = np.clip(visible, _LEAST_WEIGHT, 1.0)
    return Measurements(rays, weights, world, palm, speeds=further_cameras.speeds(rays))


def _camera(given: Any) -> CameraPose:
    if not isinstance(given, list) or len(given) != len(_CAMERA):
        raise _damaged()
    numbers = np.array([_number(one, largest) for one, largest in zip(given, _CAMERA, strict=True)])
    turn = numbers[:9].reshape(3, 3)
    if np.abs(turn @ turn.T - np.eye(3)).max() > 0.01 or np.linalg.det(turn) < 0:
        raise _damaged()
    return CameraPose(turn, numbers[9:12], float(numbers[12]))


def _pictures(given: Any, cameras: int) -> tuple[Picture, ...]:
    if not isinstance(given, list) or len(given) not in (0, cameras):
        raise _damaged()
    return tuple(map(_picture, given))


def _picture(given: Any) -> Picture:
    if not isinstance(given, list) or len(given) != len(_PICTURE):
        raise _damaged()
    width, height, focal = (_number(one, largest) for one, largest in zip(given, _PICTURE, strict=True))
    if min(width, height) < 1 or focal < 0.01:
        raise _damaged()
    return Picture((int(width), int(height)), focal)


def _summed(steps: NDArray[np.signedinteger[Any]], field: Field) -> Array:
    whole = np.cumsum(steps, axis=0, dtype=np.int64)
    values = whole / 2.0**field.fraction_bits
    if np.abs(values).max() > field.largest + 1e-9:
        raise _damaged()
    # In one order in memory, wherever they come from: sums over another order differ in their last bits.
    return np.ascontiguousarray(values)


_LENGTHS = {"shape": len(body_model.PROPORTIONS), "up": 3, "size": 2, "centre": 2}


def _numbers(shared: Mapping[str, Any], name: str) -> Array:
    given = shared.get(name)
    found: list[Any] = given if isinstance(given, list) else [given]
    wanted = _LENGTHS.get(name, 1)
    if len(found) != wanted:
        raise _damaged()
    return np.array([_number(one, _LARGEST[name]) for one in found])


def _number(given: Any, largest: float) -> float:
    # NaN is in no range, and a whole number of any length is compared before it is converted.
    if type(given) not in (int, float) or not abs(given) <= largest:
        raise _damaged()
    return float(given)


def _damaged() -> FormatError:
    return FormatError("The observations hold values that no take has.", next_step="Capture the clip again.")
