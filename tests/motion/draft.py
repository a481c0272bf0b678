"""Rigs for tests: the mannequin's skeleton re-posed, re-proportioned, renamed and cluttered, with the truth kept along."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinetix_core import mannequin
from kinetix_core.motion import Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones

UP = np.array([0.0, 1, 0])


@dataclass
class Bone:
    """`away` is the rotation from the mannequin's rest pose to this rig's; `human` the humanoid bone it stands for."""

    name: str
    parent: str
    at: np.ndarray
    human: str = ""
    away: np.ndarray = field(default_factory=lambda: quat.IDENTITY.copy())
    turn: np.ndarray = field(default_factory=lambda: quat.IDENTITY.copy())


@dataclass(frozen=True)
class Rig:
    """A finished rig.

    Attributes:
        truth: humanoid bone → bone name.
        away: humanoid bone → (4,) how its rest pose is turned from the mannequin's, before `frame`.
        frame: (4,) how the whole rig is turned in the world.
        unit: length of a metre in the rig's unit.
    """

    name: str
    skeleton: Skeleton
    truth: dict[str, str]
    away: dict[str, np.ndarray]
    frame: np.ndarray
    unit: float


class Draft:
    """Bones by name, in any order; edits return nothing and keep the truth."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.bones: dict[str, Bone] = {}
        self.frame, self.unit = quat.IDENTITY.copy(), 1.0
        figure = mannequin.load()
        bones = map_bones(figure.skeleton)
        human = {one.index: bone for bone, one in bones.bones.items()}
        for index, parent in enumerate(figure.skeleton.parents):
            above = human[int(parent)] if parent >= 0 else ""
            self.bones[human[index]] = Bone(human[index], above, figure.heads[index].copy(), human[index])
        self.head_at = self.bones["Head"].at.copy()
        self.head_top = figure.tails[bones.index("Head")]

    # -- shape -----------------------------------------------------------------------------------------------------------

    def subtree(self, name: str) -> list[Bone]:
        inside = {name}
        grew = True
        while grew:
            more = {bone.name for bone in self.bones.values() if bone.parent in inside} - inside
            inside |= more
            grew = bool(more)
        return [self.bones[one] for one in self.bones if one in inside]

    def turn(self, name: str, q: np.ndarray) -> None:
        """Turn a bone and everything below it about its joint."""
        pivot = self.bones[name].at.copy()
        for bone in self.subtree(name):
            bone.at = quat.rotate(q, bone.at - pivot) + pivot
            bone.away, bone.turn = quat.multiply(q, bone.away), quat.multiply(q, bone.turn)

    def aim(self, name: str, end: str, direction: list[float]) -> None:
        self.turn(name, quat.between(self.bones[end].at - self.bones[name].at, np.array(direction, float)))

    def t_pose(self) -> None:
        for side, x in (("Left", 1.0), ("Right", -1.0)):
            self.aim(side + "UpperArm", side + "LowerArm", [x, 0, 0])
            self.aim(side + "LowerArm", side + "Hand", [x, 0, 0])

    def arms_down(self) -> None:
        for side, x in (("Left", 0.15), ("Right", -0.15)):
            self.aim(side + "UpperArm", side + "LowerArm", [x, -1, 0])
            self.aim(side + "LowerArm", side + "Hand", [x, -1, 0.1])

    def legs_apart(self, degrees: float) -> None:
        """Legs out to the sides, soles still flat."""
        old = self.bones["LeftFoot"].at[1]
        for side, sign in (("Left", 1.0), ("Right", -1.0)):
            q = quat.from_axis_angle([0.0, 0, 1], sign * np.radians(degrees))
            self.turn(side + "UpperLeg", q)
            self.turn(side + "Foot", quat.conjugate(q))
        sink = self.bones["LeftFoot"].at[1] - old
        for bone in self.bones.values():
            bone.at = bone.at - UP * sink

    def stretch(self, factors: dict[str, float]) -> None:
        """Scale the offset of every bone whose humanoid name ends in a key; others by the empty key."""
        old = {name: bone.at.copy() for name, bone in self.bones.items()}
        done: dict[str, np.ndarray] = {}

        def place(name: str) -> np.ndarray:
            bone = self.bones[name]
            if name not in done:
                factor = next(
                    (value for key, value in factors.items() if key and bone.human.endswith(key)), factors.get("", 1.0)
                )
                base = place(bone.parent) if bone.parent else np.zeros(3)
                done[name] = base + factor * (old[name] - (old[bone.parent] if bone.parent else np.zeros(3)))
            return done[name]

        for name in list(self.bones):
            place(name)
        lift = done["LeftFoot"][1] - old["LeftFoot"][1] * factors.get("Foot", factors.get("", 1.0))
        for name, at in done.items():
            self.bones[name].at = at - UP * lift

    def hips_at(self, offset: list[float]) -> None:
        """The hips bone at this offset from the point between the hip joints; nothing else moves."""
        self.bones["Hips"].at = self.bones["LeftUpperLeg"].at * [0, 1, 1] + offset

    # -- tree ------------------------------------------------------------------------------------------------------------

    def add(self, name: str, parent: str, offset: list[float], human: str = "") -> None:
        base = self.bones[parent] if parent else None
        at = np.array(offset, float) + (base.at if base else 0)
        self.bones[name] = Bone(name, parent, at, human, turn=base.turn.copy() if base else quat.IDENTITY.copy())

    def chain(self, name: str, parent: str, first: list[float], step: list[float], count: int) -> None:
        """Add `count` bones one below the other: on both sides, mirrored, if the name has {} for the side."""
        for side, x in (("Left", 1.0), ("Right", -1.0)) if "{}" in name else (("", 1.0),):
            for k in range(1, count + 1):
                above = (f"{name}{k - 1}" if k > 1 else parent).format(side)
                self.add(f"{name}{k}".format(side), above, list((step if k > 1 else first) * np.array([x, 1, 1])))

    def add_at(self, name: str, parent: str, at: np.ndarray) -> None:
        base = self.bones[parent]
        self.bones[name] = Bone(name, parent, np.array(at, float), "", base.away.copy(), base.turn.copy())

    def drop_fingers(self, but: str = "none") -> None:
        """Remove the finger bones, except those whose name ends with `but`."""
        chains = humanoid_profile.FINGERS.values()
        fingers = [side + bone for side in ("Left", "Right") for chain in chains for bone in chain]
        self.drop(*(bone for bone in fingers if not bone.endswith(but)))

    def drop_toes_shoulders_and_neck(self) -> None:
        self.drop("LeftToes", "RightToes", "LeftShoulder", "RightShoulder", "Neck")

    def drop(self, *names: str) -> None:
        """Remove bones; their children go to the parent."""
        for name in names:
            gone = self.bones.pop(name)
            for bone in self.bones.values():
                if bone.parent == name:
                    bone.parent = gone.parent

    def palms(self, name: str, share: float, sides: str = "LR") -> None:
        """Insert a bone in each hand above every finger; in its name {s} is the side, {f} the finger, {n} its number."""
        fingers = {"Index": "index", "Middle": "middle", "Ring": "ring", "Little": "pinky"}
        for side, s in zip(("Left", "Right"), sides, strict=True):
            for n, (finger, f) in enumerate(fingers.items(), 1):
                self.insert(name.format(s=s, f=f, n=n), f"{side}Hand", share, f"{side}{finger}Proximal")

    def insert(self, name: str, below: str, share: float, over: str) -> None:
        """A bone between `below` and its child `over`, at this share of the way: an in-line twist bone or palm."""
        base, end = self.bones[below], self.bones[over]
        self.bones[name] = Bone(
            name, below, base.at + share * (end.at - base.at), "", base.away.copy(), base.turn.copy()
        )
        end.parent = name

    def root(self, name: str, at: tuple[float, float, float] = (0, 0, 0)) -> None:
        self.bones[name] = Bone(name, "", np.array(at, float))
        for bone in self.bones.values():
            if not bone.parent and bone.name != name:
                bone.parent = name

    def spine(self, count: int) -> None:
        """Another number of spine bones, the joints spread over the same curve, the last in its place."""
        line = np.array([self.bones[name].at for name in ("Hips", *humanoid_profile.SPINE)])
        along = np.concatenate(([0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))))
        start = along[1]
        wanted = np.linspace(start, along[-1], count) if count > 1 else along[-1:]
        places = [np.array([np.interp(s, along, line[:, k]) for k in range(3)]) for s in wanted]
        hang = [bone for bone in self.bones.values() if bone.parent == "UpperChest"]
        for name in humanoid_profile.SPINE:
            del self.bones[name]
        names = [f"spine#{k}" for k in range(count)]
        for k, (name, at) in enumerate(zip(names, places, strict=True)):
            self.bones[name] = Bone(name, names[k - 1] if k else "Hips", at)
        for bone in hang:
            bone.parent = names[-1]
        for human, k in _spine_truth(count).items():
            self.bones[names[k]].human = human

    def twists(self) -> None:
        """Side twist bones as in Unreal: children of the limb that carry no other bone."""
        for side in ("Left", "Right"):
            for upper, lower in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("UpperLeg", "LowerLeg")):
                a, b = self.bones[side + upper], self.bones[side + lower]
                self.add_at(f"{side}{upper}Twist", side + upper, a.at + 0.5 * (b.at - a.at))

    def ends(self) -> None:
        for name in [bone.name for bone in self.bones.values()]:
            if not any(bone.parent == name for bone in self.bones.values()):
                base = self.bones[name]
                direction = base.at - self.bones[base.parent].at
                if name == "Head":
                    direction = quat.rotate(base.away, self.head_top - self.head_at) / 0.6
                self.add_at(name + "_end", name, base.at + 0.6 * direction)

    def hair_and_bust(self) -> None:
        self.chain("{}Bust", self._chest(), [0.08, -0.12, 0.12], [0.01, -0.02, 0.06], 2)
        self.chain("{}Hair", "Head", [0.09, 0.12, -0.02], [0.012, -0.11, -0.01], 6)
        self.chain("HairBack", "Head", [0, 0.15, -0.09], [0, -0.1, -0.03], 5)

    def _chest(self) -> str:
        return self.bones["LeftShoulder"].parent if "LeftShoulder" in self.bones else self.bones["LeftUpperArm"].parent

    # -- finish ----------------------------------------------------------------------------------------------------------

    def rename(self, names: dict[str, str]) -> None:
        """Rename bones; the others keep their names."""
        fresh = {}
        for bone in self.bones.values():
            bone.name, bone.parent = names.get(bone.name, bone.name), names.get(bone.parent, bone.parent)
            fresh[bone.name] = bone
        assert len(fresh) == len(self.bones), "two bones with one name"
        self.bones = fresh

    def number(self, pattern: str = "b{:03d}", seed: int | None = None) -> None:
        """Rename the bones to numbers: in their order, or in that of the seed."""
        order = np.arange(len(self.bones)) if seed is None else np.random.default_rng(seed).permutation(len(self.bones))
        self.rename({name: pattern.format(k) for name, k in zip(self.bones, order, strict=True)})

    def axes(self, style: str, seed: int = 5) -> None:
        """Rest rotations: `identity`, `along_y` (Blender), `along_x` (Unreal) or `any`."""
        rng = np.random.default_rng(seed)
        for bone in self.bones.values():
            children = [other for other in self.bones.values() if other.parent == bone.name]
            direction = (
                np.mean([child.at for child in children], axis=0) - bone.at if children else quat.rotate(bone.turn, UP)
            )
            if np.linalg.norm(direction) < 1e-6:
                direction = UP
            if style == "identity":
                bone.turn = quat.IDENTITY.copy()
            elif style == "any":
                bone.turn = quat.normalize(rng.normal(size=4))
            else:
                axis = UP if style == "along_y" else np.array([1.0, 0, 0])
                bone.turn = quat.multiply(
                    quat.between(axis, direction), quat.from_axis_angle(axis, float(rng.uniform(-3, 3)))
                )

    def build(self) -> Rig:
        order: list[str] = []
        open_ = [bone.name for bone in self.bones.values() if not bone.parent][::-1]
        while open_:
            name = open_.pop()
            order.append(name)
            open_ += [bone.name for bone in self.bones.values() if bone.parent == name][::-1]
        place = {name: index for index, name in enumerate(order)}
        bones = [self.bones[name] for name in order]
        parents = np.array([place[bone.parent] if bone.parent else -1 for bone in bones])
        world = quat.multiply(self.frame, np.array([bone.turn for bone in bones]))
        at = self.unit * quat.rotate(self.frame, np.array([bone.at for bone in bones]))
        above = np.where((parents >= 0)[:, None], world[parents], quat.IDENTITY)
        base = np.where((parents >= 0)[:, None], at[parents], 0)
        skeleton = Skeleton(
            tuple(order),
            parents,
            quat.normalize(quat.multiply(quat.conjugate(above), world)),
            quat.rotate(quat.conjugate(above), at - base),
        )
        truth = {bone.human: bone.name for bone in bones if bone.human}
        return Rig(
            self.name, skeleton, truth, {bone.human: bone.away for bone in bones if bone.human}, self.frame, self.unit
        )


def _spine_truth(count: int) -> dict[str, int]:
    if count <= 3:
        return dict(zip(humanoid_profile.SPINE, range(count), strict=False))
    return {"Spine": 0, "Chest": count // 2, "UpperChest": count - 1}
