"""Constants that map a source's world rotations to a target's, computed once per pair of rest poses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.retargeting import detached_bones, twist
from kinetix_core.motion.skeleton import Skeleton, without_backtracking

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
_LIMBS = ("UpperArm", "LowerArm", "UpperLeg", "LowerLeg")
_KNUCKLES = ("IndexProximal", "MiddleProximal", "RingProximal", "LittleProximal")
_BY_EYE = np.radians(2.4)
"""Ankles and toe joints are placed by eye: the line between them shows no better than this where a foot points."""


@dataclass(frozen=True)
class Match:
    """Constants for K driven bones of the target. Quaternions xyzw.

    Attributes:
        source, target: both figures at rest.
        turn: (4,) from the source's world to the target's, so that both face the same way.
        driven: (K,) target bones, parents before children.
        first, second: (K,) source bones whose rotations are blended.
        share: (K,) 0 is all `first`, 1 all `second`.
        undo_first, undo_second: (K, 4) right factors that leave a rotation away from the source's rest.
        rest: (K, 4) the target's rest rotation, brought to the source's rest pose.
        above: (K,) place in `driven` of the nearest driven ancestor, -1 without one.
        between: (K, 4) rest rotation from that ancestor (or the world) to the bone's parent.
        place: humanoid bone → place in `driven`.
        twists: limbs whose twist is shared out.
        twist_rest: limb bone → its axis in its own frame (3,), and its rest rotation (4,) seen from the bone that it twists against,
            or that bone's seen from it.
        held: target bone → the one that holds it in its place, where the rig's tree does not (`detached_bones.py`).
    """

    source: body_frames.BodyFrame
    target: body_frames.BodyFrame
    turn: Array
    driven: Indices
    first: Indices
    second: Indices
    share: Array
    undo_first: Array
    undo_second: Array
    rest: Array
    above: Indices
    between: Array
    place: dict[str, int]
    twists: list[twist.Segment]
    twist_rest: dict[str, tuple[Array, Array]]
    held: dict[int, int]


def match(
    source: Skeleton, source_map: BoneMap, target: Skeleton, target_map: BoneMap, *, twists: bool = True
) -> Match:
    """Works out every constant. Raises InputError when a figure has no left and right."""
    a, b = body_frames.measure(source, source_map), body_frames.measure(target, target_map)
    turn = quat.from_matrix(b.axes @ a.axes.T)
    found = _pairs(source, source_map, target, target_map, a, b)
    segments = [one for one in twist.find(target, target_map, b.positions) if one.bone in source_map] if twists else []
    limb_of = {helper: one.bone for one in segments for helper in one.helpers}
    found |= {helper: found[target_map.index(limb)] for helper, limb in limb_of.items()}
    held = detached_bones.find_held(target, target_map, found)
    loose = (detached_bones.find_loose if held else detached_bones.find_targets)(target, target_map, b, found)
    found |= {bone: found[holder] for bone, holder in loose.items()}
    driven = np.array(sorted(found), np.int64)
    first, second, share = (np.array([found[bone][k] for bone in driven]) for k in range(3))
    corrections = _corrections(source_map, target_map, a, b, turn)
    names = {**limb_of, **{one.index: bone for bone, one in target_map.bones.items()}}
    names |= {bone: names[holder] for bone, holder in loose.items()}
    needed = np.array([corrections.get(names.get(bone, ""), quat.IDENTITY) for bone in driven.tolist()])
    rest = quat.multiply(needed, b.rotations[driven])
    undo = quat.conjugate(quat.multiply(turn, a.rotations))
    place = {int(bone): k for k, bone in enumerate(driven)}
    above = np.array(
        [next((place[up] for up in target.up_to_root(bone)[1:] if up in place), -1) for bone in driven.tolist()],
        np.int64,
    )
    parents = target.parents[driven]
    outer = np.where((parents >= 0)[:, None], b.rotations[parents], quat.IDENTITY)
    inner = np.where((above >= 0)[:, None], b.rotations[driven[above]], quat.IDENTITY)
    between = quat.multiply(quat.conjugate(inner), outer)
    where = {bone: place[one.index] for bone, one in target_map.bones.items() if one.index in place}
    segments = [one for one in segments if twist.other_bone(one.bone, where)]
    twist_rest = {one.bone: _twist_rest(one, target_map, b, where) for one in segments}
    first, second = first.astype(np.int64), second.astype(np.int64)
    return Match(
        source=a,
        target=b,
        turn=turn,
        driven=driven,
        first=first,
        second=second,
        share=share,
        undo_first=undo[first],
        undo_second=undo[second],
        rest=rest,
        above=above,
        between=between,
        place=where,
        twists=segments,
        twist_rest=twist_rest,
        held=held | loose,
    )


def solve(plan: Match, world: Array) -> Array:
    """Source world rotations (F, J, 4), already turned to the target's front → world rotations of the driven bones (F, K, 4)."""
    plain = plan.share == 0
    mixed = ~plain
    straight = quat.multiply(plan.undo_first, plan.rest)[plain]
    out = np.empty((len(world), len(plan.driven), 4))
    for part in kinematics.blocks(len(world), len(plan.driven)):
        now = world[part]
        out[part, plain] = quat.multiply(now[:, plan.first[plain]], straight)
        if mixed.any():
            one = quat.multiply(now[:, plan.first[mixed]], plan.undo_first[mixed])
            two = quat.multiply(now[:, plan.second[mixed]], plan.undo_second[mixed])
            out[part, mixed] = quat.multiply(quat.slerp(one, two, plan.share[mixed]), plan.rest[mixed])
    if plan.twists:
        helpers = {int(bone): k for k, bone in enumerate(plan.driven)}
        twist.spread(plan.twists, out, plan.place, helpers, plan.twist_rest)
    return out


