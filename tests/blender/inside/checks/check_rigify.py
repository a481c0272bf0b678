"""Generated Rigify rigs: FK keys, limbs switched to FK, the evaluated body follows. Run by itself: generating takes seconds."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT


@pytest.fixture(scope="module")
def rig() -> Any:
    rigs.empty()
    return rigs.generated()


def test_the_deformed_body_follows_and_the_limbs_are_switched(rig: Any) -> None:
    rigify, apply = rigs.addon("importing.rigify"), rigs.addon("importing.apply")
    for side in "LR":
        rig.pose.bones[f"upper_arm_parent.{side}"]["IK_FK"] = 0.0
    rig.pose.bones["chest"].rotation_mode = "XYZ"
    before = rigs.addon("importing.restoring").read_pose(rig), rigs.addon("importing.restoring").read_switches(rig)
    motion = rigs.clip(300)
    evaluated = []
    count = lambda scene, *_: evaluated.append(scene)  # noqa: E731
    bpy.app.handlers.depsgraph_update_post.append(count)
    try:
        done = apply.apply_motion(rig, motion)
    finally:
        bpy.app.handlers.depsgraph_update_post.remove(count)
    assert 0 < len(evaluated) < 20, "the rig is evaluated a few times, not once a frame"
    after = rigs.addon("importing.restoring").read_pose(rig), rigs.addon("importing.restoring").read_switches(rig)
    assert after[1] == before[1]
    assert all(np.array_equal(before[0][name], after[0][name]) for name in before[0])
    assert not rigify._anchors(rig, list(rigify.controls_of(rig).values()), rigify._switches(rig), CONTEXT.view_layer)[
        1
    ]
    assert rigs.worst(rigs.limb_errors(rig, motion, (0, 60, 150, 299))) < 1.0
    keyed = {curve.data_path for curve in rigs.addon("compat").fcurves_of(done.action)}
    assert 'pose.bones["upper_arm_parent.L"]["IK_FK"]' in keyed
    assert not any('"hand_ik.L"' in path or '"DEF-' in path for path in keyed)


def test_its_mapping_raises_no_alarm(rig: Any) -> None:
    mapping = rigs.addon("importing.mapping")
    assert mapping.hips_carry_the_body(rig, mapping.automatic_map(rig)), "what plays them is known by name"


def test_the_hips_travel(rig: Any) -> None:
    motion = rigs.clip(61)
    rigs.addon("importing.apply").apply_motion(rig, motion)
    places = []
    for frame in (1, 49):
        CONTEXT.scene.frame_set(frame)
        places.append(np.array(rig.pose.bones["ORG-spine"].head))
    own = sum(rig.data.bones[f"ORG-{bone}.L"].length for bone in ("thigh", "shin"))
    offsets = motion.skeleton.rest_translations
    leg = sum(np.linalg.norm(offsets[motion.skeleton.index(bone)]) for bone in ("LeftLeg", "LeftFoot"))
    wanted = np.linalg.norm((motion.root_positions[60] - motion.root_positions[0])[[0, 2]]) * own / leg
    assert np.linalg.norm((places[1] - places[0])[:2]) == pytest.approx(wanted, rel=0.02), (own, leg)


def test_a_rig_is_solved_in_its_own_scene_whatever_the_window_shows(rig: Any) -> None:
    own, apply, motion = CONTEXT.scene, rigs.addon("importing.apply"), rigs.clip(61)
    other = bpy.data.scenes.new("Other")
    CONTEXT.window.scene = other
    try:
        apply.apply_motion(rig, motion, scene=own)
        with pytest.raises(rigs.core("values.errors").InputError) as caught:
            apply.apply_motion(rig, motion, scene=other)
        assert caught.value.code == "hidden"
    finally:
        CONTEXT.window.scene = own
        bpy.data.scenes.remove(other)
    assert rigs.worst(rigs.limb_errors(rig, motion, (0, 30, 60))) < 1.0
