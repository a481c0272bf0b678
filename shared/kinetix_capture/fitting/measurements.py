"""Input of the fit: the observations of a clip, and the weight of each kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.fitting import firm_directions, touching


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
    hand_floor: float = 0.04
    balance: float = 0.08
    sideways_walk: float = 0.005
    clock: float = 0.03
    iterations: int = 7
    careful: bool = False
    window: int = 330
    overlap: int = 40


SEVERAL_VIEWS = Settings(
    smooth_depth=Settings.smooth_root,
    direction=2 * Settings.direction,
    depth=2 * Settings.depth,
    sideways=2 * Settings.sideways,
    sideways_walk=1.0,
)
"""Depth, of which one view knows least, is what another one sees best. So the path is as free along the view as across it, the
network's 3D counts half as much as for one view, and a body's front says nothing of its way, as both are seen.
"""


@dataclass
class Measurements:
    """Observations in the camera's frame with y up (x right, z towards the camera).

    Attributes:
        rays: (F, K, 2) slopes x / depth and y / depth of the attached landmarks.
        weights: (F, K) 0 … 1.
        world: (F, K, 3) the network's 3D in mannequin metres, relative to the middle of the hips.
        palm: (F, 2) 0 … 1, left and right: how far the hand's directions in `world` come from the hand model.
        standing: (F, K) bool: the landmark stands still in this frame.
        up: (3,) up direction; with it standing landmarks share one floor, `soles` (K,) metres above which each one stands.
        further: what further cameras saw in the same frames, each in its own frame: rays, weights, world, palm and
        speeds: (F, K, 2) by which its rays change in a second.
        focal_spread: standard deviation of the logarithm of the focal length that the rays were made with; None where that is held.
        firm: directions of limbs that somebody knows.
        touching: places of the body that meet.
        hands_standing: (F, 2) bool, left and right: the hand seems to stand on the floor; it counts less than what is `standing`.
        knuckle_heights: (F, 2) metres above the floor of the knuckles of hands that stand on fingers or fist; 0 of others.
    """

    rays: Array
    weights: Array
    world: Array
    palm: Array | None = None
    standing: Flags | None = None
    up: Array | None = None
    soles: Array | None = None
    further: tuple[Measurements, ...] = ()
    speeds: Array | None = None
    focal_spread: float | None = None
    firm: firm_directions.FirmDirections | None = None
    touching: touching.Touching | None = None
    hands_standing: Flags | None = None
    knuckle_heights: Array | None = None

    def part(self, frames: slice) -> Measurements:
        own = {name: values for name in _OF_FRAMES if (values := getattr(self, name)) is not None}
        cut: dict[str, Any] = {name: values[frames] for name, values in own.items()}
        return replace(
            self,
            **cut,
            further=tuple(view.part(frames) for view in self.further),
            firm=None if self.firm is None else self.firm.part(frames),
            touching=None if self.touching is None else self.touching.part(frames),
        )


_OF_FRAMES = ("rays", "weights", "world", "palm", "standing", "hands_standing", "knuckle_heights", "speeds")
