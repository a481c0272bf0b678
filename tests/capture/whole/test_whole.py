"""The whole chain on the real sample clip: every file of one take, its accuracy, its bytes, its progress, and what it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from kinetix_capture import deliver, pipeline, thread_count
from kinetix_capture.interface import (
    AVATAR_FILES,
    FILES,
    VRM_ANIMATION,
    Avatar,
    CaptureRejected,
    CaptureRequest,
    Progress,
)
from kinetix_capture.tracking import survey
from kinetix_capture.video import decode
from kinetix_core.formats import bvh, glb, kinanim, user_data
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.clip_length import ClipLength
from kinetix_local.api.forms import avatar_json
from tests.capture import clips, figures
from tests.capture.conftest import SAMPLE, Look, Produce, Taken, observe, refusal, run_capture, silent
from tests.support import tools

pytestmark = pytest.mark.xdist_group("capture_whole")


def test_every_file_is_there_and_of_one_take(taken: Taken) -> None:
    delivery = taken.delivery
    assert set(delivery.files) == set(FILES)
    assert all(path.stat().st_size > 500 for path in delivery.files.values())
    assert delivery.duration_s == pytest.approx(49 / 30, abs=0.04)
    generic = glb.read_motion(delivery.files["animation-v2.glb"])
    glb.check(delivery.files["animation-v2.glb"])
    paths = {}
    for name, motion in {
        "v2": generic,
        "v1": glb.read_motion(delivery.files["animation.glb"]),
        "bvh": bvh.read_motion(delivery.files["animation-v2.bvh"]),
    }.items():
        bones = map_bones(motion.skeleton)
        positions = kinematics.forward(motion)[1]
        wanted = ("Hips", "LeftHand", "RightHand", "LeftFoot", "RightFoot")
        paths[name] = positions[:, [bones.bones[bone].index for bone in wanted]]
    assert np.abs(paths["v1"] - paths["v2"]).max() < 1e-5
    assert np.abs(paths["bvh"] - paths["v2"]).max() < 1e-4
    packed = kinanim.read_motion(delivery.files["animation-v2.kinanim"])
    assert len(packed) == len(generic)
    named = user_data.read(delivery.files["userData.json"])
    assert len(named) > 50
    assert set(named.values()) <= set(generic.skeleton.names)
    assert delivery.files["thumbnail.gif"].read_bytes()[:6] == b"GIF89a"
    assert delivery.files["preview.webp"].read_bytes()[8:12] == b"WEBP"
    assert delivery.files["animation-v2.fbx"].read_bytes()[:18] == b"Kaydara FBX Binary"


def test_the_avatar_gets_files_of_its_own(taken: Taken) -> None:
    own = taken.delivery.avatars["a-1"]
    assert set(own) == set(AVATAR_FILES)
    glb.check(own["animation.glb"])
    assert own["animation.fbx"].read_bytes()[:18] == b"Kaydara FBX Binary"
    assert json.loads(own["userData.json"].read_text(encoding="utf-8"))["name"] == "Hero"
    frames = len(glb.read_motion(own["animation.glb"]))
    assert len(kinanim.read_motion(own["animation.kinanim"])) == frames
    with Image.open(own["thumbnail.gif"]) as moving, Image.open(taken.delivery.files["thumbnail.gif"]) as generic:
        assert moving.n_frames == generic.n_frames  # type: ignore[attr-defined]


def test_the_avatars_files_have_the_names_that_the_api_knows() -> None:
    files = [{"name": Path(file).stem, "extension": Path(file).suffix[1:], "url": file} for file in AVATAR_FILES]
    assert sorted(avatar_json({"avatars": {"a": files}}, "a").values()) == sorted(AVATAR_FILES)


def test_an_avatar_that_cannot_be_used_does_not_cost_the_emote(taken: Taken, produce: Produce, tmp_path: Path) -> None:
    skeleton = Skeleton(("crate", "lid"), np.array([-1, 0]), np.tile(quat.IDENTITY, (2, 1)), np.eye(2, 3))
    crate = tmp_path / "crate.glb"
    crate.write_bytes(
        glb.write_motion(Motion(skeleton, 30.0, skeleton.rest_rotations[None], skeleton.rest_translations[:1]))
    )
    heard: list[Progress] = []
    request = CaptureRequest(SAMPLE, tmp_path, avatars=(Avatar("a-2", crate, "Crate"),))
    delivery = produce(request, heard.append, ["quality.json"])
    assert delivery.avatars == {}
    told = json.loads(delivery.files["quality.json"].read_text(encoding="utf-8"))["hints"]
    assert any("Crate" in hint and "hips" in hint for hint in told)

    def writing_begins(progress: list[Progress]) -> float:
        return next(one.fraction for one in progress if one.stage == "write")

    assert writing_begins(taken.heard) < writing_begins(heard) - 0.1, "drawing the previews is a good part of the work"


def test_quality_says_what_was_seen(taken: Taken) -> None:
    found = json.loads(taken.delivery.files["quality.json"].read_text(encoding="utf-8"))
    assert found == taken.delivery.quality
    assert found["score"] > 0.7
    assert found["limbs"]["trunk"]["seen"] > 0.9
    assert found["contacts"]["left"]
    assert 0 < found["hands"]["leftHand"]["confidence"] <= 1
    assert not found["size"]["given"]
    assert 1.3 < found["size"]["personHeightM"] < 2.1


def test_fingers_move(taken: Taken) -> None:
    motion = glb.read_motion(taken.delivery.files["animation.glb"])
    index = motion.skeleton.index("LeftHandIndex2")
    assert np.abs(np.diff(motion.rotations[:, index], axis=0)).max() > 1e-4
    assert np.abs(np.diff(motion.rotations[:, index], axis=0)).max() < 0.25


def test_progress_is_even_and_ends(taken: Taken) -> None:
    fractions = [progress.fraction for progress in taken.heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert {progress.stage for progress in taken.heard} == {"decode", "track", "fit", "write"}
    assert all(progress.remaining_s is None or 0 <= progress.remaining_s < np.inf for progress in taken.heard)


def test_the_same_clip_gives_the_same_bytes(taken: Taken) -> None:
    """The first take of the fixture and the second were captured apart."""
    first, second = glb.read_motion(taken.first), glb.read_motion(taken.delivery.files["animation.glb"])
    assert np.array_equal(first.rotations, second.rotations)
    assert np.array_equal(first.root_positions, second.root_positions)


def test_more_threads_see_the_same(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each one begins within a move, where it finds the body anew."""
    monkeypatch.setattr(thread_count, "_SHORTEST_S", 0.4)
    monkeypatch.setenv(thread_count.VARIABLE, "8")
    seen = observe(SAMPLE, hands=False).track
    assert thread_count.threads_for(49 / 30) == 4
    by_two = look(SAMPLE).track
    assert seen.times == pytest.approx(by_two.times)
    off = np.linalg.norm(seen.points - by_two.points, axis=-1)
    assert np.median(off) < 2 and np.percentile(off, 95) < 15, "pixels of 1920"


