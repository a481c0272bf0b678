"""Clips of one take from two sides: brought together in time and space, fitted as one, and what happens where that cannot be.

Both shared clips are looked at once; what follows works on what was seen in them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from kinetix_bench.capture import accuracy, corrections
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_capture import deliver, estimate, pipeline, rejection
from kinetix_capture.commands.capture import capture
from kinetix_capture.fitting.firm_directions import SEGMENTS, directions
from kinetix_capture.interface import CaptureRejected, CaptureRequest, Refinement
from kinetix_capture.refining import solving, take_file
from kinetix_capture.tracking import camera_motion
from kinetix_capture.tracking.picture_alignment import Lens
from kinetix_capture.views import joint_fit
from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.protocol.corrections import Limb, LimbPose
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.errors import InputError
from tests.capture import clips, figures
from tests.capture.conftest import SAMPLE, Look, silent
from tests.capture.drawn_room import NO_EDGES
from tests.support import tools
from tests.support.takes.glb_chunk import binary_chunk

# With the others that capture the shared clips.
pytestmark = pytest.mark.xdist_group("capture_whole")

CLIPS = tuple(tools.DATA / "real" / f"{name}.mp4" for name in ("cam01", "cam02"))
LATE_S = 0.21
Observed = pipeline.Observed
Given = Callable[[CaptureRequest], Observed]


@pytest.fixture(scope="session")
def seen(look: Look) -> tuple[Observed, Observed]:
    """Return the observations of the two clips before the fit. The second one is the sample."""
    return look(CLIPS[0]), look(SAMPLE)


def _later(seen: Observed, seconds: float) -> Observed:
    return dataclasses.replace(seen, track=dataclasses.replace(seen.track, times=seen.track.times + seconds))


def _backwards(seen: Observed) -> Observed:
    """The same clip played from its end: another take."""
    assert seen.track.face is None
    fields = [field.name for field in dataclasses.fields(seen.track) if field.name not in {"times", "face"}]
    turned = {name: getattr(seen.track, name)[::-1] for name in fields}
    return dataclasses.replace(seen, track=dataclasses.replace(seen.track, **turned))


def _produce(
    folder: Path, given: Given, first: Path, *further: Path, settings: CaptureSettings = CaptureSettings()
) -> tuple[Path, dict[str, Any]]:
    """The GLB and the quality report of a take, which are the same when it is solved again with nothing to correct."""
    request = CaptureRequest(first, folder, "take", settings, views=further)
    wanted = ["animation.glb", "quality.json"]
    delivery = deliver.produce(request, silent, wanted, observations=True, look=lambda one, *rest: given(one))
    contents = {name: path.read_bytes() for name, path in delivery.files.items()}
    assert delivery.observations is not None
    kept = Refinement(delivery.observations, {"corrections": []})
    again = deliver.produce(CaptureRequest(Path(), folder, "", refinement=kept), silent, wanted)
    assert {name: path.read_bytes() for name, path in again.files.items()} == contents
    return delivery.files["animation.glb"], dict(delivery.quality)


def _same(one: Path, found: estimate.Estimate) -> bool:
    return binary_chunk(one.read_bytes()) == binary_chunk(glb.write_emote(found.motion, naming="legacy"))


@dataclass(frozen=True)
class Joint:
    """The GLB of both clips, the kept observations, and the quality report."""

    emote: Path
    kept: Path
    quality: dict[str, Any]


@pytest.fixture(scope="session")
def joint(seen: tuple[Observed, Observed], tmp_path_factory: pytest.TempPathFactory) -> Joint:
    request = CaptureRequest(CLIPS[0], tmp_path_factory.mktemp("joint"), "take", views=CLIPS[1:])
    wanted = ["animation-v2.glb", "quality.json"]
    made = deliver.produce(request, silent, wanted, observations=True, look=_of_clips(seen))
    assert made.observations is not None
    return Joint(made.files["animation-v2.glb"], made.observations, dict(made.quality))


def _of_clips(seen: Sequence[Observed]) -> pipeline.Look:
    return lambda request, *rest: seen[CLIPS.index(request.clip)]


def test_the_command_takes_several_clips(tmp_path: Path) -> None:
    asked = [*map(str, CLIPS), "-o", str(tmp_path / "take.glb"), "--no-hands", "--end", "1.1", "--json"]
    done = CliRunner(env={"OPENBLAS_NUM_THREADS": "1"}).invoke(capture, asked, catch_exceptions=False)
    views = json.loads(done.stdout)["quality"]["views"]
    assert [view["used"] for view in views] == [True, True] and (tmp_path / "take.glb").is_file()


def test_two_views_come_nearer_to_the_truth_than_one(joint: Joint) -> None:
    first, second = joint.quality["views"]
    assert (first["used"], second["used"], second["timedBy"]) == (True, True, "motion")
    assert (first["cameraMoved"], second["cameraMoved"]) == (False, False)
    assert abs(second["offsetS"]) < 0.015
    assert second["degrees"] == pytest.approx(46, abs=4)
    found = accuracy.compare(accuracy.delivered(joint.emote.read_bytes()), truth_of("real", "cam01", tools.DATA))
    assert found["paMm"] < 36
    assert found["limbDirectionDeg"] < 6.3
    assert found["footSpeed"] < 0.02


def test_lenses_that_no_scene_tells_are_found_from_the_body(seen: tuple[Observed, Observed]) -> None:
    """Calibrated they are 0.876 and 0.872 longer sides; a phone's, 0.77, is assumed."""
    clips = [dataclasses.replace(one, edges=NO_EDGES) for one in seen]
    first, further = (joint_fit.SeenClip(one, pipeline.fit(one, "take")) for one in clips)
    assert first.alone.fit.focal == further.alone.fit.focal == 0.77
    assert not first.alone.focal_told and not further.alone.focal_told
    found = joint_fit.fit(first, [further], "take").found.fit
    assert [picture.focal for picture in found.pictures] == pytest.approx([0.876, 0.872], rel=0.115)
    assert found.focal == pytest.approx(0.876, rel=0.06)


