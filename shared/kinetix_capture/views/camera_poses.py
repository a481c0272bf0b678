"""Relative poses of a take's cameras, from the person that all of them see: without a pattern or a calibration.

Each single fit says where the body's landmarks are in its own camera's frame, on a mannequin of one size. The rigid motion that
brings the landmarks of one frame onto those of the other is the way from camera to camera (absolute orientation, Kabsch). The fits err
in depth, each along its own view, so this is where the joint fit begins and not what it ends with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.fitting.further_cameras import CameraPose

_ROUNDS = 4
# metres within which a landmark of one fit is where the other has it; beyond, it counts less
_NEAR_M = 0.15


@dataclass(frozen=True, eq=False)
class Relation:
    """A camera's pose to the first one, and how far the landmarks of both fits are apart with it: metres, root mean square, in which
    none counts for more than twice what is near."""

    pose: CameraPose
    apart_m: float


def relate(first: Array, further: Array, weights: Array) -> Relation:
    """The pose of the further camera to the first.

    Args:
        first, further: (F, K, 3) the same landmarks at the same times in each camera's frame, metres.
        weights: (F, K) how well both see them.
    """
    a, b = first.reshape(-1, 3), further.reshape(-1, 3)
    usual = weights.reshape(-1) + 1e-9
    weight = usual
    for _ in range(_ROUNDS):
        share = (weight / weight.sum())[:, None]
        mean_a, mean_b = (share * a).sum(0), (share * b).sum(0)
        u, _, vt = np.linalg.svd(((a - mean_a) * share).T @ (b - mean_b))
        u[:, 2] *= np.sign(np.linalg.det(u @ vt))
        turn = (u @ vt).T
        pose = CameraPose(turn, mean_b - turn @ mean_a)
        off = np.linalg.norm(pose.apply(a) - b, axis=1)
        weight = usual / np.maximum(off / _NEAR_M, 1.0)
    near = np.minimum(off, 2 * _NEAR_M)
    return Relation(pose, float(np.sqrt((usual * near**2).sum() / usual.sum())))


def degrees_between(pose: CameraPose, person: Array) -> float:
    """The angle under which the person (3,), in the first camera's frame, sees the two cameras."""
    to_first, to_further = -person, pose.inverse().shift - person
    cosine = to_first @ to_further / np.linalg.norm(to_first) / np.linalg.norm(to_further)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
