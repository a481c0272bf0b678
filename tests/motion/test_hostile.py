"""Skeletons that nobody drew: any tree, any names, thousands of bones. Nothing but typed errors, soon."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinetix_core.motion import Motion, Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import layers, looping, mirroring, placing, timing
from kinetix_core.motion.mapping import tables
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from kinetix_core.values.errors import KinetixError
from tests.motion import moves
from tests.support.measuring.pace import paces

pytestmark = pytest.mark.xdist_group("motion")

WORDS = sorted({name for table in tables.load().values() for names in table.bones.values() for name in names})


@st.composite
def skeletons(draw: st.DrawFn) -> Skeleton:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 60))
    size = draw(st.sampled_from([0.0, 1e-9, 0.2, 1.0, 1e6]))
    parents = np.array([int(rng.integers(-1, bone)) if bone else -1 for bone in range(count)])
    names = draw(st.sampled_from(["table", "one", "odd"]))
    pools: dict[str, Sequence[object]] = {
        "table": rng.choice(WORDS, count).tolist(),
        "one": ["LeftHand"] * count,
        "odd": ["", "左", "\u0000", ":", "." * 50] * count,
    }
    offsets = rng.normal(size=(count, 3)) * size
    if draw(st.booleans()):
        offsets[:, 0] = np.where(rng.random(count) < 0.5, 0, offsets[:, 0])
    return Skeleton(
        tuple(str(name) for name in pools[names][:count]), parents, quat.normalize(rng.normal(size=(count, 4))), offsets
    )


@settings(max_examples=60, deadline=None)
@given(skeletons())
def test_any_skeleton_is_mapped_or_not(skeleton: Skeleton) -> None:
    found = map_bones(skeleton)
    indices = [one.index for one in found.bones.values()]
    assert len(set(indices)) == len(indices)
    assert all(skeleton.names[one.index] == one.name for one in found.bones.values())
    motion = timing.pick(moves.load("walk"), np.arange(3))
    with contextlib.suppress(KinetixError):
        out = retarget(motion, skeleton, options=RetargetOptions(foot_lock=True, hand_lock=True, hands_together=True))
        assert np.isfinite(out.rotations).all() and np.isfinite(out.root_positions).all()
    still = Motion(skeleton, 30, np.tile(skeleton.rest_rotations, (2, 1, 1)), np.zeros((2, 3)))
    with contextlib.suppress(KinetixError):
        back = retarget(still, motion.skeleton)
        assert np.isfinite(back.rotations).all() and np.isfinite(back.root_positions).all()


@pytest.mark.parametrize("tree", ["flat", "chain", "comb"])
@pytest.mark.parametrize("named", [False, True])
def test_thousands_of_bones_take_no_minutes(tree: str, named: bool) -> None:
    rng = np.random.default_rng(2)
    count = 4096
    bones = np.arange(count)
    parents = {
        "flat": np.where(bones > 0, 0, -1),
        "chain": bones - 1,
        "comb": np.where(bones % 8, bones - 1, bones - 8),
    }[tree]
    parents = np.maximum(parents, -1)
    offsets = rng.normal(size=(count, 3))
    if tree == "chain":
        offsets = np.abs(offsets) * [0, 1, 0]
    names = tuple(str(name) for name in rng.choice(WORDS, count)) if named else tuple(f"b{bone}" for bone in bones)
    skeleton = Skeleton(names, parents, np.tile(quat.IDENTITY, (count, 1)), offsets)
    assert paces(lambda: map_bones(skeleton)) < 500


def test_the_shortest_clips_can_be_edited() -> None:
    one = timing.pick(moves.load("walk"), np.array([4]))
    for change in (
        mirroring.mirror,
        looping.close,
        looping.loop,
        placing.in_place,
        placing.on_floor,
        placing.face_forward,
        timing.reverse,
        layers.difference,
    ):
        assert len(change(one)) == 1
    assert len(layers.smooth(one, 0.1)) == len(timing.resample(one, 60)) == len(layers.blend_in(one, 0.2)) == 1
    rig = moves.load("walk").skeleton
    assert len(retarget(one, rig, options=RetargetOptions(foot_lock=True, hand_lock=True))) == 1