@pytest.mark.parametrize(("stage", "beyond"), [("track", 0.15), ("write", 0.0), ("write", 0.999)])
def test_a_cancel_stops_soon_and_leaves_nothing(
    taken: Taken, produce: Produce, tmp_path: Path, stage: str, beyond: float
) -> None:
    class Stop(Exception):
        pass

    asked: list[float] = []

    def report(progress: Progress) -> None:
        if progress.stage == stage and progress.fraction > beyond:
            asked.append(time.process_time())
            raise Stop

    with pytest.raises(Stop):
        request = CaptureRequest(SAMPLE, tmp_path, avatars=(Avatar("a-1", taken.first),))
        (deliver.produce if stage == "track" else produce)(request, report, FILES, observations=True)
    assert time.process_time() - asked[0] < taken.cpu_s / 4, "it went on"
    assert len(asked) == 1 and list(tmp_path.iterdir()) == []


def test_observations_that_cannot_be_kept_leave_nothing(produce: Produce, tmp_path: Path) -> None:
    """Those of a name that is too long for them; an emote's own files take any."""
    request = CaptureRequest(SAMPLE, tmp_path, "long" * 1000)
    assert produce(request, silent, ["quality.json"]).files["quality.json"].is_file()
    with pytest.raises(ValidationError, match="name"):
        produce(request, silent, ["quality.json"], observations=True)
    assert list(tmp_path.iterdir()) == []


