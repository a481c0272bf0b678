"""GLB: what is written is read back, and what others write is understood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinetix_core import mannequin
from kinetix_core.formats import glb, humanoid
from kinetix_core.formats.figure import on_mannequin
from kinetix_core.formats.glb import container
from kinetix_core.motion import Motion, Skeleton, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import layers
from kinetix_core.values.errors import FormatError
from tests.formats import rigs
from tests.formats.glb import plain_gltf
from tests.formats.strategies import motions
from tests.motion.angles import angle_deg
from tests.support import clips

pytestmark = pytest.mark.quick


def same(a: Motion, b: Motion, metres: float = 1e-5, degrees: float = 0.01) -> None:
    (turns_a, places_a), (turns_b, places_b) = kinematics.forward(a), kinematics.forward(b)
    assert len(a) == len(b)
    assert a.fps == b.fps
    assert np.abs(places_a - places_b).max() < metres
    assert angle_deg(turns_a, turns_b).max() < degrees


@given(motions())
@settings(max_examples=40, deadline=None)
def test_any_motion_comes_back(motion: Motion) -> None:
    back = glb.read_motion(glb.write_motion(motion))
    assert back.skeleton.names == motion.skeleton.names
    assert back.skeleton.parents.tolist() == motion.skeleton.parents.tolist()
    assert back.name == motion.name
    assert back.extras == motion.extras
    same(motion, back)
    rest_a, rest_b = kinematics.rest_pose(motion.skeleton), kinematics.rest_pose(back.skeleton)
    assert np.abs(rest_a[1] - rest_b[1]).max() < 1e-5
    assert angle_deg(rest_a[0], rest_b[0]).max() < 0.01


@given(motions(tree=False), st.floats(1e-4, 0.05))
@settings(max_examples=25, deadline=None)
def test_thinned_keys_stay_within_the_stated_error(motion: Motion, error_m: float) -> None:
    back = glb.read_motion(glb.write_motion(motion, max_error_m=error_m))
    assert len(back) == len(motion)
    off = np.linalg.norm(kinematics.forward(back)[1] - kinematics.forward(motion)[1], axis=-1)
    assert off.max() <= error_m + 1e-5


@pytest.mark.parametrize("frames", [2, 12, 40, 300])
@pytest.mark.parametrize("error_m", [1e-4, 1e-3, 0.1])
def test_thinned_keys_take_no_more_bytes_than_all_of_them(frames: int, error_m: float) -> None:
    motion = clips.random_motion(frames)
    assert len(glb.write_emote(motion, max_error_m=error_m)) <= len(glb.write_emote(motion))


@pytest.mark.parametrize("naming", ["mixamo", "legacy", "generic"])
def test_emote_on_the_mannequin(naming: str) -> None:
    motion = clips.random_motion(20)
    data = glb.write_emote(motion, naming=naming)
    glb.check(data)
    back = glb.read_motion(data)
    same(motion, back)
    assert ("LeftThigh" in back.skeleton.names) == (naming == "generic")
    assert on_mannequin(back.skeleton)  # whatever the bones are called
    assert len(humanoid.find(back.skeleton)) == 52
    same(motion, glb.read_motion(glb.write_emote(back)))
    document, _ = rigs.parts(data)
    mesh = next(number for number, node in enumerate(document["nodes"]) if "mesh" in node)
    assert mesh in document["scenes"][0]["nodes"]  # a skinned mesh below another node draws a warning
    assert len(document["skins"]) == 1


def test_same_motion_gives_the_same_bytes() -> None:
    assert glb.write_emote(clips.random_motion(5)) == glb.write_emote(clips.random_motion(5))


def test_another_skeleton_with_the_mannequins_names_is_not_taken_for_it() -> None:
    motion = clips.random_motion(3)
    own = motion.skeleton
    other = Skeleton(own.names, own.parents, own.rest_rotations, own.rest_translations * 1.2)
    with pytest.raises(FormatError, match="mannequin"):
        glb.write_emote(motion.with_(skeleton=other))


def test_character_below_a_scaled_and_turned_node() -> None:
    body = mannequin.load()
    character = glb.read_character(rigs.character())
    assert character.skeleton.names[0] == "Root"
    assert "LeftHelper" in character.skeleton.names
    _, places = kinematics.rest_pose(character.skeleton)
    for bone, name in enumerate(body.skeleton.names):
        assert np.abs(places[character.skeleton.index(name)] - body.heads[bone]).max() < 1e-5, name
    assert np.abs(character.vertices - body.vertices).max() < 1e-5
    assert len(character.faces) == len(body.faces)


@pytest.mark.parametrize("keep", [False, True])
def test_clips_onto_a_character(keep: bool) -> None:
    character = glb.read_character(rigs.character())
    first = rigs.dance(character.skeleton, 12)
    second = first.with_(name="second", rotations=first.rotations[::-1].copy())
    data = glb.write_onto(character, [first, second], keep_clips=keep)
    back = {motion.name: motion for motion in glb.read_motions(data)}
    assert list(back) == [*(["T-Pose"] if keep else []), "dance", "second"]
    same(first, back["dance"])
    same(second, back["second"])
    assert glb.read_motion(data, "second").name == "second"
    with pytest.raises(FormatError, match="no clip"):
        glb.read_motion(data, "third")
    again = glb.read_character(data)
    assert np.abs(again.vertices - character.vertices).max() < 1e-6  # the rest pose is untouched


def test_meshes_that_share_bones_are_bound_each_by_its_own_skin() -> None:
    """Body and clothes, bound in different units."""
    maker = rigs.Maker()
    bones = [maker.node(f"bone{k}", children=[k + 1] if k == 0 else [], translation=[0, 0.5, 0]) for k in range(2)]
    points = np.array([[0, 0.5, 0], [1, 0.5, 0], [0, 1.5, 0]], "<f4")
    joints = maker.put(np.array([[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]], "u1"), "VEC4")
    weights = maker.put(np.tile(np.array([1, 0, 0, 0], "<f4"), (3, 1)), "VEC4")
    skins, meshes = [], []
    for unit in (1.0, 100.0):
        inverse = np.tile(np.eye(4), (2, 1, 1))
        inverse[:, :3, :3] /= unit
        inverse[:, 1, 3] = [-0.5, -1.0]
        bind = maker.put(inverse.transpose(0, 2, 1).reshape(2, 16).astype("<f4"), "MAT4")
        skins.append({"joints": bones, "inverseBindMatrices": bind})
        position = maker.put(points * np.float32(unit), "VEC3")
        attributes = {"POSITION": position, "JOINTS_0": joints, "WEIGHTS_0": weights}
        meshes.append({"primitives": [{"attributes": attributes}]})
        maker.node(f"mesh{unit}", mesh=len(meshes) - 1, skin=len(skins) - 1)
    maker.document |= {"skins": skins, "meshes": meshes}
    character = glb.read_character(maker.glb())
    np.testing.assert_allclose(character.vertices, np.concatenate([points, points]), atol=1e-6)


def as_written(data: bytes, clip: str, motion: Motion) -> None:
    """Every joint is where a plain reading of the file has it, and turned as there; a mirror through a point is no turn."""
    scene = plain_gltf.Scene(data)
    turns, places = kinematics.forward(motion)
    for frame in range(len(motion)):
        world = scene.world(clip, frame / motion.fps)
        for bone, name in enumerate(motion.skeleton.names):
            assert np.abs(world[name][:3, 3] - places[frame, bone]).max() < 1e-5, (name, frame)
            linear = world[name][:3, :3] / np.cbrt(np.linalg.det(world[name][:3, :3]))
            assert np.abs(linear - quat.to_matrix(turns[frame, bone])).max() < 1e-5, (name, frame)


@pytest.mark.parametrize("seed", range(8))
def test_nodes_that_mirror_are_read_and_written_as_they_stand(seed: int) -> None:
    data = rigs.mirrored(seed)
    as_written(data, "mirrored", glb.read_motion(data))
    character = glb.read_character(data)
    points = plain_gltf.Scene(data).values(
        character.document.json["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    )
    np.testing.assert_allclose(character.vertices, points, atol=1e-5)  # as it was bound
    dance = rigs.dance(character.skeleton, 5)
    moving = {2: dance.skeleton.rest_translations[2] + dance.root_positions - dance.root_positions[0]}
    out = glb.write_onto(character, [dance.with_(translations=moving)], keep_clips=True)
    as_written(out, "dance", dance.with_(translations=moving))
    as_written(out, "mirrored", glb.read_motion(out, "mirrored"))


def test_a_mesh_that_is_mirrored_still_shows_its_outside() -> None:
    maker = rigs.Maker()
    bone = maker.node("bone", children=[1])
    maker.node("hat", mesh=0, scale=[-1, 1, 1])
    maker.document["skins"] = [{"joints": [bone]}]
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4")
    maker.document["meshes"] = [{"primitives": [{"attributes": {"POSITION": maker.put(corners, "VEC3")}}]}]
    character = glb.read_character(maker.glb())
    a, b, c = character.vertices[character.faces[0]]
    np.testing.assert_allclose(np.cross(b - a, c - a), [0, 0, 1], atol=1e-9)


def test_nothing_of_an_old_clip_stays_behind() -> None:
    """A skin's joints are numbers too, and those of accessors that held the old clip among them."""
    first = glb.write_emote(rigs.dance(mannequin.load().skeleton, 120))
    character = glb.read_character(first)
    again = glb.write_onto(character, [rigs.dance(character.skeleton, 120)])
    assert abs(len(again) - len(first)) < 2000
    document, _ = rigs.parts(glb.write_onto(character, [rigs.dance(character.skeleton, 2)]))
    assert len(document["accessors"]) == len(rigs.parts(first)[0]["accessors"])
    assert all("bufferView" in accessor for accessor in document["accessors"])
    # What an extension may mean by its numbers is left alone.
    held, binary = rigs.parts(first)
    last = len(held["accessors"]) - 1
    held["extensions"] = {"EXT_unknown": {"table": [last]}}
    kept = glb.read_character(rigs.join(held, binary))
    document, _ = rigs.parts(glb.write_onto(kept, [rigs.dance(kept.skeleton, 2)]))
    assert document["accessors"][last] == held["accessors"][last]


