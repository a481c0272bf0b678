"""Finds arms and legs by shape: two long bones of like length, in the right place, on both sides; names add evidence.

Every mirrored pair of bones is tried as the ends of a limb, with every pair between as its parts. The lowest cost wins. Costs are
sums of squares, 1 per typical deviation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import acos, dist, hypot, inf, log

from kinetix_core.motion.mapping.name_semantics import semantics_of
from kinetix_core.motion.mapping.symmetry import Shape

_STRONG, _AGAINST, _HELPER = -1.5, 3.0, 3.0
_MOST_PAIRS = 600
_LEFT_OUT = 0.4
"""For every bone passed over within a limb: twist bones are, but of a skirt's or a cape's many bones some would have to be."""
PLAUSIBLE = 12.0
"""A limb that costs more is not one."""
_HOPELESS = 3 * PLAUSIBLE
"""What the shape may cost: no names make up for more."""
_MOST_OFF = 2.0
"""The most that toes or fingers take off the cost of a shape."""
_STATURES = ((1.0, 0.0), (1.3, 0.7), (1.7, 1.5))
"""Trunk and arms in those of a grown-up with the same legs, up to a toon's with very short legs; and what it costs to take them."""
_DEEP = 0.06
"""Share of the legs: arms start beside the trunk, wings behind it."""
_BENT = 0.9
"""Radians: what rests more bent than this is rather a collarbone over a hanging arm, or a shin over a foot, than elbow or knee."""


@dataclass(frozen=True)
class Limb:
    """One limb on both sides: places of its bones left and right, and what it cost.

    Attributes:
        left, right: upper, lower and end bone.
        before_left, before_right: bones between the trunk and the upper one, outermost last.
        trunk: the bone both sides hang from; -1 for none.
        cost: see above.
        second_best: cost of the best limb with other bones.
    """

    left: tuple[int, int, int]
    right: tuple[int, int, int]
    before_left: tuple[int, ...]
    before_right: tuple[int, ...]
    trunk: int
    cost: float
    second_best: float


Cost = Callable[[list[int], int, int, int], float]
Place = Sequence[float]


def legs(shape: Shape) -> Limb | None:
    """The best pair of legs; None when there is none."""
    at: list[list[float]] = shape.at.tolist()
    tall = shape.tall
    floor = min(place[1] for place in at)

    def cost(path: list[int], upper: int, lower: int, end: int) -> float:
        u, l, f = at[path[upper]], at[path[lower]], at[path[end]]
        thigh, shin = dist(u, l), dist(l, f)
        if min(thigh, shin) < 0.05 * tall or u[1] - f[1] < 0.6 * (thigh + shin) or u[1] - floor < 0.25 * tall:
            return inf
        total = (log(thigh / shin) / 0.25) ** 2 + (log((thigh + shin) / (0.48 * tall)) / 0.35) ** 2
        total += (((f[1] - floor) / tall - 0.045) / 0.035) ** 2
        if total > _HOPELESS + _MOST_OFF:
            return inf
        total += _too_bent(u, l, f)
        total += (_off_line(at, path, upper, lower) + _off_line(at, path, lower, end)) / 0.03
        total += 2.0 * max(0, upper - 1) + _LEFT_OUT * (end - upper - 2)
        toes = (at[child] for child in shape.children[path[end]])
        total += -1.0 if any(hypot(t[0] - f[0], t[2] - f[2]) > max(0.15 * shin, f[1] - t[1]) for t in toes) else 0.5
        # A thigh left out, to begin at the knee.
        total += 3.0 if upper and dist(at[path[upper - 1]], u) > 0.6 * thigh else 0.0
        return total

    return _best(shape, cost, ("UpperLeg", "LowerLeg", "Foot"))


