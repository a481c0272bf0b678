"""Directions of limbs that somebody knows: each pulls on the fit in every frame, the more firmly the nearer it was said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.normal_equations import NormalEquations
from kinetix_core import mannequin


@dataclass(frozen=True)
class Segment:
    """A part of a limb, between two joints, or from a joint to a place (3,) in its bone's rest frame, metres.

    `landmarks` are those of the network at its two ends, and `further` the ones that its far end carries along.
    """

    bone: str
    to: str | tuple[float, float, float]
    landmarks: tuple[int, int] | None = None
    further: tuple[int, ...] = ()


def _middle_finger(side: str) -> tuple[float, float, float]:
    """Return the middle finger's first joint in the hand's rest frame: the direction in which a hand points."""
    figure = mannequin.load("1k")
    wrist, joint = (figure.heads[figure.skeleton.names.index(side + bone)] for bone in ("Hand", "HandMiddle1"))
    x, y, z = (joint - wrist).tolist()
    return x, y, z


def _limbs(side: str, right: int) -> dict[str, tuple[Segment, ...]]:
    name = side.lower()
    wrist, hand, ankle, toes = 15 + right, (17 + right, 19 + right), 27 + right, (29 + right, 31 + right)
    return {
        f"{name}Arm": (
            Segment(side + "Arm", side + "ForeArm", (11 + right, 13 + right), (wrist, *hand)),
            Segment(side + "ForeArm", side + "Hand", (13 + right, wrist), hand),
            Segment(side + "Hand", _middle_finger(side)),
        ),
        f"{name}Leg": (
            Segment(side + "UpLeg", side + "Leg", (23 + right, 25 + right), (ankle, *toes)),
            Segment(side + "Leg", side + "Foot", (25 + right, ankle), toes),
            Segment(side + "Foot", side + "ToeBase"),
        ),
    }


SEGMENTS: dict[str, tuple[Segment, ...]] = {
    **_limbs("Left", 0),
    **_limbs("Right", 1),
    "trunk": (Segment("Hips", "Neck"),),
    "head": (Segment("Head", (0.0, 0.1, 0.0)), Segment("Head", (0.0, 0.0, 0.1))),
}
"""By limb, from the body outwards; of the head where its crown points and where its face looks."""


@dataclass(frozen=True)
class FirmDirections:
    """F frames of S segments in the camera's frame.

    Attributes:
        segments: which ones.
        wanted: (F, S, 3) unit directions.
        weights: (F, S) one over the standard deviation in radians; 0 where nothing is said.
    """

    segments: tuple[Segment, ...]
    wanted: Array
    weights: Array

    def part(self, frames: slice) -> FirmDirections:
        return replace(self, wanted=self.wanted[frames], weights=self.weights[frames])

    def given(self, *bones: str) -> Flags:
        """Return in which frames the direction of one of these bones is given, shape (F,)."""
        own = [segment.bone in bones for segment in self.segments]
        return np.asarray((self.weights[:, own] > 0).any(axis=1))


@cache
def _figure_with_ends(segments: tuple[Segment, ...]) -> body_model.BodyModel:
    """The figure with both ends of each segment as its landmarks, one after the other."""
    body = body_model.load()
    carriers, places = [], []
    for segment in segments:
        here = segment.bone if not isinstance(segment.to, str) else segment.to
        carriers += [body.index(segment.bone), body.index(here)]
        places += [np.zeros(3), np.zeros(3) if isinstance(segment.to, str) else np.array(segment.to)]
    return body_model.with_landmarks(body, np.array(carriers), np.array(places))


def ends(segments: tuple[Segment, ...], pose: FigurePose) -> Array:
    """Return (F, S, 2, 3) the near and the far end of each segment."""
    points = body_model.points(_figure_with_ends(segments), pose.world, pose.position)
    return np.asarray(points.reshape(len(points), len(segments), 2, 3))


def directions(segments: tuple[Segment, ...], pose: FigurePose) -> Array:
    places = ends(segments, pose)
    along = places[:, :, 1] - places[:, :, 0]
    return np.asarray(along / np.linalg.norm(along, axis=-1, keepdims=True))


def add(normal: NormalEquations, firm: FirmDirections, pose: FigurePose) -> None:
    """Add how far the pose is off. It counts in full, however far: this is no guess."""
    figure = _figure_with_ends(firm.segments)
    points = body_model.points(figure, pose.world, pose.position)
    slope = body_model.jacobian(figure, pose.world, pose.position, points)
    along = points[:, 1::2] - points[:, ::2]
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    residual = (along / length - firm.wanted) * firm.weights[..., None]
    turns = (slope[:, 1::2] - slope[:, ::2]) * (firm.weights[..., None] / length)[..., None]
    normal.add(turns.reshape(len(turns), -1, turns.shape[-1]), residual.reshape(len(turns), -1))