def test_corrections_bring_a_take_of_two_cameras_nearer_to_the_truth(joint: Joint) -> None:
    """By somebody who knows it, as in the benchmark. Each posed limb is met, and both cameras still see the figure where it is."""
    take, truth = take_file.read(joint.kept), truth_of("real", "cam01", tools.DATA)
    found: estimate.Estimate = solving.refine(take, [])
    given: list[LimbPose] = []
    errors: list[float] = []
    for number in range(4):
        delivered = accuracy.delivered(glb.write_emote(found.motion))
        errors.append(accuracy.compare(delivered, truth)["limbDirectionDeg"])
        if number < 3:
            given.append(corrections.worst_limb(delivered, truth, f"round-{number}"))
            found = solving.refine(take, given)
    assert errors == sorted(errors, reverse=True) and errors[-1] < 0.85 * errors[0]
    turn = estimate.turn_of(take.fit)[0]
    pose_now = found.state.pose
    for pose in given:
        segments = SEGMENTS[pose.limb][:2]
        now = quat.rotate(turn, directions(segments, pose_now)[pose.frame])
        assert figures.degrees(now, np.array(pose.directions)).max() < 8
    points = pose_now.points
    (camera,), (view,) = found.state.cameras, found.fit.measured.further
    assert np.median(estimate.miss(camera.apply(points), view.rays)) < 0.025


def test_what_is_not_corrected_stays_and_so_do_the_cameras(joint: Joint) -> None:
    take = take_file.read(joint.kept)
    found = solving.refine(take, [])
    delivered = accuracy.delivered(glb.write_emote(found.motion))
    pose = corrections.worst_limb(delivered, truth_of("real", "cam01", tools.DATA), "arm")
    assert pose.limb is Limb.LEFT_ARM
    solved = solving.refine(take, [pose])
    arm = SEGMENTS[Limb.RIGHT_ARM][:2]
    before, after = (directions(arm, one.state.pose) for one in (found, solved))
    assert figures.degrees(before, after).max() < 0.6
    assert np.abs(solved.state.cameras[0].turn - found.state.cameras[0].turn).max() < 1e-3


def test_a_camera_that_began_earlier_is_found_to_a_third_of_a_frame(
    seen: tuple[Observed, Observed], tmp_path: Path
) -> None:
    quality = _produce(
        tmp_path, lambda request: seen[0] if request.clip == CLIPS[0] else _later(seen[1], LATE_S), *CLIPS
    )[1]
    assert quality["views"][1]["offsetS"] == pytest.approx(-LATE_S, abs=0.011)


def test_a_take_says_which_of_its_cameras_moved(seen: tuple[Observed, Observed], tmp_path: Path) -> None:
    times = seen[1].track.times
    nothing, turns = np.zeros(len(times)), np.tile(np.eye(3), (len(times), 1, 1))
    motion = camera_motion.CameraMotion(times, turns, nothing, 0.0, Lens(1.0, (0.0, 0.0)))
    look = _of_clips((seen[0], dataclasses.replace(seen[1], motion=motion)))
    request = CaptureRequest(CLIPS[0], tmp_path, "take", views=CLIPS[1:])
    delivery = deliver.produce(request, silent, ["quality.json"], observations=True, look=look)
    assert [view["cameraMoved"] for view in delivery.quality["views"]] == [False, True]
    assert delivery.observations is not None
    take = take_file.read(delivery.observations)
    assert [take.camera_moved_in(clip) for clip in take.used_clips] == [False, True]


