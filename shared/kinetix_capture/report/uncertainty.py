"""Uncertain frames of a take: a limb was hardly seen, the figure does not agree with it, or an arm may point to either side.

One camera shows how far an arm is foreshortened, not to which side of the picture plane it points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from kinetix_capture import estimate
from kinetix_capture.arrays import Array, Flags, unit
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.fitting.firm_directions import SEGMENTS, directions
from kinetix_capture.quality_model import ArmChoice, SideDirections, UnsureSpan
from kinetix_capture.refining import limb_depth
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.contacts import runs
from kinetix_core.protocol.corrections import LEG_PARTS, LimbPart

UNSURE = 0.3
"""Of 0 … 1: below it somebody should look."""
_CLOSE_M = 0.05
# Degrees between a limb of the figure and the network's own: as far as that, one of the two is wrong.
_AGREES = 30.0
_SMOOTH = 3.0
_SHORTEST = 4
# Sines of the angle to the picture plane: the fitted arm is further out of it than the first, the network's less than the second.
_FITTED, _NETWORK = 0.3, 0.2
_ARM_SMOOTH, _ARM_SHORTEST = 2.0, 12
_MOST = 3
# Frames between two corrections of one choice, about as long as one of them holds.
_APART = 12


def confidences(found: estimate.Estimate, limbs: Mapping[str, Sequence[int]]) -> dict[str, Array]:
    """Return (F,) 0 … 1 by limb. `limbs` name the landmarks of each."""
    rows = {name: body_model.rows(landmarks) for name, landmarks in limbs.items()}
    out, pose = {}, found.state.pose
    for name, own_rows in rows.items():
        seen = found.fit.visible[:, own_rows].mean(axis=1)
        close = np.exp(-((np.median(found.miss[:, own_rows], axis=1) / _CLOSE_M) ** 2))
        agrees = np.exp(-((_off(found, name, pose) / _AGREES) ** 2))
        out[name] = np.asarray(gaussian_filter1d(seen * close * agrees, _SMOOTH, mode="nearest"))
    return out


def _off(found: estimate.Estimate, limb: str, pose: FigurePose) -> Array:
    """Return (F,) degrees between the figure's limb and the network's: the worst of its parts that the network knows."""
    segments = tuple(one for one in SEGMENTS.get(limb, ()) if one.landmarks is not None)
    if not segments:
        return np.zeros(len(pose.hips))
    ours = directions(segments, pose)
    ends = np.array([body_model.rows(one.landmarks or ()) for one in segments])
    network = unit(found.fit.measured.world[:, ends[:, 1]] - found.fit.measured.world[:, ends[:, 0]])
    return np.asarray(np.degrees(np.arccos(np.clip((ours * network).sum(-1), -1, 1))).max(axis=1))


def unsure_spans(confidence: Mapping[str, Array]) -> list[UnsureSpan]:
    found = []
    for limb, values in confidence.items():
        for first, end in runs(values < UNSURE):
            if end - first >= _SHORTEST:
                worst = first + int(np.argmin(values[first:end]))
                least = round(float(values[worst]), 3)
                found.append(UnsureSpan(limb=limb, first=first, last=end - 1, worst=worst, confidence=least))
    return sorted(found, key=lambda span: (span.first, span.limb))


def arm_choices(fit: ClipFit) -> list[ArmChoice]:
    """Return the most uncertain spans of a take of one camera, in order of time, without those that a correction decides."""
    if fit.measured.further:
        return []
    found: list[tuple[float, ArmChoice]] = []
    turn, _ = estimate.turn_of(fit)
    for part in (one for one in LimbPart if one not in LEG_PARTS):
        direction, ray = limb_depth.direction_and_ray(fit, part, 0)
        depth = (direction * ray).sum(-1)
        doubt = np.where(_decided(fit, part), 0.0, _doubt(fit, part, depth, ray))
        for first, end in runs(doubt > 0):
            if end - first < _ARM_SHORTEST or np.ptp(np.sign(depth[first:end])):
                continue
            worst = first + int(np.argmax(doubt[first:end]))
            further = (frame for frame in range(first + _APART // 2, end, _APART) if abs(frame - worst) >= _APART)
            other = direction[worst] - 2 * depth[worst] * ray[worst]
            sides = (direction[worst], other) if depth[worst] < 0 else (other, direction[worst])
            near, far = (tuple(np.round(quat.rotate(turn, side), 4).tolist()) for side in sides)
            choice = ArmChoice(
                part=part,
                first=first,
                last=end - 1,
                frames=[worst, *further],
                towards=bool(depth[worst] < 0),
                directions=SideDirections(towards=near, away=far),
            )
            found.append((float(doubt[first:end].sum()), choice))
    most = sorted(found, key=lambda one: -one[0])[:_MOST]
    return sorted((choice for _, choice in most), key=lambda choice: (choice.first, choice.part))


def _doubt(fit: ClipFit, part: LimbPart, depth: Array, ray: Array) -> Array:
    """Return how uncertain the side of a part is, shape (F,): 0 where it is not."""
    here, there = body_model.rows(limb_depth.SEGMENT_OF[part].landmarks or ())
    along = unit(fit.measured.world[:, there] - fit.measured.world[:, here])
    agrees = gaussian_filter1d((along * ray).sum(-1) * np.sign(depth), _ARM_SMOOTH)
    fitted = gaussian_filter1d(np.abs(depth), _ARM_SMOOTH)
    return np.where((fitted > _FITTED) & (agrees < _NETWORK), fitted * (_NETWORK + 0.1 - agrees), 0.0)


def _decided(fit: ClipFit, part: LimbPart) -> Flags:
    """Return in which frames a correction gives a direction of the part's arm, shape (F,)."""
    if fit.measured.firm is None:
        return np.zeros(len(fit.visible), bool)
    arm = next(segments for segments in SEGMENTS.values() if limb_depth.SEGMENT_OF[part] in segments)
    return fit.measured.firm.given(*(segment.bone for segment in arm))
