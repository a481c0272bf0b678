"""The way of the hips: scaled to the legs, from the source's floor to the target's, lifted so that feet keep their height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion.retargeting.rest_pose import Match

Array = NDArray[np.float64]
_NEAR_FLOOR = 0.10
"""Share of the leg length; a foot this high above its rest height hardly counts as standing."""
_EASE_S = 0.067
"""To either side of a moment, what is looked at to lift the hips gently."""
_UNNOTICED = 0.003
"""Share of the leg length: a foot that is off its height by so little does not move the hips."""
_HIPS_APART = (0.055, 0.08)
"""Shares of the leg length by which the hips bones of two rigs lie apart: near each other, and far."""
_MOST_OFFSET = (0.02, 0.009)
"""Shares of the leg length that the figure may leave its height by for the hips bone's own path, near and far. Far apart the path
cannot be the source's in any case, and what is given is what standing feet can bear: less than a centimetre."""
_TOLERANCE = 0.002
"""Share of the leg length that the hips bone's height may differ by before anything is given."""


@dataclass(frozen=True)
class Floor:
    """Carry heights and ways of the source (turned to the target's front) over to the target.

    Attributes:
        plan: of the two figures.
        scale, across: of heights, and of ways over the floor.
    """

    plan: Match
    scale: float
    across: float

    @property
    def up(self) -> Array:
        return self.plan.target.axes[:, 1]

    def height(self, points: Array, rest_source: float | None = None, rest_target: float | None = None) -> Array:
        """Heights along `up` on the target for points (F, 3): a point at its rest height above the floor comes to its rest height."""
        source, target = self.plan.source, self.plan.target
        a = source.ankle if rest_source is None else rest_source
        b = target.ankle if rest_target is None else rest_target
        return np.asarray(target.floor + b + self.scale * (points @ self.up - source.floor - a))


def source_floor(plan: Match, *, scale_path: bool) -> Floor:
    """Return the map from the source's floor to the target's: heights by leg length, paths by it or in metres."""
    scale = plan.target.leg / max(plan.source.leg, 1e-9)
    return Floor(plan, scale, scale if scale_path else 1.0)


def lift(above: list[Array], miss: list[Array], leg: float, fps: float) -> Array:
    """Return (F,) how far to lift the hips: what the feet near the floor lack, each by how near it is; nothing in the air.

    It fades over a few frames, so that the hips do not jerk when a foot lands. The ends stay, so that loops fit.

    Args:
        above: per foot (F,), the source's foot above its rest height, in leg lengths.
        miss: per foot (F,), the height it should have less the one it has.
        leg: length of a leg of the target, in the unit of `miss`.
        fps: frames a second.
    """
    weights = [np.exp(-((np.maximum(high, 0) / _NEAR_FLOOR) ** 2)) for high in above]
    noticed = [np.sign(m) * np.maximum(np.abs(m) - _UNNOTICED * leg, 0.0) for m in miss]
    rise = np.sum([w * m for w, m in zip(weights, noticed, strict=True)], axis=0) / (np.sum(weights, axis=0) + 0.02)
    ease = min(max(1, round(_EASE_S * fps)), len(rise) - 1)
    share = np.hanning(2 * ease + 3)[1:-1]
    return np.convolve(np.pad(rise, ease, mode="reflect", reflect_type="odd"), share / share.sum(), "valid")


def height_offset(offsets: Array, apart: float, leg: float) -> Array:
    """Return (F,) how much of what a tipping pelvis lifts one hips bone above the other the whole figure follows.

    If the hips bones differ in place, bone path and foot height cannot both match. A small difference goes to the bone, then to the
    figure, up to a barely visible amount.

    Args:
        offsets: (F,) what the source's hips bone is lifted by above the target's.
        apart: how far the two bones lie apart in the pelvis.
        leg: length of a leg; all three in one unit.
    """
    most = float(np.interp(apart / leg, _HIPS_APART, _MOST_OFFSET)) * leg
    return np.asarray(np.sign(offsets) * most * np.tanh(np.maximum(np.abs(offsets) - _TOLERANCE * leg, 0.0) / most))