def test_path_of_hips_below_a_root_bone() -> None:
    character = glb.read_character(rigs.character())
    motion = rigs.dance(character.skeleton, 6)
    hips = character.skeleton.index("Hips")
    path = character.skeleton.rest_translations[hips] + np.linspace(0, 1, 6)[:, None] * [0.1, 0.2, 0.3]
    moving = motion.with_(translations={hips: path})
    back = glb.read_motion(glb.write_onto(character, [moving]))
    assert list(back.translations) == [hips]
    same(moving, back)


def test_every_kind_of_accessor_and_interpolation() -> None:
    data = rigs.every_kind_of_accessor()
    kinds, strided = glb.read_motions(data)
    turns = quat.exp(np.array([[0, 0, 0], [0.3, 0, 0], [0, 0.6, 0]], float))
    assert (kinds.name, kinds.fps, len(kinds)) == ("kinds", 30.0, 31)
    keys = [0, 15, 30]
    for bone, tolerance in ((0, 0.01), (1, 0.01), (2, 1.0)):  # normalised shorts, cubic, normalised bytes
        assert angle_deg(kinds.rotations[keys, bone], turns).max() < tolerance
    # Cubic with zero tangents is a smooth step; at a quarter of the way 5/32 of it is done.
    halfway = quat.normalize(turns[0] * 0.5 + turns[1] * 0.5)
    assert angle_deg(kinds.rotations[[7, 8], 1].mean(0), halfway) < 0.5
    assert angle_deg(kinds.rotations[14, 2], turns[0]) < 1.0  # a step holds until its next key
    assert np.abs(kinds.root_positions[keys] - [[0, 0, 0], [0, 1, 0], [0, 0, 0]]).max() < 1e-6  # sparse
    assert angle_deg(strided.rotations[keys, 1], turns).max() < 0.01
    middle = quat.slerp(turns[1], turns[2], 0.2)
    assert angle_deg(strided.rotations[18, 1], middle) < 0.01


