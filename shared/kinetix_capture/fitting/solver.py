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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_capture.fitting import balance, body_model, firm_directions, further_cameras, heading, priors, touching
from kinetix_capture.fitting.further_cameras import CameraPose
from kinetix_capture.fitting.normal_equations import NormalEquations, join, robust
from kinetix_core.motion import quaternion as quat

__all__ = ["Measurements", "Settings", "State", "Window", "refine", "windows"]

Array = NDArray[np.float64]

# Bones between landmarks whose directions the network's 3D gives.
_DIRECTIONS = (
    *((11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28)),
    *((29, 31), (30, 32), (11, 12), (23, 24), (7, 8), (15, 17), (15, 19), (16, 18), (16, 20)),
)
_HANDS = ([13, 14], [15, 16])
# Radians or metres at a time; and the change of the cost, as a share of it, that is not worth another step.
_LONGEST_STEP, _SETTLED = 1.0, 3e-3
_SHORTER = 0.3


@dataclass(frozen=True)
class Settings:
    """Standard deviations: metres, radians, radians a frame² at 30 fps; `sideways_walk` in metres a frame.

    `careful` goes back and takes a shorter step where one made the cost rise, as what somebody says may be far from what was seen.
    `window` frames at most are solved at once, `overlap` of them at each end together with the next window.
    """

    picture: float = 0.01
    depth: float = 0.25
    sideways: float = 0.2
    direction: float = 0.2
    palm: float = 0.75
    smooth: float = 0.014
    smooth_root: float = 0.004
    smooth_depth: float = 0.002
    sudden: float = 2.5
    shape: float = 0.1
    still: float = 0.003
    floor: float = 0.006
    below: float = 0.03
    balance: float = 0.08
    sideways_walk: float = 0.005
    clock: float = 0.03
    iterations: int = 7
    careful: bool = False
    window: int = 330
    overlap: int = 40


@dataclass
class Measurements:
    """What was seen, in the camera's frame with y up (x right, z towards the camera).

    Attributes:
        rays: (F, K, 2) slopes x / depth and y / depth of the attached landmarks.
        weights: (F, K) 0 … 1.
        world: (F, K, 3) the network's 3D in mannequin metres, relative to the middle of the hips.
        palm: (F, 2) 0 … 1, left and right: how far the hand's directions in `world` come from the hand model.
        standing: (F, K) bool: the landmark stands still in this frame.
        up: (3,) up direction; with it standing landmarks share one floor, `soles` (K,) metres above which each one stands.
        further: what further cameras saw in the same frames, each in its own frame: rays, weights, world, palm and
        speeds: (F, K, 2) by which its rays change in a second.
        firm: directions of limbs that somebody knows.
        touching: places of the body that meet.
    """

    rays: Array
    weights: Array
    world: Array
    palm: Array | None = None
    standing: NDArray[np.bool_] | None = None
    up: Array | None = None
    soles: Array | None = None
    further: tuple[Measurements, ...] = ()
    speeds: Array | None = None
    firm: firm_directions.FirmDirections | None = None
    touching: touching.Touching | None = None

    def part(self, frames: slice) -> Measurements:
        """Those of some frames."""

        def cut(values: Any) -> Any:
            return None if values is None else values[frames]

        return replace(
            self,
            rays=self.rays[frames],
            weights=self.weights[frames],
            world=self.world[frames],
            palm=cut(self.palm),
            standing=cut(self.standing),
            further=tuple(view.part(frames) for view in self.further),
            speeds=cut(self.speeds),
            firm=None if self.firm is None else self.firm.part(frames),
            touching=None if self.touching is None else self.touching.part(frames),
        )


@dataclass
class State:
    """F frames: local rotations (F, B, 4), hips (F, 3) in the camera's frame, the person's proportions (S,), and further cameras."""

    rotations: Array
    hips: Array
    shape: Array = field(default_factory=lambda: np.zeros(len(body_model.PROPORTIONS)))
    cost: float = 0.0
    cameras: tuple[CameraPose, ...] = ()


