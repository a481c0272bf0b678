"""Small emotes on the mannequin, computed: a wave, a bow and a walk. The example project's files are made by these."""

from __future__ import annotations

from functools import cache

import numpy as np

from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion.motion import Motion
from tests.motion import rigs

__all__ = ["bow", "rig_glb", "still", "walk", "wave", "wave_glb"]


def _empty(seconds: float) -> tuple[Motion, np.ndarray]:
    skeleton = mannequin.load().skeleton
    frames = round(seconds * 30) + 1
    turns = np.tile([0.0, 0.0, 0.0, 1.0], (frames, len(skeleton), 1))
    path = np.tile(skeleton.rest_translations[0], (frames, 1))
    return Motion(skeleton, 30.0, turns, path), np.linspace(0.0, 1.0, frames)


def _turn(motion: Motion, bone: str, axis: int, angles: np.ndarray) -> None:
    index = motion.skeleton.index(bone)
    motion.rotations[:, index] = [0.0, 0.0, 0.0, 0.0]
    motion.rotations[:, index, axis] = np.sin(angles / 2)
    motion.rotations[:, index, 3] = np.cos(angles / 2)


def still() -> Motion:
    """The rest pose, for a character."""
    return _empty(0.1)[0].with_(name="rest")


def wave(seconds: float = 1.6, swing: float = 0.6, name: str = "wave") -> Motion:
    """The left arm up, the forearm swinging; it ends as it begins."""
    motion, time = _empty(seconds)
    _turn(motion, "LeftArm", 2, np.full(len(time), 1.3))
    _turn(motion, "LeftForeArm", 2, 0.6 + swing * np.sin(time * 4 * np.pi))
    _turn(motion, "RightArm", 2, np.full(len(time), 0.5))
    return motion.with_(name=name)


def bow(seconds: float = 2.0) -> Motion:
    """Bend the spine forward and back up."""
    motion, time = _empty(seconds)
    bend = 0.45 * np.sin(time * np.pi)
    for bone in ("Spine", "Spine1", "Spine2"):
        _turn(motion, bone, 0, bend)
    _turn(motion, "LeftArm", 2, np.full(len(time), -0.5))
    _turn(motion, "RightArm", 2, np.full(len(time), 0.5))
    return motion.with_(name="bow")


def walk(seconds: float = 2.0, metres: float = 2.0) -> Motion:
    """Walk straight ahead; a simple swing of the legs."""
    motion, time = _empty(seconds)
    swing = 0.5 * np.sin(time * 8 * np.pi)
    _turn(motion, "LeftUpLeg", 0, swing)
    _turn(motion, "RightUpLeg", 0, -swing)
    _turn(motion, "LeftArm", 2, np.full(len(time), -0.5))
    _turn(motion, "RightArm", 2, np.full(len(time), 0.5))
    motion.root_positions[:, 2] += time * metres
    return motion.with_(name="walk")


@cache
def wave_glb(number: int = 0) -> bytes:
    """A valid emote whose bytes differ for every number."""
    return glb.write_emote(wave(0.8, 0.3 + 0.01 * number, f"wave{number}"))


def rig_glb(kind: str) -> bytes:
    """A character in its rest pose, on one of `tests.motion.rigs`."""
    skeleton = rigs.build(kind).skeleton
    rest = Motion(skeleton, 30.0, skeleton.rest_rotations[None].copy(), skeleton.rest_translations[:1].copy(), "rest")
    return glb.write_motion(rest)
