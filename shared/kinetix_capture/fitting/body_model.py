"""The moving figure of the fit: the mannequin's driven bones, how each may turn, and where the landmarks sit on it.

The fit works on the figure that is delivered, so nothing is lost between landmarks and joint rotations. World axes here are
the camera's, turned so that y points up: x right, y up, z towards the camera.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kinetix_capture.arrays import Array, Flags, unit
from kinetix_core import mannequin
from kinetix_core.motion import quaternion as quat

SIDES = ("Left", "Right")
# Heel and toe landmarks, left and right.
FEET = (29, 30, 31, 32)
# Wrist and two knuckles of the left and of the right hand.
HANDS = ((15, 17, 19), (16, 18, 20))

# Driven bones, parents before children. Fingers follow the hand and are set afterwards.
BONES = (
    *("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head"),
    *("LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand"),
    *("RightShoulder", "RightArm", "RightForeArm", "RightHand"),
    *("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase"),
    *("RightUpLeg", "RightLeg", "RightFoot", "RightToeBase"),
)

# What differs between people: the bones whose offset from their parent grows together.
PROPORTIONS = {
    "legs": ("LeftLeg", "LeftFoot", "RightLeg", "RightFoot"),
    "arms": ("LeftForeArm", "LeftHand", "RightForeArm", "RightHand"),
    "trunk": ("Spine", "Spine1", "Spine2", "LeftShoulder", "RightShoulder", "Neck"),
}

# BlazePose landmark → carrying bone and its place in that bone's rest frame, metres from the bone's joint (left side; the right
# is mirrored). Where the network puts a hip or a shoulder is not where the mannequin turns: the places are the ones that project
# onto the network's points over bodies with known joints, the mean of left and right.
_CENTRE = {0: ("Head", (0.0, 0.062, 0.129))}
_LEFT = {
    7: ("Head", (0.052, 0.081, 0.052)),
    11: ("LeftShoulder", (0.109, -0.045, 0.006)),
    13: ("LeftForeArm", (-0.005, 0.015, 0.011)),
    15: ("LeftHand", (0.0, 0.001, 0.010)),
    17: ("LeftHand", (0.036, -0.058, 0.055)),
    19: ("LeftHand", (0.024, -0.045, 0.080)),
    23: ("Hips", (0.106, -0.046, 0.033)),
    25: ("LeftLeg", (-0.004, 0.004, -0.007)),
    27: ("LeftFoot", (0.006, 0.018, 0.007)),
    29: ("LeftFoot", (0.004, -0.049, -0.031)),
    31: ("LeftFoot", (-0.008, -0.061, 0.183)),
}
_RIGHT = frozenset({8, 12, 14, 16, 18, 20, 24, 26, 28, 30, 32})


@dataclass(frozen=True)
class Dof:
    """One freedom of the figure.

    Attributes:
        bones: indices of the bones that share the turn equally; empty for the hips' translation.
        axis: (3,) in the bone's own frame, or in its parent's when `outer`.
        outer: the turn happens before the bone's other turns (a hinge that a twist follows).
    """

    bones: tuple[int, ...]
    axis: Array
    outer: bool = False


@dataclass(frozen=True, eq=False)
class BodyModel:
    """B driven bones, K attached landmarks. Lengths of the mannequin, metres.

    Attributes:
        names: (B,) bone names.
        parents: (B,) index of the parent, -1 for the hips.
        offsets: (B, 3) rest position in the parent's frame.
        heads: (B, 3) rest positions.
        landmarks: (K,) BlazePose indices.
        carriers: (K,) bone that carries each landmark.
        attached: (K, 3) its position in the carrier's frame.
        elbow, knee: (2, 3) hinge axes in the parent's frame, left and right; positive turns bend the joint.
        forearm: (2, 3) direction of the forearm in its own frame.
        dofs: the freedoms, in the order of the fit's unknowns.
        moves: (B, K) bool: turning the bone moves the landmark.
        shapes: (B,) number of the proportion (`PROPORTIONS`) that lengthens the bone's offset, -1 for none.
    """

    names: tuple[str, ...]
    parents: NDArray[np.int64]
    offsets: Array
    heads: Array
    landmarks: NDArray[np.int64]
    carriers: NDArray[np.int64]
    attached: Array
    elbow: Array
    knee: Array
    forearm: Array
    dofs: tuple[Dof, ...]
    moves: Flags
    shapes: NDArray[np.int64]

    def index(self, name: str) -> int:
        return self.names.index(name)

    def limb(self, side: int, *bones: str) -> list[int]:
        """Return the indices of bones of the left (0) or right (1) side, given without the side."""
        return [self.index(SIDES[side] + bone) for bone in bones]


ATTACHED = (0, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)


def rows(landmarks: Sequence[int]) -> list[int]:
    """Return the rows of these BlazePose landmarks among the attached ones. Raises ValueError for one that is not attached."""
    return [ATTACHED.index(landmark) for landmark in landmarks]


@cache
def load() -> BodyModel:
    figure = mannequin.load("1k")
    skeleton = figure.skeleton
    index = [skeleton.names.index(name) for name in BONES]
    names = tuple(BONES)
    parents = np.array(
        [names.index(skeleton.names[skeleton.parents[i]]) if skeleton.parents[i] >= 0 else -1 for i in index]
    )
    heads = figure.heads[index]
    carriers, attached = [], []
    for landmark in ATTACHED:
        carrier, place = _place_of(landmark)
        carriers.append(names.index(carrier))
        attached.append(place)
    elbow, forearm = [], []
    for side in SIDES:
        shoulder, joint, wrist = (heads[names.index(side + bone)] for bone in ("Arm", "ForeArm", "Hand"))
        elbow.append(unit(np.cross(joint - shoulder, wrist - joint)))
        forearm.append(unit(wrist - joint))
    knee = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    return BodyModel(
        names,
        parents,
        skeleton.rest_translations[index],
        heads,
        np.array(ATTACHED),
        np.array(carriers),
        np.array(attached),
        np.array(elbow),
        knee,
        np.array(forearm),
        _degrees_of_freedom(names, np.array(elbow), knee, np.array(forearm)),
        moves(parents, np.array(carriers)),
        np.array([next((n for n, bones in enumerate(PROPORTIONS.values()) if name in bones), -1) for name in names]),
    )


def _place_of(landmark: int) -> tuple[str, Array]:
    """The bone that carries a BlazePose landmark of `ATTACHED`, and its place (3,) in that bone's rest frame."""
    right = landmark in _RIGHT
    carrier, place = (_CENTRE | _LEFT)[landmark - 1 if right else landmark]
    mirror = np.array([-1.0, 1.0, 1.0]) if right else np.ones(3)
    return carrier.replace("Left", "Right") if right else carrier, np.array(place) * mirror


