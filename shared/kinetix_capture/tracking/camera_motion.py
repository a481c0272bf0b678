"""A camera in a hand: how it turned in each frame, and the clip as one that stood still would have seen it.

Only turns are taken out. Where the camera itself is carried along, near things move past far ones; that is recognised and said.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.tracking import lens_of_turns
from kinetix_capture.tracking.picture_alignment import Alignment, Lens, View, align
from kinetix_capture.tracking.survey import FrameSample
from kinetix_capture.tracking.track import Track
from kinetix_capture.video.decode import Part, Tick
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.wording import worded

# A camera on a tripod turns by less than a fiftieth of a degree between two glances, the calmest hand by several times the limit.
_STILL_DEG, _STILL_SHARE, _STILL_ENDS_DEG = 0.06, 0.2, 0.3
_SAMPLES, _SAMPLE_SIDE = 17, 320
_SIDE = 480
# Of the person's height: what arms and clothes reach beyond the landmarks.
_AROUND = 0.12
# A picture is compared with the same earlier one until it shows less than this of it, or no longer fits it by so many pixels.
_SHARED, _FITS, _LOST = 0.6, 0.6, 1.5
# How far near and far things move past each other in a second, of the longer side. What a lens makes of a fast pan is a third of it.
_TRANSLATES = 0.002
# Degrees from the middle of the view beyond which a straight picture cannot show it.
_WIDEST = 50.0
TURN_STEPS = 1e4
"""Steps in a radian of a kept turn."""


@dataclass(frozen=True)
class CameraMotion:
    """N frames.

    Attributes:
        times: (N,) seconds.
        turns: (N, 3, 3) from directions of the camera at its usual heading to those of each frame: x right, y down, z ahead.
        parallax: (N,) how far things have moved past each other until then, of the picture's longer side.
        unknown: 0 … 1 of the frames in which the background did not tell.
        lens: of the full picture, by which the turns were measured.
        focal_told: whether the turns told its focal length; else a phone's was assumed.
    """

    times: Array
    turns: Array
    parallax: Array
    unknown: float
    lens: Lens
    focal_told: bool = False

    @property
    def translates(self) -> bool:
        """The camera did not only turn, in some second of the clip at least."""
        until = np.interp(self.times + 1.0, self.times, self.parallax)
        return bool(len(self.times)) and float((until - self.parallax).max()) > _TRANSLATES

    @property
    def swing(self) -> float:
        """Degrees that the optical axis goes from its usual heading at most."""
        return float(np.degrees(np.arccos(np.clip(self.turns[:, 2, 2], -1, 1))).max())

    def at(self, time_s: float) -> Array:
        """Return (3, 3) of the frame nearest in time."""
        return np.asarray(self.turns[int(np.argmin(np.abs(self.times - time_s)))])

    def describe(self) -> tuple[str, ...]:
        told: list[str] = []
        if self.translates:
            told.append(
                "The camera was carried along, and only its turning can be taken out: the way over the floor is not reliable. "
                "Film from one spot; turning the camera after the person is fine."
            )
        if self.swing > _WIDEST:
            told.append(
                worded(
                    "The camera turned by more than {degrees}° to a side; film a shorter way, or from farther away.",
                    degrees=f"{_WIDEST:.0f}",
                )
            )
        if self.unknown > 0.2:
            told.append(
                "How the camera moved cannot be told in much of the clip; film before a background with some pattern."
            )
        return tuple(told)


@dataclass(frozen=True)
class CameraSwing:
    """What is kept of a camera's motion: its swing in degrees, and whether it was carried.

    `turns`: (F, 3) rotation vectors, x right and y down, from its usual heading to that of each frame of the take.
    """

    swing: float
    translates: bool
    turns: Array

    @classmethod
    def of(cls, moved: CameraMotion | None, times: Array) -> CameraSwing | None:
        if moved is None:
            return None
        turns = quat.log(quat.from_matrix(np.stack([moved.at(time_s) for time_s in times])))
        return cls(moved.swing, moved.translates, np.round(turns * TURN_STEPS) / TURN_STEPS)


def is_still(samples: Sequence[FrameSample], lens: Lens) -> bool:
    """Return whether the background of a clip stands still. `lens` is that of the full frame."""
    kept = [sample for sample in samples if sample.grey is not None]
    if len(kept) < 2:
        return True
    turned, pairs = 0, 0
    for number in np.unique(np.linspace(0, len(kept) - 2, _SAMPLES).astype(int)):
        found = _between(kept[number], kept[number + 1], lens)
        if found is not None:
            pairs += 1
            turned += _degrees(found.turn) > _STILL_DEG and found.misfit < found.before
    ends = _between(kept[0], kept[-1], lens) if pairs else None
    drifted = ends is not None and ends.misfit < min(ends.before, _LOST) and _degrees(ends.turn) > _STILL_ENDS_DEG
    return not drifted and turned <= _STILL_SHARE * pairs


def lens_told(samples: Sequence[FrameSample], seen: Track, lens: Lens) -> Lens | None:
    """The lens of a camera that turns, told by its turns; None where they do not tell it. `seen` and `lens` as in `measure`."""
    pictures = []
    for sample in samples:
        if sample.grey is not None:
            image, scale = _small(sample, _SIDE)
            person = _person(seen, sample.time_s, scale)
            pictures.append(lens_of_turns.Picture(np.asarray(image), lens.scaled(1 / scale), person))
    longer = lens_of_turns.find(pictures)
    return None if longer is None else Lens(lens.focal * longer, lens.centre)


def _small(sample: FrameSample, side: int) -> tuple[Image.Image, float]:
    """The sample's picture with a longer side of so many pixels at most, and how many of the full picture one of them is."""
    assert sample.grey is not None
    image = Image.fromarray(sample.grey)
    shrink = max(max(image.size) / side, 1.0)
    size = (round(image.width / shrink), round(image.height / shrink))
    return image.resize(size, Image.Resampling.BOX), sample.scale * shrink


