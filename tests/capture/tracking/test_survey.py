"""Tracking, rejections, gaps and progress: all without a network."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinetix_capture import interface, pipeline, thread_count
from kinetix_capture import progress as capture_progress
from kinetix_capture.fitting import observations
from kinetix_capture.interface import CaptureRejected
from kinetix_capture.networks.person_detector import Person
from kinetix_capture.tracking import scene_cuts, survey, track
from kinetix_core.values.failure import CaptureStage
from tests.capture import figures

pytestmark = pytest.mark.quick


def _person(x: float, y: float, radius: float = 100.0, score: float = 0.9) -> Person:
    return Person(score, np.array([x, y]), np.array([x, y - radius]))


def _sample(number: int, *people: Person, colour: float = 100.0, several: bool = False) -> survey.FrameSample:
    cells = np.full((16, 16, 3), colour)
    return survey.FrameSample(number / survey.RATE, people, cells, several, np.zeros((4, 4), np.uint8), 1.0)


def test_the_longest_then_largest_person_is_followed_across_a_crossing() -> None:
    samples = []
    for number in range(12):
        walker, stander = _person(100 + 30 * number, 300, 120), _person(250, 290, 60)
        samples.append(_sample(number, *((walker, stander) if number != 5 else (walker,))))
    found = survey.choose(samples)
    assert len(found.person.times) == 12
    assert np.allclose(np.array([person.hips for _, person in found.person.finds])[:, 0], 100 + 30 * np.arange(12))
    assert found.seen == 1.0


def test_who_passes_before_the_person_is_not_followed() -> None:
    """For a while the passer is the detector's only find, near enough to have been the person."""
    seen = [300, 302, 299, 301, 305, 370, 510, 300, 303, 301, 299, 300]
    samples = [_sample(number, _person(x, 300, 120), several=number == 3) for number, x in enumerate(seen)]
    found = survey.choose(samples).person
    assert np.array([person.hips for _, person in found.finds])[:, 0].max() == 370
    assert len(found.times) == 11
    alone = [_sample(number, _person(x, 300, 120)) for number, x in enumerate(seen)]
    assert max(one.hips[0] for _, one in survey.choose(alone).person.finds) == 510, (
        "one who is alone may jump aside and back"
    )


def test_a_wrong_circle_does_not_end_the_path_of_a_body_that_turns_over() -> None:
    radii = [200, 210, 190, 45, 180, 80, 90, 190, 200]
    samples = [_sample(number, _person(300 + 5 * number, 300, radius)) for number, radius in enumerate(radii)]
    found = survey.choose(samples).person
    assert len(found.times) == 8
    assert min(person.radius for _, person in found.finds) == 80


def test_a_second_person_is_not_added_to_the_first() -> None:
    samples = [_sample(n, _person(100, 300, 120), *([_person(420, 300, 110)] if n > 2 else [])) for n in range(10)]
    samples += [_sample(n, _person(420, 300, 110)) for n in range(10, 12)]
    found = survey.choose(samples).person
    assert np.allclose(np.array([person.hips for _, person in found.finds])[:, 0], 100)


def test_nobody_and_too_many_are_refused_with_shares() -> None:
    with pytest.raises(CaptureRejected) as caught:
        survey.choose([_sample(number) for number in range(6)])
    assert (caught.value.code, caught.value.reason.status) == ("noPerson", 406)
    several = [_sample(number, _person(200, 300), several=number % 2 == 0) for number in range(8)]
    with pytest.raises(CaptureRejected) as caught:
        survey.choose(several)
    assert caught.value.code == "severalPeople"
    assert "50%" in caught.value.detail
    assert len(survey.choose(several, refuse_several=False).person.times) == 8, "somebody said whom of them"


def test_a_jump_to_somebody_else_is_no_cut() -> None:
    samples = [_sample(number, _person(200, 300), several=number == 6) for number in range(12)]
    assert pipeline._jumped(7 / survey.RATE, samples).code == "severalPeople"
    assert pipeline._jumped(1 / survey.RATE, samples).code == "sceneCut"


def test_a_cut_is_one_jump_and_a_moving_camera_is_none() -> None:
    cut = [_sample(number, colour=60.0 if number < 5 else 150.0) for number in range(10)]
    times = [sample.time_s for sample in cut]
    assert scene_cuts.scene_cut_at(times, [sample.cells for sample in cut]) == pytest.approx(4.5 / survey.RATE)
    pan = [_sample(number, colour=60.0 + 9 * number) for number in range(10)]
    assert scene_cuts.scene_cut_at(times, [sample.cells for sample in pan]) is None


