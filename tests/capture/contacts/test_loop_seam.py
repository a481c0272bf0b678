"""A loop closes exactly, and its feet stand also where its ends are bent towards each other."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_capture.contacts import loop_seam
from kinetix_core.motion import kinematics
from kinetix_core.motion.contacts import find
from kinetix_core.motion.editing import looping
from kinetix_core.motion.motion import Motion
from tests.motion import moves

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def walk() -> Motion:
    """A little more than a cycle, so that the ends do not fit by themselves."""
    motion = moves.load("walk")
    stands = find(motion)
    return motion.with_(extras={"contacts": (stands[:, :2] | stands[:, 2:4]).tolist()})


def _slide(motion: Motion, stands: NDArray[np.bool_]) -> float:
    """Metres a second of the slower one of ankle and toes over the floor while they stand, the mean over both feet."""
    places = kinematics.forward(motion)[1][..., [0, 2]]
    speeds = []
    for side, name in enumerate(("Left", "Right")):
        joints = [motion.skeleton.index(f"{name}{part}") for part in ("Foot", "ToeBase")]
        speed = np.linalg.norm(np.diff(places[:, joints], axis=0), axis=-1).min(axis=1) * motion.fps
        speeds.append(speed[stands[1:, side] & stands[:-1, side]])
    return float(np.concatenate(speeds).mean())


def test_standing_feet_do_not_slide_at_the_seam(walk: Motion) -> None:
    looped, seam = loop_seam.close_loop(walk)
    bent = looping.loop(walk, travel=True)
    assert len(looped) == len(bent) == seam.end - seam.start + 1
    stands = np.array(looped.extras["contacts"], bool)
    assert stands.any(axis=0).all()
    assert _slide(looped, stands) < 0.03
    assert _slide(looped, stands) < 0.5 * _slide(bent, stands)


def test_hands_that_stand_go_along(walk: Motion) -> None:
    """In a clip whose contacts tell them; where the bending drags a hand along, it stands no more."""
    six = np.zeros((len(walk), 6), bool)
    six[:, :2] = np.array(walk.extras["contacts"])
    six[:, 4:] = True
    looped, _ = loop_seam.close_loop(walk.with_(extras={"contacts": six.tolist()}))
    stands = np.array(looped.extras["contacts"], bool)
    assert stands.shape == (len(looped), 6)
    width = round(0.3 * walk.fps)
    assert stands[width:-width, 4:].all() and not stands[: width - 1, 4:].any()


def test_it_goes_on_without_a_jump(walk: Motion) -> None:
    looped, _ = loop_seam.close_loop(walk)
    places = kinematics.forward(looped)[1]
    seen = places - places[:, :1] * np.array([1.0, 0.0, 1.0])
    assert np.abs(seen[0] - seen[-1]).max() < 1e-9
    steps = np.diff(np.concatenate([seen[:-1], seen]), axis=0)
    jumps = np.linalg.norm(np.diff(steps, axis=0), axis=-1).max(axis=1)
    seam = len(looped) - 2
    assert jumps[seam - 1 : seam + 2].max() <= np.percentile(jumps, 98) * 1.5
