"""An emote on rigs of every kind: evaluated poses against the clip."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT, OPS
from rigs import apply

pytestmark = pytest.mark.usefixtures("fresh")


def places(rig: Any, bone: str, *frames: int) -> Any:
    """Where a bone begins in these frames, shape (frames, 3)."""
    found = []
    for frame in frames:
        CONTEXT.scene.frame_set(frame)
        found.append(np.array(rig.pose.bones[bone].head))
    return np.array(found)


@pytest.mark.parametrize("maker", rigs.MAKERS)
def test_limbs_point_where_the_clip_points(maker: Any) -> None:
    rig, motion = rigs.MAKERS[maker](), rigs.clip()
    done = apply(rig, motion)
    assert done.curves > 60
    assert rigs.worst(rigs.limb_errors(rig, motion, (0, 13, 40, 60))) < 1.0


@pytest.mark.parametrize("maker", ["mannequin", "mixamo", "unreal", "centimetres"])
def test_the_hips_travel_by_the_same_way(maker: Any) -> None:
    rig, motion = rigs.MAKERS[maker](), rigs.clip()
    apply(rig, motion)
    read = rigs.addon("importing.rig").read_rig(rig, 1.0)
    name, rate = read.mapping.bones["Hips"].name, CONTEXT.scene.render.fps
    found = []
    for frame in (0, 60):
        at = 1 + frame / motion.fps * rate
        CONTEXT.scene.frame_set(int(at), subframe=at - int(at))
        found.append(np.array(rig.matrix_world @ rig.pose.bones[name].head) * CONTEXT.scene.unit_settings.scale_length)
    wanted = motion.root_positions[60] - motion.root_positions[0]
    moved = found[1] - found[0]
    assert np.linalg.norm(moved) == pytest.approx(np.linalg.norm(wanted), abs=0.03)


@pytest.mark.parametrize("root", ["path", "root_bone", "in_place"])
def test_limbs_that_hang_from_the_root_go_with_the_body(root: Any) -> None:
    rig, motion = rigs.torn(), rigs.clip()
    apply(rig, motion, root=root)
    pairs = [("DEF-pelvis", "DEF-thigh_l"), ("DEF-spine_03", "DEF-clavicle_r"), ("DEF-clavicle_l", "DEF-upperarm_l")]
    for frame in (1, 25, 49):
        CONTEXT.scene.frame_set(frame)
        for above, below in pairs:
            wanted = rig.data.bones[above].matrix_local.inverted() @ rig.data.bones[below].head_local
            found = rig.pose.bones[above].matrix.inverted() @ rig.pose.bones[below].head
            assert (found - wanted).length < 1e-4, (frame, below)
    moved = rig.pose.bones["DEF-pelvis"].head.xy - rig.data.bones["DEF-pelvis"].head_local.xy
    assert (moved.length > 0.2) is (root != "in_place")
    assert (rig.pose.bones["root"].head.xy.length > 0.2) is (root == "root_bone")


def legs_by_ik() -> Any:
    """Unreal's bones with the legs on IK, a twist bone that copies its hand, and a limit."""
    rig = rigs.unreal()
    CONTEXT.view_layer.objects.active = rig
    OPS.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    for side in "lr":
        foot = bones[f"foot_{side}"]
        target = bones.new(f"ik_foot_{side}")
        target.head, target.tail, target.parent = foot.head, foot.tail, bones["root"]
    OPS.object.mode_set(mode="OBJECT")
    for side in "lr":
        ik = rig.pose.bones[f"calf_{side}"].constraints.new("IK")
        ik.target, ik.subtarget, ik.chain_count = rig, f"ik_foot_{side}", 2
    copy = rig.pose.bones["lowerarm_l"].constraints.new("COPY_ROTATION")
    copy.target, copy.subtarget = rig, "head"
    rig.pose.bones["head"].constraints.new("LIMIT_ROTATION")
    return rig


def test_an_emote_is_seen_on_legs_that_are_moved_by_ik() -> None:
    rig, motion = legs_by_ik(), rigs.clip()
    for into in ("ACTION", "REPLACE"):
        done = apply(rig, motion, into=into)
        assert rigs.worst(rigs.limb_errors(rig, motion, (0, 13, 40, 60))) < 1.0
        found = [c for c in rigs.addon("compat").fcurves_of(done.action) if c.data_path.endswith("influence")]
        assert len(found) == 3
        assert any("3 constraints are off" in note for note in done.notes)
        assert any("head" in note and "may hide" in note for note in done.notes)
    assert not any(one.mute for bone in rig.pose.bones for one in bone.constraints)


