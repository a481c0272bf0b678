"""Shares a limb's twist out over its twist bones, so that skin does not wring at one joint."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.mapping.bone_names import words
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Segment:
    """One limb bone with its helpers.

    Attributes:
        bone: humanoid name of the limb bone.
        helpers: bones of the rig that lie along it.
        factors: share of the twist that each helper is turned by, from how the limb bone stands; for upper bones negative.
        own: the same for the limb bone itself: 0 but where it is followed by helpers in line.
    """

    bone: str
    helpers: tuple[int, ...]
    factors: tuple[float, ...]
    own: float

    @property
    def upper(self) -> bool:
        """Twist comes from the joint above (shoulder, hip), not from the one below (wrist)."""
        return "Upper" in self.bone


def find(skeleton: Skeleton, bones: BoneMap, at: Array) -> list[Segment]:
    """The limbs of a rig that have twist bones. `at` (J, 3) are the rest positions."""
    mapped = {one.index for one in bones.bones.values()}
    children: dict[int, list[int]] = {}
    for bone, parent in enumerate(skeleton.parents):
        children.setdefault(int(parent), []).append(bone)
    out = []
    for side in ("Left", "Right"):
        for upper in ("UpperArm", "LowerArm", "UpperLeg", "LowerLeg"):
            name = side + upper
            start, end = bones.index(name), bones.index(humanoid_profile.CHILD[name])
            if start < 0 or end < 0:
                continue
            above = skeleton.up_to_root(end)
            inner = above[1 : above.index(start)][::-1] if start in above else []
            if mapped.intersection(inner):
                inner = []
            line = [start, *inner]
            beside = [
                one
                for parent in (*line, int(skeleton.parents[start]))
                for one in children.get(parent, [])
                if one not in mapped and one not in line and _is_twist(skeleton.names[one]) and one not in above
            ]
            shares = {one: _share(at, start, end, one) for one in (*inner, *beside)}
            inner = [one for one in inner if shares[one] is not None]
            beside = [one for one in beside if shares[one] is not None]
            if inner or beside:
                out.append(
                    _segment(name, inner, beside, {one: share for one, share in shares.items() if share is not None})
                )
    return out


def spread(
    segments: list[Segment],
    driven: Array,
    place: dict[str, int],
    helpers: dict[int, int],
    rest: dict[str, tuple[Array, Array]],
) -> None:
    """Turn the helpers in `driven` (F, K, 4), in place.

    Args:
        place: humanoid bone → place in `driven`.
        helpers: rig bone → place in `driven`.
        rest: limb bone → its axis in the bone's own frame (3,), and the rest rotation (4,) from the joint's other bone to it.
    """
    for segment in segments:
        axis, between = rest[segment.bone]
        other = place[other_bone(segment.bone, place)]
        own = place[segment.bone]
        turned = driven[:, own].copy()
        if segment.upper:
            # From the trunk's bone to the limb, away from rest, seen in the limb's own frame.
            away = quat.multiply(quat.conjugate(quat.multiply(driven[:, other], between)), turned)
        else:
            away = quat.multiply(quat.conjugate(turned), quat.multiply(driven[:, other], quat.conjugate(between)))
        angle = np.unwrap(2 * np.arctan2(away[:, :3] @ axis, away[:, 3]))
        angle -= 2 * np.pi * np.round(np.median(angle) / (2 * np.pi))
        world_axis = quat.rotate(turned, np.broadcast_to(axis, (len(turned), 3)))
        for bone, factor in zip(segment.helpers, segment.factors, strict=True):
            at = helpers[bone]
            driven[:, at] = quat.multiply(quat.from_axis_angle(world_axis, factor * angle), driven[:, at])
        if segment.own:
            driven[:, own] = quat.multiply(quat.from_axis_angle(world_axis, segment.own * angle), turned)


def other_bone(bone: str, place: dict[str, int]) -> str:
    """The bone whose turn against `bone` is its twist: above an upper limb bone, below a lower one; empty when there is none."""
    if "Lower" in bone:
        below = humanoid_profile.CHILD[bone]
        return below if below in place else ""
    return humanoid_profile.parent_in(bone, place)


def _segment(name: str, inner: list[int], beside: list[int], shares: dict[int, float]) -> Segment:
    upper = "Upper" in name
    starts = [0.0, *(shares[one] for one in inner), 1.0]
    middles = [(a + b) / 2 for a, b in pairwise(starts)]
    wanted = {**dict(zip(inner, middles[1:], strict=True)), **{one: shares[one] for one in beside}}
    own = middles[0] if inner else (1.0 if upper else 0.0)
    base = 1.0 if upper else 0.0
    factors = tuple(wanted[one] - base for one in (*inner, *beside))
    return Segment(name, (*inner, *beside), factors, own - base)


def _share(at: Array, start: int, end: int, bone: int) -> float | None:
    """Return the bone's position along the limb, 0 … 1; None beside it."""
    direction = at[end] - at[start]
    length = float(np.linalg.norm(direction))
    if length < 1e-9:
        return None
    share = float((at[bone] - at[start]) @ direction) / length**2
    off = float(np.linalg.norm(at[bone] - at[start] - share * direction)) / length
    return min(max(share, 0.0), 1.0) if off < 0.15 and -0.1 < share < 1.1 else None


def _is_twist(name: str) -> bool:
    return bool({"twist", "roll", "share"} & set(words(name))) or "twist" in name.lower()
