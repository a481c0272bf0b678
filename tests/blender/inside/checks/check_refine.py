"""A take is corrected in Blender: limbs are read as the emote has them, the hub is asked, and a version takes another's place."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT, OPS
from mathutils import Quaternion
from panels import drawn

FIRST, SECOND = "0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002"
_SPANS = [
    {"limb": "leftArm", "first": 4, "last": 20, "worst": 12, "confidence": 0.1},
    {"limb": "rightLeg", "first": 30, "last": 40, "worst": 33, "confidence": 0.25},
]


@pytest.fixture
def hub(form: Any, asked: Any, tmp_path: Path) -> Any:
    """The requests to a hub, which answers with `versions`."""
    link = form.link
    asked.versions = [
        {"number": 1, "emote": FIRST, "corrections": [], "unsure": _SPANS, "firstFrame": 0, "current": True}
    ]

    def answer(method: str, path: str, _body: Any) -> Any:
        return {"id": "job-1"} if method == "POST" and path.endswith("/refine") else {"versions": asked.versions}

    asked.answer_all(answer)
    for number, uuid in enumerate((FIRST, SECOND), 1):
        file = rigs.write_clip(rigs.clip(), tmp_path, str(number))
        made = {"id": uuid, "name": f"Wave {number}", "frames": 61, "files": {"glb": str(file)}}
        link.state.emotes = link.state.emotes | {uuid: made}
    rigs.addon("library.props").LIBRARY.selected = FIRST
    CONTEXT.scene.render.fps = 30
    return asked


def _imported() -> Any:
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    rigs.addon("refining.takes").tick()
    return CONTEXT.view_layer.objects.active


def _take() -> Any:
    return rigs.addon("refining.takes").take_of(FIRST)


def _activate(rig: Any, human: str) -> None:
    """The bone that plays this part, in pose mode."""
    bone = rigs.addon("importing.mapping").automatic_map(rig).bones[human].name
    rig.data.bones.active = rig.data.bones[bone]
    if rig.mode != "POSE":
        OPS.object.mode_set(mode="POSE")


def _posed(rig: Any, human: str, limb: str, angle: float) -> Any:
    """Turn the bone that plays this part, and return the limb's directions before."""
    CONTEXT.scene.frame_set(21)
    _activate(rig, human)
    before = rigs.addon("refining.pose").directions(rig, limb, CONTEXT.scene)
    bone = rig.pose.bones[rig.data.bones.active.name]
    bone.rotation_mode = "QUATERNION"
    bone.rotation_quaternion = bone.rotation_quaternion @ Quaternion((1, 0, 0), angle)
    CONTEXT.view_layer.update()
    return before


MAKERS = pytest.mark.parametrize("make", [rigs.mannequin, rigs.mixamo], ids=["mannequin", "mixamo"])