def crouch() -> Any:
    """The mannequin bends its knees twice over feet that stay where they are."""
    kinematics, quat = rigs.core("motion.kinematics"), rigs.core("motion.quaternion")
    skeleton = rigs.core("mannequin").load().skeleton
    world, _ = kinematics.rest_pose(skeleton)
    bend = 0.35 * (1 - np.cos(np.linspace(0, 4 * np.pi, 61)))
    turned = np.tile(world, (61, 1, 1))
    for side in ("Left", "Right"):
        for name, sign in (("UpLeg", -1.0), ("Leg", 1.0)):
            bone = skeleton.index(side + name)
            turned[:, bone] = quat.multiply(quat.from_axis_angle([1.0, 0, 0], sign * bend), world[bone])
    path = np.tile(skeleton.rest_translations[0], (61, 1))
    motion = rigs.core("motion").Motion(
        skeleton, 30.0, kinematics.local_rotations(skeleton.parents, turned), path, "Crouch"
    )
    foot = kinematics.forward(motion)[1][:, skeleton.index("LeftFoot")]
    return motion.with_(root_positions=path - (foot - foot[0]))


def test_feet_that_slide_on_other_legs_are_told_of_and_can_be_locked() -> None:
    emote = crouch()
    for rig, slides in ((rigs.mixamo(), False), (rigs.long_shins(), True)):
        assert any("Lock Feet" in note for note in apply(rig, emote).notes) is slides
        for choice in ({"foot_lock": True}, {"root": "in_place"}, {"mask": "UPPER"}):
            assert not any("Lock Feet" in note for note in apply(rig, emote, **choice).notes), choice
    moved = {}
    for lock in (False, True):
        apply(rig, emote, foot_lock=lock)
        moved[lock] = np.ptp(places(rig, "LeftFoot", *range(1, 50, 6)), axis=0).max()
    assert moved[False] > 0.03 and moved[True] < moved[False] / 3, moved


def test_a_preview_leaves_the_constraints_as_they_were() -> None:
    rig = legs_by_ik()
    rig.pose.bones["calf_l"].constraints["IK"].influence = 0.75
    preview = rigs.addon("preview.play").begin(CONTEXT, rig, rigs.clip())
    CONTEXT.scene.frame_set(20)
    assert rig.pose.bones["calf_l"].constraints["IK"].influence == 0
    preview.end()
    assert rig.pose.bones["calf_l"].constraints["IK"].influence == 0.75
    assert rig.pose.bones["calf_r"].constraints["IK"].influence == 1


EULERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


def test_bones_keep_their_rotation_mode_and_get_curves_of_it() -> None:
    rig, motion = rigs.mannequin(), rigs.clip()
    modes = (*EULERS, "AXIS_ANGLE", "QUATERNION")
    for number, bone in enumerate(rig.pose.bones):
        bone.rotation_mode = modes[number % len(modes)]
    before = [bone.rotation_mode for bone in rig.pose.bones]
    done = apply(rig, motion)
    assert [bone.rotation_mode for bone in rig.pose.bones] == before
    assert rigs.worst(rigs.limb_errors(rig, motion, (0, 20, 41, 60))) < 1.0
    names = {"AXIS_ANGLE": "rotation_axis_angle", "QUATERNION": "rotation_quaternion"}
    written: dict[Any, Any] = {}
    for curve in rigs.addon("compat").fcurves_of(done.action):
        bone, _, channel = curve.data_path.rpartition(".")
        if channel != "location":
            written.setdefault(bone.split('"')[1], set()).add(channel)
        if channel == "rotation_euler":
            values = np.array([point.co[1] for point in curve.keyframe_points])
            assert np.abs(np.diff(values)).max(initial=0) < 1.0, "an Euler curve jumps"
    assert written == {bone.name: {names.get(bone.rotation_mode, "rotation_euler")} for bone in rig.pose.bones}


def test_twice_as_fast_scene_keeps_the_seconds() -> None:
    rig, motion = rigs.mannequin(), rigs.clip(31, fps=30)
    CONTEXT.scene.render.fps, CONTEXT.scene.render.fps_base = 60, 1.001
    done = apply(rig, motion, start=10)
    rate = 60 / 1.001
    assert done.action.frame_range[0] == pytest.approx(10)
    assert done.action.frame_range[1] == pytest.approx(10 + 1.0 * rate, abs=1e-3)
    apply(rig, motion, timing="FRAMES")
    assert rig.animation_data.action.frame_range[1] == pytest.approx(1 + 30)
    resampled = apply(rig, motion, timing="RESAMPLE").action
    curve = next(c for c in rigs.addon("compat").fcurves_of(resampled) if len(c.keyframe_points) > 1)
    assert all(point.co[0] == pytest.approx(round(point.co[0]), abs=0.07) for point in curve.keyframe_points)
    apply(rig, motion, timing="SCENE")
    assert CONTEXT.scene.render.fps / CONTEXT.scene.render.fps_base == pytest.approx(30)


