"""The clip-level fit: joint rotations and path of the mannequin that agree best with everything seen, over all frames at once.

Unknowns are the freedoms of `body`, so bones keep their lengths, knees and elbows are hinges, and the result is what is delivered.
Residuals: where landmarks appear in the picture, the network's depth and bone directions, anatomical limits, smoothness and feet
that stand. Gauss-Newton with Huber weights on banded normal equations.

A clip of more than some ten seconds is linearised whole, but each step is solved in windows that overlap (restricted additive
Schwarz): what a frame says fades within some frames, so the step inside of a window is that of the whole clip, and memory does not
grow with the length.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.fitting import (
    balance,
    body_model,
    firm_directions,
    further_cameras,
    heading,
    landmark_residuals,
    priors,
    touching,
)
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.further_cameras import CameraPose
from kinetix_capture.fitting.measurements import Measurements, Settings
from kinetix_capture.fitting.normal_equations import NormalEquations, join, robust
from kinetix_core.motion import quaternion as quat

# Radians or metres at a time; and the change of the cost, as a share of it, that is not worth another step.
_LONGEST_STEP, _SETTLED = 1.0, 3e-3
_SHORTER = 0.3
# Further off no lens of a phone is; clips that do not belong together may ask for any.
_LARGEST_ZOOM = float(np.log(3.0))


@dataclass
class State:
    """F frames: local rotations (F, B, 4), hips (F, 3) in the camera's frame, the person's proportions (S,), and further cameras.

    `zooms` (C,) are the logarithms of the cameras' focal lengths, the first one's first, in lengths of those that their rays were made
    with; none where all are held.
    """

    rotations: Array
    hips: Array
    shape: Array = field(default_factory=lambda: np.zeros(len(body_model.PROPORTIONS)))
    cost: float = 0.0
    cameras: tuple[CameraPose, ...] = ()
    zooms: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def pose(self) -> FigurePose:
        """The figure with the person's own proportions."""
        return FigurePose(self.rotations, self.hips, body_model.with_proportions(body_model.load(), self.shape))


def refine(
    seen: Measurements,
    state: State,
    settings: Settings,
    tick: Callable[[float], None] = lambda share: None,
) -> State:
    """Improve `state` by up to `settings.iterations` steps. `tick` gets the share done and may raise to stop."""
    now = replace(state, rotations=state.rotations.copy(), hips=state.hips.copy(), shape=state.shape.copy())
    pieces = windows(len(now.hips), settings)
    steps = settings.iterations * len(pieces)
    cost = np.inf
    came: tuple[State, Array, Array] | None = None
    for turn in range(settings.iterations):
        pose = now.pose
        whole = _of_the_whole(pose, now, seen)
        parts = []
        for number, window in enumerate(pieces):
            tick((turn * len(pieces) + number) / steps)
            part = seen.part(window.frames)
            parts.append(_assemble(pose.part(window.frames), now, part, window, whole, settings).reduce())
        total = sum(part.cost for part in parts)
        if settings.careful and came is not None and total > cost * (1 + _SETTLED):
            # too far: from where it came, a shorter way
            came = came[0], came[1] * _SHORTER, came[2] * _SHORTER
            now = _stepped(*came)
            continue
        step, change = join(parts)
        # each for itself: the twist of an arm that is seen straight may want half a turn, and must not hold up all the rest
        came = now, np.clip(step, -_LONGEST_STEP, _LONGEST_STEP), change
        now = _stepped(*came)
        if turn > 1 and abs(cost - total) < _SETTLED * total:
            break
        cost = total
    if settings.careful and came is not None:
        now = came[0]  # of the last step nobody knows yet where it leads
    return replace(now, cost=cost)


def _stepped(state: State, step: Array, change: Array) -> State:
    """The state after a step (F, N) of the frames and a change of what they share."""
    rotations, hips = moved(state.rotations, state.hips, step)
    shapes = len(state.shape)
    cameras = tuple(
        camera.moved(change[further_cameras.columns(shapes, number)]) for number, camera in enumerate(state.cameras)
    )
    zooms = np.clip(state.zooms + change[len(change) - len(state.zooms) :], -_LARGEST_ZOOM, _LARGEST_ZOOM)
    return State(rotations, hips, state.shape + change[:shapes], state.cost, cameras, zooms)


@dataclass(frozen=True)
class Window:
    """`frames` of the clip that are solved together; `own` are those of them that are kept, counted in the window."""

    frames: slice
    own: slice


