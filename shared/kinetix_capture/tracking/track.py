"""Second pass: landmarks of the chosen person, of both hands and, if wanted, of the face. The slow part; one thread a part of a clip.

Where the body moves evenly, the pose network sees every other frame (temporal subsampling); the hands are looked at in all of them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.face import face_track
from kinetix_capture.networks import weights
from kinetix_capture.networks.body_landmarks import ARMS, LANDMARKS, Pose, Poser
from kinetix_capture.networks.face_landmarks import Face
from kinetix_capture.networks.hand_landmarks import HAND_POINTS, WRIST_INDEX_PINKY, Hand, HandReader, hand_region
from kinetix_capture.networks.network import Region
from kinetix_capture.tracking import shown_body, temporal_subsampling
from kinetix_capture.tracking.survey import PersonPath
from kinetix_capture.video.decode import Part, Tick
from kinetix_core.values.captured_body import CapturedBody

_PRESENT = 0.5
_HAND_SURE = 0.5
_FIRST_TURNS = (math.pi, math.pi / 2, -math.pi / 2)
_LOST_TURNS = (0.0, math.pi / 4, -math.pi / 4, math.pi / 2, -math.pi / 2, math.pi)
_SEARCHED_FRAMES = 20
# Below this the region may not be upright to the body (upright ones give 0.75 to 0.95), and turned ones are tried, near ones first.
_CLEAR = 0.7
_FAINT = 0.3
_TURNS = ((0.6, -0.6), (1.3, -1.3, math.pi))
_GAIN = 0.02
_LONGEST_PAUSE = 7


@dataclass(frozen=True)
class Track:
    """N pictures of one person; NaN (0 for confidences) where nothing was found.

    Attributes:
        times: (N,) seconds since the start of the clip.
        points: (N, 33, 2) pixels.
        visibility: (N, 33) 0 … 1.
        clear: (N, 33) 0 … 1 how sharply the model sees each landmark at its place.
        world: (N, 33, 3) metres, hip-centred, x right, y down, z away from the camera.
        hand_confidence: (N, 2) left, right: 0 … 1, NaN in frames in which that hand was not looked at.
        hand_world: (N, 2, 21, 3) metres, same axes.
        face: of the same pictures; None where it was not looked at.
    """

    times: Array
    points: Array
    visibility: Array
    clear: Array
    world: Array
    hand_confidence: Array
    hand_world: Array
    face: face_track.FaceTrack | None = None

    @property
    def found(self) -> Flags:
        return np.isfinite(self.world[:, 0, 0])

    def changed(self, change: Callable[[str, Array], Array]) -> Track:
        """The track with each of its arrays changed by `change(name, values)`."""
        arrays = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        found: dict[str, Any] = {name: change(name, one) for name, one in arrays.items() if one is not None}
        return dataclasses.replace(self, **found)


@dataclass(frozen=True)
class Wanted:
    """Parts of a person that are followed.

    Attributes:
        body: how much of it has to be seen.
        astray: radii from where the first pass saw the person; a body that is farther away is somebody else's.
    """

    hands: bool = True
    face: bool = False
    body: CapturedBody = CapturedBody.WHOLE
    astray: float = 0.5


def follow(part: Part, person: PersonPath, wanted: Wanted, tick: Tick) -> Track:
    poser = Poser(ARMS) if wanted.body is CapturedBody.UPPER else Poser()
    follower = Follower(person, wanted, poser)
    times = []
    rows, sizes = [], []
    for picture in part.frames():
        times.append(picture.time_s)
        image = Image.fromarray(picture.image)
        sizes.append(image.size)
        rows.extend(follower(image, picture.time_s, picture.scale))
        tick(picture.time_s)
    rows.extend(follower.rest())
    count = len(rows)
    points = np.full((count, LANDMARKS, 2), np.nan)
    visibility, clear = np.zeros((count, LANDMARKS)), np.zeros((count, LANDMARKS))
    world = np.full((count, LANDMARKS, 3), np.nan)
    hand_confidence, hand_world = np.full((count, 2), np.nan), np.full((count, 2, HAND_POINTS, 3), np.nan)
    for row, (pose, found, _) in enumerate(rows):
        if pose is not None:
            points[row], world[row] = pose.points * follower.scale, pose.world
            visibility[row], clear[row] = pose.visibility * shown_body.inside(pose.points, sizes[row]), pose.peaks
        for side, hand in found.items():
            hand_confidence[row, side] = 0.0 if hand is None else hand.confidence
            if hand is not None:
                hand_world[row, side] = hand.world
    faces = face_track.track_of([row[2] for row in rows], follower.scale) if wanted.face else None
    return Track(np.array(times), points, visibility, clear, world, hand_confidence, hand_world, faces)


def join(parts: Sequence[Track]) -> Track:
    return parts[0].changed(lambda name, first: np.concatenate([getattr(part, name) for part in parts]))


Row = tuple[Pose | None, dict[int, Hand | None], Face | None]


class Follower:
    def __init__(self, person: PersonPath, wanted: Wanted, poser: Callable[[Image.Image, Region], Pose]) -> None:
        self._poser = poser
        self._hands = HandReader(weights.find(weights.HAND_LANDMARK)) if wanted.hands else None
        self._face = face_track.FaceFollower(weights.find(weights.FACE_LANDMARK)) if wanted.face else None
        self._person = person
        self._astray = wanted.astray
        self._region: Region | None = None
        self._hand_regions: list[Region | None] = [None, None]
        self._last: Region | None = None
        self._lost = 0
        self._pause = self._wait = 0
        self._turn = 1
        self._history = temporal_subsampling.MotionHistory()
        self._held: tuple[float, Image.Image] | None = None
        self.scale = 1.0

    def __call__(self, image: Image.Image, time_s: float, scale: float) -> list[Row]:
        """Return the rows of the frames finished with this one, in order: none while it is held back, then two."""
        self.scale = scale
        if self._held is not None:
            return self._after_held(image, time_s)
        if self._history.may_skip() and not self._is_off_path(time_s):
            self._held = time_s, image
            return []
        return [self._row(image, time_s, self._pose(image, time_s))]

    def rest(self) -> list[Row]:
        """The frame that is still held back at the end."""
        if self._held is None:
            return []
        time_s, image = self._held
        self._held = None
        return [self._row(image, time_s, self._pose(image, time_s))]

    def _after_held(self, image: Image.Image, time_s: float) -> list[Row]:
        """Look beyond the held frame, and at it as well when the body is not where it was going."""
        assert self._held is not None and self._region is not None
        held_s, held = self._held
        pose = self._poser(image, self._region)
        clear = _there(pose) and pose.sure >= _CLEAR
        if clear and self._history.continued_by(time_s, pose):
            self._held = None
            filled = temporal_subsampling.interpolate(self._history.last, (time_s, pose), held_s)
            self._last = self._region = pose.region
            return [self._row(held, held_s, filled), self._row(image, time_s, pose)]
        rows = self.rest()
        if clear and rows[0][0] is not None:
            self._last = self._region = pose.region
            return [*rows, self._row(image, time_s, pose)]
        return [*rows, self._row(image, time_s, self._pose(image, time_s))]

    def _row(self, image: Image.Image, time_s: float, pose: Pose | None) -> Row:
        """The body, the face, and one hand: left and right take turns, as fingers are slower than 15 looks a second at each one."""
        self._history.add(time_s, pose)
        self._turn = 1 - self._turn
        face = None if self._face is None else self._face(image, None if pose is None else pose.points)
        if pose is None or self._hands is None:
            return pose, {}, face
        return pose, {self._turn: self._hand(image, pose, self._turn)}, face

    def _expected(self, time_s: float) -> tuple[Region, float]:
        region, away = self._person.near(time_s)
        return Region(region.x / self.scale, region.y / self.scale, region.side / self.scale, region.angle), away

    def _is_off_path(self, time_s: float) -> bool:
        """Someone else, or a thing, is followed: go back to the person of the first pass."""
        expected, away = self._expected(time_s)
        if self._region is None or away >= 0.1:
            return False
        off = math.hypot(self._region.x - expected.x, self._region.y - expected.y)
        return off / max(expected.side / 2.5, 1.0) > self._astray  # in radii of the expected circle

    def _pose(self, image: Image.Image, time_s: float) -> Pose | None:
        expected, away = self._expected(time_s)
        if self._is_off_path(time_s):
            self._region = None
        fresh = self._region is None
        for region in self._places(expected, away):
            pose = self._poser(image, region)
            if _there(pose):
                if fresh:
                    again = self._poser(image, pose.region)  # a rough region was good enough to find a better one
                    pose = again if _there(again) else pose
                pose = self._clearer(image, pose, region)
                self._last, self._lost = pose.region, 0
                self._region = pose.region
                return pose
        self._region = None
        self._lost += 1
        return None

    def _clearer(self, image: Image.Image, pose: Pose, region: Region) -> Pose:
        """The clearest of a few looks at a body that may not stand upright in the region: the model has learnt from upright ones.

        A body that no turn makes clearer is looked at again after a pause that grows.
        """
        if pose.sure >= _CLEAR:
            self._pause = self._wait = 0
            return pose
        if self._wait:
            self._wait -= 1
            return pose
        found = pose
        for turns in _TURNS:
            for turn in turns:
                other = self._poser(image, Region(region.x, region.y, region.side, region.angle + turn))
                if _there(other) and other.sure > found.sure:
                    found = other
            if found.sure >= _CLEAR:
                break
        if found.sure < pose.sure + _GAIN:
            self._pause = min(2 * self._pause + 1, _LONGEST_PAUSE)
            self._wait = self._pause
            return pose
        self._pause = 0
        again = self._poser(image, found.region)
        return again if _there(again) and again.sure > found.sure else found

    def _places(self, expected: Region, away: float) -> Iterator[Region]:
        """Yield search regions, best guess first. The detector knows upright people, so lost ones are also sought turned."""
        if self._region is not None:
            yield self._region
        if self._region is None or away < 0.4:
            yield expected
        if self._last is None:
            turns: tuple[float, ...] = _FIRST_TURNS
            base = expected
        else:
            turns, base = _LOST_TURNS, self._last
        if self._lost < _SEARCHED_FRAMES:
            for turn in turns:
                yield Region(base.x, base.y, base.side, base.angle + turn)

    def _hand(self, image: Image.Image, pose: Pose, side: int) -> Hand | None:
        """Look where the body says the hand is, or where it was; a find that is far from the wrist is another hand."""
        assert self._hands is not None
        wrist, index, pinky = (pose.points[point] for point in WRIST_INDEX_PINKY[side])
        forearm = float(np.hypot(*(wrist - pose.points[13 + side])))
        body = hand_region(wrist, index, pinky)
        region = self._hand_regions[side] or body
        if math.hypot(region.x - body.x, region.y - body.y) > 0.6 * body.side:
            region = body
        if not 8 < region.side < 4 * max(image.size):
            self._hand_regions[side] = None
            return None
        hand = self._hands(image, region)
        away = float(np.hypot(*(hand.points[0] - wrist)))
        sure = hand.confidence >= _HAND_SURE and away < 0.5 * max(forearm, 0.35 * body.side)
        plausible = 0.5 * body.side < hand.region.side < 2.5 * body.side
        self._hand_regions[side] = hand.region if sure and plausible else None
        return hand if sure else None


def _there(pose: Pose) -> bool:
    """The model's presence alone stays near one for somebody who has left the picture."""
    sure = pose.presence >= _PRESENT and pose.sure >= _FAINT
    return sure and math.isfinite(pose.region.side) and pose.region.side > 16
