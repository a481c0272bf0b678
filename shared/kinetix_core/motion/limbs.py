"""Finds arms and legs by shape: two long bones of like length, in the right place, on both sides; names add evidence.

Every mirrored pair of bones is tried as the ends of a limb, and on the way to them every pair of bones as its upper and lower
part. A cost says how unlike an arm or a leg it is; the lowest wins. Costs are sums of squares, 1 for one typical deviation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kinetix_core.motion.meanings import says
from kinetix_core.motion.symmetry import Shape

__all__ = ["Limb", "arms", "legs"]

_STRONG, _AGAINST, _HELPER = -1.5, 3.0, 3.0
_MOST_PAIRS = 600
PLAUSIBLE = 12.0
"""A limb that costs more is not one."""
_TOON = 1.7
"""Trunk and arms of a figure with very short legs, in those of a grown-up with the same legs."""
_BENT = 0.9
"""Radians: an elbow that rests more bent than this is rather where a collarbone and an arm that hangs down meet."""


@dataclass(frozen=True)
class Limb:
    """One limb on both sides: places of its bones left and right, and what it cost.

    Attributes:
        left, right: upper, lower and end bone.
        before_left, before_right: bones between the trunk and the upper one, outermost last.
        trunk: the bone both sides hang from; -1 for none.
        cost: see above.
        rival: cost of the best limb with other bones.
    """

    left: tuple[int, int, int]
    right: tuple[int, int, int]
    before_left: tuple[int, ...]
    before_right: tuple[int, ...]
    trunk: int
    cost: float
    rival: float


Cost = Callable[[list[int], int, int, int], float]


def legs(shape: Shape) -> Limb | None:
    """The best pair of legs; None when there is none."""
    at, tall = shape.at, shape.tall
    floor = float(at[:, 1].min())

    def cost(path: list[int], upper: int, lower: int, end: int) -> float:
        u, l, f = at[path[upper]], at[path[lower]], at[path[end]]
        thigh, shin = _length(u, l), _length(l, f)
        if min(thigh, shin) < 0.05 * tall or u[1] - f[1] < 0.6 * (thigh + shin) or u[1] - floor < 0.25 * tall:
            return np.inf
        total = (np.log(thigh / max(shin, 1e-9)) / 0.25) ** 2 + (np.log((thigh + shin) / (0.48 * tall)) / 0.35) ** 2
        total += (((f[1] - floor) / tall - 0.045) / 0.035) ** 2
        total += (_off_line(at, path[: end + 1], upper, lower) + _off_line(at, path[: end + 1], lower, end)) / 0.03
        total += 2.0 * max(0, upper - 1) + (0.5 if not shape.children[path[end]] else 0.0)
        return float(total)

    return _best(shape, cost, ("UpperLeg", "LowerLeg", "Foot"))


def arms(shape: Shape, leg: Limb | None) -> Limb | None:
    """The best pair of arms, with the legs known or not."""
    grown = _arms(shape, leg, 1.0)
    return grown or _arms(shape, leg, _TOON)


def _arms(shape: Shape, leg: Limb | None, stature: float) -> Limb | None:
    """With a trunk that is `stature` times as large beside the legs as a grown-up's."""
    at, tall = shape.at, shape.tall
    floor = float(at[:, 1].min())
    hip = at[leg.left[0], 1] - floor if leg else 0.5 * tall
    unit = stature * (hip if leg else 0.53 * tall)
    shoulder = hip + 0.5 * unit if leg else 1.5 * unit
    taken = {*leg.left, *leg.right} if leg else set()

    def cost(path: list[int], upper: int, lower: int, end: int) -> float:
        if taken.intersection(path):
            return np.inf
        u, l, h = at[path[upper]], at[path[lower]], at[path[end]]
        over, fore = _length(u, l), _length(l, h)
        if min(over, fore) < 0.06 * unit or u[1] - floor < hip + 0.1 * unit or abs(h[0]) < 0.5 * abs(u[0]):
            return np.inf
        total = (np.log(over / max(fore, 1e-9)) / 0.25) ** 2 + (np.log((over + fore) / (0.58 * unit)) / 0.3) ** 2
        total += ((abs(u[0]) / unit - 0.185) / 0.06) ** 2 + ((u[1] - floor - shoulder) / unit / 0.15) ** 2
        total += min((max(0.0, _bend(u, l, h) - _BENT) / 0.25) ** 2, 4.0)
        total += (_off_line(at, path[: end + 1], upper, lower) + _off_line(at, path[: end + 1], lower, end)) / 0.03
        branches = [child for child in shape.children[path[end]] if shape.children[child]]
        total -= 2.0 if len(branches) >= 3 else 0.0
        total += 2.0 * max(0, upper - 2)
        return float(total)

    return _best(shape, cost, ("UpperArm", "LowerArm", "Hand"))


