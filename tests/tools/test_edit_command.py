"""`kinetix edit` and `kinetix compare` as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from kinetix_core.formats import bvh, glb
from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion.editing import layers, looping, mirroring, placing, timing
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.retargeting.retarget import retarget
from kinetix_core.values.errors import KinetixError
from kinetix_tools.commands.edit import compare, edit
from tests.motion import moves
from tests.motion import rigs as motion_rigs
from tests.motion.angles import angle_deg


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("walk", "dance_a"):
        Path(f"{name}.glb").write_bytes(glb.write_emote(moves.load(name)))
    return tmp_path


def run(*arguments: object, command: Any = edit) -> str:
    force = ["--force"] if command is edit else []
    result = CliRunner().invoke(command, [*map(str, arguments), *force], catch_exceptions=True)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.output


def changed(*steps: object, source: str = "walk.glb") -> Motion:
    run(source, "out.glb", *steps)
    return glb.read_motion(Path("out.glb"))


def assert_same(a: Motion, b: Motion) -> None:
    assert len(a) == len(b) and a.fps == b.fps
    assert angle_deg(a.rotations, b.rotations).max() < 0.01
    assert np.abs(kinematics.forward(a)[1] - kinematics.forward(b)[1]).max() < 1e-5


@pytest.mark.parametrize(
    ("step", "change"),
    [
        (("--trim", 0.2, 0.8), lambda m: timing.trim(m, 0.2, 0.8)),
        (("--speed", 2), lambda m: timing.speed(m, 2)),
        (("--reverse",), timing.reverse),
        (("--fps", 60), lambda m: timing.resample(m, 60)),
        (("--mirror",), mirroring.mirror),
        (("--smooth", 0.1), lambda m: layers.smooth(m, 0.1)),
        (("--floor", "clip"), placing.on_floor),
        (("--floor", "frame"), lambda m: placing.on_floor(m, every_frame=True)),
        (("--in-place",), placing.in_place),
        (("--reverse", "--face-forward"), lambda m: placing.face_forward(timing.reverse(m))),
        (("--turn", 90), lambda m: placing.turn(m, np.pi / 2)),
        (("--loop",), lambda m: looping.loop(m, travel=True)),
        (("--loop-on-spot",), looping.loop),
        (("--blend-in", 0.3), lambda m: layers.blend_in(m, 0.3)),
        (("--blend-out", 0.3), lambda m: layers.blend_out(m, 0.3)),
    ],
)
def test_each_change_is_the_toolkit_s(here: Path, step: tuple[object, ...], change: Any) -> None:
    whole = glb.read_motion(Path("walk.glb"))
    after = changed(*step)
    assert_same(after, change(whole))
    alike = len(after) == len(whole) and after.fps == whole.fps
    assert not alike or np.abs(kinematics.forward(after)[1] - kinematics.forward(whole)[1]).max() > 1e-4


def test_changes_are_made_in_the_order_given(here: Path) -> None:
    whole = glb.read_motion(Path("walk.glb"))
    assert_same(changed("--trim", 0.2, 0.6, "--speed", 2), timing.speed(timing.trim(whole, 0.2, 0.6), 2))
    assert_same(changed("--speed", 2, "--trim", 0.2, 0.6), timing.trim(timing.speed(whole, 2), 0.2, 0.6))


def test_another_emote_on_some_parts(here: Path) -> None:
    """The other emote has another character and rate."""
    walk, other = glb.read_motion(Path("walk.glb")), motion_rigs.build("child")
    dance = timing.resample(retarget(moves.load("dance_a"), other.skeleton), 60)
    Path("dance.bvh").write_text(bvh.write_motion(dance), encoding="utf-8")
    both = changed("--over", "dance.bvh", "arms, head")
    assert len(both) == len(walk)
    legs = [walk.skeleton.index(name) for name in walk.skeleton.names if "leg" in name.lower()]
    arms = [walk.skeleton.index(name) for name in walk.skeleton.names if "forearm" in name.lower()]
    off = angle_deg(both.rotations, walk.rotations)
    assert legs and arms and off[:, legs].max() < 0.01 and off[:, arms].max() > 5


def test_another_emote_on_top(here: Path) -> None:
    whole, dance = glb.read_motion(Path("walk.glb")), glb.read_motion(Path("dance_a.glb"))
    layer = layers.difference(timing.resample(dance, whole.fps))
    assert_same(changed("--add", "dance_a.glb", 0.5), layers.add(whole, layer, 0.5))


def test_a_bone_map_says_which_bone_is_which(here: Path) -> None:
    walk = glb.read_motion(Path("walk.glb"))
    # One that takes left for right.
    bones = {humanoid_profile.mirrored(bone): one.name for bone, one in map_bones(walk.skeleton).bones.items()}
    Path("map.json").write_text(json.dumps(bones), encoding="utf-8")
    off = angle_deg(changed("--over", "dance_a.glb", "left_leg", "--map", "map.json").rotations, walk.rotations).max(
        axis=0
    )
    moved = {walk.skeleton.names[bone] for bone in np.flatnonzero(off > 0.1)}
    assert moved and all(name.startswith("Right") for name in moved)
    Path("map.json").write_text('{"Hips": "nothing"}', encoding="utf-8")
    error = CliRunner().invoke(edit, ["walk.glb", "out.glb", "--mirror", "--map", "map.json", "--force"]).exception
    assert isinstance(error, KinetixError) and "another rig" in error.title


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("walk.glb", "out.glb"), "badOption"),
        (("walk.glb", "out.mp4", "--mirror"), "badOption"),
        (("nowhere.glb", "out.glb", "--mirror"), "fileNotFound"),
        (("walk.glb", "out.glb", "--trim", "2", "1"), "emptyCut"),
        (("walk.glb", "out.glb", "--trim", "0", "0", "--loop"), "tooShort"),
        (("walk.glb", "out.glb", "--over", "dance_a.glb", "tail"), "unknownPart"),
        (("walk.glb", "out.glb", "--add", "nowhere.glb", "1"), "fileNotFound"),
        ((".", "out.glb", "--mirror"), "isFolder"),
        (("walk.glb", "out.glb", "--mirror", "--clip", "nothing"), "badFile"),
    ],
)
def test_mistake_is_said_with_what_to_do(here: Path, arguments: tuple[str, ...], code: str) -> None:
    error = CliRunner().invoke(edit, list(arguments)).exception
    assert isinstance(error, KinetixError)
    assert error.code == code
    assert error.title and error.next_step
    assert not Path(arguments[1]).exists()


def test_compare_says_how_far_apart(here: Path) -> None:
    run("walk.glb", "quick.glb", "--mirror")
    same = json.loads(run("walk.glb", "walk.glb", "--json", command=compare))
    other = json.loads(run("walk.glb", "quick.glb", "--json", command=compare))
    assert same["meanDirectionDeg"] < 1e-3 < 1 < other["meanDirectionDeg"]
    said = run("walk.glb", "quick.glb", command=compare)
    assert f"{other['meanDirectionDeg']:.2f}°" in said and "Most:" in said


def test_a_loop_says_where_its_seam_is_and_how_good(here: Path) -> None:
    seam = looping.find_seam(timing.trim(glb.read_motion(Path("dance_a.glb")), 0, 1.2))
    said = run("dance_a.glb", "out.glb", "--trim", 0, 1.2, "--loop")
    assert f"{100 * seam.gap_m:.0f} cm apart" in said and seam.gap_m > 0.05
    report = json.loads(run("dance_a.glb", "out.glb", "--trim", 0, 1.2, "--loop-on-spot", "--json"))
    assert report["loop"]["gapM"] == round(seam.gap_m, 4)
    assert report["loop"]["to"] - report["loop"]["from"] == pytest.approx(
        (report["frames"] - 1) / report["fps"], abs=1e-3
    )
    assert "apart" not in run("dance_a.glb", "out.glb", "--mirror")


def test_a_shorter_emote_keeps_its_last_pose_and_cuts_nothing_off(here: Path) -> None:
    walk = glb.read_motion(Path("walk.glb"))
    short = timing.resample(timing.trim(moves.load("dance_a"), 0, 0.5), walk.fps)
    Path("short.glb").write_bytes(glb.write_emote(short))
    assert "short.glb” lasts 0.5 s of 1.3 s" in run("walk.glb", "out.glb", "--over", "short.glb", "arms")
    both, arm = glb.read_motion(Path("out.glb")), walk.skeleton.index("LeftForeArm")
    assert len(both) == len(walk)
    assert angle_deg(both.rotations[len(short) - 1 :, arm], short.rotations[-1, arm]).max() < 0.01
    assert len(changed("--add", "short.glb", 0.5)) == len(walk)


def test_a_loop_on_some_parts_goes_on(here: Path) -> None:
    walk = glb.read_motion(Path("walk.glb"))
    wave = looping.close(timing.trim(timing.resample(moves.load("dance_a"), walk.fps), 0, 0.4))
    Path("wave.glb").write_bytes(glb.write_emote(wave))
    both, period = changed("--over", "wave.glb", "arms"), len(wave) - 1
    assert len(both) == len(walk)
    arm = walk.skeleton.index("LeftForeArm")
    off = angle_deg(both.rotations[period:, arm], both.rotations[:-period, arm])
    assert off.max() < 0.01 and angle_deg(both.rotations[: period // 2, arm], both.rotations[:1, arm]).max() > 1


def test_a_file_of_several_clips_beside_the_emote_is_said_to_be_one(here: Path) -> None:
    held = glb.read_character(Path("walk.glb").read_bytes())
    both = [moves.load("walk").with_(name="slow"), moves.load("dance_a").with_(name="quick")]
    Path("pack.glb").write_bytes(glb.write_onto(held, both))
    for said in (
        run("walk.glb", "out.glb", "--over", "pack.glb", "arms"),
        run("walk.glb", "out.glb", "--add", "pack.glb", 1),
        run("walk.glb", "pack.glb", command=compare),
    ):
        assert "Of the 2 clips of “pack.glb” the first was taken, slow" in said
    assert "clips" not in run("walk.glb", "dance_a.glb", command=compare)