def test_the_clip_is_split_where_the_person_is_seen() -> None:
    path = survey.PersonPath()
    for number in (0, 1, 2, 3, 8, 9):
        path.add(number / 6, _person(0, 0))
    found = survey.Survey(path, 10 / 6, 0.6, 0.0)
    assert survey.cuts(found, 0.0, 10 / 6, 2) == pytest.approx([0.5], abs=0.02)
    assert survey.cuts(found, 0.0, 10 / 6, 4) == pytest.approx([0.5, 0.83, 1.33], abs=0.02), (
        "the middle one is not seen nearby"
    )


def test_threads_that_would_begin_at_one_place_are_one() -> None:
    path = survey.PersonPath()
    path.add(0.75, _person(0, 0))
    assert survey.cuts(survey.Survey(path, 1.5, 0.1, 0.0), 0.0, 1.5, 3) == [pytest.approx(0.75, abs=0.02)]


@pytest.mark.parametrize(
    ("seconds", "cores", "threads"),
    [
        *((10.0, 1, 2), (10.0, 2, 2), (10.0, 4, 4), (10.0, 8, 8), (60.0, 64, 8), (float("inf"), 8, 8)),
        *((1.0, 8, 2), (3.0, 8, 2), (5.0, 8, 4)),
    ],
)
def test_as_many_threads_look_as_there_are_cores_and_as_the_clip_is_worth(
    monkeypatch: pytest.MonkeyPatch, seconds: float, cores: int, threads: int
) -> None:
    monkeypatch.setenv(thread_count.VARIABLE, str(cores))
    assert thread_count.threads_for(seconds) == threads


@pytest.mark.parametrize("said", [None, "", "many", "-3"])
def test_where_nobody_says_how_many_the_cores_do(monkeypatch: pytest.MonkeyPatch, said: str | None) -> None:
    monkeypatch.delenv(thread_count.VARIABLE, raising=False)
    if said is not None:
        monkeypatch.setenv(thread_count.VARIABLE, said)
    assert thread_count.threads_for(10.0) == min(max(thread_count.cores(), 2), 8)


def test_a_circle_that_is_off_does_not_say_how_large_the_person_is_looked_for() -> None:
    """The detector's circle in a clip's first picture was two fifths of the person's: the network got legs alone, and lost it."""
    path = survey.PersonPath()
    for number, radius in enumerate((152, 387, 401, 404, 405, 414)):
        path.add(number / 6, _person(0, 0, radius))
    sides = [path.near(number / 6)[0].side / 2.5 for number in range(6)]
    assert sides[0] == pytest.approx(401 / 1.4)
    assert sides[1:] == pytest.approx([387, 401, 404, 405, 414]), "what is about as large as usual is as it was found"


def _track(found: list[int], count: int) -> track.Track:
    world = np.full((count, 33, 3), np.nan)
    points = np.full((count, 33, 2), np.nan)
    visibility = np.zeros((count, 33))
    for number in found:
        world[number] = number
        points[number] = 10 * number
        visibility[number] = 1.0
    return figures.track(np.arange(count) / 24, world, points, visibility)


def test_gaps_are_bridged_but_do_not_count() -> None:
    even = observations.resample(_track([0, 1, 2, 6, 7, 8, 9], 10))
    assert np.isfinite(even.world).all()
    assert even.points[:, 0, 0] == pytest.approx(10 * 24 * np.minimum(even.times, 9 / 24), abs=1e-6)
    middle = np.argmin(np.abs(even.times - 4 / 24))
    assert even.weights[middle].max() < 0.01
    assert even.weights[0].min() == 1
    assert even.times[1] - even.times[0] == pytest.approx(1 / 30)


def test_blurred_landmarks_count_less() -> None:
    seen = _track(list(range(10)), 10)
    seen.clear[:, 15] = 0.2
    seen.clear[:, 16] = 0.55
    weights = observations.resample(seen).weights
    assert weights[:, 15].max() == 0
    assert weights[5, 16] == pytest.approx(0.5)
    assert weights[5, 14] == 1


def test_rays_go_through_the_centre_of_the_whole_picture() -> None:
    rays = observations.rays(
        np.array([[640.0, 360.0], [640.0 + 1280 * 0.9, 360.0 - 1280 * 0.9]]), (1280, 720), (640.0, 360.0), 0.9
    )
    assert np.allclose(rays, [[0, 0], [1, 1]])


