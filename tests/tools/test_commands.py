"""`kinetix convert` and `kinetix retarget` as a person uses them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageSequence

from kinetix_capture.commands.capture import capture
from kinetix_capture.commands.refine import refine
from kinetix_core import mannequin
from kinetix_core.formats import bvh, fbx, glb, kinanim
from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion.editing import looping
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.face_shapes import FACE_SHAPES
from kinetix_tools.commands.convert import convert
from kinetix_tools.commands.edit import edit as edit_command
from kinetix_tools.commands.retarget import retarget
from tests.formats import rigs
from tests.motion import moves
from tests.motion import rigs as motion_rigs
from tests.support import clips, tools
from tests.support.waiting import LIMIT_S


@pytest.fixture(scope="module")
def kick() -> Motion:
    return moves.load("kick")


def character(path: Path, kind: str) -> Path:
    """A rig as a file, standing at rest."""
    skeleton = motion_rigs.build(kind).skeleton
    rest = Motion(skeleton, 30.0, skeleton.rest_rotations[None].copy(), skeleton.rest_translations[:1].copy(), "rest")
    path.write_bytes(glb.write_motion(rest))
    return path


def run(command: Any, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=True)


def answer(command: Any, *arguments: object) -> dict[str, Any]:
    result = run(command, *arguments, "--json")
    assert result.exit_code == 0, result.output + repr(result.exception)
    parsed: dict[str, Any] = json.loads(result.output)
    return parsed


def test_emote_through_every_format(kick: Motion, tmp_path: Path) -> None:
    first = tmp_path / "kick.glb"
    first.write_bytes(glb.write_emote(kick))
    for out in ("kick.bvh", "kick.kinanim", "kick.fbx"):
        report = answer(convert, first, tmp_path / "new" / out)
        assert report["files"][0]["frames"] == len(kick)
    answer(convert, tmp_path / "new" / "kick.bvh", tmp_path / "again.glb")
    answer(convert, tmp_path / "new" / "kick.kinanim", tmp_path / "small.glb", "--max-error", "1", "--fps", "60")
    back, small = glb.read_motion(tmp_path / "again.glb"), glb.read_motion(tmp_path / "small.glb")
    assert np.abs(kinematics.forward(back)[1] - kinematics.forward(kick)[1]).max() < 1e-5
    assert (small.fps, len(small)) == (60.0, 2 * len(kick) - 1)
    assert [path.name for path in (tmp_path / "new").iterdir() if path.name.startswith(".")] == []


def test_every_clip_of_a_file(kick: Motion, tmp_path: Path) -> None:
    held = glb.read_character(glb.write_emote(kick))
    two = [kick, kick.with_(name="kick"), kick.with_(name="a/b: c")]
    (tmp_path / "pack.glb").write_bytes(glb.write_onto(held, two))
    report = answer(convert, "--all", "--to", "bvh", tmp_path / "pack.glb", tmp_path / "out")
    assert [Path(row["out"]).name for row in report["files"]] == ["kick.bvh", "kick 2.bvh", "a_b_ c.bvh"]
    assert len(bvh.read_motion(tmp_path / "out" / "kick.bvh")) == len(kick)


def test_a_folder_of_emotes_and_one_that_is_broken(kick: Motion, tmp_path: Path) -> None:
    folder, out = tmp_path / "emotes", tmp_path / "out"
    folder.mkdir()
    held = glb.read_character(glb.write_emote(kick))
    (folder / "both.glb").write_bytes(glb.write_onto(held, [kick.with_(name="a"), kick.with_(name="b")]))
    (folder / "broken.glb").write_bytes(b"glTF broken")
    (folder / "kick.bvh").write_text(bvh.write_motion(kick), encoding="utf-8")
    (folder / "Kick.kinanim").write_bytes(kinanim.write_motion(kick))
    (folder / "notes.txt").write_text("no emote", encoding="utf-8")
    result = run(convert, folder, out, "--to", "bvh", "--json")
    assert result.exit_code == 2
    rows = json.loads(result.output)["files"]
    assert [(Path(row["in"]).name, row["error"]["code"]) for row in rows if "error" in row] == [
        ("broken.glb", "badFile")
    ]
    assert {path.name for path in out.iterdir()} == {"Kick.bvh", "both.bvh", "kick 2.bvh"}
    run(convert, folder, tmp_path / "all", "--all", "--to", "bvh")
    assert {path.name for path in (tmp_path / "all").iterdir()} == {
        "Kick.bvh",
        "both a.bvh",
        "both b.bvh",
        "kick 2.bvh",
    }
    said = run(convert, folder, out)
    assert "✗ broken.glb" in said.output and "--all takes all" in said.output


@pytest.mark.parametrize("kind", ["mixamo_t_pose", "vrm1", "centimetres"])
def test_emote_on_a_downloaded_character(kind: str, kick: Motion, tmp_path: Path) -> None:
    emote = tmp_path / "kick.glb"
    emote.write_bytes(glb.write_emote(kick))
    held = character(tmp_path / "character.glb", kind)
    out, picture, bones = tmp_path / "out.glb", tmp_path / "out.gif", tmp_path / "map.json"
    report = answer(retarget, emote, held, "-o", out, "--preview", picture, "--save-map", bones)
    assert report["missing"] == []
    assert {"Hips", "LeftUpperArm", "RightFoot", "Head"} <= report["mapped"].keys()
    moved = glb.read_motion(out)
    assert (len(moved), moved.fps) == (len(kick), kick.fps)
    assert moved.skeleton.names == glb.read_motion(held).skeleton.names
    assert np.abs(moved.rotations - moved.rotations[:1]).max() > 0.1
    with Image.open(picture) as image:
        assert len(ImageSequence.all_frames(image)) > 10
    again = answer(retarget, emote, held, "-o", tmp_path / "again.glb", "--map", bones)
    assert again["mapped"] == report["mapped"]
    assert (tmp_path / "again.glb").read_bytes() == out.read_bytes()


def test_feet_that_slide_on_other_legs_are_told_of(tmp_path: Path) -> None:
    dance, walk = tmp_path / "dance.glb", tmp_path / "walk.glb"
    dance.write_bytes(glb.write_emote(moves.load("dance_a")))
    walk.write_bytes(glb.write_emote(moves.load("walk")))
    stocky, same = (character(tmp_path / f"{kind}.glb", kind) for kind in ("stocky_legs_apart", "mixamo_t_pose"))
    out = tmp_path / "out.glb"
    assert "--foot-lock holds them" in run(retarget, dance, stocky, "-o", out, "--force").output
    both = run(retarget, dance, walk, stocky, "-o", tmp_path / "out", "--processes", "1", "--force").output
    assert "slide in 1 of them" in both
    together = run(retarget, dance, walk, stocky, "-o", out, "--force", "--together").output
    assert "slide in 1 of them" in together
    for fine in ((same,), (stocky, "--foot-lock"), (stocky, "--root", "in_place"), (stocky, "--keep-path-length")):
        assert "Standing feet" not in run(retarget, dance, *fine, "-o", out, "--force").output, fine
    assert answer(retarget, dance, stocky, "-o", out, "--force")["files"][0]["slidingLegsPerS"] > 0.06


def test_many_emotes_and_one_that_is_broken(kick: Motion, tmp_path: Path) -> None:
    folder = tmp_path / "emotes"
    folder.mkdir()
    for number in range(18):
        (folder / f"emote {number:02}.glb").write_bytes(glb.write_emote(clips.random_motion(4, seed=number)))
    (folder / "emote 05.glb").write_bytes(b"glTF broken")
    (folder / "walk.kinanim").write_bytes(kinanim.write_motion(kick))
    (folder / "walk.bvh").write_text(bvh.write_motion(kick), encoding="utf-8")
    held = character(tmp_path / "character.glb", "mixamo_t_pose")
    done = subprocess.run(
        [tools.kinetix(), "retarget", folder, held, "-o", tmp_path / "out", "--processes", "2", "--json"],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2, done.stderr
    report = json.loads(done.stdout)
    broken = [row for row in report["files"] if row["error"]]
    assert [Path(row["emote"]).name for row in broken] == ["emote 05.glb"]
    assert broken[0]["error"]["code"] == "badFile"
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert len(written) == 19
    assert {"walk.glb", "walk 2.glb", "emote 00.glb"} <= written


def test_many_emotes_in_one_file(kick: Motion, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.glb").write_bytes(glb.write_emote(kick.with_(name=name)))
    held = character(tmp_path / "character.glb", "vrm1")
    answer(retarget, tmp_path / "a.glb", tmp_path / "b.glb", held, "-o", tmp_path / "both.glb", "--together")
    assert [motion.name for motion in glb.read_motions(tmp_path / "both.glb")] == ["a", "b"]


def test_a_file_with_several_clips(kick: Motion, tmp_path: Path) -> None:
    held = glb.read_character(rigs.character())
    several = [rigs.dance(held.skeleton, count).with_(name=name) for name, count in (("one", 5), ("two", 9))]
    (tmp_path / "both.glb").write_bytes(glb.write_onto(held, several))
    (tmp_path / "kick.glb").write_bytes(glb.write_emote(kick))
    hero, out = character(tmp_path / "hero.glb", "child"), tmp_path / "out.glb"
    assert "first of 2 clips, one" in run(retarget, tmp_path / "both.glb", hero, "-o", out, "--force").output
    assert "--clip" not in run(retarget, tmp_path / "kick.glb", hero, "-o", out, "--force").output
    assert "first of 2 clips, one" in run(convert, tmp_path / "both.glb", tmp_path / "one.bvh").output
    assert "--clip" not in run(retarget, tmp_path / "both.glb", hero, "-o", out, "--force", "--clip", "two").output
    assert len(glb.read_motion(out)) == 9
    answer(retarget, tmp_path / "both.glb", tmp_path / "kick.glb", hero, "-o", out, "--force", "--together")
    assert [(motion.name, len(motion)) for motion in glb.read_motions(out)][:2] == [("one", 5), ("two", 9)]
    assert len(glb.read_motions(out)) == 3


def test_a_loop_with_held_feet_stays_a_loop(tmp_path: Path) -> None:
    walk = looping.loop(moves.load("walk"), travel=True)
    (tmp_path / "walk.glb").write_bytes(glb.write_emote(walk))
    hero, out = character(tmp_path / "hero.glb", "child"), tmp_path / "out.glb"
    answer(retarget, tmp_path / "walk.glb", hero, "-o", out, "--foot-lock")
    held = glb.read_motion(out)
    assert held.extras["loop"] and len(held) == len(walk)
    at = kinematics.forward(held)[1]
    assert np.abs(at[-1] - at[0] - (at[-1, 0] - at[0, 0]) * [1.0, 0, 1]).max() < 1e-5


def test_a_batch_says_of_which_files_it_took_the_first_clip_only(kick: Motion, tmp_path: Path) -> None:
    held = glb.read_character(rigs.character())
    several = [rigs.dance(held.skeleton, count).with_(name=name) for name, count in (("one", 5), ("two", 9))]
    folder = tmp_path / "emotes"
    folder.mkdir()
    for name in "abcdefg":
        (folder / f"{name}.glb").write_bytes(glb.write_onto(held, several))
    (folder / "kick.glb").write_bytes(glb.write_emote(kick.with_(name="kick")))
    hero, out = character(tmp_path / "hero.glb", "child"), tmp_path / "out"
    said = run(retarget, folder, hero, "-o", out, "--force", "--processes", "1").output
    assert "first clip was taken of a.glb (of 2), b.glb (of 2)" in said and "and 2 more files" in said
    assert "kick.glb" not in said
    report = answer(retarget, folder, hero, "-o", out, "--force", "--processes", "1")
    assert [(row["clip"], row["clips"]) for row in report["files"]] == [
        *[("one", ["one", "two"])] * 7,
        ("kick", ["kick"]),
    ]
    (folder / "kick.glb").unlink()
    assert "first" not in run(retarget, folder, hero, "-o", out, "--force", "--processes", "1", "--clip", "two").output


@pytest.mark.parametrize(
    ("command", "arguments", "code"),
    [
        (convert, ("nowhere.glb", "out.glb"), "fileNotFound"),
        (convert, ("kick.glb", "out.xyz"), "badOption"),
        (convert, ("kick.glb", "out.glb", "--clip", "nothing"), "badFile"),
        (retarget, ("kick.glb", "nowhere.glb", "-o", "out.glb"), "fileNotFound"),
        (retarget, ("kick.glb", "kick.glb", "-o", "out.glb", "--preview", "out.mp4"), "badOption"),
        (retarget, ("kick.glb", "kick.glb", "kick.glb", "-o", "out.glb"), "badOption"),
        (retarget, ("kick.glb", "empty", "-o", "out.glb"), "isFolder"),
        (convert, ("empty", "out"), "fileNotFound"),
        (convert, (".", "out.glb"), "badOption"),
        (retarget, ("kick.glb", "kick.bvh", "-o", "out.glb"), "badFile"),
        (retarget, ("kick.glb", "kick.glb", "-o", "out.blend"), "badOption"),
        (retarget, ("kick.glb", "kick.glb", "-o", "out.xyz"), "badOption"),
        (retarget, ("kick.glb", "kick.glb", "kick.glb", "-o", "out.gltf"), "badOption"),
        (retarget, ("kick.glb", "kick.glb", "kick.glb", "-o", "out.fbx", "--together"), "badOption"),
        (
            retarget,
            ("kick.glb", "kick.glb", "kick.glb", "-o", "out.glb", "--together", "--preview", "out.mp4"),
            "badOption",
        ),
    ],
)
def test_mistake_is_said_with_what_to_do(
    command: Any, arguments: tuple[str, ...], code: str, kick: Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kick.glb").write_bytes(glb.write_emote(kick))
    Path("kick.bvh").write_text(bvh.write_motion(kick), encoding="utf-8")
    Path("empty").mkdir()
    error = run(command, *arguments).exception
    assert isinstance(error, KinetixError)
    assert error.code == code
    assert error.title and error.next_step
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("command", "arguments", "kept"),
    [
        (edit_command, ("a.glb", "a.glb", "--mirror"), "a.glb"),
        (convert, ("a.glb", "b.bvh"), "b.bvh"),
        (convert, ("in", "out", "--to", "bvh"), "out/a.bvh"),
        (convert, ("a.glb", "out", "--to", "bvh", "--all"), "out/kick.bvh"),
        (retarget, ("a.glb", "hero.glb", "-o", "hero.glb"), "hero.glb"),
        (retarget, ("a.glb", "hero.glb", "-o", "new.glb", "--save-map", "b.bvh"), "b.bvh"),
        (retarget, ("in", "hero.glb", "-o", "out", "--to", "bvh", "--processes", "1"), "out/a.bvh"),
        (capture, ("clip.mp4", "-o", "new.glb", "--also", "a.glb"), "a.glb"),
        (capture, ("clip.mp4", "-o", "new.glb", "--keep-observations", "a-2.npz", "--people", "one"), "a-2.npz"),
        (capture, ("clip.mp4", "-o", "new.glb", "--keep-observations", "a.npz", "--people", "all"), "a-2.npz"),
        (capture, ("clip.mp4", "-o", "out"), "out/quality.json"),
        (refine, ("a-2.npz", "corrections.json", "-o", "a.glb"), "a.glb"),
    ],
)
def test_a_file_is_replaced_by_force_alone(
    command: Any, arguments: tuple[str, ...], kept: str, kick: Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("in", "out"):
        Path(folder).mkdir()
    character(Path("hero.glb"), "mixamo_t_pose")
    emote = glb.write_emote(kick)
    for path in ("a.glb", "in/a.glb", "b.bvh", "out/a.bvh", "out/kick.bvh", "out/quality.json", "a-2.npz"):
        Path(path).write_bytes(emote)
    before = {path: path.read_bytes() for path in Path().rglob("*.*")}
    done = run(command, *arguments, *([] if command in (capture, refine) else ["--json"]))
    if isinstance(done.exception, KinetixError):
        assert (done.exception.code, "--force" in done.exception.next_step) == ("fileExists", True)
        assert Path(kept).name in done.exception.title
    else:
        assert json.loads(done.output)["files"][0]["error"]["code"] == "fileExists"
    assert {path: path.read_bytes() for path in Path().rglob("*.*")} == before
    if command not in (capture, refine):
        answer(command, *arguments, "--force")
        assert Path(kept).read_bytes() != before[Path(kept)]


def test_a_message_names_the_file_that_was_asked_for(kick: Motion, tmp_path: Path) -> None:
    (tmp_path / "kick.glb").write_bytes(glb.write_emote(kick))
    (tmp_path / "kick.bvh").write_text(bvh.write_motion(kick), encoding="utf-8")
    (tmp_path / "folder.glb").mkdir()
    error = run(convert, tmp_path / "kick.glb", tmp_path / "folder.glb").exception
    assert isinstance(error, OSError) and error.filename == str(tmp_path / "folder.glb")
    error = run(retarget, tmp_path / "kick.glb", tmp_path / "kick.bvh", "-o", tmp_path / "out.glb").exception
    assert isinstance(error, KinetixError) and "kick.bvh" in error.title and "VRM" in error.next_step
    error = run(convert, "/", tmp_path / "out.glb").exception
    assert isinstance(error, KinetixError) and f"“{Path('/')}”" in error.title


def test_a_folder_with_the_ending_of_a_file_is_a_folder(kick: Motion, tmp_path: Path) -> None:
    (tmp_path / "kick.glb").write_bytes(glb.write_emote(kick))
    hero, folder = character(tmp_path / "hero.glb", "child"), tmp_path / "folder.glb"
    folder.mkdir()
    answer(retarget, tmp_path / "kick.glb", hero, "-o", folder)
    assert [path.name for path in folder.iterdir()] == ["kick.glb"]


def test_all_clips_of_a_file_with_one(kick: Motion, tmp_path: Path) -> None:
    (tmp_path / "kick.bvh").write_text(bvh.write_motion(kick), encoding="utf-8")
    report = answer(convert, "--all", tmp_path / "kick.bvh", tmp_path / "out")
    assert [Path(row["out"]).name for row in report["files"]] == ["kick.glb"]


def test_character_keeps_its_body(tmp_path: Path) -> None:
    held = glb.read_character(rigs.character())
    (tmp_path / "in.glb").write_bytes(glb.write_onto(held, [rigs.dance(held.skeleton, 9)]))
    answer(convert, tmp_path / "in.glb", tmp_path / "out.glb", "--fps", "15")
    answer(convert, tmp_path / "in.glb", tmp_path / "out.fbx")
    again = glb.read_character(tmp_path / "out.glb")
    assert len(again.faces) == len(held.faces)
    assert glb.read_motion(tmp_path / "out.glb").fps == 15.0
    assert (tmp_path / "out.fbx").stat().st_size > 100_000


@pytest.mark.xdist_group("blender_opening")
def test_fbx_is_opened_with_blender(kick: Motion, tmp_path: Path) -> None:
    tools.blender()
    face = np.zeros((len(kick), len(FACE_SHAPES)))
    face[:, FACE_SHAPES.index("jawOpen")] = np.linspace(0.0, 0.9, len(kick))
    (tmp_path / "kick.fbx").write_bytes(fbx.write_motion(kick.with_(face=face)))
    held = tmp_path / "character.fbx"
    still = kick.with_(rotations=kick.rotations[:1], root_positions=kick.root_positions[:1], face=face[:1])
    held.write_bytes(fbx.write_motion(still))
    report = answer(convert, tmp_path / "kick.fbx", tmp_path / "kick.glb")
    assert (report["files"][0]["name"], report["files"][0]["frames"]) == ("kick", len(kick))
    back = glb.read_motion(tmp_path / "kick.glb")
    order = [back.skeleton.index(name) for name in kick.skeleton.names]
    off = kinematics.forward(back)[1][:, order] - kinematics.forward(kick)[1]
    assert np.abs(off).max() < 1e-5
    assert back.face is not None and np.abs(back.face - face).max() < 1e-5
    answer(retarget, tmp_path / "kick.glb", held, "-o", tmp_path / "out.glb")
    character = glb.read_character(tmp_path / "out.glb")
    assert len(character.faces) == len(mannequin.load().faces)
    danced = glb.read_motion(tmp_path / "out.glb").face
    assert danced is not None and np.abs(danced - face).max() < 1e-5


@pytest.mark.xdist_group("blender_opening")
def test_hips_straight_above_an_upright_root_keep_their_path(
    kick: Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools.blender()
    monkeypatch.setattr(fbx, "_APART_M", 0.0)  # as other programs write it
    rooted = rigs.under_a_root(kick)
    (tmp_path / "rooted.fbx").write_bytes(fbx.write_motion(rooted))
    answer(convert, tmp_path / "rooted.fbx", tmp_path / "rooted.glb")
    back = glb.read_motion(tmp_path / "rooted.glb")
    hips = kinematics.forward(back)[1][:, back.skeleton.index("Hips")]
    assert np.abs(hips - kick.root_positions).max() < 1e-5


def test_without_blender_fbx_is_said_to_need_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_BLENDER", str(tmp_path / "none"))
    (tmp_path / "a.fbx").write_bytes(b"Kaydara FBX Binary  ")
    error = run(convert, tmp_path / "a.fbx", tmp_path / "a.glb").exception
    assert isinstance(error, KinetixError)
    assert error.code == "blenderNotFound"


@pytest.mark.xdist_group("blender_opening")
def test_broken_fbx_is_refused(tmp_path: Path) -> None:
    tools.blender()
    (tmp_path / "a.fbx").write_bytes(b"Kaydara FBX Binary  \0\x1a\0" + b"\xff" * 400)
    error = run(convert, tmp_path / "a.fbx", tmp_path / "a.glb").exception
    assert isinstance(error, KinetixError)
    assert "Blender" in error.title