def refine(
    body: body_model.BodyModel,
    seen: Measurements,
    state: State,
    settings: Settings,
    tick: Callable[[float], None] = lambda share: None,
) -> State:
    """Improves `state` by up to `settings.iterations` steps. `tick` gets the share done and may raise to stop."""
    now = replace(state, rotations=state.rotations.copy(), hips=state.hips.copy(), shape=state.shape.copy())
    pieces = windows(len(now.hips), settings)
    steps = settings.iterations * len(pieces)
    cost = np.inf
    came: tuple[State, Array, Array] | None = None
    for turn in range(settings.iterations):
        posed = _pose(body, now.rotations, now.hips, now.shape, now.cameras)
        whole = _of_the_whole(posed, seen)
        parts = []
        for number, window in enumerate(pieces):
            tick((turn * len(pieces) + number) / steps)
            parts.append(
                _assemble(posed.part(window.frames), seen.part(window.frames), window, whole, settings).reduce()
            )
        total = sum(part.cost for part in parts)
        if settings.careful and came is not None and total > cost * (1 + _SETTLED):
            # too far: from where it came, a shorter way
            came = came[0], came[1] * _SHORTER, came[2] * _SHORTER
            now = _stepped(body, *came)
            continue
        step, change = join(parts)
        # each for itself: the twist of an arm that is seen straight may want half a turn, and must not hold up all the rest
        came = now, np.clip(step, -_LONGEST_STEP, _LONGEST_STEP), change
        now = _stepped(body, *came)
        if turn > 1 and abs(cost - total) < _SETTLED * total:
            break
        cost = total
    if settings.careful and came is not None:
        now = came[0]  # of the last step nobody knows yet where it leads
    return replace(now, cost=cost)


def _stepped(body: body_model.BodyModel, state: State, step: Array, change: Array) -> State:
    """The state after a step (F, N) of the frames and a change of what they share."""
    rotations, hips = _moved(body, state.rotations, state.hips, step)
    shapes = len(state.shape)
    cameras = tuple(
        camera.moved(change[further_cameras.columns(shapes, number)]) for number, camera in enumerate(state.cameras)
    )
    return State(rotations, hips, state.shape + change[:shapes], state.cost, cameras)


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
class _Posed:
    """The figure with the person's proportions: bones' turns (F, B, 3, 3) and places (F, B, 3), landmarks (F, K, 3)."""

    body: body_model.BodyModel
    shape: Array
    rotations: Array
    hips: Array
    world: Array
    position: Array
    points: Array
    cameras: tuple[CameraPose, ...] = ()

    def part(self, frames: slice) -> _Posed:
        return replace(self, **{name: getattr(self, name)[frames] for name in _OF_FRAMES})


_OF_FRAMES = ("rotations", "hips", "world", "position", "points")


def _pose(
    body: body_model.BodyModel, rotations: Array, hips: Array, shape: Array, cameras: tuple[CameraPose, ...] = ()
) -> _Posed:
    own = body_model.with_proportions(body, shape)
    world, position = body_model.pose(own, rotations, hips)
    return _Posed(own, shape, rotations, hips, world, position, body_model.points(own, world, position), cameras)


@dataclass(frozen=True)
class _Whole:
    """What all windows share: the usual depth from each camera and the `floor` along up in metres (None: not known), and whether it
    is a walk.
    """

    depths: tuple[float, ...]
    floor: float | None
    walks: float


def _of_the_whole(posed: _Posed, seen: Measurements) -> _Whole:
    depths = tuple(
        float(np.median(np.maximum(-points[..., 2], 0.3)))
        for points in (posed.points, *(camera.apply(posed.points) for camera in posed.cameras))
    )
    if seen.standing is None or seen.up is None or seen.soles is None or not seen.standing.any():
        return _Whole(depths, None, 0.0)
    floor = float(np.median((posed.points @ seen.up - seen.soles)[seen.standing]))
    centre = balance.centre_of_mass(posed.body, posed.position)
    return _Whole(depths, floor, heading.walks_ahead(centre, posed.points, seen.up))