def with_landmarks(body: BodyModel, carriers: NDArray[np.int64], attached: Array) -> BodyModel:
    """The figure with other landmarks, which the network does not know: the bones (K,) that carry them, and their places (K, 3)."""
    unknown = np.full(len(carriers), -1)
    return replace(body, landmarks=unknown, carriers=carriers, attached=attached, moves=moves(body.parents, carriers))


def moves(parents: NDArray[np.int64], carriers: NDArray[np.int64]) -> Flags:
    """Return (B, K) which turns of the bones with these parents (B,) move what is carried by others (K,), -1 by none."""
    moved = np.eye(len(parents), len(parents) + 1, dtype=bool)  # the last column is of what no bone carries
    for bone, parent in enumerate(parents):
        moved[:, bone] |= moved[:, parent]
    return moved[:, carriers]


def _degrees_of_freedom(names: tuple[str, ...], elbow: Array, knee: Array, forearm: Array) -> tuple[Dof, ...]:
    def ball(*bones: str) -> list[Dof]:
        return [Dof(tuple(names.index(bone) for bone in bones), axis) for axis in np.eye(3)]

    dofs = [Dof((), axis) for axis in np.eye(3)]
    dofs += ball("Hips") + ball("Spine", "Spine1", "Spine2") + ball("Neck", "Head")
    for side, left_or_right in enumerate(SIDES):
        lower_arm, lower_leg = names.index(left_or_right + "ForeArm"), names.index(left_or_right + "Leg")
        # A collar bone has no twist of its own.
        dofs += ball(left_or_right + "Shoulder")[1:] + ball(left_or_right + "Arm")
        dofs += [Dof((lower_arm,), elbow[side], outer=True), Dof((lower_arm,), forearm[side])]
        dofs += ball(left_or_right + "Hand")
        dofs += [*ball(left_or_right + "UpLeg"), Dof((lower_leg,), knee[side], outer=True)]
        dofs += ball(left_or_right + "Foot")
    return tuple(dofs)


