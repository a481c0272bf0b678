"""Landmarks over time to a motion of the mannequin: fit the figure, find the floor, hold the feet, set the fingers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kinetix_capture import savitzky_golay
from kinetix_capture.arrays import Array, Flags
from kinetix_capture.contacts import (
    above_floor,
    fitted_hands,
    floor,
    foot_lock,
    hand_contacts,
    hand_lock,
    held_hands,
    several_cameras,
)
from kinetix_capture.contacts.said_contacts import SaidContacts
from kinetix_capture.face.shape_weights import face_motion
from kinetix_capture.fitting import (
    body_model,
    finger_pose,
    heading,
    initial_pose,
    observations,
    packing,
    scene_up,
    solver,
    still_pelvis,
)
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.clip_fit import ClipFit, Picture
from kinetix_capture.fitting.measurements import Measurements, Settings
from kinetix_capture.progress import within
from kinetix_capture.tracking.camera_motion import CameraSwing
from kinetix_capture.tracking.track import Track
from kinetix_capture.video.decode import FPS
from kinetix_core import mannequin
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.values.captured_body import METADATA, CapturedBody

_HIPS, _ANKLES = (23, 24), (27, 28)
# Of an upper body, whose hips are a guess where the picture ends above them, and who may lean on a table.
_UPPER_LEAN_DEG = 2 * floor.LEAN_DEG
# Fastest speeds of feet that stand, as in `floor.find_contacts`: wide while nothing holds them yet.
_STANDING: tuple[dict[str, float], ...] = ({"across": 0.25, "along": 4.0}, {"across": 0.3, "along": 1.0})


@dataclass(frozen=True)
class Camera:
    """Size of the full upright picture and its middle, in pixels of the tracked (perhaps cropped) picture; and the focal length in
    longer sides of it that is assumed until something tells another.
    """

    size: tuple[int, int]
    centre: tuple[float, float]
    focal: float = observations.FOCAL


@dataclass(frozen=True)
class Estimate:
    """Estimate of a take.

    Attributes:
        motion: on the mannequin, y up, floor at 0, facing +z at its start.
        planted: which heels and toes stand.
        hands: (F, 2) which hands stand on the floor, left and right, and `held` (F, 2) which hold on to something above it.
        fit: what it was made from, in the camera's frame.
        miss: (F, K) metres between the fitted and the seen landmarks, across the view.
        notes: what the one who filmed should know of the clip.
        camera_motion: what was taken out of the track, None where the camera stood still.
        face_seen: (F,) frames in which the motion's face was seen; None where it was not looked at.
    """

    motion: Motion
    planted: foot_lock.FootContacts
    hands: Flags
    held: Flags
    fit: ClipFit
    miss: Array
    notes: tuple[str, ...] = ()
    camera_motion: CameraSwing | None = None
    face_seen: Flags | None = None

    @property
    def state(self) -> solver.State:
        return self.fit.state


@dataclass(frozen=True)
class Captured(Estimate):
    """The estimate of a clip.

    Attributes:
        seen: its track on even frames.
        cost: what the fit leaves unexplained, in squares of standard deviations.
        focal_told: whether its scene told the focal length, its camera's turns, or others in the clip; else a phone's was assumed.
    """

    seen: observations.Observations = field(kw_only=True)
    cost: float = field(kw_only=True)
    focal_told: bool = field(kw_only=True)


@dataclass(frozen=True)
class View:
    """One camera's observations of a take, ready for the fit.

    Attributes:
        seen: its track on the frames of the fit.
        camera: its picture.
        edges, focal: of its scene; the focal length in longer sides of its picture.
        focal_told: as in `Captured`.
        measured: in its own frame.
        world: (F, 33, 3) the network's landmarks in the mannequin's size.
        scale: length on the mannequin per length of the person, as the network judges it.
    """

    seen: observations.Observations
    camera: Camera
    edges: scene_up.Edges
    focal: float
    focal_told: bool
    measured: Measurements
    world: Array
    scale: float


def view_of(
    seen: observations.Observations, camera: Camera, edges: scene_up.Edges, focal: float, *, focal_told: bool
) -> View:
    """Observations on the frames of the fit as evidence."""
    body = body_model.load()
    rays = observations.rays(seen.points, camera.size, camera.centre, focal)[:, body.landmarks]
    world = observations.remove_depth_bias(observations.remove_side_bias(seen.world))
    world, palm = observations.use_hands(world, seen)
    world, scale = observations.to_body_model(world)
    weights = np.clip(seen.weights[:, body.landmarks], 0.05, 1.0)
    attached = world[:, body.landmarks]
    hips = body_model.rows((23, 24))
    measured = Measurements(rays, weights, attached - attached[:, hips].mean(1, keepdims=True), palm)
    return View(seen, camera, edges, focal, focal_told, measured, world, scale)


def estimate(
    track: Track,
    camera: Camera,
    edges: scene_up.Edges,
    name: str,
    report: Callable[[float], None] = lambda share: None,
    known_up: tuple[Array, float] | None = None,
    captured: CapturedBody = CapturedBody.WHOLE,
    told_focal: float | None = None,
) -> Captured:
    """Fit the whole clip. `report` gets the share done and may raise to stop.

    `known_up` is the up direction (3,) in the camera's frame with its confidence, where others in the clip have told it, and
    `told_focal` the focal length in longer sides of the picture; where nothing tells it, the camera's is assumed.
    """
    settings = Settings()
    focal = told_focal or camera.focal
    view = view_of(observations.resample(track), camera, edges, focal, focal_told=told_focal is not None)
    first = _first(view.world, view.measured.rays, view.measured.weights)
    state = solver.refine(view.measured, first, settings, within(report, 0.0, 0.3))
    found = settle((view,), state, settings, name, within(report, 0.3, 0.7), known_up, captured)
    if track.face is None:
        return found
    face = face_motion(track.face, track.times, found.seen.times)
    return replace(found, motion=found.motion.with_(face=face.weights), face_seen=face.seen)


def settle(
    views: Sequence[View],
    state: solver.State,
    settings: Settings,
    name: str,
    report: Callable[[float], None] = lambda share: None,
    known_up: tuple[Array, float] | None = None,
    captured: CapturedBody = CapturedBody.WHOLE,
) -> Captured:
    """From a fit that knows no floor to the motion. `state` is in the frame of the first view and says where further ones stand.

    `known_up` as in `estimate`.
    """
    body, view = body_model.load(), views[0]
    measured = replace(view.measured, further=tuple(further.measured for further in views[1:]))
    feet = body_model.rows(body_model.FEET)
    is_upper = captured is CapturedBody.UPPER
    lower, lean_deg = (_HIPS, _UPPER_LEAN_DEG) if is_upper else (_ANKLES, floor.LEAN_DEG)
    scenes = [(one.edges, one.focal) for one in views]
    points = state.pose.points
    sights = _sights(points, measured, state, scenes)
    up, sure = known_up or several_cameras.find_up(sights, body_axis(points, lower), None, lean_deg=lean_deg)
    if is_upper:
        measured.up = up
        state = solver.refine(measured, state, settings, within(report, 0.0, 0.86))
    for turn, limits in enumerate(() if is_upper else _STANDING):
        points = state.pose.points
        sights, axis = _sights(points, measured, state, scenes), body_axis(points, lower)
        stands = several_cameras.find_stands(sights, FPS, up, on_floor=turn > 0, **limits)
        up, sure = known_up or several_cameras.find_up(sights, axis, stands)
        measured.standing = np.zeros(measured.weights.shape, bool)
        measured.standing[:, feet] = stands
        measured.up, measured.soles = up, body_model.soles()
        if turn > 0:
            hands = fitted_hands.find_hand_stands(points, measured, state, view.seen, hand_contacts.NEAR_FLOOR)
            measured.hands_standing, measured.knuckle_heights = hands.stands, hands.knuckle_heights
        state = solver.refine(measured, state, settings, within(report, 0.43 * turn, 0.43))
    found = ClipFit(
        visible=view.seen.weights[:, body.landmarks],
        hands=view.seen.hands,
        hand_weights=view.seen.hand_weights,
        measured=measured,
        state=state,
        up=up,
        up_confidence=sure,
        focal=view.focal,
        scale=view.scale,
        size=view.camera.size,
        centre=view.camera.centre,
        captured=captured,
        further_pictures=tuple(Picture(further.camera.size, further.focal) for further in views[1:]),
    )
    # As it is kept, so that a take that is read again gives the same bytes.
    found = packing.rounded(found)
    done = finish(found, name, report=within(report, 0.9, 0.1))
    return Captured(**vars(done), seen=view.seen, cost=state.cost, focal_told=view.focal_told)


def finish(
    found: ClipFit,
    name: str,
    said: SaidContacts | None = None,
    turned: tuple[Array, float] | None = None,
    report: Callable[[float], None] = lambda share: None,
) -> Estimate:
    """The motion of a fit: upright, on the floor, with feet that stay and fingers.

    Args:
        said: what somebody says of feet and hands.
        turned: what `turn_of` found before, for a motion that is to face as it did.
    """
    up, feet = found.up, body_model.rows(body_model.FEET)
    # What was rounded is of length 1 to a few millionths only.
    state = replace(found.state, rotations=quat.normalize(found.state.rotations))
    said = said or SaidContacts.nothing(len(state.hips))
    points = state.pose.points
    sights = _sights(points, found.measured, found.state)
    standing = several_cameras.find_stands(sights, FPS, up, on_floor=True, across=0.3, along=0.6)
    standing = said.of_feet(standing)
    turn, yaw = turned or turn_of(found)
    if found.captured is CapturedBody.UPPER:
        return _upper_body(found, state, (turn, yaw), name, report)
    rotations, path = _upright(state, turn, standing)
    if len(sights) == 1:  # several cameras see where a body goes and where it faces
        path = heading.align_path(rotations, path)
    standing = said.of_feet(several_cameras.extend_stands(sights, standing))
    planted = foot_lock.foot_contacts(standing, points[:, feet] @ up)
    pose = foot_lock.lock_feet(FigurePose(rotations, path), planted)
    hands = said.of_hands(
        fitted_hands.find_hand_stands(points, found.measured, state, found, hand_contacts.AT_FLOOR).stands
    )
    pose, flat = hand_lock.lock_hands(pose, hands, finger_pose.finger_reach(found))
    held = fitted_hands.find_held(points, found.measured, state) & ~hands & (said.hands >= 0)
    pose = held_hands.hold_hands(pose, held, quat.rotate(turn, np.array([0.0, 0.0, 1.0])))
    pose = FigurePose(finger_pose.relax_wrists(pose.rotations, found, hands | held), pose.hips)
    report(0.5)
    motion = _on_mannequin(pose, name)
    motion = finger_pose.set_fingers(motion, found)
    motion = finger_pose.flatten_fingers(motion, flat)
    motion = _posed(motion, above_floor.raise_body(pose, motion, hands | held))
    stands = planted.any
    if hands.any():
        stands = np.concatenate((stands, planted.toe, hands), 1)
    motion = motion.with_(extras={"contacts": stands.tolist(), "cameraYawDegrees": round(np.degrees(yaw), 2)})
    missed = miss(points, found.measured.rays)
    report(1.0)
    return Estimate(motion, planted, hands, held, found, missed)


def _upper_body(
    found: ClipFit, state: solver.State, turned: tuple[Array, float], name: str, report: Callable[[float], None]
) -> Estimate:
    """The upper body alone, over a pelvis and legs that stand still at the mannequin's height. No foot stands: none was seen."""
    turn, yaw = turned
    rotations = still_pelvis.over_still_pelvis(_turned(state, turn))
    nothing = np.zeros((len(rotations), 2), bool)
    rotations = finger_pose.relax_wrists(rotations, found, nothing)
    report(0.5)
    motion = _on_mannequin(FigurePose(rotations, FigurePose.rest(len(rotations)).hips), name)
    motion = finger_pose.set_fingers(motion, found)
    told = {"cameraYawDegrees": round(np.degrees(yaw), 2), METADATA: CapturedBody.UPPER.value}
    motion = motion.with_(extras={"contacts": nothing.tolist(), **told})
    missed = miss(state.pose.points, found.measured.rays)
    report(1.0)
    return Estimate(motion, foot_lock.FootContacts(nothing, nothing), nothing, nothing, found, missed)