def _frontal(frames: int) -> np.ndarray:
    """Landmarks of somebody who faces the camera with limbs that hang down: nothing points along the view."""
    world = np.zeros((frames, 33, 3))
    for side, sign in ((0, 1.0), (1, -1.0)):
        for landmark, x, y in ((11, 0.2, 0.5), (13, 0.2, 0.2), (15, 0.2, -0.05), (23, 0.1, 0.0), (25, 0.1, -0.4)):
            world[:, landmark + side] = [sign * x, y, 0.0]
        world[:, 27 + side] = [sign * 0.1, -0.8, 0.0]
    return world


def test_single_wrong_frames_are_dropped() -> None:
    world = _frontal(9)
    usual = observations.remove_depth_bias(world)
    world[4, 15] += 3.0
    assert np.allclose(observations.remove_depth_bias(world), usual)


def test_the_bias_in_depth_is_the_same_for_both_sides_of_a_frontal_body() -> None:
    world = _frontal(6)
    found = observations.remove_depth_bias(world)
    assert np.allclose(found[..., :2], world[..., :2])
    assert np.allclose(found[:, 13], found[:, 14] * [-1, 1, 1])
    assert (found[:, 13, 2] < 0).all()
    assert (found[:, 27, 2] > found[:, 25, 2]).all()


def test_the_far_arm_of_a_turned_body_is_moved_away_most() -> None:
    body = _frontal(6)
    turned = body[..., [2, 1, 0]] * [1, 1, -1]  # the left side is the far one
    change = (observations.remove_depth_bias(turned) - turned)[..., 2]
    assert (change[:, 13] < change[:, 14] - 0.1).all()
    assert (change[:, 15] < change[:, 16] - 0.15).all()


Reports = list[tuple[float, CaptureStage, float]]
TRACES = json.loads(Path(__file__).with_name("progress_traces.json").read_text("utf-8"))


def _remaining(clip_s: float, write_s: float, reports: Reports) -> list[tuple[float, float]]:
    """Return when a remaining time was shown, and how long it was."""
    now, shown = [0.0], []

    def report(progress: interface.Progress) -> None:
        if progress.remaining_s is not None and progress.fraction < 1:
            shown.append((now[0], progress.remaining_s))

    meter = capture_progress.ProgressMeter(report, clip_s, clock=lambda: now[0], write_s=write_s)
    for at_s, stage, share in reports:
        now[0] = at_s
        meter.at(stage, share)
    return shown


def _check_no_jump(shown: list[tuple[float, float]]) -> None:
    for number, (at_s, left_s) in enumerate(shown):
        within = [then_s for later_s, then_s in shown[number + 1 :] if later_s - at_s <= 5.0]
        assert all(then_s <= 2 * left_s + 1e-9 for then_s in within), f"{left_s:.1f} s left at {at_s:.1f} s: {within}"
    for (at_s, left_s), (later_s, then_s) in itertools.pairwise(shown):
        assert then_s >= max(left_s - (later_s - at_s), left_s / 2) / 2 - 1e-9


@pytest.mark.parametrize("slower", [1, 10, 40])
@pytest.mark.parametrize("name", TRACES)
def test_the_remaining_time_of_real_captures_is_near_the_truth_and_never_jumps(name: str, slower: int) -> None:
    trace = TRACES[name]
    reports = [(slower * at_s, CaptureStage(stage), share) for at_s, stage, share in trace["reports"]]
    end_s = reports[-1][0]
    shown = _remaining(trace["clip_s"], trace["write_s"], reports)
    _check_no_jump(shown)
    assert shown[0][0] < end_s / 2, "shown in time"
    for at_s, left_s in shown:
        if end_s - at_s > 0.15 * end_s:
            assert 1 / 3 < left_s / (end_s - at_s) < 3


@given(
    steps=st.lists(st.tuples(st.floats(0.0, 90.0), st.floats(0.0, 1.0)), min_size=4, max_size=120),
    clip_s=st.floats(1.0, 60.0),
)
def test_the_remaining_time_never_jumps(steps: list[tuple[float, float]], clip_s: float) -> None:
    reports: Reports = []
    at_s = 0.0
    for number, (wait_s, share) in enumerate(steps):
        at_s += wait_s
        reports.append((at_s, list(CaptureStage)[4 * number // len(steps)], share))
    _check_no_jump(_remaining(clip_s, 3.0, reports))
