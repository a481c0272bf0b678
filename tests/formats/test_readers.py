"""Our files in other people's programs: the Khronos validator, Blender, ufbx and Godot agree with our forward kinematics."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_core import mannequin
from kinetix_core.formats import bvh, fbx, glb, usd
from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.retargeting.retarget import RetargetOptions
from kinetix_core.values.face_shapes import FACE_SHAPES
from kinetix_tools import retargeting
from tests.formats import rigs
from tests.motion import moves
from tests.motion.angles import angle_deg
from tests.support import clips, tools
from tests.support.takes import validator
from tests.support.waiting import LIMIT_S

HERE = Path(__file__).parent
TOLERANCE_M = 1e-5
TOLERANCE_DEG = 0.01
FRAMES = 24


@pytest.fixture(scope="module")
def motion() -> Motion:
    """Real movement in which every bone also turns a little, so that a swapped axis anywhere shows."""
    whole = moves.load("spinkick")
    wobble = clips.random_motion(len(whole), seed=5).rotations
    small = quat.exp(0.25 * quat.log(wobble))
    cut = slice(0, FRAMES)
    return whole.with_(
        rotations=quat.normalize(quat.multiply(whole.rotations, small))[cut],
        root_positions=whole.root_positions[cut],
        fps=30.0,
        extras={"contacts": [[0, 1]], "note": "ünï"},
    )


@pytest.fixture(scope="module")
def face() -> NDArray[np.float64]:
    """(F, 52) weights in which every shape is at work once."""
    weights = np.zeros((FRAMES, len(FACE_SHAPES)))
    for shape in range(len(FACE_SHAPES)):
        weights[shape % FRAMES, shape] = 0.2 + 0.75 * shape / len(FACE_SHAPES)
    return weights


def glb_forms(motion: Motion, face: NDArray[np.float64]) -> dict[str, bytes]:
    """Every kind of GLB that we write."""
    figure = rigs.character()
    character = glb.read_character(figure)
    on_it = rigs.dance(character.skeleton, FRAMES)
    posed = rigs.turned_rest(motion)
    return {
        "mixamo": glb.write_emote(motion),
        "legacy": glb.write_emote(motion, naming="legacy"),
        "generic": glb.write_emote(motion, naming="generic"),
        "fine": glb.write_emote(motion, detail="12k"),
        "face": glb.write_emote(motion.with_(face=face), naming="generic"),
        "fine_face": glb.write_emote(motion.with_(face=face), detail="12k", max_error_m=5e-6),
        "reduced": glb.write_emote(motion, max_error_m=5e-6),
        "bones": glb.write_motion(posed),
        "onto": glb.write_onto(character, [on_it]),
        "many": glb.write_onto(character, [on_it, on_it.with_(name="second", extras={})], keep_clips=True),
        "one_frame": glb.write_emote(
            motion.with_(rotations=motion.rotations[:1], root_positions=motion.root_positions[:1])
        ),
    }


def test_khronos_validator_has_nothing_to_say(motion: Motion, face: NDArray[np.float64], tmp_path: Path) -> None:
    files = []
    for name, data in glb_forms(motion, face).items():
        files.append(tmp_path / f"{name}.glb")
        files[-1].write_bytes(data)
    for file, issues in zip(files, validator.issues(*files), strict=True):
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), (file.name, issues["messages"])


@pytest.mark.parametrize("version", ["4.2", "5.2"])
@pytest.mark.xdist_group("bpy_formats")
def test_blender_sees_the_joints_where_we_do(
    version: str, motion: Motion, face: NDArray[np.float64], tmp_path: Path
) -> None:
    posed, rooted = rigs.turned_rest(motion), rigs.under_a_root(motion)
    files: dict[str, tuple[bytes, Motion]] = {
        "emote.glb": (glb.write_emote(motion), motion),
        "face.glb": (glb.write_emote(motion.with_(face=face)), motion),
        "bones.glb": (glb.write_motion(posed), posed),
        "emote.bvh": (bvh.write_motion(motion).encode(), motion),
        "posed.bvh": (bvh.write_motion(posed).encode(), posed),
        "emote.fbx": (fbx.write_motion(motion), motion),
        "face.fbx": (fbx.write_motion(motion.with_(face=face)), motion),
        "onto_face.fbx": retargeted(motion.with_(face=face), tmp_path),
        "posed.fbx": (fbx.write_motion(posed), posed),
        "emote.usd": (usd.write_motion(motion), motion),
        "face.usd": (usd.write_motion(motion.with_(face=face)), motion),
        "posed.usd": (usd.write_motion(posed), posed),
        "rooted.glb": (glb.write_motion(rooted), rooted),
        "rooted.bvh": (bvh.write_motion(rooted).encode(), rooted),
        "rooted.fbx": (fbx.write_motion(rooted), rooted),
    }
    for name, (data, _) in files.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        [
            tools.bpy_python(version),
            HERE / "bpy_joints.py",
            str(motion.fps),
            str(FRAMES),
            *(tmp_path / name for name in files),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for name, (_, written) in files.items():
        with np.load(tmp_path / f"{name}.npz") as seen:
            assert far(written, list(seen["names"]), seen["positions"]) < TOLERANCE_M, name
            away = quat.multiply(
                kinematics.forward(written)[0], quat.conjugate(kinematics.rest_pose(written.skeleton)[0])
            )
            assert turned(written, list(seen["names"]), seen["turns"], away) < TOLERANCE_DEG, name
            figure = glb.read_character(tmp_path / "character.glb") if name == "onto_face.fbx" else mannequin.load()
            shown(name, list(seen["shapes"]), seen["weights"], face, figure)
            if len(seen["shapes"]):
                largest = [np.linalg.norm(own.moves, axis=1).max(initial=0.0) for own in figure.face.values()]
                assert np.abs(seen["moved"] - largest).max() < TOLERANCE_M, name


def test_ufbx_sees_the_joints_where_we_do(motion: Motion, tmp_path: Path) -> None:
    posed = rigs.turned_rest(motion)
    for name, data, written in (("a", fbx.write_motion(motion), motion), ("b", fbx.write_motion(posed), posed)):
        path = tmp_path / f"{name}.fbx"
        path.write_bytes(data)
        command: list[str | Path] = [tools.python(), HERE / "ufbx_joints.py", str(motion.fps), str(FRAMES), path]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LIMIT_S)
        assert done.returncode == 0, done.stderr[-2000:]
        with np.load(tmp_path / f"{name}.fbx.npz") as seen:
            assert seen["counts"].tolist() == [len(written.skeleton), 1, 1]
            assert float(seen["fps"]) == pytest.approx(written.fps)
            assert far(written, list(seen["names"]), seen["positions"]) < TOLERANCE_M


def test_godot_sees_the_joints_where_we_do(
    motion: Motion, face: NDArray[np.float64], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    character = glb.read_character(rigs.character())
    danced = rigs.dance(character.skeleton, FRAMES)
    posed = rigs.turned_rest(motion)
    files = {
        "emote.glb": (glb.write_emote(motion), motion),
        "face.glb": (glb.write_emote(motion.with_(face=face)), motion),
        "legacy.glb": (glb.write_emote(motion, naming="legacy"), motion),
        "bones.glb": (glb.write_motion(posed), posed),
        "onto.glb": (glb.write_onto(character, [danced]), danced),
    }
    for name, (data, _) in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "project.godot").write_text('config_version=5\n[application]\nconfig/name="joints"\n')
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    done = subprocess.run(
        [
            *(tools.godot(), "--headless", "--no-header", "--path", tmp_path, "-s", HERE / "godot_joints.gd", "--"),
            *(str(motion.fps), str(FRAMES)),
            *(tmp_path / name for name in files),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        stdin=subprocess.DEVNULL,
    )
    lines = [line.removeprefix("JOINTS ") for line in done.stdout.splitlines() if line.startswith("JOINTS ")]
    assert len(lines) == len(files), done.stdout[-2000:] + done.stderr[-2000:]
    for (name, (_, written)), line in zip(files.items(), lines, strict=True):
        seen = json.loads(line)
        frames = np.array(seen["frames"]).reshape(FRAMES, -1, 7)
        assert far(written, seen["names"], frames[..., :3]) < TOLERANCE_M, name
        world = kinematics.forward(written)[0]
        assert turned(written, seen["names"], frames[..., 3:], world) < TOLERANCE_DEG, name
        shown(name, seen["shapes"], np.array(seen["weights"]).reshape(FRAMES, -1), face, mannequin.load())


def retargeted(emote: Motion, folder: Path) -> tuple[bytes, Motion]:
    """The FBX of an emote that was put on a character with some of a face's shapes, and what the body does in it."""
    source, character, out = (folder / name for name in ("talk.glb", "character.glb", "out.fbx"))
    source.write_bytes(glb.write_emote(emote))
    character.write_bytes(rigs.character_with_a_face())
    fitting = retargeting.load_fitting(retargeting.Wanted(character, None, RetargetOptions()))
    retargeting.put_on(fitting, retargeting.Job(source, out))
    return out.read_bytes(), fitting.fit(glb.read_motion(source))


def shown(name: str, shapes: list[str], weights: np.ndarray, face: NDArray[np.float64], figure: Figure) -> None:
    """That of all files those with a face, and no others, move the shapes that the figure has as it was told to."""
    if "face" not in name:
        assert not shapes, name
        return
    assert shapes == list(figure.face)
    columns = [FACE_SHAPES.index(shape) for shape in shapes]
    assert np.abs(weights - face[:, columns]).max() < 1e-4


def far(motion: Motion, names: list[str], positions: np.ndarray) -> float:
    """Largest distance of a joint from where forward kinematics has it, metres."""
    ours = kinematics.forward(motion)[1]
    assert len(names) >= len(motion.skeleton)
    order = [list(names).index(name) for name in motion.skeleton.names]
    return float(np.linalg.norm(positions[:, order] - ours, axis=-1).max())


def turned(motion: Motion, names: list[str], turns: np.ndarray, ours: np.ndarray) -> float:
    """Largest difference of rotations (F, J, 4), degrees."""
    order = [list(names).index(name) for name in motion.skeleton.names]
    return float(angle_deg(turns[:, order], ours).max())