def locals_of(plan: Match, world: Array) -> Array:
    """World rotations of the driven bones (F, K, 4) → rotations in their parents' frames (F, K, 4)."""
    out = np.empty_like(world)
    free = (plan.above < 0)[:, None]
    for part in kinematics.blocks(len(world), len(plan.driven)):
        above = np.where(free, quat.IDENTITY, world[part][:, plan.above])
        out[part] = quat.multiply(quat.conjugate(quat.multiply(above, plan.between)), world[part])
    return quat.normalize(out)


def _path_between(skeleton: Skeleton, top: int, bottom: int) -> list[int]:
    """The bones from `top` down to `bottom`, both included; empty when `top` is not an ancestor."""
    line = skeleton.up_to_root(bottom)
    return line[line.index(top) :: -1] if top in line else []


def _twist_rest(
    segment: twist.Segment, bones: BoneMap, body: body_frames.BodyFrame, place: dict[str, int]
) -> tuple[Array, Array]:
    limb, end = bones.index(segment.bone), bones.index(humanoid_profile.CHILD[segment.bone])
    other = bones.index(twist.other_bone(segment.bone, place))
    direction = body.positions[end] - body.positions[limb]
    axis = quat.rotate(quat.conjugate(body.rotations[limb]), direction / max(float(np.linalg.norm(direction)), 1e-9))
    above, below = (other, limb) if segment.upper else (limb, other)
    return axis, quat.multiply(quat.conjugate(body.rotations[above]), body.rotations[below])


def _pairs(
    source: Skeleton,
    source_map: BoneMap,
    target: Skeleton,
    target_map: BoneMap,
    a: body_frames.BodyFrame,
    b: body_frames.BodyFrame,
) -> dict[int, tuple[int, int, float]]:
    """Target bone → two source bones and the share of the second."""
    found: dict[int, tuple[int, int, float]] = {}
    from_spine = _chain(source, source_map, a, source_map.index("Hips"), humanoid_profile.SPINE)
    onto_spine = _chain(target, target_map, b, target_map.index("Hips"), humanoid_profile.SPINE)
    from_neck = _chain(source, source_map, a, from_spine[-1], ("Neck", "Head"))
    onto_neck = _chain(target, target_map, b, onto_spine[-1], ("Neck", "Head"))
    for source_chain, target_chain in ((from_spine, onto_spine), (from_neck, onto_neck)):
        found |= _spread(source_chain, target_chain, a.positions, b.positions)
    found[target_map.index("Hips")] = (source_map.index("Hips"),) * 2 + (0.0,)
    for bone, one in target_map.bones.items():
        if bone in source_map and one.index not in found and bone != "Root":
            found[one.index] = (source_map.index(bone),) * 2 + (0.0,)
    return found


def _chain(
    skeleton: Skeleton, bones: BoneMap, body: body_frames.BodyFrame, start: int, wanted: tuple[str, ...]
) -> list[int]:
    """Every bone from `start` to the last mapped one of `wanted`, unmapped ones between them as well."""
    mapped = [bones.index(bone) for bone in wanted if bone in bones]
    if not mapped:
        return [start]
    line = _path_between(skeleton, start, mapped[-1]) or [start, *mapped]
    straight = without_backtracking(line, body.positions)
    return straight if set(mapped) <= set(straight) else line


def _spread(
    source_chain: list[int], target_chain: list[int], source_places: Array, target_places: Array
) -> dict[int, tuple[int, int, float]]:
    """Chains of equal length go bone by bone; others are resampled along their length, ends onto ends."""
    if len(source_chain) < 2:
        return {}
    if len(source_chain) == len(target_chain):
        return {bone: (other, other, 0.0) for bone, other in zip(target_chain[1:], source_chain[1:], strict=True)}
    at, wanted = _along(source_chain, source_places), _along(target_chain, target_places)
    out = {}
    for bone, place in zip(target_chain[1:], wanted[1:], strict=True):
        k = int(np.clip(np.searchsorted(at, place, side="right") - 1, 0, len(source_chain) - 2))
        share = float(np.clip((place - at[k]) / max(at[k + 1] - at[k], 1e-9), 0, 1))
        if share > 1 - 1e-9:
            k, share = k + 1, 0.0
        out[bone] = (source_chain[k], source_chain[min(k + 1, len(source_chain) - 1)], share)
    return out


