"""Error of a retargeted emote against the truth of the rig, independent of the code under test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core import mannequin
from kinetix_core.motion import Motion, Skeleton, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from tests.motion.angles import angle_deg
from tests.motion.draft import Rig

LIMBS = [side + bone for side in ("Left", "Right") for bone in ("UpperArm", "LowerArm", "UpperLeg", "LowerLeg")]
TURNS = ["Hips", "Head", "LeftFoot", "RightFoot", "LeftHand", "RightHand"]


@dataclass
class Result:
    """Means over the frames. "Leg" is thigh + shin of the figure's rest pose.

    Attributes:
        direction: angle between the limbs' directions, degrees.
        turn: per bone, angle between the turns away from the rest poses, degrees.
        path: distance of the hips, in legs: over the floor the bone's, its height that of the point between the hip joints.
        own_path: distance of the hips bone, in legs, its own height as well.
        stride: length of the way over the floor, as a ratio to the source's.
        slide: speed of feet that stand in the source, m/s in the source's size.
        height: difference of those feet's height, metres in the source's size.
        standing: number of such feet over all frames.
    """

    direction: float
    turn: dict[str, float]
    path: float
    own_path: float
    stride: float
    slide: float
    height: float
    standing: int


@cache
def _pose(source: Motion) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`kinematics.forward` of a move, once for all the rigs that it is put on."""
    return kinematics.forward(source)


@cache
def _rest(skeleton: Skeleton) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`kinematics.rest_pose` of a rig, once for all the moves that are put on it."""
    return kinematics.rest_pose(skeleton)


@cache
def standing_feet(source: Motion) -> np.ndarray:
    """(F, 2) feet of the source that stand: slower than 0.15 m/s and no higher than 4 cm above their rest height."""
    names = source.skeleton.names
    feet = [names.index("LeftFoot"), names.index("RightFoot")]
    at = _pose(source)[1][:, feet]
    rest = _rest(source.skeleton)[1][feet]
    speed = np.linalg.norm(np.gradient(at, 1 / source.fps, axis=0), axis=-1)
    still: NDArray[Any] = (speed < 0.15) & (np.abs(at[..., 1] - rest[:, 1]) < 0.04)
    return still


@cache
def figures_map() -> BoneMap:
    """That of the mannequin, which every move is on."""
    return map_bones(mannequin.load().skeleton)


def measure(source: Motion, result: Motion, rig: Rig) -> Result:
    figure = mannequin.load().skeleton
    human = {bone: one.index for bone, one in figures_map().bones.items()}
    mine = {bone: rig.skeleton.index(name) for bone, name in rig.truth.items()}
    back = quat.conjugate(rig.frame)
    turns_s, at_s = _pose(source)
    turns_t, at_t = kinematics.forward(result)
    at_t = quat.rotate(back, at_t) / rig.unit
    rest_turns, rest_at = _rest(rig.skeleton)
    rest_at = quat.rotate(back, rest_at) / rig.unit
    src_rest_turns, src_rest = _rest(figure)

    def direction(at: np.ndarray, index: dict[str, int], bone: str) -> np.ndarray:
        direction = at[:, index[humanoid_profile.CHILD[bone]]] - at[:, index[bone]]
        unit: NDArray[Any] = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
        return unit

    angles = []
    for bone in LIMBS:
        a, b = direction(at_s, human, bone), direction(at_t, mine, bone)
        angles.append(np.degrees(2 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))))
    turn = {}
    for bone in TURNS:
        away_s = quat.multiply(turns_s[:, human[bone]], quat.conjugate(src_rest_turns[human[bone]]))
        away_t = quat.multiply(
            quat.multiply(back, turns_t[:, mine[bone]]), quat.conjugate(quat.multiply(back, rest_turns[mine[bone]]))
        )
        turn[bone] = float(angle_deg(away_s, quat.multiply(away_t, rig.away[bone])).mean())
    leg_s, leg_t = _leg(src_rest, human), _leg(rest_at, mine)
    hips_s, own_s = (part / leg_s for part in _hips(at_s, src_rest, human))
    hips_t, own_t = (part / leg_t for part in _hips(at_t, rest_at, mine))
    length_s, length_t = (
        float(np.linalg.norm(np.diff(hips[:, [0, 2]], axis=0), axis=1).sum()) for hips in (hips_s, hips_t)
    )
    standing = standing_feet(source)
    feet_s, feet_t = ([index["LeftFoot"], index["RightFoot"]] for index in (human, mine))
    speed = np.linalg.norm(np.gradient(at_t[:, feet_t][..., [0, 2]], 1 / source.fps, axis=0), axis=-1) * leg_s / leg_t
    height_s = at_s[:, feet_s, 1] - src_rest[feet_s, 1]
    height_t = (at_t[:, feet_t, 1] - rest_at[feet_t, 1]) * leg_s / leg_t
    count = int(standing.sum())
    return Result(
        float(np.mean(angles)),
        turn,
        float(np.linalg.norm(hips_s - hips_t, axis=1).mean()),
        float(np.linalg.norm(own_s - own_t, axis=1).mean()),
        length_t / length_s,
        float(speed[standing].mean()) if count else 0.0,
        float(np.abs(height_s - height_t)[standing].mean()) if count else 0.0,
        count,
    )


def _hips(at: np.ndarray, rest: np.ndarray, index: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Way of the hips bone from its rest position with the height of the hip joints above the standing ankle, and with its own."""
    joints = [index["LeftUpperLeg"], index["RightUpperLeg"]]
    ankle, inside = rest[index["LeftFoot"]], rest[index["Hips"]] - rest[joints].mean(axis=0)
    own = at[:, index["Hips"]] - rest[index["Hips"]]
    stiff = own.copy()
    own[:, 1] = at[:, index["Hips"], 1] - inside[1] - ankle[1]
    stiff[:, 1] = at[:, joints, 1].mean(axis=1) - ankle[1]
    return stiff, own


def _leg(at: np.ndarray, index: dict[str, int]) -> float:
    thigh = np.linalg.norm(at[index["LeftUpperLeg"]] - at[index["LeftLowerLeg"]])
    return float(thigh + np.linalg.norm(at[index["LeftLowerLeg"]] - at[index["LeftFoot"]]))