def _strip(path: Path, size: tuple[int, int], frames: int = 40) -> Path:
    return clips.write(path.with_suffix(".mov"), clips.numbered(frames, size), codec="png", pixels="rgb24")


def _empty_room(path: Path) -> Path:
    noise = np.random.default_rng(0).integers(60, 160, (12, 16, 3), dtype=np.uint8)
    return clips.write(path, [clips.resized(noise, (320, 240))] * 40)


def _far_away(path: Path) -> Path:
    small = []
    for picture in clips.sample()[::3]:
        frame = np.full((240, 320, 3), 128, np.uint8)
        frame[30:210, 100:201] = clips.resized(picture, (101, 180))
        small.append(frame)
    return clips.write(path, small, rate=10)


def _without_pictures(path: Path) -> Path:
    data = clips.write(path.with_suffix(".mkv"), clips.numbered(1)).read_bytes()
    path.write_bytes(data[: data.index(b"\x1f\x43\xb6\x75")])  # the first cluster: all pictures are behind it
    return path


def _cut(path: Path) -> Path:
    first = clips.sample()[:25]
    return clips.write(path, [*first, *(255 - picture for picture in first)])


def _cut_off(path: Path) -> Path:
    whole = SAMPLE.read_bytes()
    path.write_bytes(whole[: len(whole) // 4])
    return path


REFUSED: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "an empty room": (_empty_room, "noPerson", ""),
    "two people all the time": (lambda path: tools.DATA / "real" / "two_people_cam02.mp4", "severalPeople", "100%"),
    "half a body": (
        lambda path: clips.write(path, [picture[100:306] for picture in clips.sample()[::3]], rate=10), "halfBody", ""
    ),
    "a person far away": (_far_away, "personTooSmall", ""),
    "a narrow strip": (lambda path: _strip(path, (1, 640)), "noPerson", ""),
    "a flat strip": (lambda path: _strip(path, (640, 3)), "noPerson", ""),
    "no picture": (_without_pictures, "notAVideo", ""),
    "a cut": (_cut, "sceneCut", ""),
    "two takes of one place": (
        lambda path: clips.write(path, [*clips.sample()[:25], *clips.sample()[::-1][:25]]), "sceneCut", "0.8 s"
    ),
    "a file that is cut off": (_cut_off, "damagedVideo", "can be read"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_become_an_emote_isrefusal(what: str, tmp_path: Path, out: Path) -> None:
    make, code, said = REFUSED[what]
    error = refusal(make(tmp_path / "clip.mp4"), out)
    assert error.code == code and said in f"{error.title} {error.detail}"


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280)])
def test_somebody_too_far_away_for_the_first_pass_is_not_nobody(
    tmp_path: Path, out: Path, width: int, height: int
) -> None:
    far = []
    for picture in clips.sample()[::6]:
        frame = np.full((height, width, 3), 128, np.uint8)
        frame[300:570, 400:552] = clips.resized(picture, (152, 270))  # who is about 110 pixels tall in there
        far.append(frame)
    error = refusal(clips.write(tmp_path / "clip.mp4", far, rate=5), out)
    assert error.code == "personTooSmall"
    assert 60 < float(error.detail.split("about ")[1].split()[0]) < 150
    assert "of the picture" in error.detail


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 149), (149, 1)])
@pytest.mark.parametrize("rotation", [0, 90])
def test_a_picture_that_no_person_fits_into_isrefusal(
    tmp_path: Path, out: Path, size: tuple[int, int], rotation: int
) -> None:
    clip = clips.write(tmp_path / "clip.mov", clips.numbered(40, size), codec="png", pixels="rgb24", rotation=rotation)
    error = refusal(clip, out)
    assert (error.code, error.reason.status) == ("personTooSmall", 406)
    assert error.title.split()[3] == "×".join(map(str, size[:: -1 if rotation else 1]))
    assert refusal(SAMPLE, out, settings=CaptureSettings(crop=(0.5, 0.5, 0.02, 0.02))).code == "personTooSmall"