def test_an_nla_strip_plays_above_the_former_action() -> None:
    rig, motion = rigs.mannequin(), rigs.clip()
    first = apply(rig, motion).action
    done = apply(rig, motion, into="NLA", start=200)
    assert rig.animation_data.action is None, "it would hide every strip"
    former, track = rig.animation_data.nla_tracks
    assert former.strips[0].action is first and former.strips[0].frame_start == 1
    assert track.strips[0].action is done.action and track.strips[0].frame_start == 200
    for start in (1.0, 200.0):
        assert rigs.worst(rigs.limb_errors(rig, motion, (5, 40), start=start)) < 1.0


def test_replace_writes_into_the_action_that_is_there() -> None:
    rig, motion = rigs.mannequin(), rigs.clip()
    first = apply(rig, motion).action
    curves = len(rigs.addon("compat").fcurves_of(first))
    done = apply(rig, motion, into="REPLACE", start=30)
    assert done.action is first and len(bpy.data.actions) == 1
    assert len(rigs.addon("compat").fcurves_of(first)) == curves
    assert rigs.worst(rigs.limb_errors(rig, motion, (5, 40), start=30.0)) < 1.0


def test_loop_mask_and_mirror() -> None:
    rig, motion = rigs.mannequin(), rigs.clip()
    looped = apply(rig, motion, loop=True).action
    curves = rigs.addon("compat").fcurves_of(looped)
    assert {curve.modifiers[0].type for curve in curves} == {"CYCLES"}
    assert any(
        curve.modifiers[0].mode_after == "REPEAT_OFFSET" for curve in curves if curve.data_path.endswith("location")
    )
    upper = apply(rig, motion, mask="UPPER")
    touched = {curve.data_path.split('"')[1] for curve in rigs.addon("compat").fcurves_of(upper.action)}
    assert not touched & {"Hips", "LeftUpLeg", "RightFoot"} and {"LeftArm", "Head"} <= touched
    at_a_desk = apply(rig, motion.with_(extras={**motion.extras, "body": "upper"}))
    assert {curve.data_path for curve in rigs.addon("compat").fcurves_of(at_a_desk.action)} == {
        curve.data_path for curve in rigs.addon("compat").fcurves_of(upper.action)
    }
    assert [note for note in at_a_desk.notes if "upper body" in note]
    mirrored = rigs.core("motion.editing.mirroring").mirror(motion)
    apply(rig, motion, mirrored=True)
    assert rigs.worst(rigs.limb_errors(rig, mirrored, (0, 30))) < 1.0


def test_root_bone_carries_the_way_over_the_floor() -> None:
    rig, motion = rigs.unreal(), rigs.clip()
    done = apply(rig, motion, root="root_bone")
    moved = {
        c.data_path.split('"')[1]
        for c in rigs.addon("compat").fcurves_of(done.action)
        if c.data_path.endswith("location")
    }
    assert moved == {"root", "pelvis"}
    assert rigs.worst(rigs.limb_errors(rig, motion, (0, 30, 60))) < 1.0
    CONTEXT.scene.frame_set(49)
    assert rig.pose.bones["root"].head.xy.length > 0.2
    assert abs(rig.pose.bones["root"].head.z) < 1e-5


def test_in_place_stays_over_one_spot() -> None:
    rig, motion = rigs.mannequin(), rigs.clip()
    apply(rig, motion, root="in_place")
    spots = places(rig, "Hips", 1, 25, 49)[:, :2]
    assert np.linalg.norm(spots - spots[0], axis=1).max() < 0.02


def test_bones_that_the_rig_lacks_are_named_and_the_rest_moves() -> None:
    done = apply(rigs.unreal(), rigs.clip())
    assert "LeftIndexProximal" in done.unmapped and done.bones >= 20


def test_an_import_costs_about_what_blenders_own_importer_does(tmp_path: Path) -> None:
    """Both by processor time in one run, with room: `kinetix bench blender` measures."""
    rig, file = rigs.mannequin(), rigs.write_clip(rigs.clip(300), tmp_path)
    emote_files = rigs.addon("emote_files")

    def processor_ms(work: Any) -> Any:
        """The least of some times: another one may have looked for garbage in all that Blender holds."""
        work()
        costs = []
        for _ in range(5):
            begin = time.process_time()
            work()
            costs.append(time.process_time() - begin)
        return min(costs) * 1000

    def own_import() -> None:
        emote_files._read.cache_clear()
        apply(rig, emote_files.from_file(file))

    mine = processor_ms(own_import)
    OPS.preferences.addon_enable(module="io_scene_gltf2")
    importer_ms = processor_ms(lambda: OPS.import_scene.gltf(filepath=str(file)))
    assert mine <= importer_ms * 3, (mine, importer_ms)
