"""Authoring: each edit keeps what it promises to keep."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from kinetix_core.motion import Motion, contacts, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import comparing, layers, looping, mirroring, placing, timing
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.retargeting.retarget import retarget
from kinetix_core.values.errors import InputError
from tests.motion import moves, rigs
from tests.motion.angles import angle_deg

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]


@pytest.fixture(scope="module")
def walk() -> Motion:
    return moves.load("walk")


def assert_same(a: Motion, b: Motion, degrees: float = 1e-4, metres: float = 1e-6) -> None:
    assert angle_deg(a.rotations, b.rotations).max() < degrees
    assert np.abs(a.root_positions - b.root_positions).max() < metres


def test_trim_counts_frames(walk: Motion) -> None:
    part = timing.trim(walk, 0.2, 0.5)
    assert len(part) == round(0.5 * walk.fps) - round(0.2 * walk.fps) + 1
    np.testing.assert_array_equal(part.rotations[0], walk.rotations[round(0.2 * walk.fps)])
    with pytest.raises(InputError):
        timing.trim(walk, 0.8, 0.2)


def test_speed_changes_the_duration_only(walk: Motion) -> None:
    fast = timing.speed(walk, 2)
    assert abs(fast.duration - walk.duration / 2) <= 1 / walk.fps
    assert_same(timing.trim(fast, 0, 0), timing.trim(walk, 0, 0))
    np.testing.assert_allclose(fast.root_positions[-1], walk.root_positions[-1], atol=1e-9)


@pytest.mark.parametrize("travel", [False, True])
@pytest.mark.parametrize("name", moves.NAMES)
def test_the_seam_of_a_loop_is_no_jolt(name: str, travel: bool) -> None:
    looped = looping.loop(moves.load(name), travel=travel)
    speed = np.diff(kinematics.forward(looped)[1], axis=0) * looped.fps
    inside = np.linalg.norm(np.diff(speed, axis=0), axis=2)
    seam = np.linalg.norm(speed[0] - speed[-1], axis=1)
    assert seam.mean() < 0.5 * np.percentile(inside.mean(axis=1), 95)
    assert seam[0] < 1e-9  # the hips


def test_the_loop_comes_back_with_pose_place_and_speed(walk: Motion) -> None:
    looped = looping.loop(walk, travel=True)
    assert angle_deg(looped.rotations[0], looped.rotations[-1]).max() < 1e-3
    assert abs(looped.root_positions[0, 1] - looped.root_positions[-1, 1]) < 1e-6
    closed = looping.close(walk)
    assert np.abs(closed.root_positions[0] - closed.root_positions[-1]).max() < 1e-9
    steps = angle_deg(looped.rotations[:-1], looped.rotations[1:]).max(axis=1)
    across = angle_deg(looped.rotations[-2], looped.rotations[1]).max()
    assert across < 2.2 * np.median(steps) + 2  # two frames' worth where the clip starts again: no jump


def test_the_seam_of_two_cycles_is_found() -> None:
    walk = moves.load("walk")
    base = placing.in_place(walk)
    twice = timing.pick(base, np.concatenate((np.arange(len(base) - 1), np.arange(len(base) - 1), np.arange(10))))
    seam = looping.find_seam(twice, shortest=0.3)
    assert (seam.end - seam.start) % (len(base) - 1) == 0
    assert seam.gap_m < 1e-3


@pytest.mark.parametrize(("name", "start_s"), [("backflip", 0.3), ("dance_a", 0.0), ("spin", 2.4)])
def test_a_seam_that_makes_a_restless_loop_is_left_for_one_nearly_as_good(name: str, start_s: float) -> None:
    part = timing.trim(moves.load(name), start_s, start_s + 1.2)
    seam = looping.find_seam(part)
    assert seam.end - seam.start >= part.fps


def test_a_quick_cycle_stays_what_it_is() -> None:
    run = placing.in_place(looping.close(moves.load("run")))
    cycle = len(run) - 1
    assert cycle < run.fps
    seam = looping.find_seam(timing.pick(run, np.arange(round(1.3 * cycle)) % cycle))
    assert seam.end - seam.start == cycle


def test_the_seam_of_a_long_clip_takes_little_memory() -> None:
    walk = timing.resample(placing.in_place(moves.load("walk")), 10)
    long = timing.pick(walk, np.arange(4000) % (len(walk) - 1))
    tracemalloc.start()
    seam = looping.find_seam(long, shortest=0.5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (seam.end - seam.start) % (len(walk) - 1) == 0
    assert peak < 150e6


def test_a_mask_takes_only_its_part(walk: Motion) -> None:
    dance = timing.resample(moves.load("dance_a"), walk.fps)
    mixed = layers.masked(walk, dance, "upper_body")
    weight = layers.mask(walk, "upper_body")
    assert 0 < weight.sum() < len(weight)
    assert angle_deg(mixed.rotations, walk.rotations[: len(mixed)])[:, weight == 0].max() < 1e-3
    assert angle_deg(mixed.rotations, dance.rotations[: len(mixed)])[:, weight == 1].max() < 1e-3
    np.testing.assert_array_equal(mixed.root_positions, walk.root_positions[: len(mixed)])
    with pytest.raises(InputError, match="body part"):
        layers.mask(walk, "tentacle")


def test_face_forward_and_floor(walk: Motion) -> None:
    turned = placing.move(placing.turn(walk, 2.0), np.array([3.0, 0.4, -1.0]))
    front = placing.face_forward(turned)
    assert abs(placing.facing(front)[0]) < 1e-6
    hips = kinematics.forward(front)[1][0, 0]
    assert np.abs(hips[[0, 2]]).max() < 1e-6
    grounded = placing.on_floor(front)
    foot = kinematics.forward(grounded)[1][:, walk.skeleton.index("LeftFoot"), 1].min()
    assert abs(foot - kinematics.rest_pose(walk.skeleton)[1][walk.skeleton.index("LeftFoot"), 1]) < 0.03


def test_smoothing_calms_noise_and_keeps_the_ends(walk: Motion) -> None:
    rng = np.random.default_rng(1)
    noisy = walk.with_(
        rotations=quat.multiply(walk.rotations, quat.exp(rng.normal(0, 0.05, (*walk.rotations.shape[:2], 3)))),
        root_positions=walk.root_positions + rng.normal(0, 0.01, walk.root_positions.shape),
    )
    calm = layers.smooth(noisy, 0.04)
    assert angle_deg(calm.rotations, walk.rotations).mean() < 0.7 * angle_deg(noisy.rotations, walk.rotations).mean()
    assert angle_deg(calm.rotations[0], noisy.rotations[0]).max() < 1e-3


def test_compare_sees_no_difference_and_a_turn(walk: Motion) -> None:
    same = comparing.compare(walk, walk)
    assert same.mean_direction_deg < 1e-5 and same.path < 1e-9 and abs(same.stride - 1) < 1e-9
    assert comparing.compare(walk, placing.turn(walk, 0.5)).mean_direction_deg > 5


class TestOnRigs:
    """Hips below a root bone and limbs that hang from it have paths of their own, in that bone's frame."""

    @pytest.fixture(params=["mannequin", "unreal5", "rigify_deform_bones_only"])
    def run(self, request: pytest.FixtureRequest) -> Motion:
        return self.put("run", request.param)

    def put(self, move: str, rig: str) -> Motion:
        motion = placing.turn(moves.load(move), 2.0)
        return motion if rig == "mannequin" else retarget(motion, rigs.build(rig).skeleton)

    def hips(self, motion: Motion) -> np.ndarray:
        return kinematics.forward(motion)[1][:, map_bones(motion.skeleton).index("Hips")]

    def test_in_place_takes_along_what_has_a_path_of_its_own(self, run: Motion) -> None:
        still = placing.in_place(run)
        hips, before = self.hips(still), self.hips(run)
        assert np.ptp(hips[:, [0, 2]], axis=0).max() < 1e-9
        np.testing.assert_allclose(hips[:, 1], before[:, 1], atol=1e-9)
        away, were = kinematics.forward(still)[1] - hips[:, None], kinematics.forward(run)[1] - before[:, None]
        moving = np.ptp(kinematics.forward(run)[1], axis=0).max(axis=1) > 0.5
        np.testing.assert_allclose(away[:, moving], were[:, moving], atol=1e-9)

    def test_it_fades_in_and_out_of_its_rest_pose_where_it_is(self, run: Motion) -> None:
        faded = layers.blend_out(layers.blend_in(run, 0.2), 0.2)
        middle = len(run) // 2
        np.testing.assert_allclose(faded.rotations[middle], run.rotations[middle], atol=1e-9)
        assert angle_deg(faded.rotations[[0, -1]], run.skeleton.rest_rotations).max() < 1e-3
        bones, names = map_bones(run.skeleton), run.skeleton.names
        body = [bones.index("Hips"), *(one.index for bone, one in bones.bones.items() if bone != "Root")]
        body += [names.index(name) for name in ("ik_foot_l", "ik_hand_r") if name in names]
        away = kinematics.forward(faded)[1][-1, body] - kinematics.rest_pose(run.skeleton)[1][body]
        np.testing.assert_allclose(away, np.broadcast_to(away[0], away.shape), atol=1e-9)
        assert abs(away[0, 1]) < 1e-9 and np.abs(away[0]).max() > 1
        if "DEF-spine" not in names:
            np.testing.assert_allclose(self.hips(faded)[-1, [0, 2]], self.hips(run)[-1, [0, 2]], atol=1e-9)

    @pytest.mark.parametrize("move", ["walk", "cartwheel", "dance_b"])
    @pytest.mark.parametrize("rig", ["mannequin", "unreal5"])
    def test_mirror_swaps_the_sides_and_back(self, rig: str, move: str) -> None:
        run = self.put(move, rig)
        once = mirroring.mirror(run)
        assert_same(mirroring.mirror(once), run, 1e-3)
        bones, rest = map_bones(run.skeleton), kinematics.rest_pose(run.skeleton)[1]
        # The mannequin is symmetric to 2 mm, so joints land on the mirror image of their partners.
        before, after = (kinematics.forward(motion)[1] - rest for motion in (run, once))
        for one, other, far in (("Hips", "Hips", 1e-9), ("LeftHand", "RightHand", 0.004)):
            assert np.abs(after[:, bones.index(other)] - before[:, bones.index(one)] * [-1, 1, 1]).max() < far

    def test_a_travelling_loop_closes_in_height_only(self, run: Motion) -> None:
        closed = self.hips(looping.close(run, travel=True))
        assert abs(closed[-1, 1] - closed[0, 1]) < 1e-9 and np.ptp(closed[[0, -1]], axis=0).max() > 2
        assert np.abs(np.diff(self.hips(looping.close(run))[[0, -1]], axis=0)).max() < 1e-9

    def test_a_travelling_loop_closes_what_hangs_from_a_moving_bone(self) -> None:
        rig = rigs.build("unreal5")
        part = timing.trim(retarget(moves.load("dance_a"), rig.skeleton), 0.2, 1.1)
        path = looping.close(part, travel=True).translations[rig.skeleton.index("ik_hand_l")]
        assert np.abs(part.translations[rig.skeleton.index("ik_hand_l")][[0, -1]]).max() > 0.1
        np.testing.assert_allclose(path[0], path[-1], atol=1e-9)

    def test_turn_move_and_resample(self, run: Motion) -> None:
        turned = placing.turn(run, np.pi / 2)
        np.testing.assert_allclose(self.hips(turned)[:, 0], self.hips(run)[:, 2], atol=1e-9)
        moved = placing.move(run, np.array([1.0, 2, 3]))
        np.testing.assert_allclose(self.hips(moved) - self.hips(run), np.tile([1.0, 2, 3], (len(run), 1)), atol=1e-9)
        up = timing.resample(run, 3 * run.fps)
        back = timing.resample(up, run.fps)
        assert len(up) == (len(run) - 1) * 3 + 1 and abs(up.duration - run.duration) < 1e-9
        assert_same(back, run, 1e-3)
        np.testing.assert_allclose(self.hips(back), self.hips(run), atol=1e-9)

    def test_an_additive_layer_on_its_own_reference_is_the_motion(self, run: Motion) -> None:
        layer, base = layers.difference(run), timing.pick(run, np.zeros(len(run), int))
        assert_same(layers.add(base, layer), run)
        assert_same(layers.add(base, layer, 0.0), base)
        np.testing.assert_allclose(self.hips(layers.add(base, layer)), self.hips(run), atol=1e-9)


