"""`kinetix bench capture --corrections`: what a few corrections by somebody who knows the truth make of a take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy, take_views
from kinetix_bench.capture.sample_clips import Clip, clips, truth_of
from kinetix_capture import estimate, pipeline
from kinetix_capture.arrays import unit
from kinetix_capture.interface import CaptureRequest
from kinetix_capture.refining import limb_depth, solving
from kinetix_capture.refining.take_file import Take
from kinetix_capture.views import several_clips
from kinetix_core.motion import quaternion as quat
from kinetix_core.protocol.corrections import Correction, Limb, LimbDepth, LimbPart, LimbPose

Array = NDArray[np.float64]

ROUNDS = 3
# Limb → the pairs of `accuracy.JOINTS` that its two parts go between.
_LIMBS = {
    Limb.LEFT_ARM: ((0, 2), (2, 4)),
    Limb.RIGHT_ARM: ((1, 3), (3, 5)),
    Limb.LEFT_LEG: ((6, 8), (8, 10)),
    Limb.RIGHT_LEG: ((7, 9), (9, 11)),
}
_PARTS = {
    LimbPart(f"{side}{part}"): pair
    for side, limbs in (("left", (Limb.LEFT_ARM, Limb.LEFT_LEG)), ("right", (Limb.RIGHT_ARM, Limb.RIGHT_LEG)))
    for part, pair in zip(("UpperArm", "Forearm", "Thigh", "Shin"), (*_LIMBS[limbs[0]], *_LIMBS[limbs[1]]), strict=True)
}
# Frames over which the worst place is sought: one wild frame is none.
_AROUND, _DEVIATION = 40, 3.0
# Degrees that a part of a limb is off before anybody says to which side it points.
_WORTH_DEG = 15.0


def measure_corrections(data: Path, only: str | None = None) -> list[dict[str, Any]]:
    """Per take: degrees between its limbs and the truth after 0 to `ROUNDS` corrections, where limbs are posed, and where nothing but
    the side is said to which a part of a limb points; processor time of the last solution.

    After the clips come the takes that two cameras filmed at once.
    """
    alone: list[tuple[Clip, Path | None]] = [(clip, None) for clip in clips(data)]
    both = [(Clip(name, kind, first), further) for kind, name, first, further in take_views.pairs(data)]
    return [_measured(clip, further, data) for clip, further in (*alone, *both) if only is None or only in clip.name]


def _measured(clip: Clip, further: Path | None, data: Path) -> dict[str, Any]:
    request = CaptureRequest(clip.path, Path(), clip.name, views=() if further is None else (further,))
    probed, meter = pipeline.prepare(request, lambda progress: None)
    captured: estimate.Captured = (
        pipeline.capture(request, probed, meter)
        if further is None
        else several_clips.capture(request, probed, meter).found
    )
    take, truth = Take.of(captured, probed, request), truth_of(clip.kind, clip.name, data)

    def pose(delivered: accuracy.Delivered, said: Sequence[Correction]) -> Correction:
        return worst_limb(delivered, truth, f"round-{len(said)}")

    def side(delivered: accuracy.Delivered, said: Sequence[Correction]) -> Correction | None:
        return worst_side(take, delivered, truth, said)

    posed, seconds = curve(take, captured, truth, pose)
    sides, _ = curve(take, captured, truth, side)
    return {
        "clip": clip.name,
        "cameras": 1 + len(take.fit.state.cameras),
        "limbDeg": [round(degrees, 2) for degrees, _ in posed],
        "paMm": [round(away, 1) for _, away in posed],
        "sidesLimbDeg": [round(degrees, 2) for degrees, _ in sides],
        "sidesPaMm": [round(away, 1) for _, away in sides],
        "cpuS": round(seconds, 3),
    }


Choose = Callable[[accuracy.Delivered, Sequence[Correction]], Correction | None]


def curve(
    take: Take, captured: estimate.Estimate, truth: accuracy.Truth, choose: Choose
) -> tuple[list[tuple[float, float]], float]:
    """Return degrees of limbs and PA in mm after each number of corrections, and seconds of processor time of the last solution."""
    corrections: list[Correction] = []
    found, figures_after, seconds = captured, [], 0.0
    for number in range(ROUNDS + 1):
        delivered = accuracy.delivered(found.motion)
        figures = accuracy.compare(delivered, truth)
        figures_after.append((figures["limbDirectionDeg"], figures["paMm"]))
        chosen = choose(delivered, corrections) if number < ROUNDS else None
        if chosen is None:  # there is nothing left to say: it stays as it is
            break
        corrections.append(chosen)
        began = time.process_time()
        found = solving.refine(take, corrections)
        seconds = time.process_time() - began
    return figures_after + figures_after[-1:] * (ROUNDS + 1 - len(figures_after)), seconds


def worst_limb(given: accuracy.Delivered, truth: accuracy.Truth, name: str) -> LimbPose:
    """The limb that is furthest off, as it truly was, at the frame where it is."""
    ours, true, first = accuracy.aligned(given, truth)
    off = {limb: np.mean([_off(ours, true, part) for part in parts], axis=0) for limb, parts in _LIMBS.items()}
    limb, frame = max(((limb, int(np.argmax(off[limb]))) for limb in off), key=lambda place: off[place[0]][place[1]])
    given_directions = tuple(_direction(true[frame], part) for part in _LIMBS[limb])
    return LimbPose(id=name, frame=frame + first, limb=limb, directions=given_directions)


def worst_side(
    take: Take, given: accuracy.Delivered, truth: accuracy.Truth, said: Sequence[Correction]
) -> LimbDepth | None:
    """The side of the part of a limb that is furthest off among those that were captured on the other one; None where none was."""
    ours, true, first = accuracy.aligned(given, truth)
    turn, _ = estimate.turn_of(take.fit)
    frames = slice(first, first + len(true))
    best: tuple[float, LimbDepth] | None = None
    for part, (here, there) in _PARTS.items():
        captured, ray = (quat.rotate(turn, of)[frames] for of in limb_depth.direction_and_ray(take.fit, part, 0))
        truly = unit(true[:, there] - true[:, here])
        depth = (truly * ray).sum(-1)
        is_wrong = ((captured * ray).sum(-1) < 0) != (depth < 0)
        is_wrong[[one.frame - first for one in said if isinstance(one, LimbDepth) and one.part is part]] = False
        off = np.where(is_wrong, _off(ours, true, (here, there)), 0.0)
        frame = int(np.argmax(off))
        if off[frame] > (best[0] if best else _WORTH_DEG):
            name = f"{part}-{frame + first}"
            best = float(off[frame]), LimbDepth(id=name, frame=frame + first, part=part, towards=bool(depth[frame] < 0))
    return best[1] if best else None


def _off(ours: Array, true: Array, part: tuple[int, int]) -> Array:
    """Return (F,) degrees, smoothed."""
    here, there = part
    one, other = (unit(joints[:, there] - joints[:, here]) for joints in (ours, true))
    degrees = np.degrees(np.arccos(np.clip((one * other).sum(-1), -1, 1)))
    kernel = np.exp(-0.5 * (np.arange(-_AROUND, _AROUND + 1) / _DEVIATION) ** 2)
    inside = slice(_AROUND, _AROUND + len(degrees))
    return np.asarray(np.convolve(degrees, kernel)[inside] / np.convolve(np.ones(len(degrees)), kernel)[inside])


def _direction(joints: Array, part: tuple[int, int]) -> tuple[float, float, float]:
    x, y, z = unit(joints[part[1]] - joints[part[0]])
    return float(x), float(y), float(z)