@pytest.mark.parametrize("source", ["mannequin", "below a turned and scaled node"])
def test_rest_pose_comes_from_the_skin_when_the_file_was_saved_in_a_pose(source: str) -> None:
    data = glb.write_emote(clips.random_motion(3)) if source == "mannequin" else rigs.character()
    rest = glb.read_character(data)
    document, binary = rigs.parts(data)
    names = [node.get("name") for node in document["nodes"]]
    for bone, angle in (("LeftArm", 0.9), ("Hips", 0.4), ("Spine", -0.3)):
        document["nodes"][names.index(bone)]["rotation"] = quat.from_axis_angle([0.0, 0, 1], angle).tolist()
    moved = document["nodes"][names.index("Hips")]
    moved["translation"] = [value + (3 if source == "mannequin" else 300) for value in moved["translation"]]
    posed = rigs.join(document, binary)
    read = glb.read_motion(posed)
    assert angle_deg(read.skeleton.rest_rotations, rest.skeleton.rest_rotations).max() < 0.01
    assert np.abs(read.skeleton.rest_translations - rest.skeleton.rest_translations).max() < 1e-5
    character = glb.read_character(posed)
    assert np.abs(character.vertices - rest.vertices).max() < 1e-4
    danced = rigs.dance(character.skeleton, 4)
    back = glb.read_motion(glb.write_onto(character, [danced]))
    same(danced, back)
    assert np.abs(back.skeleton.rest_translations - rest.skeleton.rest_translations).max() < 1e-5