class TestContacts:
    """They are of the pose: what moves feet or hands elsewhere does away with them."""

    @pytest.fixture
    def standing(self, walk: Motion) -> Motion:
        return walk.with_(extras={"contacts": [[True, False, False, False, False, False]] * len(walk), "source": "a"})

    @pytest.mark.parametrize("parts", ["legs", "hips", "left_arm", ["head", "trunk"]])
    def test_other_legs_and_arms_have_others(self, standing: Motion, parts: str | list[str]) -> None:
        mixed = layers.masked(standing, timing.reverse(standing), parts)
        assert mixed.extras == {"source": "a"}

    @pytest.mark.parametrize("parts", ["head", ["head", "hands"]])
    def test_another_head_leaves_them(self, standing: Motion, parts: str | list[str]) -> None:
        assert layers.masked(standing, timing.reverse(standing), parts).extras == standing.extras

    def test_layers_and_fades_have_others(self, standing: Motion) -> None:
        for changed in (
            layers.add(standing, layers.difference(standing)),
            layers.blend(standing, timing.reverse(standing), 0.5),
            layers.blend_in(standing, 0.2),
        ):
            assert changed.extras == {"source": "a"}
        assert layers.smooth(standing, 0.1, np.ones(len(standing.skeleton))).extras == standing.extras

    def test_what_is_carried_away_does_not_stand(self, walk: Motion) -> None:
        rows = contacts.find(walk)
        said = walk.with_(extras={"contacts": rows[:, :2].tolist()})
        assert rows[:, :2].sum(axis=0).min() > 5
        np.testing.assert_array_equal(contacts.given(said), rows)
        assert not contacts.given(placing.in_place(said))[:, :2].any()
        drifting = placing.move(said, np.outer(np.linspace(0, 0.1 * walk.duration, len(walk)), [1, 0, 0]))
        np.testing.assert_array_equal(contacts.given(drifting)[:, :2], rows[:, :2])

    def test_a_foot_that_rolls_over_its_toes_stands(self, walk: Motion) -> None:
        """Its ankle is carried away, its toes are not."""
        bones = map_bones(walk.skeleton)
        ankle, toes = bones.index("LeftFoot"), bones.index("LeftToes")
        world = kinematics.forward(walk)[1].copy()
        world[5:15] = world[5]
        world[5:15, ankle] += np.outer(np.arange(10), [0.0, 0.02, 0.02])
        rows = [[5 <= frame < 15, False] for frame in range(len(walk))]
        said = walk.with_(extras={"contacts": rows})
        assert contacts.given(said, bones, world=world)[5:15, 0].all()
        world[5:15, toes] += np.outer(np.arange(10), [0.0, 0.02, 0.02])
        assert not contacts.given(said, bones, world=world)[5:15, 0].any()

    def test_a_layer_stands_nowhere(self, standing: Motion) -> None:
        assert layers.difference(standing).extras == {"source": "a", "additive": True}


