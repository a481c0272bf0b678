"""Arms that may point to either side of the picture plane: one camera shows how far they are foreshortened, not to which side."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from kinetix_capture import estimate
from kinetix_capture.arrays import Array, Flags, unit
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.fitting.firm_directions import SEGMENTS
from kinetix_capture.quality_model import ArmChoice, SideDirections
from kinetix_capture.refining import limb_depth
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.contacts import runs
from kinetix_core.protocol.corrections import LEG_PARTS, LimbPart

# Sines of the angle to the picture plane: the fitted arm is further out of it than the first, the network's less than the second.
_FITTED, _NETWORK = 0.3, 0.2
_SMOOTH, _SHORTEST = 2.0, 12
_MOST = 3
# Frames between two corrections of one choice, about as long as one of them holds.
_APART = 12


def arm_choices(fit: ClipFit) -> list[ArmChoice]:
    """Return the most uncertain spans of a take of one camera, in order of time, without those that a correction decides."""
    if fit.measured.further:
        return []
    found: list[tuple[float, ArmChoice]] = []
    turn, _ = estimate.turn_of(fit.state, fit.up, fit.captured)
    for part in (one for one in LimbPart if one not in LEG_PARTS):
        direction, ray = limb_depth.direction_and_ray(fit, part, 0)
        depth = (direction * ray).sum(-1)
        doubt = np.where(_decided(fit, part), 0.0, _doubt(fit, part, depth, ray))
        for first, end in runs(doubt > 0):
            if end - first < _SHORTEST or np.ptp(np.sign(depth[first:end])):
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
    agrees = gaussian_filter1d((along * ray).sum(-1) * np.sign(depth), _SMOOTH)
    fitted = gaussian_filter1d(np.abs(depth), _SMOOTH)
    return np.where((fitted > _FITTED) & (agrees < _NETWORK), fitted * (_NETWORK + 0.1 - agrees), 0.0)


def _decided(fit: ClipFit, part: LimbPart) -> Flags:
    """Return in which frames a correction gives a direction of the part's arm, shape (F,)."""
    if fit.measured.firm is None:
        return np.zeros(len(fit.visible), bool)
    arm = next(segments for segments in SEGMENTS.values() if limb_depth.SEGMENT_OF[part] in segments)
    return fit.measured.firm.given(*(segment.bone for segment in arm))