def _moved(body: body_model.BodyModel, rotations: Array, hips: Array, step: Array) -> tuple[Array, Array]:
    rotations = rotations.copy()
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


def growth(body: body_model.BodyModel, world: Array, points: Array) -> Array:
    """(F, K, 3, S): how the landmarks move with the logarithms of the proportions."""
    out = np.zeros((*points.shape, len(body_model.PROPORTIONS)))
    for bone in np.flatnonzero(body.shapes >= 0):
        moved = body.moves[bone]
        column = out[..., body.shapes[bone]]
        column[:, moved] += (world[:, body.parents[bone]] @ body.offsets[bone])[:, None]
    return out


def _assemble(posed: _Posed, seen: Measurements, window: Window, whole: _Whole, settings: Settings) -> NormalEquations:
    body, shape, points = posed.body, posed.shape, posed.points
    slope = body_model.jacobian(body, posed.world, posed.position, points)
    frames, unknowns = len(slope), slope.shape[-1]
    shapes, shared = len(shape), len(shape) + further_cameras.UNKNOWNS * len(posed.cameras)
    normal = NormalEquations(frames, unknowns, shared, window.own)
    if window.frames.start == 0:
        for number, camera in enumerate(posed.cameras):
            at = further_cameras.columns(shapes, number).stop - 1
            normal.corner[at, at] += 1 / settings.clock**2
            normal.below[at] -= camera.late_s / settings.clock**2
        normal.corner[:shapes, :shapes] += np.eye(shapes) / settings.shape**2
        normal.below[:shapes] -= shape / settings.shape**2
        normal.cost += float((shape**2).sum() / settings.shape**2)
    grown = np.zeros((*points.shape, shared))
    grown[..., :shapes] = growth(body, posed.world, points)
    _add_picture(normal, seen, points, slope, grown, whole.depths[0], settings)
    _add_network(normal, seen, points, slope, grown, settings)
    for number, (camera, view) in enumerate(zip(posed.cameras, seen.further, strict=True)):
        own = further_cameras.columns(shapes, number)
        there = further_cameras.seen_from(camera, points, slope, grown, own)
        clock = camera.late_s, own.stop - 1
        _add_picture(normal, view, *there, whole.depths[1 + number], settings, clock)
        _add_network(normal, view, *there, settings)
    priors.add_limits(normal, body, posed.rotations)
    path = settings.smooth_root, settings.smooth_root, settings.smooth_depth
    priors.add_smoothness(normal, body, posed.rotations, posed.hips, (settings.smooth, path), settings.sudden)
    if seen.firm is not None:
        firm_directions.add(normal, seen.firm, posed.world, posed.position)
    if seen.touching is not None:
        touching.add(normal, seen.touching, points, slope, settings.still)
    if seen.standing is not None:
        _add_contacts(normal, posed, seen, seen.standing, whole, slope, settings)
    return normal


def _add_contacts(
    normal: NormalEquations,
    posed: _Posed,
    seen: Measurements,
    standing: NDArray[np.bool_],
    whole: _Whole,
    slope: Array,
    settings: Settings,
) -> None:
    """Standing landmarks do not move, and stand on one floor (a step or a beam is let off by Huber's weights); it bears the body."""
    body, points = posed.body, posed.points
    touching.add_still(normal, standing, points, slope, settings.still)
    if seen.up is None or seen.soles is None or whole.floor is None:
        return
    height, floor = points @ seen.up - seen.soles, whole.floor
    # standing points are on the floor, and nothing is below it
    sigma = np.where(standing, settings.floor, settings.below)
    off = np.where(standing, height - floor, np.minimum(height - floor, 0.0)) / sigma
    weight = robust(off, 1.5)
    normal.add(np.einsum("i,fkin->fkn", seen.up, slope) * (weight * (off != 0) / sigma)[..., None], off * weight)
    feet = body_model.rows(body_model.FEET)
    mass = balance.centre_of_mass(body, posed.position), balance.centre_slope(body, posed.world, posed.position)
    balance.add(normal, mass, (points[:, feet], slope[:, feet]), standing[:, feet], seen.up, floor, settings.balance)
    heading.add(normal, mass, (points, slope), seen.up, whole.walks, settings.sideways_walk)


