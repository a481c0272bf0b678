"""Every rig of the kit with the 15 moves, mapped without help."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from kinetix_core.motion import Motion, Skeleton, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import looping
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from kinetix_core.values.errors import InputError
from tests.motion import moves, rigs
from tests.motion.angles import angle_deg
from tests.motion.draft import Draft
from tests.motion.retargeting.measure import Result, figures_map, measure

LIMITS = {"direction": 0.006, "turn": 0.01, "height": 0.0042, "path": 0.0075, "own_path": 0.01, "slide": 0.085}
RIGIFY = {"height": 0.0066, "path": 0.0086, "own_path": 0.053, "slide": 0.086}
HARDER = {
    # Thighs 1.7 times as long as shins: equal directions of the limbs bring the feet elsewhere, unless they are locked.
    "stocky_legs_apart": {"height": 0.0091, "path": 0.0165, "own_path": 0.0175, "slide": 0.135},
    # Feet point where their toe joints lie.
    "toes_placed_outward": {"turn": 1.25},
    # The hips bone lies 13 % of the leg from the emote's and cannot go the same way where the pelvis tips: TestHipsElsewhere.
    "rigify_metarig": RIGIFY,
    "rigify_deform": RIGIFY,
    "rigify_deform_bones_only": RIGIFY,
    "rigify_with_its_controls": RIGIFY,
}
"""The worst that was measured and a tenth; rigs that geometry allows less have their own."""
LOCKED_LIMITS = {"direction": 0.215, "turn": 0.01, "height": 0.001, "slide": 0.01}
LOCKED_HARDER = {"stocky_legs_apart": {"direction": 0.52}}
LOCKED = ["mixamo_t_pose", "child", "unreal5", "rotated_object", "no_names_bare", "stocky_legs_apart"]


def results(name: str, options: RetargetOptions) -> list[Result]:
    rig = rigs.build(name)
    bones = map_bones(rig.skeleton)
    found = []
    for move in moves.NAMES:
        motion = moves.load(move)
        out = retarget(motion, rig.skeleton, source_map=figures_map(), target_map=bones, options=options)
        assert out.skeleton is rig.skeleton and len(out) == len(motion) and out.fps == motion.fps
        found.append(measure(motion, out, rig))
    return found


def mean_standing(found: list[Result], field: str) -> float:
    weights = [one.standing for one in found]
    return float(np.average([getattr(one, field) for one in found], weights=weights))


QUICK = (pytest.mark.quick, pytest.mark.xdist_group("motion"))


@pytest.mark.parametrize("name", [pytest.param(name, marks=QUICK if name == "child" else ()) for name in rigs.KINDS])
def test_every_move_fits(name: str) -> None:
    limits, found = LIMITS | HARDER.get(name, {}), results(name, RetargetOptions())
    check(limits, found)
    for one in found:
        assert 0.985 <= one.stride <= 1.016
    assert np.mean([one.path for one in found]) <= limits["path"]
    assert np.mean([one.own_path for one in found]) <= limits["own_path"]


def check(limits: dict[str, float], found: list[Result]) -> None:
    assert np.mean([one.direction for one in found]) <= limits["direction"]
    for bone in found[0].turn:
        assert np.mean([one.turn[bone] for one in found]) <= limits["turn"], bone
    assert mean_standing(found, "height") <= limits["height"]
    assert mean_standing(found, "slide") <= limits["slide"]


@pytest.mark.parametrize("name", LOCKED)
def test_locked_feet_stand_still(name: str) -> None:
    check(LOCKED_LIMITS | LOCKED_HARDER.get(name, {}), results(name, RetargetOptions(foot_lock=True)))


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
class TestFootLock:
    @pytest.mark.parametrize("name", ["child", "unreal5", "rigify_metarig"])
    def test_it_adds_no_jump(self, name: str) -> None:
        rig = rigs.build(name)
        knees = [rig.skeleton.index(rig.truth[side + "LowerLeg"]) for side in ("Left", "Right")]
        for move in ("getup_facedown", "dance_b", "jump", "spinkick", "walk"):
            motion = moves.load(move)
            jerks = []
            for on in (False, True):
                out = retarget(motion, rig.skeleton, options=RetargetOptions(foot_lock=on))
                at = kinematics.forward(out)[1][:, knees]
                jerks.append(np.linalg.norm(np.diff(at, n=2, axis=0), axis=-1).max() * motion.fps**2)
            # A knee that flips to the other side for one frame has 500 m/s² and more.
            assert jerks[1] < 1.5 * jerks[0] + 120, move
            if move == "getup_facedown":  # it ends on overstretched knees
                assert jerks[1] < 2.2 * jerks[0]

    def test_knees_stay_in_front(self) -> None:
        rig = rigs.build("child")
        motion = moves.load("jump")
        out = retarget(motion, rig.skeleton, options=RetargetOptions(foot_lock=True))
        at = kinematics.forward(out)[1]
        hip, knee, foot = (
            at[:, rig.skeleton.index(rig.truth["Left" + bone])] for bone in ("UpperLeg", "LowerLeg", "Foot")
        )
        straight = hip + (foot - hip) * 0.5
        assert ((knee - straight)[:, 2] > -0.02).all()

    def test_contacts_that_travel_with_the_clip_count(self) -> None:
        rig = rigs.build("child")
        motion = moves.load("walk")
        never = motion.with_(extras={"contacts": [[False] * 6 for _ in range(len(motion))]})
        plain = retarget(motion, rig.skeleton)
        unlocked = retarget(never, rig.skeleton, options=RetargetOptions(foot_lock=True))
        assert angle_deg(plain.rotations, unlocked.rotations).max() < 0.05

    def test_hands_on_the_floor(self) -> None:
        rig = rigs.build("child")
        motion = moves.load("cartwheel")
        plain, locked = (retarget(motion, rig.skeleton, options=RetargetOptions(hand_lock=on)) for on in (False, True))
        hand = rig.skeleton.index(rig.truth["LeftHand"])
        source = kinematics.forward(motion)[1][:, motion.skeleton.index("LeftHand")]
        low = source[:, 1] < 0.12
        assert low.sum() > 3
        slides = []
        for out in (plain, locked):
            level = kinematics.forward(out)[1][:, hand][:, [0, 2]]
            slides.append(np.linalg.norm(np.gradient(level, axis=0), axis=1)[low].mean())
        assert slides[1] < slides[0]

    def test_hands_that_meet_meet_again(self) -> None:
        rig = rigs.build("stocky_legs_apart")
        figure = moves.load("walk").skeleton
        rotations = np.tile(figure.rest_rotations, (4, 1, 1))
        clap = Motion(figure, 30, rotations, np.tile(figure.rest_translations[0], (4, 1)))
        # Both arms straight to the front and inwards until the hands touch.
        for side, sign in (("Left", -1.0), ("Right", 1.0)):
            upper, lower, hand = (figure.index(side + bone) for bone in ("Arm", "ForeArm", "Hand"))
            at = kinematics.rest_pose(figure)[1]
            goal = quat.between(at[lower] - at[upper], np.array([sign * 0.185, 0, 0.5]))
            rotations[:, upper] = goal
            straight = quat.between(at[hand] - at[lower], at[lower] - at[upper])
            rotations[:, lower] = straight
        clap = clap.with_(rotations=rotations)
        gaps = []
        for on in (False, True):
            out = retarget(clap, rig.skeleton, options=RetargetOptions(hands_together=on))
            at = kinematics.forward(out)[1][0]
            gaps.append(float(np.linalg.norm(at[rig.skeleton.index("LeftHand")] - at[rig.skeleton.index("RightHand")])))
        source = kinematics.forward(clap)[1][0]
        wanted = float(np.linalg.norm(source[figure.index("LeftHand")] - source[figure.index("RightHand")]))
        assert abs(gaps[1] - wanted) < abs(gaps[0] - wanted)
        assert abs(gaps[1] - wanted) < 0.03


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
class TestRoot:
    def test_in_place_keeps_the_hips_over_their_spot(self) -> None:
        rig = rigs.build("unreal5")
        out = retarget(moves.load("run"), rig.skeleton, options=RetargetOptions(root="in_place"))
        at = kinematics.forward(out)[1]
        assert np.ptp(at[:, rig.skeleton.index("pelvis")][:, [0, 2]], axis=0).max() < 1e-6

    @pytest.mark.parametrize("move", ["walk", "run", "dance_b"])
    def test_feet_are_held_in_place_as_on_the_way(self, move: str) -> None:
        rig = rigs.build("child")
        travelling, in_place = (
            retarget(moves.load(move), rig.skeleton, options=RetargetOptions(root=root, foot_lock=True))
            for root in ("path", "in_place")
        )
        np.testing.assert_allclose(in_place.rotations, travelling.rotations, atol=1e-9)
        hips = rig.skeleton.index(rig.truth["Hips"])
        at = kinematics.forward(in_place)[1][:, hips]
        assert np.ptp(at[:, [0, 2]], axis=0).max() < 1e-9
        np.testing.assert_allclose(at[:, 1], kinematics.forward(travelling)[1][:, hips, 1], atol=1e-9)

    def test_the_root_bone_takes_the_way_over_the_floor(self) -> None:
        rig = rigs.build("unreal5")
        motion = moves.load("run")
        baked = retarget(motion, rig.skeleton)
        split = retarget(motion, rig.skeleton, options=RetargetOptions(root="root_bone"))
        a, b = (kinematics.forward(out)[1] for out in (baked, split))
        hips = rig.skeleton.index("pelvis")
        np.testing.assert_allclose(a[:, hips], b[:, hips], atol=1e-9)
        assert np.ptp(b[:, 0, 1]) < 1e-9 and np.ptp(b[:, 0, 2]) > 2
        assert np.ptp(split.translations[hips], axis=0).min() < 0.2

    def test_an_unscaled_path_keeps_its_metres(self) -> None:
        rig = rigs.build("child")
        motion = moves.load("run")
        scaled, metres = (
            retarget(motion, rig.skeleton, options=RetargetOptions(scale_path=on)) for on in (True, False)
        )
        lengths = [np.ptp(out.root_positions[:, 2]) for out in (motion, scaled, metres)]
        assert abs(lengths[2] - lengths[0]) < 0.03 * lengths[0]
        assert lengths[1] < 0.7 * lengths[0]

    def test_hips_of_another_root_than_bone_0(self) -> None:
        rig = rigs.build("mixamo_t_pose").skeleton
        parents = np.concatenate(([-1], np.where(rig.parents < 0, -1, rig.parents + 1)))
        skeleton = Skeleton(
            ("prop", *rig.names),
            parents,
            np.concatenate((quat.IDENTITY[None], rig.rest_rotations)),
            np.concatenate((np.zeros((1, 3)), rig.rest_translations)),
        )
        motion = moves.load("walk")
        out, plain = retarget(motion, skeleton), retarget(motion, rig)
        np.testing.assert_allclose(kinematics.forward(out)[1][:, 1:], kinematics.forward(plain)[1], atol=1e-9)


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
class TestTwist:
    @pytest.mark.parametrize("name", ["unreal5", "daz_genesis8"])
    def test_it_is_shared_out_and_moves_no_joint(self, name: str) -> None:
        rig = rigs.build(name)
        motion = moves.load("dance_a")
        on, off = (retarget(motion, rig.skeleton, options=RetargetOptions(twist=on)) for on in (True, False))
        a, b = (kinematics.forward(out)[1] for out in (on, off))
        main = [rig.skeleton.index(one) for one in rig.truth.values()]
        assert np.abs(a - b)[:, main].max() < 2e-3
        assert angle_deg(on.rotations, off.rotations).max() > 1

    def test_half_the_hands_turn_in_the_middle_of_the_forearm(self) -> None:
        rig = rigs.build("unreal4")
        figure = moves.load("walk").skeleton
        rotations = np.tile(figure.rest_rotations, (5, 1, 1))
        at = kinematics.rest_pose(figure)[1]
        lower, hand = figure.index("LeftForeArm"), figure.index("LeftHand")
        axis = (at[hand] - at[lower]) / np.linalg.norm(at[hand] - at[lower])
        rotations[:, hand] = quat.from_axis_angle(np.tile(axis, (5, 1)), np.linspace(0, 1.2, 5))
        out = retarget(Motion(figure, 30, rotations, np.tile(figure.rest_translations[0], (5, 1))), rig.skeleton)
        world = kinematics.forward(out)[0]
        twist, still = rig.skeleton.index("lowerarm_twist_01_l"), rig.skeleton.index("lowerarm_l")
        away = angle_deg(world[:, twist], world[:1, twist])
        np.testing.assert_allclose(away, np.degrees(np.linspace(0, 0.6, 5)), atol=0.1)
        assert angle_deg(world[:, still], world[:1, still]).max() < 1e-4


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
def test_long_and_short_spines_bend_alike() -> None:
    motion = moves.load("dance_a")
    for name in ("four_spines", "five_spines_made_up", "one_spine", "xsens"):
        rig = rigs.build(name)
        out = retarget(motion, rig.skeleton)
        last = next(one for one in ("UpperChest", "Chest", "Spine") if one in rig.truth)
        world, rest = kinematics.forward(out)[0], kinematics.rest_pose(rig.skeleton)[0]
        bone = rig.skeleton.index(rig.truth[last])
        chest = kinematics.forward(motion)[0][:, motion.skeleton.index("Spine2")]
        assert angle_deg(quat.multiply(world[:, bone], quat.conjugate(rest[bone])), chest).max() < 1e-3
        steps = angle_deg(out.rotations[1:], out.rotations[:-1]).max()
        assert steps < 60


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
def test_bones_that_lead_up_and_back_stay_shut() -> None:
    rig = rigs.build("second_life")
    at = kinematics.forward(retarget(moves.load("dance_a"), rig.skeleton))[1]
    for there, back, away in (("mPelvis", "mSpine2", "mTorso"), ("mTorso", "mSpine4", "mChest")):
        a, b, c = (rig.skeleton.index(bone) for bone in (there, back, away))
        assert np.linalg.norm(at[:, a] - at[:, b], axis=1).max() < 1e-9
        assert np.ptp(np.linalg.norm(at[:, a] - at[:, c], axis=1)) < 1e-9


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
class TestTornRigs:
    """Rigs whose tree does not carry the limbs, the face or the chest."""

    @pytest.mark.parametrize("name", ["rigify_deform_bones_only", "rigify_with_its_controls"])
    @pytest.mark.parametrize("root", ["path", "root_bone"])
    def test_what_belongs_together_stays_together(self, name: str, root: Literal["path", "root_bone"]) -> None:
        rig = rigs.build(name)
        out = retarget(moves.load("cartwheel"), rig.skeleton, options=RetargetOptions(root=root))
        world, at = kinematics.forward(out)
        rest_world, rest = kinematics.rest_pose(rig.skeleton)
        pairs = [("DEF-spine", "DEF-thigh.L"), ("DEF-spine", "DEF-pelvis.R"), ("DEF-spine.003", "DEF-shoulder.R")]
        pairs += [("DEF-spine.003", "DEF-breast.L"), ("DEF-spine.006", "DEF-jaw"), ("DEF-spine.006", "DEF-ear.L")]
        for above, below in pairs:
            a, b = rig.skeleton.index(above), rig.skeleton.index(below)
            away = quat.rotate(quat.conjugate(world[:, a]), at[:, b] - at[:, a])
            wanted = quat.rotate(quat.conjugate(rest_world[a]), rest[b] - rest[a])
            np.testing.assert_allclose(away, np.broadcast_to(wanted, away.shape), atol=1e-9, err_msg=below)
            turned = quat.multiply(quat.conjugate(world[:, a]), world[:, b])
            still = quat.multiply(quat.conjugate(rest_world[a]), rest_world[b])
            if "thigh" not in below and "shoulder" not in below:
                assert angle_deg(turned, still).max() < 1e-4, below

    def test_limbs_that_are_roots_themselves_do_not_go_with_the_root_bone(self) -> None:
        draft = Draft("rigify_deform_bones_only")
        rigs.KINDS[draft.name](draft)
        for bone in ("DEF-thigh.L", "DEF-thigh.R"):
            draft.bones[bone].parent = ""
        rig = draft.build()
        out = retarget(moves.load("run"), rig.skeleton, options=RetargetOptions(root="root_bone"))
        at, rest = kinematics.forward(out)[1], kinematics.rest_pose(rig.skeleton)[1]
        hips, thigh = (rig.skeleton.index(bone) for bone in ("DEF-spine", "DEF-thigh.L"))
        wanted = np.linalg.norm(rest[thigh] - rest[hips])
        np.testing.assert_allclose(np.linalg.norm(at[:, thigh] - at[:, hips], axis=1), wanted, atol=1e-9)

    def test_feet_are_locked_there_too(self) -> None:
        rig = rigs.build("rigify_deform_bones_only")
        motion = moves.load("walk")
        found = [
            measure(motion, retarget(motion, rig.skeleton, options=RetargetOptions(foot_lock=on)), rig)
            for on in (False, True)
        ]
        assert found[1].slide < 0.5 * found[0].slide

    def test_a_rig_in_one_piece_gets_no_path_but_its_hips(self) -> None:
        for name in ("unreal4", "rigify_deform", "biped", "daz_genesis8"):
            rig = rigs.build(name)
            out = retarget(moves.load("walk"), rig.skeleton)
            assert set(out.translations) <= {rig.skeleton.index(rig.truth["Hips"])}


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
@pytest.mark.parametrize(
    "options",
    [RetargetOptions(), RetargetOptions(root="root_bone"), RetargetOptions(root="in_place", foot_lock=True)],
    ids=lambda options: options.root,
)
def test_ik_targets_go_with_hands_and_feet(options: RetargetOptions) -> None:
    rig = rigs.build("unreal5")
    out = retarget(moves.load("walk"), rig.skeleton, options=options)
    (turns, at), (rest_turns, rest) = kinematics.forward(out), kinematics.rest_pose(rig.skeleton)
    for target, joint in (
        ("ik_foot_l", "foot_l"),
        ("ik_foot_r", "foot_r"),
        ("ik_hand_gun", "hand_r"),
        ("ik_hand_l", "hand_l"),
    ):
        a, b = rig.skeleton.index(target), rig.skeleton.index(joint)
        away = quat.rotate(quat.conjugate(turns[:, b]), at[:, a] - at[:, b])
        still = quat.rotate(quat.conjugate(rest_turns[b]), rest[a] - rest[b])
        np.testing.assert_allclose(away, np.broadcast_to(still, away.shape), atol=1e-9, err_msg=target)
        turned = quat.multiply(quat.conjugate(turns[:, b]), turns[:, a])
        wanted = quat.multiply(quat.conjugate(rest_turns[b]), rest_turns[a])
        assert angle_deg(turned, wanted).max() < 1e-4, target
    root = rig.skeleton.index("ik_foot_root")
    moved = np.ptp(at[:, root], axis=0).max()
    assert moved > 1 if options.root == "root_bone" else moved < 1e-9


def test_a_loop_stays_one_when_the_hips_are_lifted() -> None:
    looped = looping.loop(moves.load("walk"))
    out = retarget(looped, rigs.build("stocky_legs_apart").skeleton)
    places = kinematics.forward(out)[1]
    assert np.abs(places[0] - places[-1]).max() < 1e-9


class TestHipsElsewhere:
    """A hips bone at another place in the pelvis: its path and the feet's height cannot both be the source's."""

    def test_no_more_is_given_up_than_geometry_asks(self) -> None:
        rig = rigs.build("rigify_metarig")
        figure = moves.load("walk").skeleton
        hips = rig.skeleton.index(rig.truth["Hips"])
        given = {"crawl": 0.003, "run": 0.003, "walk": 0.0}
        for move in given:
            motion = moves.load(move)
            found = measure(motion, retarget(motion, rig.skeleton), rig)
            world, at = kinematics.forward(motion)
            rest = kinematics.rest_pose(figure)[1]
            joints = [figure.index(side + "UpLeg") for side in ("Left", "Right")]
            source_at = rest[0] - rest[joints].mean(axis=0)
            mine = kinematics.rest_pose(rig.skeleton)[1]
            legs = [rig.skeleton.index(rig.truth[side + "UpperLeg"]) for side in ("Left", "Right")]
            ours = mine[hips] - mine[legs].mean(axis=0)
            apart = ours - source_at  # both figures are of one size
            forced = np.abs(quat.rotate(world[:, 0], apart)[:, 1] - apart[1])
            result = kinematics.forward(retarget(motion, rig.skeleton))[1][:, hips]
            off = np.abs((result - mine[hips] - (at[:, 0] - rest[0]))[:, 1])
            # What the pelvis lifts one bone above the other, less what the feet give: never more.
            assert (off <= forced + 0.004).all(), move
            assert forced.mean() - off.mean() > given[move], move
            assert found.height <= 0.01 and found.stride == pytest.approx(1.0, abs=0.015)

    def test_hips_at_the_same_place_give_nothing(self) -> None:
        rig = rigs.build("mixamo_t_pose")
        motion = moves.load("crawl")
        out = kinematics.forward(retarget(motion, rig.skeleton))[1][:, rig.skeleton.index(rig.truth["Hips"])]
        assert np.abs(out - motion.root_positions).max() < 1e-3


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
def test_a_stool_is_no_figure() -> None:
    stool = Skeleton(
        ("seat", "leg"), np.array([-1, 0]), np.tile(quat.IDENTITY, (2, 1)), np.array([[0, 0.5, 0], [0, -0.5, 0]])
    )
    assert map_bones(stool).bones == {}
    with pytest.raises(InputError, match="hips"):
        retarget(moves.load("walk"), stool)


@pytest.mark.quick
@pytest.mark.xdist_group("motion")
def test_there_and_back_is_the_same_motion() -> None:
    motion = moves.load("cartwheel")
    rig = rigs.build("mixamo_t_pose")
    back = retarget(retarget(motion, rig.skeleton), motion.skeleton)
    assert angle_deg(back.rotations, motion.rotations).max() < 0.05
    assert np.abs(back.root_positions - motion.root_positions).max() < 1e-4
