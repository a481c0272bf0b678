"""One fit over all clips of a take: the motion, the person's proportions, where further cameras stand and how late their clocks are,
and the focal lengths that no scene told.

It begins halfway between the single fits, each of which errs along its own view, with the cameras as `camera_poses` has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinetix_capture import estimate, pipeline
from kinetix_capture.fitting import body_model, further_cameras, observations, solver
from kinetix_capture.fitting.further_cameras import CameraPose
from kinetix_capture.fitting.measurements import SEVERAL_VIEWS, Measurements
from kinetix_capture.progress import within
from kinetix_capture.video.decode import FPS
from kinetix_capture.views import camera_poses
from kinetix_core.motion import quaternion as quat

# Rounds in which clocks and lenses are found; a clock's step moves along the landmarks' speeds, which hold for about a frame.
_ROUNDS = 2
# Standard deviation of the logarithm of a focal length that no scene told. Whether it is 0.03 or 0.12 changes what is found by 2 %.
_ASSUMED = 0.12


@dataclass(frozen=True, eq=False)
class SeenClip:
    """One clip of a take: what it shows, what it gives alone, and the seconds to add to its times to have those of the first clip."""

    observed: pipeline.Observed
    alone: estimate.Captured
    offset_s: float = 0.0


@dataclass(frozen=True, eq=False)
class JointFit:
    """The motion, and of each further clip: its offset in seconds, the angle in degrees under which the person sees its camera and the
    first one, and how far its landmarks are from where it shows them, metres across its view (median).
    """

    found: estimate.Captured
    offsets_s: tuple[float, ...]
    degrees: tuple[float, ...]
    misses_m: tuple[float, ...]


def fit(
    first: SeenClip, further: Sequence[SeenClip], name: str, report: Callable[[float], None] = lambda share: None
) -> JointFit:
    """Fit all clips on the frames of the first. `report` gets the share done and may raise to stop."""
    offsets, focals = [clip.offset_s for clip in further], [clip.alone.fit.focal for clip in (first, *further)]
    own, *views = _views(first, further, offsets, focals)
    cameras = [_pose(first, clip, own, view) for clip, view in zip(further, views, strict=True)]
    state = _halfway(first, further, cameras)
    for turn in range(_ROUNDS):
        state = replace(state, zooms=np.zeros(len(focals)))
        state = solver.refine(_with_free_lenses(own, views), state, SEVERAL_VIEWS, within(report, 0.3 * turn, 0.3))
        offsets = _corrected(offsets, state)
        focals = [focal * float(np.exp(zoom)) for focal, zoom in zip(focals, state.zooms, strict=True)]
        held = tuple(replace(camera, late_s=0.0) for camera in state.cameras)
        state = replace(state, cameras=held, zooms=np.zeros(0))
        own, *views = _views(first, further, offsets, focals)
    own = replace(own, seen=_best_seen(own.seen, views, state.cameras))
    found = estimate.settle((own, *views), state, SEVERAL_VIEWS, name, within(report, 0.6, 0.4))
    points = found.state.pose.points
    person, misses = points.mean(axis=(0, 1)), []
    for camera, view in zip(found.state.cameras, views, strict=True):
        off = estimate.miss(camera.apply(points), view.measured.rays)
        misses.append(float(np.median(off[view.seen.weights[:, body_model.ATTACHED].max(axis=1) > 0])))
    return JointFit(
        replace(found, notes=first.observed.notes, camera_motion=first.alone.camera_motion),
        tuple(_corrected(offsets, found.state)),
        tuple(camera_poses.degrees_between(camera, person) for camera in found.state.cameras),
        tuple(misses),
    )


def _views(
    first: SeenClip, further: Sequence[SeenClip], offsets: Sequence[float], focals: Sequence[float]
) -> list[estimate.View]:
    """All clips on the frames of the first, seen with these focal lengths in longer sides of their pictures."""
    times = first.alone.seen.times
    seen = [observations.resample(clip.observed.track, times - at) for clip, at in zip(further, offsets, strict=True)]
    clips = zip((first, *further), (first.alone.seen, *seen), focals, strict=True)
    return [_view(clip, shown, focal) for clip, shown, focal in clips]


def _view(clip: SeenClip, seen: observations.Observations, focal: float) -> estimate.View:
    told = clip.alone.focal_told
    view = estimate.view_of(seen, clip.observed.camera, clip.observed.edges, focal, focal_told=told)
    return replace(view, measured=replace(view.measured, speeds=further_cameras.speeds(view.measured.rays)))


def _with_free_lenses(own: estimate.View, views: Sequence[estimate.View]) -> Measurements:
    """Return all cameras' observations, with the focal lengths that no scene told as unknowns."""
    first, *further = (
        replace(view.measured, focal_spread=None if view.focal_told else _ASSUMED) for view in (own, *views)
    )
    return replace(first, further=tuple(further))


def _corrected(offsets: Sequence[float], state: solver.State) -> list[float]:
    return [offset - camera.late_s for offset, camera in zip(offsets, state.cameras, strict=True)]


def _pose(first: SeenClip, clip: SeenClip, own: estimate.View, view: estimate.View) -> CameraPose:
    """Return the pose of the further camera, from the two single fits."""
    here, there = _shared(first, clip)
    weights = own.measured.weights[here] * view.measured.weights[here]
    points, further = first.alone.state.pose.points, clip.alone.state.pose.points
    return camera_poses.relate(points[here], further[there], weights).pose


def _shared(first: SeenClip, clip: SeenClip) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames of the first clip's fit that the other one's has too, and which ones they are there."""
    at = np.round((first.alone.seen.times - clip.offset_s - clip.alone.seen.times[0]) * FPS).astype(np.int64)
    here = np.flatnonzero((at >= 0) & (at < len(clip.alone.seen.times)))
    return here, at[here]


def _halfway(first: SeenClip, further: Sequence[SeenClip], cameras: Sequence[CameraPose]) -> solver.State:
    """The mean of the single fits where they share frames, in the frame of the first; elsewhere the first one alone."""
    state = first.alone.state
    rotations, hips, shape = state.rotations.copy(), state.hips.copy(), state.shape
    for number, (clip, camera) in enumerate(zip(further, cameras, strict=True)):
        share, back, other = 1 / (number + 2), camera.inverse(), clip.alone.state
        here, there = _shared(first, clip)
        turned = other.rotations[there]
        turned[:, 0] = quat.multiply(quat.from_matrix(back.turn), turned[:, 0])
        rotations[here] = quat.slerp(rotations[here], turned, np.full(turned.shape[:2], share))
        hips[here] += share * (back.apply(other.hips[there]) - hips[here])
        shape = shape + share * (other.shape - shape)
    return solver.State(rotations, hips, shape, cameras=tuple(cameras))


def _best_seen(
    seen: observations.Observations, views: Sequence[estimate.View], cameras: Sequence[CameraPose]
) -> observations.Observations:
    """Each hand from the camera that sees it best, in the frame of the first; and how well any of them sees each landmark."""
    weights, hands, hand_weights = seen.weights, seen.hands.copy(), seen.hand_weights
    for view, camera in zip(views, cameras, strict=True):
        weights = np.maximum(weights, view.seen.weights)
        better = view.seen.hand_weights > hand_weights
        hands[better] = view.seen.hands[better] @ camera.turn
        hand_weights = np.maximum(hand_weights, view.seen.hand_weights)
    return replace(seen, weights=weights, hands=hands, hand_weights=hand_weights)
