"""Up and foot contacts from all cameras of a take: each one judges in its own frame, and those that see best count most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.contacts import floor, short_contacts
from kinetix_capture.fitting import scene_up

_LITTLE = 0.05
# Degrees: scenes whose up directions are further apart contradict each other, and the one that explains less of all of them is wrong.
_APART = 4.0


@dataclass(frozen=True, eq=False)
class Sight:
    """The fitted figure as one camera sees it, in that camera's frame.

    Attributes:
        rays: (F, 4, 2) slopes at which heels and toes (`body_model.FEET`) are seen, and `weights` (F, 4) how well.
        feet: (F, 4, 3) metres, and `hips` (F, 3).
        edges, focal: of its scene.
        turn: (3, 3) from the frame of the fit to this one; None where it is the same.
    """

    rays: Array
    weights: Array
    feet: Array
    hips: Array
    edges: scene_up.Edges
    focal: float
    turn: Array | None = None

    def here(self, directions: Array) -> Array:
        """Directions (..., 3) of the fit's frame in this one."""
        return directions if self.turn is None else np.asarray(directions @ self.turn.T)

    def there(self, directions: Array) -> Array:
        return directions if self.turn is None else np.asarray(directions @ self.turn)


def find_up(
    sights: Sequence[Sight], body_axis: Array, stands: Flags | None, *, lean_deg: float = floor.LEAN_DEG
) -> tuple[Array, float]:
    """The up direction (3,) in the frame of the fit, and how sure the surest scene is of it, 0 … 1.

    Args:
        body_axis, lean_deg: as for `floor.find_up`, the axis (3,).
        stands: (F, 4) when heels and toes stood on the floor, None while that is not known.
    """
    found = []
    for sight in sights:
        contacts = np.zeros((0, 2, 3)) if stands is None else _feet_that_stand(sight.feet, stands)
        up, sure = floor.find_up(sight.edges, sight.focal, sight.here(body_axis), contacts, lean_deg=lean_deg)
        found.append((sight.there(up), sure))
    if len(found) == 1:
        return found[0]
    shares = [sum(scene_up.explained(sight.edges, sight.here(up), sight.focal) for sight in sights) for up, _ in found]
    if max(shares) > 0:
        best = found[int(np.argmax(shares))][0]
        found = [(up, sure) for up, sure in found if up @ best > np.cos(np.radians(_APART))]
    total = np.sum([(_LITTLE + sure) * up for up, sure in found], axis=0)
    return np.asarray(total / np.linalg.norm(total)), max(sure for _, sure in found)


def _feet_that_stand(feet: Array, stands: Flags) -> Array:
    """Return (C, 2, 3) heel and toes of each foot in each frame in which it stands; where one of them does, that one twice."""
    heels, toes = feet[:, :2], feet[:, 2:]
    heel_stands, toe_stands = stands[:, :2, None], stands[:, 2:, None]
    both = np.stack((np.where(heel_stands, heels, toes), np.where(toe_stands, toes, heels)), 2)
    return np.asarray(both[(heel_stands | toe_stands)[..., 0]])


def find_stands(
    sights: Sequence[Sight], fps: float, up: Array, *, on_floor: bool, across: float, along: float
) -> Flags:
    """(F, 4) which heels and toes stand, short stands too. `on_floor`: only what is near the floor; see `floor.find_contacts`."""
    found = []
    for sight in sights:
        own_up = sight.here(up)
        stands = floor.find_contacts(
            sight.rays, sight.feet, fps, own_up if on_floor else None, across=across, along=along
        )
        found.append(short_contacts.add_short_contacts(stands, sight.rays, sight.feet, sight.hips, fps, own_up))
    return _agreed(sights, found)


def extend_stands(sights: Sequence[Sight], stands: Flags) -> Flags:
    """`floor.extend_contacts` by all cameras."""
    return _agreed(sights, [floor.extend_contacts(stands, sight.rays, sight.feet) for sight in sights])


def _agreed(sights: Sequence[Sight], found: Sequence[Flags]) -> Flags:
    """Return the verdict of most cameras, each weighted by how well it sees the point."""
    if len(found) == 1:
        return found[0]
    weights = np.array([sight.weights for sight in sights])
    return np.asarray((weights * np.array(found)).sum(axis=0) >= 0.5 * weights.sum(axis=0))