def test_rounded_scales_of_a_character_do_not_move_its_rest_pose() -> None:
    document, binary = rigs.parts(glb.write_emote(clips.random_motion(3)))
    # As a turned object in Blender gets them.
    rounded = np.random.default_rng(2).normal(1, 4e-6, (len(document["nodes"]), 3))
    for node, scale in zip(document["nodes"], rounded.tolist(), strict=True):
        node.setdefault("scale", scale)
    character = glb.read_character(rigs.join(document, binary))
    after, _ = rigs.parts(glb.write_onto(character, [rigs.dance(character.skeleton, 3)]))
    assert after["nodes"] == document["nodes"]


def test_skeleton_without_a_skin_is_what_is_animated() -> None:
    document, binary = rigs.parts(glb.write_emote(clips.random_motion(3)))
    del document["skins"]
    document["nodes"] = [{k: v for k, v in node.items() if k not in ("mesh", "skin")} for node in document["nodes"]]
    data = rigs.join(document, binary)
    same(clips.random_motion(3), glb.read_motion(data))
    glb.check(data)


def test_two_trees_of_bones() -> None:
    maker = rigs.Maker()
    prop = maker.node("Prop", translation=[5, 0, 0])
    root = maker.node("Hips", children=[2], translation=[0, 1, 0])
    spine = maker.node("Spine", translation=[0, 0.3, 0])
    maker.document["scenes"] = [{"nodes": [prop, root]}]
    maker.document["skins"] = [{"joints": [prop, root, spine]}]
    times = maker.put(np.array([0, 1 / 30], "<f4"), "SCALAR")
    moved = maker.put(np.array([[5, 0, 0], [6, 0, 0]], "<f4"), "VEC3")
    turned = maker.put(np.array([[0, 0, 0, 1], [0, 1, 0, 0]], "<f4"), "VEC4")
    maker.clip("two", [(prop, "translation", times, moved, "LINEAR"), (root, "rotation", times, turned, "LINEAR")])
    read = glb.read_motion(maker.glb())
    assert read.skeleton.names == ("Hips", "Spine", "Prop")  # the larger tree first
    assert kinematics.forward(read)[1][1, 2].tolist() == [6, 0, 0]


@pytest.mark.parametrize("fps", [24.0, 25.0, 30.0, 60.0, 120.0, 30000 / 1001, 23.5, 12.5])
def test_rate_is_found_from_the_times_alone(fps: float) -> None:
    motion = clips.random_motion(50, fps)
    document, binary = rigs.parts(glb.write_emote(motion))
    del document["animations"][0]["extras"]
    read = glb.read_motion(rigs.join(document, binary))
    assert read.fps == pytest.approx(fps, rel=1e-5)
    assert len(read) == 50