def _between(first: FrameSample, second: FrameSample, lens: Lens) -> Alignment | None:
    views = []
    for sample in (first, second):
        image, scale = _small(sample, _SAMPLE_SIDE)
        views.append(View(np.asarray(image), lens.scaled(1 / scale)))
    return align(views[0], views[1], np.eye(3)) if views[0].tells else None


def _degrees(turn: Array) -> float:
    return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))


def measure(part: Part, seen: Track, lens: Lens, tick: Tick) -> CameraMotion:
    """Measure the rotation of the camera from the part's first frame on. `seen` is the person's place, `lens` that of the full
    frame."""
    times, turns, parallax = [], [], []
    past, unknown = 0.0, 0
    key, since = None, np.eye(3)
    last, before = np.eye(3), np.eye(3)
    misfit = now = 0.0
    for picture in part.frames(longest_side=_SIDE):
        grey = np.asarray(Image.fromarray(picture.image).convert("L"))
        view = View(grey, lens.scaled(1 / picture.scale), _person(seen, picture.time_s, picture.scale))
        turn = last
        if key is not None:
            onward = last @ before.T @ last  # as it turned from the frame before the last to the last
            found = _best(key, view, since, (onward, last))
            fits = found.misfit < _LOST and found.shared > 0.2
            turn = found.turn @ since if fits else last
            unknown += not fits
            now = found.misfit if fits else now
            misfit = misfit or now
            if not fits or found.shared < _SHARED or found.misfit > _FITS:
                past += max(now - misfit, 0.0)
                key = None
        if key is None and view.tells:
            key, since, misfit, now = view, turn, 0.0, 0.0
        before, last = last, turn
        times.append(picture.time_s)
        turns.append(turn)
        parallax.append((past + max(now - misfit, 0.0)) / max(grey.shape))
        tick(picture.time_s)
    share = unknown / max(len(times), 1)
    return CameraMotion(np.array(times), np.array(turns).reshape(-1, 3, 3), np.array(parallax), share, lens)


