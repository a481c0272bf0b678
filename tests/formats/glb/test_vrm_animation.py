"""VRM animations: the form that the specification asks for, the same move from a T-pose, and a face that comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_core import formats
from kinetix_core.formats import glb
from kinetix_core.formats.glb import container
from kinetix_core.formats.glb.vrm_animation import write_vrm_animation
from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.formats import rigs as other_rigs
from tests.formats.faces import converted, face_of, with_face
from tests.motion import moves
from tests.support.takes import validator

REQUIRED = {bone[0].lower() + bone[1:] for bone in humanoid_profile.MAIN}


@pytest.fixture(scope="module")
def talking() -> Motion:
    """A walk in which the jaw opens by and by, one eye closes, and half a smile comes up."""
    walk = moves.load("walk")
    share = np.linspace(0.0, 1.0, len(walk))
    return with_face(walk, jawOpen=0.9 * share, eyeBlinkLeft=np.sin(np.pi * share), mouthSmileLeft=0.4 * (1 - share))


def document_of(data: bytes) -> dict[str, Any]:
    return container.parse(data).json


def limb_errors(motion: Motion, other: Motion) -> dict[str, float]:
    """The largest angle in degrees between a bone's directions in two motions."""
    first, second = map_bones(motion.skeleton), map_bones(other.skeleton)
    directions: dict[str, list[NDArray[np.float64]]] = {}
    for bones, one in ((first, motion), (second, other)):
        at = kinematics.forward(one)[1]
        for bone, end in humanoid_profile.CHILD.items():
            if all(name in there for name in (bone, end) for there in (first, second)):
                direction = at[:, bones.index(end)] - at[:, bones.index(bone)]
                directions.setdefault(bone, []).append(direction / np.linalg.norm(direction, axis=1, keepdims=True))
    return {
        bone: float(np.degrees(np.arccos(np.clip((a * b).sum(1), -1, 1))).max()) for bone, (a, b) in directions.items()
    }


def test_the_file_has_the_form_of_the_specification(talking: Motion, tmp_path: Path) -> None:
    data = write_vrm_animation(talking)
    document = document_of(data)
    assert document["extensionsUsed"] == ["VRMC_vrm_animation"] and "meshes" not in document
    extension = document["extensions"]["VRMC_vrm_animation"]
    assert extension["specVersion"] == "1.0"
    bones = {bone: row["node"] for bone, row in extension["humanoid"]["humanBones"].items()}
    assert set(bones) > REQUIRED and not {"root", "leftEye", "rightEye"} & set(bones)
    assert all(document["nodes"][node]["name"] == bone for bone, node in bones.items())
    (clip,) = document["animations"]
    moved = [(channel["target"]["node"], channel["target"]["path"]) for channel in clip["channels"]]
    assert len(moved) == len(set(moved))
    assert {node for node, path in moved if path == "translation"} & set(bones.values()) == {bones["hips"]}
    assert "scale" not in {path for _, path in moved}
    file = tmp_path / "talking.vrma"
    file.write_bytes(data)
    (report,) = validator.issues(file)
    assert (report["numErrors"], report["numWarnings"]) == (0, 0), report


def test_it_rests_in_a_t_pose_that_faces_ahead(talking: Motion) -> None:
    document = document_of(write_vrm_animation(talking))
    nodes = document["nodes"]
    place = {nodes[0]["name"]: np.array(nodes[0]["translation"])}
    for node in nodes:
        assert not {"rotation", "scale", "matrix"} & set(node)
        for child in node.get("children", ()):
            place[nodes[child]["name"]] = place[node["name"]] + nodes[child]["translation"]
    for side, out in (("left", 1.0), ("right", -1.0)):
        arm = [place[f"{side}{part}"] for part in ("UpperArm", "LowerArm", "Hand", "MiddleIntermediate")]
        assert np.ptp([joint[1] for joint in arm]) < 1e-6 and (np.diff([joint[0] for joint in arm]) * out > 0).all()
        leg = [place[f"{side}{part}"] for part in ("UpperLeg", "LowerLeg", "Foot")]
        assert np.ptp([joint[[0, 2]] for joint in leg], axis=0).max() < 1e-6 and leg[0][0] * out > 0
        assert place[f"{side}Toes"][2] > leg[2][2] and 0 < leg[2][1] < 0.2
        assert place[f"{side}IndexProximal"][2] > place[f"{side}LittleProximal"][2], "the palm is down"


@pytest.mark.parametrize("rig", ["walk", "other"])
def test_the_move_is_the_same(rig: str) -> None:
    motion = moves.load("walk")
    if rig == "other":
        motion = other_rigs.turned_rest(motion)
    read = glb.read_motion(write_vrm_animation(motion))
    assert len(read) == len(motion) and read.fps == pytest.approx(motion.fps, rel=1e-3)
    errors = limb_errors(motion, read)
    feet = {bone: errors.pop(bone) for bone in ("LeftFoot", "RightFoot")}
    assert len(errors) > 25 and max(errors.values()) < 0.1, errors
    assert max(feet.values()) < 2.5, "where a foot points is placed by eye"
    hips, own = map_bones(motion.skeleton).index("Hips"), map_bones(read.skeleton).index("Hips")
    paths = kinematics.forward(motion)[1][:, hips], kinematics.forward(read)[1][:, own]
    assert np.abs(paths[0] - paths[1]).max() < 1e-3