def with_proportions(body: BodyModel, shape: Array) -> BodyModel:
    """The figure with other proportions: (S,) logarithms of the lengths relative to the mannequin's."""
    factors = np.concatenate((np.exp(shape), [1.0]))[body.shapes]
    return replace(body, offsets=body.offsets * factors[:, None])


class FigurePose:
    """A figure in F frames.

    Attributes:
        body: the figure, by default the mannequin's own.
        rotations: (F, B, 4) local.
        hips: (F, 3).
        world: (F, B, 3, 3) rotations of the bones in the world.
        position: (F, B, 3) joints.
        points: (F, K, 3) landmarks.
    """

    def __init__(self, rotations: Array, hips: Array, body: BodyModel | None = None) -> None:
        self.body = body = load() if body is None else body
        self.rotations, self.hips = rotations, hips
        local = quat.to_matrix(rotations)
        self.world, self.position = np.empty_like(local), np.empty((*rotations.shape[:2], 3))
        for bone, parent in enumerate(body.parents):
            if parent < 0:
                self.world[:, bone], self.position[:, bone] = local[:, bone], hips
            else:
                self.world[:, bone] = self.world[:, parent] @ local[:, bone]
                self.position[:, bone] = self.position[:, parent] + self.world[:, parent] @ body.offsets[bone]
        self.points = points(body, self.world, self.position)

    @staticmethod
    def rest(frames: int = 1) -> FigurePose:
        body = load()
        return FigurePose(np.tile(quat.IDENTITY, (frames, len(body.names), 1)), np.tile(body.heads[0], (frames, 1)))

    def turned(self, bone: int) -> Array:
        """Return (F, 4) the rotation of a bone in the world."""
        return quat.from_matrix(self.world[:, bone])

    def part(self, frames: slice) -> FigurePose:
        part = copy.copy(self)
        for name in ("rotations", "hips", "world", "position", "points"):
            setattr(part, name, getattr(self, name)[frames])
        return part


def points(body: BodyModel, world: Array, position: Array) -> Array:
    """Landmark positions (F, K, 3) of posed bones."""
    return np.asarray(position[:, body.carriers] + np.einsum("fkij,kj->fki", world[:, body.carriers], body.attached))


def jacobian(body: BodyModel, world: Array, position: Array, points: Array) -> Array:
    """Return (F, K, 3, N): how the landmarks move with the unknowns."""
    frames, count = points.shape[:2]
    out = np.zeros((frames, count, 3, len(body.dofs)))
    for number, dof in enumerate(body.dofs):
        if not dof.bones:
            out[:, :, :, number] = dof.axis
            continue
        for bone in dof.bones:
            parent = int(body.parents[bone])
            turned = world[:, parent] if dof.outer else world[:, bone]
            axis = turned @ dof.axis
            moved = body.moves[bone]
            arm = points[:, moved] - position[:, bone, None]
            column = out[..., number]
            column[:, moved] += cross(axis[:, None] / len(dof.bones), arm)
    return out


def soles() -> Array:
    """(K,) height of each landmark when it lies on the floor: of the feet as in the rest pose, else a hand's or a knee's flesh."""
    body = load()
    height = body.heads[body.carriers][:, 1] + body.attached[:, 1]
    return np.where(np.isin(body.landmarks, FEET), height, 0.02)


def cross(a: Array, b: Array) -> Array:
    """`np.cross` of small arrays (..., 3), most of whose time goes into finding the axes."""
    (a0, a1, a2), (b0, b1, b2) = ((x[..., 0], x[..., 1], x[..., 2]) for x in (a, b))
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    out[..., 0], out[..., 1], out[..., 2] = a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0
    return out
