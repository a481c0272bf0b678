"""Reads a body off a skeleton's shape: limbs first, then the trunk between them, then hands. Works without any names."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinetix_core.motion.mapping import fingers, humanoid_profile, limbs
from kinetix_core.motion.mapping.heads import head_of
from kinetix_core.motion.mapping.name_semantics import semantics_of
from kinetix_core.motion.mapping.symmetry import Shape
from kinetix_core.motion.skeleton import without_backtracking

_SEEN = 0.01
"""Toes, knees or elbows that point this far (in leg lengths) tell where the front is."""
_GUESSED = 0.75
_TAKEN = "; no toes, knees or elbows tell where the front is, so it is taken to face +z"


@dataclass
class Found:
    """Result of the recognition.

    Attributes:
        bones: humanoid bone → index, confidence, reason.
        unsure: humanoid bone → what was seen instead.
        arm, leg: the limbs.
        spine: every bone of it, from above the hips to where the arms meet.
    """

    bones: dict[str, tuple[int, float, str]] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)
    arm: limbs.Limb | None = None
    leg: limbs.Limb | None = None
    spine: list[int] = field(default_factory=list)


def read(shape: Shape) -> Found:
    """Return everything that is certain enough."""
    found = Found()
    found.leg = limbs.legs(shape)
    found.arm = limbs.arms(shape, found.leg)
    front = 0.0 if shape.named_sides else _front(shape, found.leg, found.arm)
    if front < -_SEEN:
        shape = shape.facing_back()
        found.leg = limbs.legs(shape)
        found.arm = limbs.arms(shape, found.leg)
    guessed = not shape.named_sides and abs(front) <= _SEEN
    if found.leg and found.arm and not _upright(shape, found.leg, found.arm):
        # An animal on four legs, say: half of it would fit, and all of it would be wrong.
        return Found(
            unsure=dict.fromkeys(humanoid_profile.MAIN, "its limbs do not hang from a trunk that stands on two legs")
        )
    for limb, names in ((found.leg, ("UpperLeg", "LowerLeg", "Foot")), (found.arm, ("UpperArm", "LowerArm", "Hand"))):
        if limb is None:
            what = "two legs" if names[0] == "UpperLeg" else "two arms"
            found.unsure |= {
                side + name: f"no {what} of like length were seen on both sides"
                for side in ("Left", "Right")
                for name in names
            }
            continue
        sure = _confidence(limb) * (_GUESSED if guessed else 1.0)
        for side, bones in (("Left", limb.left), ("Right", limb.right)):
            for name, bone in zip(names, bones, strict=True):
                found.bones[side + name] = (bone, sure, _limb_reason(name) + (_TAKEN if guessed else ""))
    _shoulders(shape, found)
    _toes(shape, found)
    _trunk(shape, found)
    for side, (_, lower, hand) in (("Left", found.arm.left), ("Right", found.arm.right)) if found.arm else ():
        for name, bone, sure, reason in fingers.read(shape, hand, lower):
            found.bones[side + name] = (bone, sure, reason)
    _face(shape, found)
    return found


def _front(shape: Shape, leg: limbs.Limb | None, arm: limbs.Limb | None) -> float:
    """Return the confidence of the facing direction from toes, knees and elbows, in leg lengths; negative for back."""
    total = 0.0
    for limb, sign in ((leg, 1.0), (arm, -1.0)):
        for upper, lower, end in (limb.left, limb.right) if limb else ():
            a, b, c = shape.at[[upper, lower, end]]
            size = float(np.linalg.norm(b - a) + np.linalg.norm(c - b))
            share = float((b - a) @ (c - a) / max(float((c - a) @ (c - a)), 1e-9))
            total += sign * float((b - a - share * (c - a))[2]) / size
            for toe in shape.children[end] if sign > 0 else ():
                total += 2 * float(shape.at[toe, 2] - c[2]) / size
    return total


def _upright(shape: Shape, leg: limbs.Limb, arm: limbs.Limb) -> bool:
    """False when the trunk lies instead of standing, or the arms hang where the legs do or from a low bone above them in the tree."""
    if leg.trunk < 0 or arm.trunk < 0:
        return True
    meet = shape.meeting(leg.trunk, arm.trunk)
    offset = shape.at[arm.trunk] - shape.at[leg.left[0]] * np.array([0.0, 1, 1])
    if meet == arm.trunk:
        return bool(offset[1] > 0.2 * shape.tall)
    return bool(offset[1] > 0.6 * float(np.linalg.norm(offset)))


def _confidence(limb: limbs.Limb) -> float:
    """From how well it fits, and from how much better than the next best."""
    fit = np.exp(-max(limb.cost, 0.0) / 10)
    lead = 1 - np.exp(-max(limb.second_best - limb.cost, 0.0) / 1.5)
    return float(np.clip(0.35 + 0.35 * fit + 0.25 * lead, 0, 0.95))


def _limb_reason(name: str) -> str:
    return {
        "UpperLeg": "the upper of two long bones from the hips to the floor",
        "LowerLeg": "the lower of two long bones from the hips to the floor",
        "Foot": "the joint above the floor where the leg turns forward",
        "UpperArm": "the upper of two long bones at the height of the shoulders",
        "LowerArm": "the lower of two long bones at the height of the shoulders",
        "Hand": "the joint at the end of the arm",
    }[name]


def _shoulders(shape: Shape, found: Found) -> None:
    """The last bone between the trunk and the upper arm that is not part of the arm's own length."""
    if found.arm is None:
        return
    for side, before, upper in (
        ("Left", found.arm.before_left, found.arm.left[0]),
        ("Right", found.arm.before_right, found.arm.right[0]),
    ):
        fitting = [bone for bone in before if "helper" not in semantics_of(shape.names[bone])]
        named = [bone for bone in fitting if "Shoulder" in semantics_of(shape.names[bone])]
        reach = float(np.linalg.norm(shape.at[fitting[0]] - shape.at[upper])) if fitting else 0.0
        if fitting and reach > 0.02 * shape.tall:
            found.bones[side + "Shoulder"] = ((named or fitting)[0], 0.8, "the bone from the trunk to the upper arm")


