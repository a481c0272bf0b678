"""A long take without a capture: the mannequin waves three times, and rests in between."""

from __future__ import annotations

import numpy as np

from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion

FPS = 30.0
MOVES_S = (2.0, 3.0, 1.5)
_REST_S = 0.8


def take(**extras: object) -> Motion:
    """The hips walk on meanwhile, 1 mm a frame, and the left foot stands in the first half."""
    angles = []
    for number, seconds in enumerate(MOVES_S, 1):
        share = np.linspace(0, 1, round(seconds * FPS))
        angles += [np.zeros(round(_REST_S * FPS))] if number > 1 else []
        uneven = np.interp(share, np.linspace(0, 1, 9), np.random.default_rng(number).uniform(-1, 1, 9))
        angles.append(1.4 * np.sin(np.pi * share) * (1.2 + uneven))
    angle = np.concatenate(angles)
    skeleton = mannequin.load("1k").skeleton
    rotations = np.tile(skeleton.rest_rotations, (len(angle), 1, 1))
    rotations[:, skeleton.index("RightArm")] = quat.from_axis_angle([0.0, 0.0, 1.0], angle)
    path = np.tile(skeleton.rest_translations[0], (len(angle), 1))
    path[:, 2] += 0.001 * np.arange(len(angle))
    contacts = [[frame < len(angle) // 2, False] for frame in range(len(angle))]
    return Motion(skeleton, FPS, rotations, path, "Take", extras={"contacts": contacts, **extras})


def take_glb() -> bytes:
    """Return the take as the GLB of the first of two people."""
    return glb.write_emote(take(group={"id": "5b3f7f0e-6c0e-4d0b-9d53-8a4f0b1e3c11", "of": 2, "person": 1}))