def windows(count: int, settings: Settings) -> list[Window]:
    """The windows in which so many frames are solved, in order; one where they are few."""
    if count <= settings.window:
        return [Window(slice(0, count), slice(0, count))]
    pieces = -(-count // (settings.window - 2 * settings.overlap))
    edges = [round(edge) for edge in np.linspace(0, count, pieces + 1)]
    found = []
    for first, last in itertools.pairwise(edges):
        begin, end = max(first - settings.overlap, 0), min(last + settings.overlap, count)
        found.append(Window(slice(begin, end), slice(first - begin, last - begin)))
    return found


@dataclass(frozen=True)
class _Whole:
    """Values shared by all windows: the usual depth from each camera, the `floor` along up in metres (None: unknown), and
    whether it is a walk."""

    depths: tuple[float, ...]
    floor: float | None
    walks: float


def _of_the_whole(pose: FigurePose, state: State, seen: Measurements) -> _Whole:
    depths = tuple(
        float(np.median(np.maximum(-points[..., 2], 0.3)))
        for points in (pose.points, *(camera.apply(pose.points) for camera in state.cameras))
    )
    if seen.standing is None or seen.up is None or seen.soles is None or not seen.standing.any():
        return _Whole(depths, None, 0.0)
    on_floor = seen.standing | _knuckles(seen, seen.standing)
    floor = float(np.median(_heights(pose.points, seen, seen.up, seen.soles)[on_floor]))
    return _Whole(depths, floor, heading.walks_ahead(balance.centre_of_mass(pose), pose.points, seen.up))


def moved(rotations: Array, hips: Array, step: Array) -> tuple[Array, Array]:
    """Return local rotations (F, B, 4) and hips (F, 3) after a step (F, N) of the unknowns."""
    body, rotations = body_model.load(), rotations.copy()
    turns: dict[tuple[tuple[int, ...], bool], Array] = {}
    for number, dof in enumerate(body.dofs):
        if dof.bones:
            key = (dof.bones, dof.outer)
            turns[key] = turns.get(key, np.zeros((len(hips), 3))) + step[:, number, None] * dof.axis / len(dof.bones)
    for (bones, outer), turn in turns.items():
        small = quat.exp(turn)
        for bone in bones:
            old = rotations[:, bone]
            rotations[:, bone] = quat.normalize(quat.multiply(small, old) if outer else quat.multiply(old, small))
    return rotations, hips + step[:, :3]


def growth(pose: FigurePose) -> Array:
    """Return (F, K, 3, S): how the landmarks move with the logarithms of the proportions."""
    body = pose.body
    out = np.zeros((*pose.points.shape, len(body_model.PROPORTIONS)))
    for bone in np.flatnonzero(body.shapes >= 0):
        moved = body.moves[bone]
        column = out[..., body.shapes[bone]]
        column[:, moved] += (pose.world[:, body.parents[bone]] @ body.offsets[bone])[:, None]
    return out


def _assemble(
    pose: FigurePose, state: State, seen: Measurements, window: Window, whole: _Whole, settings: Settings
) -> NormalEquations:
    """Return the equations of a window; `state` is that of the whole clip."""
    shape, points = state.shape, pose.points
    slope = body_model.jacobian(pose.body, pose.world, pose.position, points)
    frames, unknowns = len(slope), slope.shape[-1]
    shapes, posing = len(shape), len(shape) + further_cameras.UNKNOWNS * len(state.cameras)
    shared = posing + len(state.zooms)
    zooms = _free_zooms(state.zooms, seen, posing)
    normal = NormalEquations(frames, unknowns, shared, window.own)
    if window.frames.start == 0:
        for number, camera in enumerate(state.cameras):
            at = further_cameras.columns(shapes, number).stop - 1
            normal.corner[at, at] += 1 / settings.clock**2
            normal.below[at] -= camera.late_s / settings.clock**2
        for view, zoom in zip((seen, *seen.further), zooms, strict=True):
            if zoom is not None and view.focal_spread is not None:
                normal.corner[zoom[1], zoom[1]] += 1 / view.focal_spread**2
                normal.below[zoom[1]] -= zoom[0] / view.focal_spread**2
        normal.corner[:shapes, :shapes] += np.eye(shapes) / settings.shape**2
        normal.below[:shapes] -= shape / settings.shape**2
        normal.cost += float((shape**2).sum() / settings.shape**2)
    grown = np.zeros((*points.shape, shared))
    grown[..., :shapes] = growth(pose)
    landmark_residuals.add_picture(normal, seen, points, slope, grown, whole.depths[0], settings, zoom=zooms[0])
    landmark_residuals.add_network(normal, seen, points, slope, grown, settings)
    for number, (camera, view) in enumerate(zip(state.cameras, seen.further, strict=True)):
        own = further_cameras.columns(shapes, number)
        there = further_cameras.seen_from(camera, points, slope, grown, own)
        clock = camera.late_s, own.stop - 1
        depth, zoom = whole.depths[1 + number], zooms[1 + number]
        landmark_residuals.add_picture(normal, view, *there, depth, settings, clock, zoom)
        landmark_residuals.add_network(normal, view, *there, settings)
    priors.add_limits(normal, pose.rotations)
    path = settings.smooth_root, settings.smooth_root, settings.smooth_depth
    priors.add_smoothness(normal, pose.rotations, pose.hips, (settings.smooth, path), settings.sudden)
    if seen.firm is not None:
        firm_directions.add(normal, seen.firm, pose)
    if seen.touching is not None:
        touching.add(normal, seen.touching, points, slope, settings.still)
    if seen.standing is not None:
        _add_contacts(normal, pose, seen, seen.standing, whole, slope, settings)
    return normal


def _free_zooms(zooms: Array, seen: Measurements, first: int) -> list[tuple[float, int] | None]:
    """Return each camera's zoom with its index among the shared unknowns, from `first` on; None where it is held."""
    views = seen, *seen.further
    if not len(zooms):
        return [None] * len(views)
    return [
        None if view.focal_spread is None else (float(zoom), first + number)
        for number, (view, zoom) in enumerate(zip(views, zooms, strict=True))
    ]


def _add_contacts(
    normal: NormalEquations,
    pose: FigurePose,
    seen: Measurements,
    standing: Flags,
    whole: _Whole,
    slope: Array,
    settings: Settings,
) -> None:
    """Standing landmarks do not move, and stand on one floor (a step or a beam is let off by Huber's weights); it bears the body."""
    points, hands = pose.points, _knuckles(seen, standing)
    touching.add_still(normal, standing, points, slope, settings.still)
    if seen.up is None or seen.soles is None or whole.floor is None:
        return
    height, floor = _heights(points, seen, seen.up, seen.soles), whole.floor
    # standing points are on the floor, and nothing is below it
    sigma = np.where(standing, settings.floor, np.where(hands, settings.hand_floor, settings.below))
    off = np.where(standing | hands, height - floor, np.minimum(height - floor, 0.0)) / sigma
    weight = robust(off, 1.5)
    normal.add(np.einsum("i,fkin->fkn", seen.up, slope) * (weight * (off != 0) / sigma)[..., None], off * weight)
    feet = body_model.rows(body_model.FEET)
    mass = balance.centre_of_mass(pose), balance.centre_slope(pose)
    # With a hand on the floor a body does not press on its feet alone.
    on_hands = np.asarray(hands.any(axis=1) | np.delete(standing, feet, axis=1).any(axis=1))
    alone = standing[:, feet] & ~on_hands[:, None]
    balance.add(normal, mass, (points[:, feet], slope[:, feet]), alone, seen.up, floor, settings.balance)
    heading.add(normal, mass, (points, slope), seen.up, whole.walks, settings.sideways_walk)


def _heights(points: Array, seen: Measurements, up: Array, soles: Array) -> Array:
    """Return (F, K) metres along `up` of landmarks (F, K, 3) above where they are when they stand on a floor through the camera."""
    height = np.asarray(points @ up - soles)
    if seen.knuckle_heights is not None:
        for side, (_, *knuckles) in enumerate(body_model.HANDS):
            height[:, body_model.rows(knuckles)] -= seen.knuckle_heights[:, side, None]
    return height


def _knuckles(seen: Measurements, standing: Flags) -> Flags:
    """Return (F, K) the knuckles of hands that seem to stand, without those that are known to."""
    out = np.zeros(standing.shape, bool)
    if seen.hands_standing is not None:
        for side, (_, *knuckles) in enumerate(body_model.HANDS):
            out[:, body_model.rows(knuckles)] = seen.hands_standing[:, side, None]
    return out & ~standing