def test_a_shape_is_told_once_and_comes_back(talking: Motion) -> None:
    data = write_vrm_animation(talking)
    told = document_of(data)["extensions"]["VRMC_vrm_animation"]["expressions"]
    assert {kind: set(rows) for kind, rows in told.items()} == {
        "preset": {"aa", "blinkLeft"},
        "custom": {"mouthSmileLeft"},
    }
    read = glb.read_motion(data)
    assert np.abs(face_of(read) - face_of(talking)).max() < 1e-6
    assert not set(FACE_SHAPES) & set(read.skeleton.names)
    for quiet in (talking.with_(face=None), talking.with_(face=np.zeros_like(face_of(talking)))):
        without = write_vrm_animation(quiet)
        assert "expressions" not in document_of(without)["extensions"]["VRMC_vrm_animation"]
        assert glb.read_motion(without).face is None


def test_the_command_takes_it_there_and_back(talking: Motion, tmp_path: Path) -> None:
    source, between, out = tmp_path / "talking.glb", tmp_path / "talking.vrma", tmp_path / "again.glb"
    source.write_bytes(glb.write_emote(talking, naming="generic"))
    converted(source, between)
    assert "face is left out" not in converted(between, out, "--mannequin")
    again = formats.read_motion(out)
    assert np.abs(face_of(again) - face_of(talking)).max() < 1e-5
    errors = limb_errors(talking, again)
    assert max(error for bone, error in errors.items() if "Foot" not in bone) < 1.0, errors
    assert "face is left out" in converted(between, out, "--force") and formats.read_motion(out).face is None


def test_an_upper_body_leaves_the_legs_alone(talking: Motion) -> None:
    rest = talking.skeleton
    still = talking.rotations.copy()
    for bone, name in enumerate(rest.names):
        if name == "Hips" or any(part in name for part in ("Leg", "Foot", "Toe")):
            still[:, bone] = rest.rest_rotations[bone]
    path = np.tile(rest.rest_translations[0], (len(talking), 1))
    desk = talking.with_(rotations=still, root_positions=path, extras={"body": "upper"})
    data = write_vrm_animation(desk)
    document = document_of(data)
    bones = document["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]
    moved = {channel["target"]["node"] for channel in document["animations"][0]["channels"]}
    turned = {bone for bone in REQUIRED if bones[bone]["node"] in moved}
    assert turned == {bone for bone in REQUIRED if bone != "hips" and "Leg" not in bone and "Foot" not in bone}
    assert glb.read_motion(data).skeleton.names[0] == "hips", "the bones are those that the file says"


def test_a_figure_that_is_none_is_refused() -> None:
    walk = moves.load("walk")
    legless = walk.skeleton.names.index("RightUpLeg")
    kept = [bone for bone in range(len(walk.skeleton)) if legless not in walk.skeleton.up_to_root(bone)]
    parents = [kept.index(int(walk.skeleton.parents[bone])) if bone else -1 for bone in kept]
    skeleton = type(walk.skeleton)(
        tuple(walk.skeleton.names[bone] for bone in kept),
        np.array(parents, np.int64),
        walk.skeleton.rest_rotations[kept],
        walk.skeleton.rest_translations[kept],
    )
    with pytest.raises(FormatError) as caught:
        write_vrm_animation(walk.with_(skeleton=skeleton, rotations=walk.rotations[:, kept]))
    assert "RightUpperLeg" in caught.value.detail and caught.value.next_step


def _changed(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    document = container.parse(data)
    copied = json.loads(json.dumps(document.json))
    change(copied["extensions"]["VRMC_vrm_animation"])
    return container.pack(copied, bytes(document.buffers[0]))


def test_what_the_extension_says_is_not_trusted(talking: Motion) -> None:
    data = write_vrm_animation(talking)
    for place in ({"node": 9999}, {"node": -1}, {"node": "0"}, {}, 7):
        for part in ("expressions", "humanoid"):

            def damage(extension: dict[str, Any], part: str = part, place: object = place) -> None:
                rows = (
                    extension["expressions"]["custom"] if part == "expressions" else extension["humanoid"]["humanBones"]
                )
                rows["mouthSmileLeft" if part == "expressions" else "head"] = place

            with pytest.raises(FormatError):
                glb.read_motion(_changed(data, damage))
    nothings: tuple[object, ...] = (None, [], "face", {"custom": 3, "preset": []})
    for nothing in nothings:

        def emptied(extension: dict[str, Any], nothing: object = nothing) -> None:
            extension["expressions"] = nothing

        assert glb.read_motion(_changed(data, emptied)).face is None