class TestLoop:
    """A clip says that it is a loop as long as its last frame is its first one."""

    @pytest.fixture
    def cycle(self) -> Motion:
        return looping.close(moves.load("walk"), travel=True)

    @pytest.fixture
    def other(self, cycle: Motion) -> Motion:
        """A loop of the same length."""
        dance = timing.resample(moves.load("dance_a"), cycle.fps)
        return looping.close(timing.pick(dance, np.arange(len(cycle))), travel=True)

    @staticmethod
    def jolt(motion: Motion) -> float:
        """Metres a second by which a joint is faster after the seam than before it."""
        speed = np.diff(kinematics.forward(motion)[1], axis=0) * motion.fps
        return float(np.linalg.norm(speed[0] - speed[-1], axis=1).max())

    def test_what_cuts_off_an_end_makes_an_end_of_it(self, cycle: Motion) -> None:
        for cut in (
            timing.trim(cycle, 0.2),
            timing.trim(cycle, 0, 0.8),
            timing.trim(cycle, 0, 0),
            timing.pick(cycle, np.arange(3, 20)),
            timing.at_times(cycle, np.linspace(0, cycle.duration - 0.01, 30), 30),
            timing.speed(timing.trim(cycle, 0, 0.2), 20),
            layers.blend_in(cycle, 0.2),
            layers.blend_out(cycle, 0.2),
        ):
            assert "loop" not in cut.extras

    def test_what_keeps_both_ends_leaves_it_a_loop(self, cycle: Motion) -> None:
        twice = timing.pick(cycle, np.concatenate((np.arange(len(cycle) - 1), np.arange(len(cycle)))))
        for whole in (
            timing.trim(cycle),
            timing.trim(cycle, 0, cycle.duration),
            twice,
            timing.reverse(cycle),
            timing.speed(cycle, 0.7),
            mirroring.mirror(cycle),
            placing.in_place(cycle),
            placing.turn(cycle, 1.0),
            layers.smooth(cycle, 0.1),
            placing.on_floor(cycle, every_frame=True),
            layers.difference(cycle),
        ):
            assert whole.extras["loop"]
            assert angle_deg(whole.rotations[0], whole.rotations[-1]).max() < 1e-3

    @pytest.mark.parametrize("fps", [7, 24, 25, 59.94, 60])
    def test_another_rate_keeps_the_seam(self, cycle: Motion, fps: float) -> None:
        other = timing.resample(cycle, fps)
        assert other.extras["loop"]
        assert angle_deg(other.rotations[0], other.rotations[-1]).max() < 1e-3
        np.testing.assert_allclose(other.root_positions[-1], cycle.root_positions[-1], atol=1e-9)
        assert abs(other.duration - cycle.duration) <= 0.5 / fps + 1e-9

    def test_the_seam_is_softened_with_the_rest(self, cycle: Motion) -> None:
        rng = np.random.default_rng(1)
        noise = rng.normal(0, 0.05, (*cycle.rotations.shape[:2], 3))
        noise[-1] = noise[0]
        noisy = cycle.with_(rotations=quat.multiply(cycle.rotations, quat.exp(noise)))
        calm = layers.smooth(noisy, 0.1)
        assert self.jolt(calm) < 0.1 * self.jolt(noisy)
        step = cycle.root_positions[-1] - cycle.root_positions[0]
        np.testing.assert_allclose(calm.root_positions[-1] - calm.root_positions[0], step, atol=1e-9)

    def test_layers_of_loops_are_loops(self, cycle: Motion, other: Motion) -> None:
        still = timing.pick(cycle, np.arange(len(cycle))).with_(extras={})
        weight = np.linspace(0, 1, len(cycle))[:, None]
        for both in (
            layers.masked(cycle, other, "arms"),
            layers.masked(cycle, other, "head"),
            layers.blend(cycle, other, 0.5),
            layers.add(cycle, layers.difference(other), 0.5),
        ):
            assert both.extras["loop"]
            assert angle_deg(both.rotations[0], both.rotations[-1]).max() < 1e-3
        for not_any_more in (
            layers.masked(cycle, still, "arms"),
            layers.masked(cycle, still, "head"),
            layers.masked(cycle, timing.speed(other, 0.5), "head"),
            layers.masked(still, other, "arms"),
            layers.blend(cycle, other, weight),
            layers.add(cycle, layers.difference(other), weight),
        ):
            assert "loop" not in not_any_more.extras