def arms(shape: Shape, leg: Limb | None) -> Limb | None:
    """The best pair of arms, with the legs known or not."""
    at: list[list[float]] = shape.at.tolist()
    tall = shape.tall
    floor = min(place[1] for place in at)
    hip = at[leg.left[0]][1] - floor if leg else 0.53 * tall
    taken = {*leg.left, *leg.right} if leg else set()

    def cost(path: list[int], upper: int, lower: int, end: int) -> float:
        if not taken.isdisjoint(path):
            return inf
        u, l, h = at[path[upper]], at[path[lower]], at[path[end]]
        over, fore, high = dist(u, l), dist(l, h), u[1] - floor - hip
        if min(over, fore) < 0.06 * hip or high < 0.1 * hip or abs(h[0]) < 0.5 * abs(u[0]):
            return inf
        trunk = int(shape.skeleton.parents[path[0]])
        behind = u[2] - at[trunk][2] if trunk >= 0 else 0.0

        def size(stature: float) -> float:
            unit = stature * hip
            place = ((abs(u[0]) / unit - 0.185) / 0.06) ** 2 + ((high / unit - 0.5) / 0.15) ** 2
            return (log((over + fore) / (0.58 * unit)) / 0.3) ** 2 + place + min((behind / unit / _DEEP) ** 2, 3.0)

        total = (log(over / fore) / 0.25) ** 2 + min(size(stature) + dear for stature, dear in _STATURES)
        if total > _HOPELESS + _MOST_OFF:
            return inf
        total += _too_bent(u, l, h)
        total += (_off_line(at, path, upper, lower) + _off_line(at, path, lower, end)) / 0.03
        branches = [child for child in shape.children[path[end]] if shape.children[child]]
        total -= _MOST_OFF if len(branches) >= 3 else 0.0
        return total + 2.0 * max(0, upper - 2) + _LEFT_OUT * (end - upper - 2)

    return _best(shape, cost, ("UpperArm", "LowerArm", "Hand"))


def _best(shape: Shape, cost: Cost, roles: tuple[str, str, str]) -> Limb | None:
    found = sorted(_tried(shape, cost, roles), key=lambda limb: limb.cost)
    if not found or found[0].cost > PLAUSIBLE:
        return None
    first = found[0]
    second_best = next((limb.cost for limb in found[1:] if limb.left != first.left), inf)
    return Limb(first.left, first.right, first.before_left, first.before_right, first.trunk, first.cost, second_best)


def _tried(shape: Shape, cost: Cost, roles: tuple[str, str, str]) -> Iterator[Limb]:
    # Limbs are long: of very many pairs (a face, a coat of feathers) the farthest down the tree are tried.
    pairs = sorted(shape.pairs.items(), key=lambda pair: -int(shape.depth[pair[0]]))[:_MOST_PAIRS]
    for left, right in pairs:
        trunk = shape.meeting(left, right)
        one, two = _alike(shape, shape.path(trunk, left), shape.path(trunk, right))
        if not 3 <= len(one) <= 12:
            continue
        end = len(one) - 1
        for upper in range(end - 1):
            for lower in range(upper + 1, end):
                total = cost(one, upper, lower, end)
                if total <= _HOPELESS:  # most are not, and then the other side need not be looked at
                    total = max(total, cost(two, upper, lower, end))
                if not total <= _HOPELESS:  # nor may it be no number
                    continue
                total += (
                    sum(
                        _named(shape, path[k], what)
                        for path in (one, two)
                        for k, what in zip((upper, lower, end), roles, strict=True)
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
                    inf,
                )


def _alike(shape: Shape, one: list[int], two: list[int]) -> tuple[list[int], list[int]]:
    """Two paths with as many bones: where one side has a helper bone more, what both sides have."""
    if len(one) == len(two):
        return one, two
    place = {bone: k for k, bone in enumerate(two)}
    both: list[tuple[int, int]] = []
    for bone in one:
        other = shape.pairs.get(bone, -1)
        if other in place and (not both or place[other] > place[both[-1][1]]):
            both.append((bone, other))
    return [a for a, _ in both], [b for _, b in both]


def _named(shape: Shape, bone: int, role: str) -> float:
    """Return the change of a bone's cost as `role` by its name."""
    found = semantics_of(shape.names[bone])
    if not found:
        return 0.0
    if role in found:
        return _STRONG if len(found) == 1 else _STRONG / 2
    return _HELPER if "helper" in found else _AGAINST


def _too_bent(a: Place, b: Place, c: Place) -> float:
    """Return the cost of c's distance from the line a–b, beyond that of elbows and knees at rest."""
    cosine = sum((q - p) * (r - q) for p, q, r in zip(a, b, c, strict=True)) / max(dist(a, b) * dist(b, c), 1e-9)
    return min((max(0.0, acos(max(-1.0, min(1.0, cosine))) - _BENT) / 0.25) ** 2, 4.0)


def _off_line(at: Sequence[Place], path: list[int], start: int, end: int) -> float:
    """Return the distance of the bones in between from the straight line, relative to its length."""
    if end - start < 2:
        return 0.0
    a, b = at[path[start]], at[path[end]]
    length = max(dist(a, b), 1e-9)
    along = [(q - p) / length for p, q in zip(a, b, strict=True)]
    farthest = 0.0
    for bone in path[start + 1 : end]:
        inner = [q - p for p, q in zip(a, at[bone], strict=True)]
        reach = sum(p * q for p, q in zip(inner, along, strict=True))
        farthest = max(farthest, dist(inner, [reach * q for q in along]))
    return farthest / length