def _along(bones: list[int], places: Array) -> Array:
    steps = np.linalg.norm(np.diff(places[bones], axis=0), axis=1)
    total = np.concatenate(([0.0], np.cumsum(steps)))
    return np.asarray(total / max(float(total[-1]), 1e-9))


def _corrections(
    source_map: BoneMap, target_map: BoneMap, a: body_frames.BodyFrame, b: body_frames.BodyFrame, turn: Array
) -> dict[str, Array]:
    """Humanoid bone → (4,) world rotation that brings the target's rest pose to the source's. Absent: none needed."""
    turned = quat.rotate(turn, a.positions)
    source_at = {bone: turned[one.index] for bone, one in source_map.bones.items()}
    target_at = {bone: b.positions[one.index] for bone, one in target_map.bones.items()}
    out: dict[str, Array] = {}

    def point(bases: dict[str, Array]) -> None:
        """Every bone's base, and the shortest way from there to the direction that the source's bone has."""
        out.update(bases)
        both = [
            bone
            for bone in bases
            if all(
                name in places
                for name in (bone, humanoid_profile.CHILD.get(bone, ""))
                for places in (source_at, target_at)
            )
        ]
        if not both:
            return
        ends = [humanoid_profile.CHILD[bone] for bone in both]
        base = np.array([bases[bone] for bone in both])
        target_vector, source_vector = (
            np.array([at[end] - at[bone] for bone, end in zip(both, ends, strict=True)])
            for at in (target_at, source_at)
        )
        out.update(
            zip(both, quat.multiply(quat.between(quat.rotate(base, target_vector), source_vector), base), strict=True)
        )

    sides = ("Left", "Right")
    point({side + upper: quat.IDENTITY for side in sides for upper in _LIMBS[::2]})
    point({side + lower: out[side + upper] for side in sides for upper, lower in (_LIMBS[:2], _LIMBS[2:])})
    for side in sides:
        hand = _palm(side, source_at, target_at)
        out[side + "Hand"] = out[side + "LowerArm"] if hand is None else hand
        out[side + "Foot"] = out[side + "Toes"] = _foot(side, source_at, target_at, b.axes[:, 1])
    for joint in range(3):
        above = [chain[joint - 1] if joint else "Hand" for chain in humanoid_profile.FINGERS.values()]
        chains = list(zip(humanoid_profile.FINGERS.values(), above, strict=True))
        point({side + chain[joint]: out[side + over] for side in sides for chain, over in chains})
    return out


def _palm(side: str, source_at: dict[str, Array], target_at: dict[str, Array]) -> Array | None:
    """Return the rotation between the palms by the knuckles; None with fewer than two common fingers."""
    shared = [side + bone for bone in _KNUCKLES if side + bone in source_at and side + bone in target_at]
    if side + "Hand" not in source_at or side + "Hand" not in target_at or len(shared) < 2:
        return None
    frame = []
    for places in (source_at, target_at):
        ahead = np.mean([places[bone] for bone in shared], axis=0) - places[side + "Hand"]
        across = places[shared[0]] - places[shared[-1]]
        ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
        across -= ahead * (across @ ahead)
        if np.linalg.norm(across) < 1e-4:
            return None
        across /= np.linalg.norm(across)
        frame.append(np.stack((across, ahead, np.cross(across, ahead)), axis=1))
    return quat.from_matrix(frame[0] @ frame[1].T)


def _foot(side: str, source_at: dict[str, Array], target_at: dict[str, Array], up: Array) -> Array:
    """Soles are flat on the floor in both rest poses, so feet differ only in where they point. The ankle's height does not matter.

    The difference is removed, except for what joint placement may explain.
    """
    foot, toes = side + "Foot", side + "Toes"
    if not all(bone in places for bone in (foot, toes) for places in (source_at, target_at)):
        return quat.IDENTITY
    target_vector, source_vector = target_at[toes] - target_at[foot], source_at[toes] - source_at[foot]
    target_vector, source_vector = target_vector - up * (target_vector @ up), source_vector - up * (source_vector @ up)
    if min(np.linalg.norm(target_vector), np.linalg.norm(source_vector)) < 1e-3:
        return quat.IDENTITY
    angle = float(np.arctan2(up @ np.cross(target_vector, source_vector), target_vector @ source_vector))
    return quat.from_axis_angle(up, np.sign(angle) * max(abs(angle) - _BY_EYE, 0.0))