@MAKERS
def test_limbs_and_head_are_read_in_the_emotes_own_axes(hub: Any, make: Any) -> None:
    rig, motion, quat = make(), rigs.clip(), rigs.core("motion.quaternion")
    rig.select_set(True)
    assert _imported() is rig
    rotations, positions = (found[23] for found in rigs.core("motion.kinematics").forward(motion))
    CONTEXT.scene.frame_set(24)
    wanted = {
        "head": quat.rotate(rotations[motion.skeleton.index("Head")], np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    }
    for limb, bones in {
        "leftArm": ("LeftArm", "LeftForeArm", "LeftHand"),
        "rightLeg": ("RightUpLeg", "RightLeg", "RightFoot"),
    }.items():
        along = np.diff([positions[motion.skeleton.index(bone)] for bone in bones], axis=0)
        wanted[limb] = along / np.linalg.norm(along, axis=1, keepdims=True)
    for limb, directions in wanted.items():
        found = rigs.addon("refining.pose").directions(rig, limb, CONTEXT.scene)
        assert np.abs(np.array(found[:2]) - directions).max() < 1e-3, limb


@pytest.mark.parametrize("human", ["Head", "Neck"])
def test_a_posed_head_becomes_a_correction(hub: Any, human: str) -> None:
    rig = _imported()
    before = _posed(rig, human, "head", 0.5)
    assert OPS.kinetix.correct_limb() == {"FINISHED"}
    (said,) = _take().corrections.values()
    assert (said["frame"], said["limb"], said["kind"], len(said["directions"])) == (20, "head", "limb", 2)
    turned = np.degrees(np.arccos(np.clip(np.dot(said["directions"][0], before[0]), -1, 1)))
    assert 20 < turned < 30
    assert "Head  21" in drawn("refine").texts


def test_a_posed_limb_becomes_a_correction_that_is_sent_and_can_be_removed(hub: Any) -> None:
    rig = _imported()
    before = _posed(rig, "LeftUpperArm", "leftArm", 0.6)
    assert OPS.kinetix.correct_limb() == {"FINISHED"}
    (said,) = _take().corrections.values()
    assert (said["frame"], said["limb"], said["kind"]) == (20, "leftArm", "limb")
    turned = np.degrees(np.arccos(np.clip(np.dot(said["directions"][0], before[0]), -1, 1)))
    assert turned > 20 and len(said["directions"]) == 3
    assert OPS.kinetix.correct_contact(what="STANDS", side="right", first=5, last=11) == {"FINISHED"}
    assert OPS.kinetix.refine() == {"FINISHED"}
    method, path, body = hub.sent[-1]
    assert (method, path) == ("POST", f"/v1/emotes/{FIRST}/refine")
    assert [one["kind"] for one in body["corrections"]] == ["limb", "foot"]
    assert body["corrections"][1] == {
        "id": "right-stands-4",
        "kind": "foot",
        "first": 4,
        "last": 10,
        "side": "right",
        "stands": True,
    }
    shown = drawn("refine")
    assert "Left Arm  21" in shown.texts and "Right: Foot on the Floor  5–11" in shown.texts, "frames of the scene"
    assert OPS.kinetix.remove_correction(correction=said["id"]) == {"FINISHED"}
    assert list(_take().corrections) == ["right-stands-4"]
    with pytest.raises(RuntimeError, match="does not play"):
        OPS.kinetix.correct_contact(what="STANDS", side="right", first=500, last=501)


@MAKERS
def test_a_part_of_a_limb_is_said_to_point_towards_the_camera_or_away(hub: Any, make: Any) -> None:
    rig = make()
    rig.select_set(True)
    assert _imported() is rig
    CONTEXT.scene.frame_set(36)
    _activate(rig, "LeftLowerArm")
    assert OPS.kinetix.correct_depth(side="TOWARDS") == {"FINISHED"}
    said = {"id": "leftForearm-35", "kind": "depth", "frame": 35, "part": "leftForearm", "towards": True}
    assert _take().corrections == {"leftForearm-35": said}
    assert "Left Forearm: To Camera  36" in drawn("refine").texts
    assert OPS.kinetix.correct_depth(side="AWAY") == {"FINISHED"}
    assert _take().corrections == {"leftForearm-35": said | {"towards": False}}, "one for a part and frame"
    shown = drawn("refine")
    assert "Left Forearm: From Camera  36" in shown.texts
    assert {"Towards Camera", "Away from Camera"} <= set(shown.texts)
    sides = [one.side for one in shown.operators if one.button == "kinetix.correct_depth"]
    assert sides == ["TOWARDS", "AWAY"]
    tip = rigs.addon("refining.ops").KINETIX_OT_correct_depth.description
    tips = [tip(None, SimpleNamespace(side=side)) for side in sides]
    assert "towards the camera" in tips[0] and "away from the camera" in tips[1]
    CONTEXT.scene.frame_set(37)
    assert OPS.kinetix.correct_depth(side="AWAY") == {"FINISHED"}
    for human in ("RightUpperArm", "LeftUpperLeg", "RightLowerLeg"):
        _activate(rig, human)
        assert OPS.kinetix.correct_depth(side="TOWARDS") == {"FINISHED"}
    assert [(one["part"], one["frame"], one["towards"]) for one in _take().corrections.values()] == [
        ("leftForearm", 35, False),
        ("leftForearm", 36, False),
        ("rightUpperArm", 36, True),
        ("leftThigh", 36, True),
        ("rightShin", 36, True),
    ]
    assert OPS.kinetix.refine() == {"FINISHED"} and len(hub[-1][2]["corrections"]) == 5


def test_a_side_replaces_what_a_file_says_of_it_and_leaves_the_other_cameras(hub: Any) -> None:
    rig = _imported()
    CONTEXT.scene.frame_set(36)
    _activate(rig, "LeftLowerArm")
    about = {"kind": "depth", "frame": 35, "part": "leftForearm"}
    other = {"id": "theirs", **about, "towards": True, "camera": 1}
    _take().corrections = {"theirs": other, "mine": {"id": "mine", **about, "towards": True}}
    assert OPS.kinetix.correct_depth(side="AWAY") == {"FINISHED"}
    assert _take().corrections == {"theirs": other, "mine": {"id": "mine", **about, "towards": False}}


@pytest.mark.parametrize("human", ["LeftHand", "Head", "LeftShoulder", "LeftFoot", None])
def test_what_is_no_part_of_a_limb_has_no_side(hub: Any, human: str | None) -> None:
    rig = _imported()
    CONTEXT.scene.frame_set(36)
    if human:
        _activate(rig, human)
    with pytest.raises(RuntimeError, match=r"no arm or leg segment.* Select an upper arm"):
        OPS.kinetix.correct_depth(side="TOWARDS")
    assert not _take().corrections


def test_the_next_doubt_is_gone_to_round_and_round(hub: Any) -> None:
    _imported()
    CONTEXT.scene.frame_set(1)
    seen = []
    for _ in range(3):
        assert OPS.kinetix.next_unsure() == {"FINISHED"}
        seen.append(CONTEXT.scene.frame_current)
    assert seen == [13, 34, 13]
    shown = drawn("refine")
    assert "Left Arm  5–21" in shown.texts and "Right Leg  31–41" in shown.texts


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_marks_on_the_time_line_leave_the_keys_and_the_frame_numbers_in_sight(scale: float) -> None:
    low, high = rigs.addon("refining.timeline").heights(400.0, scale)
    numbers, first_row, half_a_key = 23 * scale, (23 + 2 + 8) * scale, 5 * scale
    assert 400 - first_row + half_a_key <= low - scale < high + scale <= 400 - numbers


def test_a_version_that_waits_for_a_decision_is_not_said_to_be_solved_still(hub: Any) -> None:
    _imported()
    _take().job, state = "job-1", rigs.addon("hub.heartbeat").LINK.state
    for kept, words in (("processing", "Solving…"), ("awaitingDecision", "Ready to review")):
        state.jobs = {"job-1": {"id": "job-1", "state": kept}}
        assert words in drawn("refine").texts
    state.jobs = {}


def test_a_version_takes_the_place_of_the_other_and_nothing_else_changes(hub: Any) -> None:
    rig = _imported()
    former = rig.animation_data.action
    takes = rigs.addon("refining.takes")
    _take().job = "job-1"
    foot = {"id": "left-stands-4", "kind": "foot", "first": 4, "last": 9, "side": "left", "stands": True}
    hub.versions.append(
        {"number": 2, "emote": SECOND, "corrections": [foot], "unsure": [], "firstFrame": 0, "current": False}
    )
    takes.on_jobs([{"id": "job-1", "state": "delivered", "emoteId": SECOND}], False)
    takes.tick()
    assert _take().job == "" and len(_take().versions) == 2
    objects = len(bpy.data.objects)
    assert OPS.kinetix.import_version(emote=SECOND) == {"FINISHED"}
    assert rig.animation_data.action is not former and former.name in bpy.data.actions
    assert rig.animation_data.action["kinetix_emote"] == SECOND
    assert rig.animation_data.action.frame_start == former.frame_start and len(bpy.data.objects) == objects
    assert hub[-1][:2] == ("POST", f"/v1/emotes/{SECOND}/refine/2/current")
    assert list(takes.take_of(SECOND).corrections) == ["left-stands-4"]
    assert "UNDO" in rigs.addon("refining.ops").KINETIX_OT_import_version.bl_options


def test_a_version_that_was_solved_on_the_library_page_is_listed_once_it_is_in_the_library(hub: Any) -> None:
    state, takes = rigs.addon("hub.heartbeat").LINK.state, rigs.addon("refining.takes")
    second = state.emotes.pop(SECOND)
    _imported()
    hub.versions.append(dict(hub.versions[0], number=2, emote=SECOND))
    takes.tick()
    assert [one["number"] for one in _take().versions] == [1], "the hub is asked once"
    state.emotes[SECOND] = second
    takes.tick()
    assert [one["number"] for one in _take().versions] == [1, 2]
    questions = len(hub)
    takes.tick()
    assert len(hub) == questions


def test_refine_waits_for_its_version_and_puts_it_onto_the_rig(hub: Any) -> None:
    """Call `modal` as Blender does in a window."""
    rig, ops, takes = _imported(), rigs.addon("refining.ops"), rigs.addon("refining.takes")
    rigs.addon("hub.heartbeat").LINK.state.emotes.pop(SECOND, None)
    later, reports = dict(rigs.addon("hub.heartbeat").LINK.state.emotes[FIRST], id=SECOND), []
    running = SimpleNamespace(_emote=FIRST, _timer=None, report=lambda kind, text: reports.append(text))
    running._show = lambda context: ops.KINETIX_OT_refine._show(running, context)
    manager = SimpleNamespace(event_timer_remove=lambda timer: reports.append("no timer"))
    context = SimpleNamespace(
        window_manager=manager,
        view_layer=CONTEXT.view_layer,
        scene=CONTEXT.scene,
        selected_objects=CONTEXT.selected_objects,
    )

    def looked(kind: str = "TIMER") -> Any:
        return ops.KINETIX_OT_refine.modal(running, context, SimpleNamespace(type=kind))

    _take().sent = True
    assert looked() == looked("MOUSEMOVE") == {"PASS_THROUGH"}, "Blender can be used meanwhile"
    said = {"id": "arm", "kind": "limb", "frame": 3, "limb": "leftArm", "directions": [[0.6, 0.8000000001, 0.0]]}
    _take().sent, _take().job, _take().corrections = False, "job-1", {"arm": said}
    assert looked() == {"PASS_THROUGH"}
    takes.on_jobs([{"id": "job-1", "state": "delivered", "emoteId": SECOND}], False)
    assert looked() == {"PASS_THROUGH"}, "its file is not in the library yet"
    rigs.addon("hub.heartbeat").LINK.state.emotes[SECOND] = later
    assert looked() == {"FINISHED"} and reports[0] == "no timer"
    assert rig.animation_data.action["kinetix_emote"] == SECOND
    pose = {"id": "arm", "kind": "limb", "frame": 3, "limb": "leftArm", "directions": [[0.6, 0.8, 0.0]]}
    hub.versions.append(dict(hub.versions[0], number=2, emote=SECOND, corrections=[pose]))
    takes.tick()
    solved = takes.take_of(SECOND)
    assert solved.corrections == {"arm": pose} and not solved.is_changed(SECOND), "there is nothing to be solved again"
    assert "UNDO" in ops.KINETIX_OT_refine.bl_options
    _take().solved = ""
    assert looked() == {"CANCELLED"}, "nothing came of it"


def test_what_is_refused_does_not_bring_the_version_before_back(hub: Any) -> None:
    rig, ops = _imported(), rigs.addon("refining.ops")
    _take().solved = SECOND
    hub.answer_all(lambda *_: None)
    assert OPS.kinetix.refine() == {"FINISHED"}
    manager = SimpleNamespace(event_timer_remove=lambda timer: None)
    running = SimpleNamespace(_emote=FIRST, _timer=None, _show=lambda context: {"FINISHED"})
    context, event = SimpleNamespace(window_manager=manager), SimpleNamespace(type="TIMER")
    assert ops.KINETIX_OT_refine.modal(running, context, event) == {"CANCELLED"}
    assert rig.animation_data.action["kinetix_emote"] == FIRST


def test_a_version_that_is_shown_plays_whatever_the_panel_imports_into(hub: Any) -> None:
    rig = _imported()
    rigs.addon("session").group("kinetix_import").into = "NLA"
    assert OPS.kinetix.import_version(emote=SECOND) == {"FINISHED"}
    assert rig.animation_data.action["kinetix_emote"] == SECOND and not rig.animation_data.nla_tracks


def test_joints_are_dragged_on_the_library_page_at_this_frame(hub: Any) -> None:
    _imported()
    hub.versions = [{"number": 1, "emote": FIRST, "corrections": [], "unsure": [], "firstFrame": 10, "current": True}]
    rigs.addon("refining.takes").forget(FIRST)
    rigs.addon("refining.takes").tick()
    CONTEXT.scene.frame_set(6)
    assert OPS.kinetix.drag_joints() == {"FINISHED"}
    assert hub.sent[-1] == ("POST", f"/v1/library-page?emote={FIRST}&frame=15", None)


def test_a_mirrored_emote_takes_no_corrections(hub: Any) -> None:
    """Its left arm is the right one of the take."""
    values = rigs.addon("session").group("kinetix_import")
    values.mirrored = True
    rig = _imported()
    with pytest.raises(RuntimeError, match="mirrored"):
        OPS.kinetix.correct_contact(what="STANDS", side="left", first=5, last=9)
    CONTEXT.scene.frame_set(36)
    _activate(rig, "LeftLowerArm")
    with pytest.raises(RuntimeError, match="mirrored"):
        OPS.kinetix.correct_depth(side="AWAY")
    assert not _take().corrections
    values.mirrored, values.into = False, "REPLACE"
    assert OPS.kinetix.import_emote() == {"FINISHED"} and rig.animation_data.action["kinetix_emote"] == FIRST
    assert OPS.kinetix.correct_contact(what="STANDS", side="left", first=5, last=9) == {"FINISHED"}