def _toes(shape: Shape, found: Found) -> None:
    """The bone in front of the ankle. Of several side by side, single toes, none says where the foot points."""
    if found.leg is None:
        return
    for side, (_, lower, foot) in (("Left", found.leg.left), ("Right", found.leg.right)):
        shin = float(np.linalg.norm(shape.at[foot] - shape.at[lower]))
        away = {bone: shape.at[bone] - shape.at[foot] for bone in shape.children[foot]}
        ahead = [
            bone
            for bone, offset in away.items()
            if offset[2] >= 0.1 * shin and offset[1] <= 0.05 * shin and "helper" not in semantics_of(shape.names[bone])
        ]
        named = [bone for bone in ahead if "Toes" in semantics_of(shape.names[bone])]
        fitting = named or ahead
        apart = float(np.ptp([away[bone][0] for bone in fitting])) if fitting else 0.0
        if fitting and (named or apart < 0.05 * shin):
            best = max(fitting, key=lambda bone: away[bone][2] + 0.001 * float(shape.weight[bone]))
            found.bones[side + "Toes"] = (best, 0.75, "the bone in front of the ankle")


def _trunk(shape: Shape, found: Found) -> None:
    """Hips where legs and trunk meet, spine from there to where the arms meet, neck and head above."""
    if found.leg is None:
        found.unsure["Hips"] = "without legs the hips are not certain"
        return
    hips = found.leg.trunk
    floor = float(shape.at[:, 1].min())
    leg_height = shape.at[found.leg.left[0], 1] - floor
    if found.arm is not None:
        shared = shape.meeting(hips, found.arm.trunk) if hips >= 0 and found.arm.trunk >= 0 else -1
        # Daz and Character Creator: the legs hang from a pelvis beside the spine, both from one bone.
        if shared >= 0 and shape.at[shared, 1] - floor > 0.6 * leg_height:
            hips = shared
    if hips < 0 or shape.at[hips, 1] - floor < 0.6 * leg_height:
        found.unsure["Hips"] = "the legs hang from no common bone near their height"
        return
    hips = _proper_hips(shape, hips)
    found.bones["Hips"] = (hips, 0.9, "where the legs and the trunk meet")
    if found.arm is None or found.arm.trunk < 0 or hips not in shape.skeleton.up_to_root(found.arm.trunk):
        found.unsure["Spine"] = "the arms do not hang from the hips"
        return
    line = without_backtracking([hips, *shape.path(hips, found.arm.trunk)], shape.at)[1:]
    spine = [bone for bone in line if "helper" not in semantics_of(shape.names[bone])]
    if not spine:
        found.unsure["Spine"] = "the arms hang from the hips themselves"
        return
    found.spine = spine
    for name, bone in spine_names(spine).items():
        found.bones[name] = (
            bone,
            0.9 if name == "Spine" else 0.8,
            f"bone {spine.index(bone) + 1} of {len(spine)} between hips and arms",
        )
    _neck(shape, found, spine[-1])