def test_one_to_ten_seconds(tmp_path: Path, out: Path) -> None:
    long = clips.write(tmp_path / "long.mp4", clips.numbered(390, (160, 120)))
    error = refusal(long, out)
    assert (error.code, error.reason.status) == ("videoTooLong", 413)
    short = clips.write(tmp_path / "short.mp4", clips.numbered(12))
    assert refusal(short, out).code == "videoTooShort"
    nearly = clips.write(tmp_path / "nearly.mp4", clips.numbered(27))
    assert "0.9 s" in refusal(nearly, out).title
    assert refusal(long, out, settings=CaptureSettings(trim_start=2.0, trim_end=2.4)).code == "videoTooShort"
    assert refusal(long, out, settings=CaptureSettings(trim_start=1.0, trim_end=9.0)).code == "noPerson"
    assert refusal(long, out, length=ClipLength(longest_s=20.0)).code == "noPerson"


def test_a_move_of_half_a_second_is_an_emote_where_it_may_be_so_short(tmp_path: Path) -> None:
    half = CaptureRequest(SAMPLE, tmp_path, hands=False, settings=CaptureSettings(trim_end=0.5))
    made = deliver.deliver(replace(half, length=ClipLength(shortest_s=0.3)), silent)
    assert made.duration_s == pytest.approx(0.5, abs=0.05)
    assert len(glb.read_motion(made.files["animation-v2.glb"])) == 15
    assert sum(file.stat().st_size > 0 for file in map(tmp_path.joinpath, made.files.values())) == len(made.files)


def test_of_a_long_clip_few_pictures_are_kept_and_all_are_looked_at(tmp_path: Path) -> None:
    long = clips.write(tmp_path / "long.mp4", clips.numbered(390, (160, 120)))
    reading = survey.read(decode.Part(long, 0.0, 13.0), lambda time_s: None)
    samples = survey.look(reading, lambda time_s: None, kept=64)
    kept = [sample.time_s for sample in samples if sample.grey is not None]
    assert len(samples) == 78
    assert 32 < len(kept) <= 64 and np.ptp(np.diff(kept)) < 0.05, "spread evenly over the clip"


def test_a_few_frames_more_than_allowed_are_left_out(tmp_path: Path) -> None:
    """Files of "1 s" are often a little longer; what is delivered is not."""
    clip = clips.write(tmp_path / "clip.mp4", clips.sample()[:33])
    assert len(observe(clip, hands=False, length=ClipLength(longest_s=1.0)).track.times) == 30


def test_a_part_that_is_not_in_the_clip_isrefusal(out: Path) -> None:
    error = refusal(SAMPLE, out, settings=CaptureSettings(trim_start=5.0))
    assert (error.code, error.reason.status) == ("videoTooShort", 406)
    assert "5.0 s" in error.title