def test_gltf_with_its_data_inside() -> None:
    import base64
    import json

    document, binary = rigs.parts(glb.write_emote(clips.random_motion(3)))
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    same(clips.random_motion(3), glb.read_motion(json.dumps(document).encode()))


def test_check_reads_a_path(tmp_path: Path) -> None:
    path = tmp_path / "emote.glb"
    path.write_bytes(glb.write_emote(clips.random_motion(3)))
    glb.check(path)
    document, binary = rigs.parts(path.read_bytes())
    document["images"] = [{"uri": "https://example.com/a.png"}]
    with pytest.raises(FormatError, match="another file"):
        glb.check(rigs.join(document, binary))
    del document["animations"]
    with pytest.raises(FormatError):
        glb.check(rigs.join(document, binary))


def test_bytes_of_dropped_clips_go_with_them() -> None:
    small = glb.write_onto(glb.read_character(rigs.character(clip=False)), [])
    heavy = glb.read_character(rigs.character(clip=False))
    full = glb.write_onto(heavy, [rigs.dance(heavy.skeleton, 500)])
    again = glb.read_character(full)
    motion = rigs.dance(again.skeleton, 5)
    light = glb.write_onto(again, [motion])
    assert len(light) < len(small) + 40_000 < len(full)
    same(motion, glb.read_motion(light))
    assert np.abs(glb.read_character(light).vertices - again.vertices).max() < 1e-6


def test_data_of_unknown_extensions_survives() -> None:
    document, binary = rigs.parts(rigs.character())
    used = document["animations"][0]["samplers"][0]["output"]
    document["extensionsUsed"] = ["MY_extension"]
    document["extensions"] = {"MY_extension": {"table": used}}
    document["bufferViews"].append({"buffer": 0, "byteOffset": 0, "byteLength": 16})
    document["images"] = [{"bufferView": len(document["bufferViews"]) - 1, "mimeType": "image/png"}]
    document["textures"] = [{"source": 0}]
    character = glb.read_character(rigs.join(document, binary))
    after, data = rigs.parts(glb.write_onto(character, [rigs.dance(character.skeleton, 3)]))
    kept = after["accessors"][after["extensions"]["MY_extension"]["table"]]
    view = after["bufferViews"][kept["bufferView"]]
    old = document["bufferViews"][document["accessors"][used]["bufferView"]]
    assert data[view["byteOffset"] :][: view["byteLength"]] == binary[old["byteOffset"] :][: old["byteLength"]]
    image = after["bufferViews"][after["images"][0]["bufferView"]]
    assert data[image["byteOffset"] :][:16] == binary[:16]


def test_names_that_no_encoding_has_are_made_harmless() -> None:
    document, binary = rigs.parts(rigs.character())
    document["nodes"][0]["name"] = "Hips\ud800"
    document["animations"][0]["name"] = "clip\0\udfff"
    document["asset"]["extras"] = {"note": "\ud800"}
    data = rigs.join(document, binary)
    motion = glb.read_motion(data)
    assert (motion.name, motion.skeleton.names[1]) == ("clip ?", "Hips?")
    character = glb.read_character(data)
    back = glb.read_motion(glb.write_onto(character, [rigs.dance(character.skeleton, 3).with_(name=motion.name)]))
    assert back.name == "clip ?"


def test_facts_that_are_no_json_are_refused() -> None:
    for extras in ({"score": float("nan")}, {"score": object()}):
        with pytest.raises(FormatError):
            glb.write_emote(clips.random_motion(2).with_(extras=extras))