def test_another_take_is_not_mixed_in(seen: tuple[Observed, Observed], tmp_path: Path) -> None:
    """The better one alone, which is not given first here, to the bit."""
    emote, quality = _produce(
        tmp_path, lambda request: seen[0] if request.clip == CLIPS[0] else _backwards(seen[1]), *CLIPS
    )
    reasons = [view["reason"] for view in quality["views"]]
    assert sorted(map(str, reasons)) == ["None", "otherTake"]
    kept = reasons.index(None)
    assert _same(emote, pipeline.fit(seen[0] if kept == 0 else _backwards(seen[1]), "take"))
    assert any(hint.startswith(f"Clip {2 - kept} was not used") for hint in quality["hints"])


@pytest.mark.parametrize("refused", [0, 1])
def test_a_clip_that_is_refused_leaves_the_other_one_alone(
    refused: int, seen: tuple[Observed, Observed], tmp_path: Path
) -> None:
    def given(request: CaptureRequest) -> Observed:
        number = CLIPS.index(request.clip)
        if number == refused:
            raise rejection.half_body(0.8)
        return seen[number]

    emote, quality = _produce(tmp_path, given, *CLIPS)
    assert [view["reason"] for view in quality["views"]][refused] == "refused"
    assert [view["cameraMoved"] for view in quality["views"]] == [
        None if number == refused else False for number in range(2)
    ]
    assert _same(emote, pipeline.fit(seen[1 - refused], "take"))
    assert rejection.half_body(0.8).title in quality["hints"][0]
    assert "{detail}" in quality["wording"]["hints"][0]["text"]


def test_where_all_are_refused_the_firsts_reason_is_told(tmp_path: Path) -> None:
    def given(request: CaptureRequest) -> Observed:
        raise rejection.half_body(0.8) if request.clip == CLIPS[0] else rejection.nobody(0.0)

    with pytest.raises(CaptureRejected) as caught:
        _produce(tmp_path, given, *CLIPS)
    assert caught.value.code == "halfBody"


def test_a_take_has_four_clips_at_most(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at most 4"):
        deliver.produce(CaptureRequest(CLIPS[0], tmp_path, views=2 * CLIPS), silent, [])


def _with_clap(path: Path, seconds: float, clap_s: float) -> Path:
    heard = np.zeros(round(seconds * 48000), np.float32)
    heard[round(clap_s * 48000) :][:2400] = np.random.default_rng(3).normal(0, 0.3, 2400)
    return clips.write(path, clips.numbered(round(seconds * 30), (160, 160)), sound=heard)


def test_what_both_heard_says_which_part_of_the_further_clip_is_looked_at(tmp_path: Path) -> None:
    """Somebody claps 0.4 s into the first clip and 2.4 s into the other one."""
    made = [_with_clap(tmp_path / "a.mp4", 2.0, 0.4), _with_clap(tmp_path / "b.mp4", 6.0, 2.4)]
    asked: list[CaptureRequest] = []

    def given(request: CaptureRequest) -> Observed:
        asked.append(request)
        raise rejection.nobody(0.0)

    with pytest.raises(CaptureRejected):
        _produce(tmp_path, given, *made)
    assert asked[1].settings.trim_start == pytest.approx(1.5, abs=0.03)
    assert asked[1].settings.trim_end == pytest.approx(4.5, abs=0.03)
    asked.clear()
    with pytest.raises(CaptureRejected):
        _produce(tmp_path, given, made[1], made[0], settings=CaptureSettings(trim_start=4.6))
    assert [request.clip for request in asked] == [made[1]], "nothing of the other one was filmed then"


def test_a_sound_that_tells_a_wrong_time_is_not_believed(seen: tuple[Observed, Observed], tmp_path: Path) -> None:
    """Music repeats itself; the motion tells."""
    made = [_with_clap(tmp_path / "a.mp4", 1.6, 0.9), _with_clap(tmp_path / "b.mp4", 1.6, 0.4)]
    view = _produce(tmp_path, lambda request: seen[made.index(request.clip)], *made)[1]["views"][1]
    assert (view["used"], view["timedBy"]) == (True, "motion")
    assert abs(view["offsetS"]) < 0.015