def _add_picture(
    normal: NormalEquations,
    seen: Measurements,
    points: Array,
    slope: Array,
    grown: Array,
    typical: float,
    settings: Settings,
    clock: tuple[float, int] | None = None,
) -> None:
    """`clock`: seconds by which the pictures are late, and which of the shared unknowns it is."""
    depth = np.maximum(-points[..., 2], 0.3)
    # measured: what is half seen is placed three times as badly, not just 1.4 times
    sigma = settings.picture / typical / seen.weights
    for axis in (0, 1):
        rays = seen.rays[..., axis]
        if clock is not None and seen.speeds is not None:
            rays = rays + clock[0] * seen.speeds[..., axis]
        residual = (points[..., axis] / depth - rays) / sigma
        weight = robust(residual, 2.5)
        scale = (weight / sigma)[..., None]
        away = (points[..., axis] / depth**2)[..., None]
        moved, bigger = (
            (change[:, :, axis] / depth[..., None] + change[:, :, 2] * away) * scale for change in (slope, grown)
        )
        if clock is not None and seen.speeds is not None:
            bigger[..., clock[1]] = -seen.speeds[..., axis] * scale[..., 0]
        normal.add(moved, residual * weight, bigger)


def _add_network(
    normal: NormalEquations,
    seen: Measurements,
    points: Array,
    slope: Array,
    grown: Array,
    settings: Settings,
) -> None:
    left, right = body_model.rows((23, 24))
    centre, centre_slope = (points[:, left] + points[:, right]) / 2, (slope[:, left] + slope[:, right]) / 2
    centre_grown = ((grown[:, left] + grown[:, right]) / 2)[:, None]
    for axis, sigma in ((0, settings.sideways), (1, settings.sideways), (2, settings.depth)):
        residual = (points[..., axis] - centre[:, None, axis] - seen.world[..., axis]) / sigma
        weight = robust(residual, 1.5)
        J = (slope[:, :, axis] - centre_slope[:, None, axis]) * (weight / sigma)[..., None]
        normal.add(J, residual * weight, (grown - centre_grown)[:, :, axis] * (weight / sigma)[..., None])
    first, second = (body_model.rows(ends) for ends in zip(*_DIRECTIONS, strict=True))
    bone = points[:, second] - points[:, first]
    length = np.linalg.norm(bone, axis=-1, keepdims=True)
    wanted = seen.world[:, second] - seen.world[:, first]
    wanted = wanted / np.maximum(np.linalg.norm(wanted, axis=-1, keepdims=True), 1e-6)
    sigma_d = settings.direction + 0.008 / length
    if seen.palm is not None:
        for side, hand in enumerate(_HANDS):
            sigma_d[:, hand] *= (1 - (1 - settings.palm) * seen.palm[:, side])[:, None, None]
    unseen = 1 - np.minimum(seen.weights[:, first], seen.weights[:, second])
    sigma_d = sigma_d * (1 + unseen)[..., None]
    residual = (bone / length - wanted) / sigma_d
    weight = robust(residual, 0.8)
    J = (slope[:, second] - slope[:, first]) * (weight / (sigma_d * length))[..., None]
    normal.add(J.reshape(len(J), -1, J.shape[-1]), (residual * weight).reshape(len(J), -1))
