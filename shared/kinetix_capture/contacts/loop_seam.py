"""A take that repeats: closed at its best seam, with feet that stand also where the two ends are bent towards each other."""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Flags
from kinetix_core.motion import kinematics
from kinetix_core.motion.contacts import CONTACT_BONES, runs
from kinetix_core.motion.editing import looping
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting import retarget

_BLEND_S = 0.3
# A stand that the bending moves farther than this is none any more, metres.
_STAYS_M = 0.09


def close_loop(motion: Motion) -> tuple[Motion, looping.Seam]:
    """The best repeating part of a take on the mannequin, which may travel, and its seam.

    `extras["contacts"]` say when feet, and perhaps hands, stand (`CONTACT_BONES`); those of the result are what is left of them.
    """
    seam = looping.find_seam(motion)
    looped = looping.loop(motion, blend_s=_BLEND_S, travel=True)
    stands = np.array(looped.extras["contacts"], bool)
    looped = looped.with_(extras={**looped.extras, "contacts": _left(looped, stands).tolist()})
    return _lock_feet(looped), seam


def _left(motion: Motion, stands: Flags) -> Flags:
    """Stands (F, 2 to 6) without the bent frames of those that the bending drags along."""
    stands = stands.copy()
    width = round(_BLEND_S * motion.fps)
    places = kinematics.forward(motion)[1]
    bones = map_bones(motion.skeleton)
    for column, bone in enumerate(CONTACT_BONES[: stands.shape[1]]):
        path = places[:, bones.index(bone)][:, [0, 2]]
        for start, end in runs(stands[:, column]):
            moved = float(np.linalg.norm(np.ptp(path[start:end], axis=0)))
            if moved > _STAYS_M:
                stands[start : min(width, end), column] = False
                stands[max(start, len(motion) - width) : end, column] = False
    return stands


def _lock_feet(motion: Motion) -> Motion:
    """The loop with its standing feet held: the middle one of three in a row, so that both sides of the seam agree."""
    count = len(motion)
    step = (motion.root_positions[-1] - motion.root_positions[0]) * np.array([1.0, 0.0, 1.0])
    contacts = motion.extras["contacts"]
    row = motion.with_(
        rotations=np.concatenate([motion.rotations[:-1], motion.rotations[:-1], motion.rotations]),
        root_positions=np.concatenate(
            [motion.root_positions[:-1] - step, motion.root_positions[:-1], motion.root_positions + step]
        ),
        extras={**motion.extras, "contacts": contacts[:-1] * 2 + contacts},
        face=None,
    )
    held = retarget.retarget(row, motion.skeleton, options=retarget.RetargetOptions(foot_lock=True, twist=False))
    own = slice(count - 1, 2 * count - 1)
    return motion.with_(rotations=held.rotations[own], root_positions=held.root_positions[own])
