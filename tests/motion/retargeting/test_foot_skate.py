"""Feet that slide on a body of other proportions are noticed, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_core.motion.cleanup import foot_skate
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from tests.motion import moves, rigs

pytestmark = pytest.mark.quick


def slides(name: str, move: str, **options: bool) -> float:
    motion, rig = moves.load(move), rigs.build(name)
    source_map, target_map = map_bones(motion.skeleton), map_bones(rig.skeleton)
    out = retarget(motion, rig.skeleton, options=RetargetOptions(**options))  # type: ignore[arg-type]
    return foot_skate.added(motion, source_map, out, target_map)


@pytest.mark.parametrize("move", ["walk", "jump", "dance_a", "cartwheel"])
def test_a_body_of_the_same_proportions_slides_no_more(move: str) -> None:
    assert slides("mixamo_t_pose", move) < 0.001
    assert slides("centimetres", move) < 0.001


def test_other_legs_slide_and_the_foot_lock_holds_them() -> None:
    assert slides("stocky_legs_apart", "dance_a") > foot_skate.NOTICED
    assert slides("stocky_legs_apart", "dance_a", foot_lock=True) < 0.01


def test_a_path_that_is_not_scaled_slides_by_what_it_is_too_long() -> None:
    motion = moves.load("walk")
    speed = np.linalg.norm(np.ptp(motion.root_positions[:, [0, 2]], axis=0)) / motion.duration
    # Legs half as long cannot step half of the way that is left to them.
    assert slides("child", "walk", scale_path=False) == pytest.approx(0.5 * speed / 0.465, rel=0.1)


def test_nothing_stands_nothing_slides() -> None:
    motion = moves.load("dance_a")
    never = motion.with_(extras={"contacts": [[False] * 6 for _ in range(len(motion))]})
    rig = rigs.build("stocky_legs_apart")
    source_map, target_map = map_bones(motion.skeleton), map_bones(rig.skeleton)
    assert foot_skate.added(never, source_map, retarget(motion, rig.skeleton), target_map) == 0.0
    one = motion.with_(rotations=motion.rotations[:1], root_positions=motion.root_positions[:1])
    assert foot_skate.added(one, source_map, retarget(one, rig.skeleton), target_map) == 0.0