def _best(shape: Shape, cost: Cost, meaning: tuple[str, str, str]) -> Limb | None:
    found = sorted(_tried(shape, cost, meaning), key=lambda limb: limb.cost)
    if not found or found[0].cost > PLAUSIBLE:
        return None
    first = found[0]
    rival = next((limb.cost for limb in found[1:] if limb.left != first.left), np.inf)
    return Limb(first.left, first.right, first.before_left, first.before_right, first.trunk, first.cost, rival)


def _tried(shape: Shape, cost: Cost, meaning: tuple[str, str, str]) -> Iterator[Limb]:
    # Limbs are long: of very many pairs (a face, a coat of feathers) the farthest down the tree are tried.
    pairs = sorted(shape.pairs.items(), key=lambda pair: -int(shape.depth[pair[0]]))[:_MOST_PAIRS]
    for left, right in pairs:
        trunk = shape.meeting(left, right)
        one, two = shape.path(trunk, left), shape.path(trunk, right)
        if len(one) != len(two) or not 3 <= len(one) <= 12:
            continue
        end = len(one) - 1
        for upper in range(end - 1):
            for lower in range(upper + 1, end):
                costs = [cost(path, upper, lower, end) for path in (one, two)]
                total = max(costs)
                if not np.isfinite(total) or total > 3 * PLAUSIBLE:
                    continue
                total += (
                    sum(
                        _named(shape, path[k], what)
                        for path in (one, two)
                        for k, what in zip((upper, lower, end), meaning, strict=True)
                    )
                    / 2
                )
                yield Limb(
                    (one[upper], one[lower], one[end]),
                    (two[upper], two[lower], two[end]),
                    tuple(one[:upper]),
                    tuple(two[:upper]),
                    trunk,
                    total,
                    np.inf,
                )


def _named(shape: Shape, bone: int, meaning: str) -> float:
    """How a name changes the cost of its bone being `meaning`."""
    found = says(shape.names[bone])
    if not found:
        return 0.0
    if meaning in found:
        return _STRONG if len(found) == 1 else _STRONG / 2
    return _HELPER if "helper" in found else _AGAINST


def _length(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b))


def _bend(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    """Radians by which c lies off the line from a through b."""
    cosine = (b - a) @ (c - b) / max(_length(a, b) * _length(b, c), 1e-9)
    return float(np.arccos(np.clip(cosine, -1, 1)))


def _off_line(at: np.ndarray, path: list[int], start: int, end: int) -> float:
    """How far the bones in between lie from the straight line, as a share of its length: twist bones lie on it, ankles do not."""
    if end - start < 2:
        return 0.0
    a, b = at[path[start]], at[path[end]]
    along = (b - a) / max(_length(a, b), 1e-9)
    inner = at[path[start + 1 : end]] - a
    return float(np.linalg.norm(inner - np.outer(inner @ along, along), axis=1).max() / max(_length(a, b), 1e-9))
