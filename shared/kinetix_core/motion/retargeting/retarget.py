"""Puts a motion onto another figure: same limb directions, same feet, a path scaled to its legs. Its rest pose is not touched.

A bone's world rotation is `world_source · correction`. The constant correction rotates the target's bone at rest to the direction
of the source's bone at rest (`rest_pose.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import clip_metadata, contacts, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.cleanup import foot_lock, hip_compensation
from kinetix_core.motion.editing import looping
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting import limb_ik, rest_pose, root_trajectory
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import InputError

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_EMOTE_HIPLESS = "The emote's hips were not recognised."
_CHARACTER_HIPLESS = "The character's hips were not recognised."


@dataclass(frozen=True)
class RetargetOptions:
    """Options of a retarget.

    Attributes:
        root: `path` moves the whole figure as in the source, `in_place` keeps it over its spot, `root_bone` gives the way over
            the floor to the rig's root bone and the rest to the hips.
        scale_path: the path grows with the legs; off keeps it in metres.
        keep_feet: moves the hips a little where other proportions would let standing feet float, sink or slide.
        foot_lock: feet that stand in the source stand still.
        hand_lock: the same for hands on the floor.
        hands_together: hands that are near each other in the source keep their distance, scaled.
        twist: shares twist out over the rig's twist bones.
    """

    root: Literal["path", "in_place", "root_bone"] = "path"
    scale_path: bool = True
    keep_feet: bool = True
    foot_lock: bool = False
    hand_lock: bool = False
    hands_together: bool = False
    twist: bool = True


def retarget(
    motion: Motion,
    target: Skeleton,
    *,
    source_map: BoneMap | None = None,
    target_map: BoneMap | None = None,
    options: RetargetOptions = RetargetOptions(),
) -> Motion:
    """The motion on the target's skeleton. A loop whose feet or hands are held stays one.

    Raises:
        InputError: one of the two is not a figure with hips.
    """
    source_map = source_map or map_bones(motion.skeleton)
    target_map = target_map or map_bones(target)
    for bones, hipless in ((source_map, _EMOTE_HIPLESS), (target_map, _CHARACTER_HIPLESS)):
        if "Hips" not in bones:
            raise InputError(hipless, code="noHips", next_step="Set the hips in its bone map and try again.")

    def solve(clip: Motion) -> Motion:
        return _Solver(clip, target, source_map, target_map, options).solve()

    held = options.foot_lock or options.hand_lock
    return looping.around(motion, solve) if held and clip_metadata.is_loop(motion) else solve(motion)


class _Solver:
    """One retargeting. F frames; everything happens in the target's world, the source turned to its front."""

    def __init__(
        self, motion: Motion, target: Skeleton, source_map: BoneMap, target_map: BoneMap, options: RetargetOptions
    ) -> None:
        self.motion, self.target, self.options = motion, target, options
        self.source_map, self.target_map = source_map, target_map
        self.plan = rest_pose.match(motion.skeleton, source_map, target, target_map, twists=options.twist)
        # In place a figure walks on a floor that moves: its feet are held as on the way that fits its legs.
        self.floor = root_trajectory.source_floor(
            self.plan, scale_path=options.scale_path or options.root == "in_place"
        )
        self.up = self.floor.up
        self.source_turns, self.source_at = self.found = kinematics.forward(motion)
        if abs(self.plan.turn[3]) < 1 - 1e-12:
            self.source_turns = quat.multiply(self.plan.turn, self.found[0])
            self.source_at = quat.rotate(self.plan.turn, self.found[1])
        self.driven = rest_pose.solve(self.plan, self.source_turns)
        self.hips, self.hip_offsets = self._hips()

    def solve(self) -> Motion:
        feet = [side + "Foot" for side in ("Left", "Right") if self._has(side + "Foot")]
        lowered = {foot: self._heights(foot) for foot in feet}
        if self.options.keep_feet and feet:
            self._keep(feet, lowered)
        self.hips = self.hips + np.outer(self.hip_offsets, self.up)
        if self.options.foot_lock or self.options.hand_lock:
            self._plant(lowered)
        if self.options.hands_together:
            self._join_hands()
        if self.options.root == "in_place":
            self.hips = self.hips - self._level()
        rotations = np.broadcast_to(self.target.rest_rotations, (len(self.motion), len(self.target), 4)).copy()
        rotations[:, self.plan.driven] = rest_pose.locals_of(self.plan, self.driven)
        return self._placed(rotations)

    def _keep(self, feet: list[str], heights: dict[str, Array]) -> None:
        """Move the hips so that standing feet have their height and, where the way has the legs' scale, slide less."""
        leg = max(self.plan.source.leg, 1e-9)
        above, ends = [self._above(foot) for foot in feet], [self._end(foot) for foot in feet]
        shortfalls = [heights[foot] - end @ self.up for foot, end in zip(feet, ends, strict=True)]
        rise = root_trajectory.lift([high / leg for high in above], shortfalls, self.plan.target.leg, self.motion.fps)
        if self.floor.across == self.floor.scale:
            source_feet = [self._source(foot) for foot in feet]
            misses = [self._flat(end - self.floor.scale * at) for end, at in zip(ends, source_feet, strict=True)]
            firm = [
                hip_compensation.contact_weight(at, high, leg, self.motion.fps)
                for at, high in zip(source_feet, above, strict=True)
            ]
            self.hips = self.hips + hip_compensation.bounded(
                self._level(), hip_compensation.compensation(misses, firm, self.motion.fps)
            )
        self.hips = self.hips + np.outer(rise, self.up)

    # -- positions ---------------------------------------------------------------------------------------------------------

    def _has(self, bone: str) -> bool:
        known = bone in self.source_map and bone in self.target_map
        return known and self._way(self.target_map.index(bone)) is not None

    def _end(self, bone: str) -> Array:
        """Return (F, 3) of a target bone."""
        return self._at(self.target_map.index(bone))

    def _source(self, bone: str) -> Array:
        return np.asarray(self.source_at[:, self.source_map.index(bone)])

    def _rest_heights(self, bone: str) -> tuple[float, float]:
        """Return the bone's rest height above the floor in source and target; for a hand, when it leans on the floor."""
        a, b = self.plan.source, self.plan.target
        if bone.endswith("Hand"):
            return 0.0, 0.0
        return (
            float(a.positions[self.source_map.index(bone)] @ a.axes[:, 1]) - a.floor,
            float(b.positions[self.target_map.index(bone)] @ b.axes[:, 1]) - b.floor,
        )

    def _heights(self, bone: str) -> Array:
        """Return (F,) the height the target's bone should have."""
        return self.floor.height(self._source(bone), *self._rest_heights(bone))

    def _above(self, bone: str) -> Array:
        """Return (F,) the source's bone above its rest height."""
        return np.asarray(self._source(bone) @ self.up - self.plan.source.floor - self._rest_heights(bone)[0])

    def _hips(self) -> tuple[Array, Array]:
        """Return (F, 3) where the target's hips bone is to be, and (F,) how far the figure may be lifted for that bone's own path.

        Horizontally it follows the source's hips bone, scaled. Its height comes from the midpoint of the hip joints: hips bones differ
        between rigs, and the legs must reach the floor when the pelvis tips.
        """
        source, target, up = self.plan.source, self.plan.target, self.up
        a, b = self.source_map.index("Hips"), self.target_map.index("Hips")
        away = self.source_at[:, a] - quat.rotate(self.plan.turn, source.positions[a])
        source_offset = quat.rotate(quat.conjugate(source.rotations[a]), source.hip - source.positions[a])
        source_offset = quat.rotate(self.source_turns[:, a], source_offset)
        target_offset = quat.rotate(quat.conjugate(target.rotations[b]), target.hip - target.positions[b])
        target_offset = quat.rotate(self.driven[:, self.plan.place["Hips"]], target_offset)
        height = self.floor.height(self.source_at[:, a] + source_offset) - target_offset @ up
        target_rest = target.hip - target.positions[b]
        source_rest = quat.rotate(self.plan.turn, source.hip - source.positions[a])
        hip_offsets = (target_offset - target_rest - self.floor.scale * (source_offset - source_rest)) @ up
        apart = float(np.linalg.norm(target_rest - self.floor.scale * source_rest))
        place = target.positions[b] + away * self.floor.across
        return place + np.outer(height - place @ up, up), root_trajectory.height_offset(hip_offsets, apart, target.leg)

    # -- contacts ----------------------------------------------------------------------------------------------------------

    def _plant(self, heights: dict[str, Array]) -> None:
        flags = contacts.given(self.motion, self.source_map, world=self.found[1])
        column = {bone: flags[:, k] for k, bone in enumerate(contacts.CONTACT_BONES)}
        none = np.zeros(len(flags), bool)
        if self.options.foot_lock:
            feet = [foot for foot in heights if self._chain(foot)]
            toes = {foot: column[foot.replace("Foot", "Toes")] for foot in feet}
            goals = {foot: self._goal(foot, heights[foot], column[foot], toes[foot]) for foot in feet}
            self._come_down(goals)
            for foot, goal in goals.items():
                self._pull(foot, goal - self._end(foot))
        hands = [side + "Hand" for side in ("Left", "Right")] if self.options.hand_lock else []
        for hand in (hand for hand in hands if self._has(hand) and self._chain(hand)):
            self._pull(hand, self._goal(hand, self._heights(hand), column[hand], none) - self._end(hand))

    def _goal(self, end: str, height: Array, standing: Flags, held: Flags) -> Array:
        """Return (F, 3) where a limb's end is to be so that it stands still."""
        at = self._end(end)
        drift = self._source(end) * self.floor.scale
        return at + foot_lock.offsets(at, height, drift, standing, held, self.up, self.motion.fps, self.plan.target.leg)

    def _come_down(self, goals: dict[str, Array]) -> None:
        """Lower the hips a little where a leg is too short for its foot's place."""
        drops = []
        for foot, goal in goals.items():
            upper, lower = (self._end(bone) for bone in self._chain(foot))
            drops.append(limb_ik.drop(upper, lower, self._end(foot), goal, self.up))
        if drops:
            most = 0.04 * self.plan.target.leg
            down = foot_lock.ahead_of_time(np.minimum(np.max(drops, axis=0), most), self.motion.fps)
            self.hips = self.hips - np.outer(down, self.up)

    def _pull(self, end: str, moved: Array) -> None:
        """Solve a limb so that its end is moved by (F, 3)."""
        upper, lower = self._chain(end)
        at = self._end(end)
        target = self.plan.target
        rest = quat.conjugate(target.rotations[self.target_map.index(upper)])
        ahead = 1.0 if end.endswith("Foot") else -1.0  # knees bend to the front, elbows to the back
        bend = quat.rotate(self.driven[:, self.plan.place[upper]], quat.rotate(rest, ahead * target.axes[:, 2]))
        first, second = limb_ik.solve(self._end(upper), self._end(lower), at, at + moved, bend)
        for bone, turn in ((upper, first), (lower, second)):
            places = self._members(bone)
            self.driven[:, places] = quat.multiply(turn[:, None], self.driven[:, places])

    def _join_hands(self) -> None:
        hands = ("LeftHand", "RightHand")
        if not all(self._has(hand) and self._chain(hand) for hand in hands):
            return
        source_gap = self._source(hands[0]) - self._source(hands[1])
        target_gap = self._end(hands[0]) - self._end(hands[1])
        near = np.clip(1.5 - np.linalg.norm(source_gap, axis=1, keepdims=True) / (0.25 * self.plan.source.leg), 0, 1)
        miss = (source_gap * self.floor.scale - target_gap) * (near * near * (3 - 2 * near))
        self._pull(hands[0], miss / 2)
        self._pull(hands[1], -miss / 2)

    def _chain(self, end: str) -> tuple[str, ...]:
        """Upper and lower bone above an end; empty when the target has not both."""
        lower = humanoid_profile.PARENT[end]
        upper = humanoid_profile.PARENT[lower]
        return (upper, lower) if upper in self.plan.place and lower in self.plan.place else ()

    def _members(self, bone: str) -> list[int]:
        """Places in `driven` of a limb bone, its twist bones and what it holds that is no limb."""
        helpers = {helper for one in self.plan.twists if one.bone == bone for helper in one.helpers}
        humans = {one.index for one in self.target_map.bones.values()}
        own = self.target_map.index(bone)
        helpers |= {loose for loose, holder in self.plan.held.items() if holder == own and loose not in humans}
        return [self.plan.place[bone], *(k for k, index in enumerate(self.plan.driven) if int(index) in helpers)]

    # -- the root ----------------------------------------------------------------------------------------------------------

    def _placed(self, rotations: Array) -> Motion:
        """Apply the root trajectory to the hips, or divide it between them and the rig's root bone."""
        bone = self.target_map.index("Hips")
        root = self.target.up_to_root(bone)[-1]
        if self.options.root == "root_bone" and root != bone:
            level = self._level()
            paths = {root: self.plan.target.positions[root] + level, bone: self._inside(bone, self.hips - level)}
        else:
            paths = {bone: self._inside(bone, self.hips)}
        paths |= self._held(root if root in paths and root != bone else -1)
        first = paths.pop(0, np.broadcast_to(self.target.rest_translations[0], self.hips.shape).copy())
        motion = self.motion
        return Motion(self.target, motion.fps, rotations, first, motion.name, dict(motion.extras), paths, motion.face)

    def _held(self, root: int) -> dict[int, Array]:
        """Paths of the bones that the rig's tree does not carry; `root` is the bone that takes the way over the floor, or -1."""
        plan, target = self.plan, self.target
        place = {int(bone): k for k, bone in enumerate(plan.driven)}
        out = {}
        for bone in plan.held:
            at, above = self._at(bone), int(target.parents[bone])
            carrier, below_root = above, False
            while carrier >= 0 and carrier not in place:
                below_root |= carrier == root
                carrier = int(target.parents[carrier])
            if carrier < 0:
                out[bone] = self._inside(bone, at - self._level() if below_root else at)
                continue
            rest = plan.target
            away = quat.rotate(quat.conjugate(rest.rotations[carrier]), rest.positions[above] - rest.positions[carrier])
            turned = quat.multiply(quat.conjugate(rest.rotations[carrier]), rest.rotations[above])
            now = self.driven[:, place[carrier]]
            away = at - self._at(carrier) - quat.rotate(now, away)
            out[bone] = quat.rotate(quat.conjugate(quat.multiply(now, turned)), away)
        return out

    def _at(self, bone: int) -> Array:
        """Return (F, 3) of a driven bone of the target."""
        way = self._way(bone)
        if way is None:
            return self.hips
        places, steps = way
        return np.asarray(self.hips + quat.rotate(self.driven[:, places], steps).sum(axis=1))

    def _way(self, bone: int) -> tuple[NDArray[np.int64], Array] | None:
        """Return the way from the hips to a bone: places in `driven`, and steps (N, 3) fixed to these bones.

        None when the bone neither hangs from the hips nor is held by them.
        """
        place = {int(driven): k for k, driven in enumerate(self.plan.driven)}
        hips, line = self.target_map.index("Hips"), [bone]
        while line[-1] != hips:
            parent = self.plan.held.get(line[-1], int(self.target.parents[line[-1]]))
            while parent >= 0 and parent not in place:
                parent = int(self.target.parents[parent])
            if parent < 0:
                return None
            line.append(parent)
        line = line[::-1]
        turned, at = self.plan.target.rotations, self.plan.target.positions
        steps = [quat.rotate(quat.conjugate(turned[a]), at[b] - at[a]) for a, b in pairwise(line)]
        return np.array([place[bone] for bone in line[:-1]], np.int64), np.array(steps).reshape(-1, 3)

    def _inside(self, bone: int, place: Array) -> Array:
        """Positions in the world (F, 3) → in the frame of the bone's parent, which rests."""
        rest, parent = self.plan.target, int(self.target.parents[bone])
        if parent < 0:
            return place
        return quat.rotate(quat.conjugate(rest.rotations[parent]), place - rest.positions[parent])

    def _level(self) -> Array:
        """Return (F, 3) the way of the hips over the floor."""
        away = self.hips - self.plan.target.positions[self.target_map.index("Hips")]
        return self._flat(away)

    def _flat(self, vectors: Array) -> Array:
        """Return (F, 3) without what goes up or down."""
        return np.asarray(vectors - np.outer(vectors @ self.up, self.up))