def test_movement_of_the_nodes_above_the_skeleton_is_kept() -> None:
    maker = rigs.Maker()
    turn = quat.from_axis_angle([1.0, 0, 0], -np.pi / 2)
    armature = maker.node("Armature", children=[1], scale=[0.01] * 3, rotation=turn.tolist(), translation=[0, 2, 0])
    hips = maker.node("Hips", children=[2], translation=[0, 0, 90])
    maker.node("Spine", translation=[0, 0, 40])
    maker.document["scenes"] = [{"nodes": [armature]}]
    maker.document["skins"] = [{"joints": [hips, 2]}]
    times = maker.put(np.array([0, 1 / 30], "<f4"), "SCALAR")
    path = maker.put(np.array([[0, 2, 0], [3, 2, 0]], "<f4"), "VEC3")
    spin = quat.multiply(quat.from_axis_angle([0.0, 1, 0], np.pi / 2), turn)
    turns = maker.put(np.array([turn, spin], "<f4"), "VEC4")
    still = maker.put(np.array([[0, 0, 0, 1]] * 2, "<f4"), "VEC4")
    maker.clip(
        "walk",
        [
            (armature, "translation", times, path, "LINEAR"),
            (armature, "rotation", times, turns, "LINEAR"),
            (2, "rotation", times, still, "LINEAR"),
        ],
    )
    motion = glb.read_motion(maker.glb())
    turns_world, places = kinematics.forward(motion)
    assert motion.skeleton.names == ("Hips", "Spine")
    assert places[0] == pytest.approx(np.array([[0, 2.9, 0], [0, 3.3, 0]]), abs=1e-6)
    assert places[1] == pytest.approx(np.array([[3, 2.9, 0], [3, 3.3, 0]]), abs=1e-6)
    assert angle_deg(turns_world[1, 0], spin) < 0.01


@pytest.mark.parametrize("size", [1, 100, 1000])
def test_bones_and_frames_of_every_size_keep_the_limits(size: int) -> None:
    motion = clips.random_motion(size)
    assert len(glb.read_motion(glb.write_emote(motion))) == size


def _wave() -> Motion:
    """An emote of the upper body alone: a raised arm over hips and legs at rest."""
    skeleton = mannequin.load("1k").skeleton
    rotations = np.tile(skeleton.rest_rotations, (31, 1, 1))
    rotations[:, skeleton.index("LeftArm")] = quat.from_axis_angle([0.0, 0.0, 1.0], np.linspace(0.0, 1.0, 31))
    path = np.tile(skeleton.rest_translations[0], (31, 1))
    return Motion(skeleton, 30.0, rotations, path, name="wave", extras={"body": "upper"})


@pytest.mark.parametrize("max_error_m", [None, 0.001])
def test_an_upper_body_has_no_tracks_for_hips_and_legs_that_rest(max_error_m: float | None) -> None:
    content = glb.write_emote(_wave(), max_error_m=max_error_m)
    document = container.describe(content).json
    (animation,) = document["animations"]
    moved = {document["nodes"][channel["target"]["node"]]["name"] for channel in animation["channels"]}
    assert {"LeftArm", "Spine", "Head"} <= moved and not moved & {"Hips", "LeftUpLeg", "RightFoot"}
    again = glb.read_motion(content)
    assert len(again) == 31 and again.extras["body"] == "upper"
    assert np.abs(again.rotations - _wave().rotations).max() < 1e-3
    assert np.allclose(again.root_positions, _wave().root_positions)


def test_what_moves_has_a_track_whatever_the_metadata_says() -> None:
    wave = _wave()
    rotations, path = wave.rotations.copy(), wave.root_positions.copy()
    rotations[:, wave.skeleton.index("LeftLeg")] = quat.from_axis_angle([1.0, 0.0, 0.0], np.linspace(0.0, 1.0, 31))
    path[:, 0] += 1.0
    again = glb.read_motion(glb.write_emote(wave.with_(rotations=rotations, root_positions=path)))
    assert np.abs(again.rotations - rotations).max() < 1e-6 and np.allclose(again.root_positions, path)


def test_an_upper_body_over_a_walk_is_a_whole_one() -> None:
    wave, walk = _wave(), _wave().with_(extras={"contacts": [[True, True]] * 31})
    assert layers.masked(wave, wave, "legs").extras["body"] == "upper"
    for mixed in (layers.masked(wave, walk, "legs"), layers.masked(walk, wave, "upper_body")):
        assert "body" not in mixed.extras