def test_a_part_that_begins_in_the_sound_begins_with_the_pictures(tmp_path: Path) -> None:
    times = [0.6 + number / 30 for number in range(60)]
    clip = clips.write(tmp_path / "clip.mp4", clips.numbered(60, (320, 240)), times=times, sound_s=3.0)
    request = CaptureRequest(clip, tmp_path, settings=CaptureSettings(trim_start=0.2))
    part = pipeline.Film(request, *pipeline.prepare(request, silent)).whole
    assert (part.start_s, part.end_s) == pytest.approx((0.6, 2.6), abs=0.01)
    with pytest.raises(CaptureRejected, match="0\\.2 s to 0\\.5 s"):
        observe(clip, settings=CaptureSettings(trim_start=0.2, trim_end=0.5))


def test_too_large_a_file_or_picture_isrefusal(tmp_path: Path, out: Path) -> None:
    error = refusal(SAMPLE, out, max_bytes=1000)
    assert (error.code, error.reason.status) == ("fileTooLarge", 413)
    assert refusal(_strip(tmp_path / "clip.mov", (8192, 4610), 1), out).reason.status == 413


def test_a_phones_large_file_is_read_where_it_is_needed(tmp_path: Path) -> None:
    """The size alone, here a hole of 600 MiB between the head and the pictures, is no reason to refuse a clip."""
    clip = clips.write(tmp_path / "clip.mov", clips.numbered(40, (320, 240)))
    data = clip.read_bytes()
    at = data.index(b"moov") - 4
    with clip.open("r+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write((600 << 20).to_bytes(4, "big") + b"free")
        file.seek(at + (600 << 20))
        file.write(data[at:])
    opened, _ = pipeline.prepare(CaptureRequest(clip, tmp_path), silent)
    assert opened.duration_s == pytest.approx(40 / 30)


def test_a_person_who_is_lost_most_of_the_time_isrefusal() -> None:
    world = np.full((30, 33, 3), np.nan)
    world[:12] = 0.0
    with pytest.raises(CaptureRejected) as caught:
        pipeline.check_person(figures.track(np.arange(30) / 30, world), decode.probe(SAMPLE))
    assert caught.value.code == "personLost"


def test_the_persons_height_sets_the_sizes_of_the_report(tmp_path: Path) -> None:
    request = CaptureRequest(SAMPLE, tmp_path, settings=CaptureSettings(height_cm=190, trim_end=1.1))
    size = deliver.produce(request, silent, ["quality.json"]).quality["size"]
    assert size["given"]
    assert size["personHeightM"] == 1.9
    assert size["scaleToPerson"] == pytest.approx(1.9 / size["figureHeightM"], abs=1e-3)
    assert size["personWayM"] > 0


def test_a_file_that_lacks_its_end_says_so(tmp_path: Path) -> None:
    """Most of it is there, so it becomes an emote."""
    clip = tmp_path / "clip.mkv"
    whole = clips.write(clip, clips.sample()).read_bytes()
    clip.write_bytes(whole[: len(whole) * 4 // 5])
    out = tmp_path / "out"
    done = run_capture(clip, "-o", out, "--loop")
    assert sorted(Path(line).name for line in done.stdout.splitlines()) == sorted((*FILES, VRM_ANIMATION))
    assert "no picture that can be read" in done.stderr
    assert "its ends were" in done.stderr


def test_the_command_writes_what_is_asked(tmp_path: Path) -> None:
    target, further = tmp_path / "emote.glb", tmp_path / "emote.bvh"
    done = run_capture(SAMPLE, "-o", target, "--also", further, "--loop", "--in-place", "--json")
    found = json.loads(done.stdout)
    assert found["files"] == [str(target), str(further)]
    assert 0 < found["quality"]["loop"]["seamErrorM"] < 0.2, "how far the pose had to be moved to close the loop"
    motion = glb.read_motion(target)
    assert np.abs(motion.rotations[0] - motion.rotations[-1]).max() < 1e-3
    assert np.ptp(motion.root_positions[:, [0, 2]], axis=0).max() < 0.01
    assert not list(tmp_path.glob(".*"))