def _proper_hips(shape: Shape, hips: int) -> int:
    """A bone named for the hips straight above, at the same place, is meant (`hip` over `pelvis`)."""
    parent = int(shape.skeleton.parents[hips])
    if parent >= 0 and "Hips" not in semantics_of(shape.names[hips]) and "Hips" in semantics_of(shape.names[parent]):
        near = np.linalg.norm(shape.at[parent] - shape.at[hips]) < 0.08 * shape.tall
        return parent if near else hips
    return hips


def spine_names(spine: list[int]) -> dict[str, int]:
    """One to three names for a spine of any length: first, middle, last."""
    last = len(spine) - 1
    if last < 2:
        return dict(zip(humanoid_profile.SPINE, spine, strict=False))
    return {"Spine": spine[0], "Chest": spine[(last + 1) // 2], "UpperChest": spine[last]}


def _neck(shape: Shape, found: Found, chest: int) -> None:
    """Up the middle from the chest: the neck's bones, then the head, which is what carries eyes, hair or nothing more."""
    arm = {*found.arm.before_left, *found.arm.before_right, *found.arm.left, *found.arm.right} if found.arm else set()
    paired = {*shape.pairs, *shape.pairs.values()}
    called = _above_called(shape, {"Neck", "Head"})
    line: list[int] = []
    bone = chest
    while True:
        above = [
            child
            for child in shape.children[bone]
            if child not in arm
            and child not in paired
            and shape.middle(child)
            and shape.at[child, 1] >= shape.at[bone, 1] - 0.005 * shape.tall
        ]
        above = [child for child in above if "Jaw" not in semantics_of(shape.names[child])]
        body = [child for child in above if child in called or "helper" not in semantics_of(shape.names[child])]
        above = body or ([] if line else above)
        if not above:
            break
        bone = max(
            above,
            key=lambda child: (
                bool(semantics_of(shape.names[child]) & {"Neck", "Head"}),
                round(float(shape.top[child]), 3),
                shape.weight[child],
            ),
        )
        line.append(bone)
    if not line:
        found.unsure["Head"] = "nothing stands above the chest in the middle"
        return
    uppers = [found.arm.left[0], found.arm.right[0]] if found.arm else [chest]
    shoulders = float(shape.at[uppers, 1].mean())
    hip = float(shape.at[list(found.leg.left[:1] + found.leg.right[:1]), 1].mean()) if found.leg else shoulders
    head, sure, reason = head_of(shape, line, shoulders, shoulders - hip)
    found.bones["Head"] = (head, sure, reason)
    neck = line[: line.index(head)]
    named = [one for one in neck if "Neck" in semantics_of(shape.names[one])]
    if neck:
        found.bones["Neck"] = ((named or neck)[0], 0.85, "the bone between the chest and the head")


def _above_called(shape: Shape, wanted: set[str]) -> set[int]:
    """Bones that are called so, and all that carry one: a twist bone in the neck carries the head."""
    out: set[int] = set()
    for bone, name in enumerate(shape.names):
        if semantics_of(name) & wanted:
            while bone >= 0 and bone not in out:
                out.add(bone)
                bone = int(shape.skeleton.parents[bone])
    return out


def _face(shape: Shape, found: Found) -> None:
    """Eyes and jaw are small and many things look like them: by their names only."""
    head = found.bones.get("Head")
    if head is None:
        return
    for bone, name in enumerate(shape.names):
        semantics = semantics_of(name)
        if len(semantics) != 1 or head[0] not in shape.skeleton.up_to_root(bone)[1:]:
            continue
        side = "Left" if shape.at[bone, 0] > 0 else "Right"
        if semantics == {"Eye"} and shape.sides[bone] == side:
            found.bones.setdefault(side + "Eye", (bone, 0.85, "its name and its place in the head"))
        elif semantics == {"Jaw"}:
            found.bones.setdefault("Jaw", (bone, 0.85, "its name and its place in the head"))