def _best(key: View, view: View, since: Array, guesses: Sequence[Array]) -> Alignment:
    """The alignment with a picture whose camera was turned by `since`, from the guess that leads to the better fit."""
    found = align(key, view, guesses[0] @ since.T)
    if found.misfit < _FITS:
        return found
    return min((found, align(key, view, guesses[1] @ since.T)), key=lambda alignment: alignment.misfit)


def _person(seen: Track, time_s: float, scale: float) -> Array | None:
    """Return (4,) left, top, right, bottom of the person in pixels of a picture, where it was found."""
    row = int(np.argmin(np.abs(seen.times - time_s)))
    points = seen.points[row]
    if not np.isfinite(points).all():
        return None
    low, high = points.min(0), points.max(0)
    around = _AROUND * (high - low).max()
    return np.concatenate((low - around, high + around)) / scale


def join(parts: Sequence[CameraMotion]) -> CameraMotion:
    """Parts of one clip, of which each begins with the last frame of the one before; the heading is the usual one of all frames."""
    times, turns, parallax = [parts[0].times], [parts[0].turns], [parts[0].parallax]
    for part in parts[1:]:
        times.append(part.times[1:])
        parallax.append(part.parallax[1:] + parallax[-1][-1])
        turns.append(part.turns[1:] @ turns[-1][-1])
    every = np.concatenate(turns)
    u, _, vt = np.linalg.svd(every.mean(0))
    usual = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    frames = [len(part.times) for part in parts]
    unknown = float(np.average([part.unknown for part in parts], weights=frames))
    return CameraMotion(np.concatenate(times), every @ usual.T, np.concatenate(parallax), unknown, parts[0].lens)


def stabilise(seen: Track, motion: CameraMotion) -> Track:
    """The track as the camera would have seen it at its usual heading."""
    turns = np.stack([motion.at(time_s) for time_s in seen.times]) if len(seen.times) else np.zeros((0, 3, 3))
    rays = np.einsum("nij,nli->nlj", turns, motion.lens.rays(seen.points))
    return dataclasses.replace(
        seen,
        points=motion.lens.pixels(rays),
        world=np.einsum("nij,nli->nlj", turns, seen.world),
        hand_world=np.einsum("nij,nhli->nhlj", turns, seen.hand_world),
    )


def steadied_pictures(samples: Sequence[FrameSample], motion: CameraMotion) -> tuple[list[NDArray[np.uint8]], Flags]:
    """The small pictures as seen at the usual heading, and where none of them shows anything.

    What one of them does not show is taken from the others.
    """
    pictures, shown = [], []
    for sample in samples:
        if sample.grey is None:
            continue
        small = motion.lens.scaled(1 / sample.scale)
        matrix = np.array([[small.focal, 0, small.centre[0]], [0, small.focal, small.centre[1]], [0, 0, 1]])
        into = matrix @ motion.at(sample.time_s) @ np.linalg.inv(matrix)
        coefficients = (into / into[2, 2]).ravel()[:8].tolist()
        image = Image.fromarray(sample.grey)
        turned = image.transform(image.size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
        pictures.append(np.asarray(turned))
        whole = Image.new("L", image.size, 255)
        cover = whole.transform(image.size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
        shown.append(np.asarray(cover) == 255)
    stack, seen = np.stack(pictures), np.stack(shown)
    order = np.sort(np.where(seen, stack, 255), axis=0)
    middle = np.take_along_axis(order, (np.maximum(seen.sum(0), 1)[None] - 1) // 2, axis=0)[0]
    return [np.where(there, picture, middle) for picture, there in zip(stack, seen, strict=True)], np.logical_not(
        seen.any(axis=0)
    )