def miss(points: Array, rays: Array) -> Array:
    """(F, K) metres across the view between landmarks (F, K, 3) in a camera's frame and the slopes (F, K, 2) at which it sees them."""
    depth = np.maximum(-points[..., 2], 0.3)
    return np.asarray(np.linalg.norm(points[..., :2] / depth[..., None] - rays, axis=-1) * depth)


def _turned(state: solver.State, turn: Array) -> Array:
    """Return the local rotations (F, B, 4) with the whole figure turned (4,)."""
    rotations = state.rotations.copy()
    rotations[:, 0] = quat.multiply(turn, rotations[:, 0])
    return rotations


def _first(world: Array, slopes: Array, weights: Array) -> solver.State:
    """Rotations from the network's landmarks, and a smooth path that puts them where they are seen."""
    rotations = quat.continuous(initial_pose.guess(world))
    window = min(7, len(rotations) // 2 * 2 - 1)
    if window >= 3:
        rotations = quat.normalize(savitzky_golay.smoothed(rotations, window, 2))
    points = FigurePose(rotations, np.zeros((len(rotations), 3))).points
    hips = initial_pose.place(points, slopes, weights)
    window = min(15, len(hips) // 2 * 2 - 1)
    return solver.State(rotations, savitzky_golay.smoothed(hips, window, 2) if window >= 3 else hips)


def _sights(
    points: Array, measured: Measurements, state: solver.State, scenes: Sequence[tuple[scene_up.Edges, float]] = ()
) -> list[several_cameras.Sight]:
    """The fitted landmarks (F, K, 3) as each camera sees them. `scenes`: edges and focal lengths, where up is looked for."""
    views = measured, *measured.further
    unknown = scene_up.Edges(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0)), 1.0
    feet, hips = body_model.rows(body_model.FEET), body_model.rows(_HIPS)
    sights = []
    for view, camera, scene in zip(views, (None, *state.cameras), scenes or [unknown] * len(views), strict=True):
        here = points if camera is None else camera.apply(points)
        turn = None if camera is None else camera.turn
        sights.append(
            several_cameras.Sight(
                view.rays[:, feet], view.weights[:, feet], here[:, feet], here[:, hips].mean(1), *scene, turn
            )
        )
    return sights


def body_axis(points: Array, lower: tuple[int, int] = _ANKLES) -> Array:
    """Return (3,) the usual direction to the shoulders from the `lower` two landmarks."""
    left_shoulder, right_shoulder, left, right = body_model.rows((11, 12, *lower))
    axis = points[:, left_shoulder] + points[:, right_shoulder] - points[:, left] - points[:, right]
    axis = np.median(axis / np.linalg.norm(axis, axis=1, keepdims=True), axis=0)
    return np.asarray(axis / np.linalg.norm(axis))


def turn_of(fit: ClipFit) -> tuple[Array, float]:
    """Return (4,) from the camera's frame to y up and facing +z at the start, and the part of it about y in radians:

    where the camera stands, seen from the figure. Of an upper body the chest is what usually faces +z.
    """
    turn = quat.between(fit.up, np.array([0.0, 1.0, 0.0]))
    if fit.captured is CapturedBody.UPPER:
        yaw = -float(np.median(still_pelvis.heading(_turned(fit.state, turn))))
        return quat.multiply(quat.from_axis_angle([0.0, 1.0, 0.0], yaw), turn), yaw
    hips_rotation = quat.multiply(turn, fit.state.rotations[:, 0])
    forward = quat.rotate(hips_rotation[:10], np.broadcast_to([0.0, 0.0, 1.0], (len(hips_rotation[:10]), 3))).mean(0)
    yaw = -float(np.arctan2(forward[0], forward[2])) if np.hypot(forward[0], forward[2]) > 0.4 else 0.0
    return quat.multiply(quat.from_axis_angle([0.0, 1.0, 0.0], yaw), turn), yaw


def _upright(state: solver.State, turn: Array, stands: Flags) -> tuple[Array, Array]:
    """Camera's frame → y up, floor at 0; the path in the mannequin's scale of legs."""
    rotations = _turned(state, turn)
    path = quat.rotate(turn, state.hips) * np.exp(-state.shape[list(body_model.PROPORTIONS).index("legs")])
    feet = body_model.rows(body_model.FEET)
    height = FigurePose(rotations, path).points[:, feet, 1] - body_model.soles()[feet]
    floor_height = np.median(height[stands]) if stands.sum() > 4 else np.percentile(height, 5)
    return rotations, path - np.array([path[0, 0], floor_height, path[0, 2]])


def _on_mannequin(pose: FigurePose, name: str) -> Motion:
    skeleton = mannequin.load().skeleton
    rotations = np.tile(quat.IDENTITY, (len(pose.hips), len(skeleton), 1))
    return _posed(Motion(skeleton, FPS, rotations, pose.hips, name), pose)


def _posed(motion: Motion, pose: FigurePose) -> Motion:
    """Return the motion in this pose; bones that the pose does not drive stay."""
    rotations = motion.rotations.copy()
    for bone, name in enumerate(pose.body.names):
        rotations[:, motion.skeleton.index(name)] = pose.rotations[:, bone]
    return motion.with_(rotations=quat.continuous(rotations), root_positions=pose.hips)
