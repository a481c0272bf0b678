"""Previews: what is drawn is where the body is, the same every time, and its files are what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.formats.figure import vertex_normals
from kinetix_core.motion import Motion, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.retargeting.retarget import retarget
from kinetix_core.values.errors import InputError
from kinetix_core.values.face_shapes import FACE_SHAPES
from kinetix_tools.preview import pictures, side_by_side
from kinetix_tools.preview.camera import follow
from kinetix_tools.preview.raster import rasterise
from kinetix_tools.preview.render import figure_of, render
from kinetix_tools.preview.skinning import posed
from tests.formats import rigs
from tests.motion import moves
from tests.motion import rigs as motion_rigs
from tests.support import clips


@pytest.fixture(scope="module")
def kick() -> Motion:
    return moves.load("spinkick")


def body(picture: np.ndarray) -> np.ndarray:
    """The pixels of the figure: it is blue, floor and background are nearly grey."""
    figure: NDArray[Any] = picture[..., 2].astype(int) - picture[..., 0] > 45
    return figure


@pytest.mark.quick
def test_one_triangle_is_filled_once_and_the_nearer_one_wins() -> None:
    points = np.array([[1, 1, 5], [1, 9, 5], [9, 1, 5], [0, 0, 3], [0, 20, 3], [20, 0, 3]], np.float32)
    near, far = np.array([[3, 4, 5]]), np.array([[0, 1, 2]])
    alone = rasterise(points, far, 12, 12)
    assert len(set(alone.pixels.tolist())) == len(alone.pixels)
    assert len(alone.pixels) == pytest.approx(32, abs=5)
    assert np.abs(alone.weights.sum(1) - 1).max() < 1e-5
    for order in (np.concatenate([far, near]), np.concatenate([near, far])):
        both = rasterise(points, order, 12, 12)
        assert (order[both.triangles] == near).all(1).all()
    assert not len(rasterise(points, far[:, ::-1], 12, 12).pixels)  # seen from behind
    assert not len(rasterise(points + 100, far, 12, 12).pixels)


@pytest.mark.quick
def test_skinned_vertices_at_rest_are_the_rest_pose() -> None:
    figure = mannequin.load()
    rest = Motion(figure.skeleton, 30.0, figure.skeleton.rest_rotations[None], figure.skeleton.rest_translations[:1])
    vertices, normals = next(posed(figure, rest, [0]))
    assert np.abs(vertices - figure.vertices).max() < 1e-5
    assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-5


@pytest.mark.quick
def test_the_face_moves_as_its_weights_say_and_is_shaded_as_it_is() -> None:
    figure, shapes = mannequin.load(), mannequin.face_shapes()
    stand = Motion(figure.skeleton, 30.0, figure.skeleton.rest_rotations[None], figure.skeleton.rest_translations[:1])
    three = stand.with_(rotations=stand.rotations.repeat(3, 0), root_positions=stand.root_positions.repeat(3, 0))
    weights = np.zeros((3, len(FACE_SHAPES)))
    weights[1:] = np.random.default_rng(2).uniform(0, 1, (2, len(FACE_SHAPES)))
    still, *moved = list(posed(figure, three.with_(face=weights), [0, 1, 2]))
    for (vertices, normals), own in zip(moved, weights[1:], strict=True):
        wanted = figure.vertices + np.einsum("s,svk->vk", own, shapes)
        assert np.abs(vertices - wanted).max() < 1e-5
        assert np.abs(normals - vertex_normals(wanted, figure.faces)).max() < 1e-4
    (rest,) = list(posed(figure, stand, [0]))
    assert np.array_equal(still[0], rest[0]) and np.array_equal(still[1], rest[1])


def test_a_mouth_that_opens_is_seen_in_the_picture_and_nothing_else_changes() -> None:
    """On the mannequin and on a character that has some of the shapes, one of which its motion moves."""
    face = np.zeros((1, len(FACE_SHAPES)))
    face[0, FACE_SHAPES.index("jawOpen")] = 0.8
    character = glb.read_character(rigs.character_with_a_face())
    for figure in (mannequin.load(), character):
        skeleton = figure.skeleton
        stand = Motion(skeleton, 30.0, skeleton.rest_rotations[None], skeleton.rest_translations[:1])
        closed = render(stand, size=(320, 320), figure=figure, yaw_degrees=0)[0].astype(int)
        opened = render(stand.with_(face=face), size=(320, 320), figure=figure, yaw_degrees=0)[0].astype(int)
        rows, columns = np.nonzero(np.abs(opened - closed).max(-1) > 12)
        assert len(rows) > 15
        head = follow(stand, (320, 320), 0).project(kinematics.forward(stand)[1][0, [skeleton.index("Head")]], 0)[0]
        assert abs(columns - head[0]).max() < 16 and abs(rows - head[1]).max() < 24
    smiling = np.roll(face, 1)
    assert np.array_equal(render(stand.with_(face=smiling), figure=character), render(stand, figure=character))


def test_every_joint_is_inside_the_picture_and_on_the_figure(kick: Motion) -> None:
    frames = [0, len(kick) // 2, len(kick) - 1]
    drawn = render(kick, size=(200, 160), frames=frames)
    assert drawn.shape == (3, 160, 200, 3) and drawn.dtype == np.uint8
    camera = follow(kick, (200, 160))
    _, places = kinematics.forward(kick)
    limbs = [kick.skeleton.index(name) for name in ("Hips", "LeftLeg", "RightLeg", "Head", "LeftForeArm")]
    for picture, frame in zip(drawn, frames, strict=True):
        seen = body(picture)
        assert 0.02 < seen.mean() < 0.4
        for x, y, _ in camera.project(places[frame, limbs], frame):
            column, row = int(x), int(y)
            assert 0 <= column < 200
            assert 0 <= row < 160
            assert seen[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4].any()


def test_figure_stays_in_the_middle_while_it_walks() -> None:
    walk = clips.random_motion(60)
    still = walk.with_(
        rotations=np.tile(walk.skeleton.rest_rotations, (60, 1, 1)),
        root_positions=np.linspace([0, 1.05, 0], [12, 1.05, 0], 60),
    )
    drawn = render(still, size=(96, 96), frames=[0, 30, 59], yaw_degrees=0)
    for picture in drawn:
        columns = np.flatnonzero(body(picture).any(0))
        assert abs((columns[0] + columns[-1]) / 2 - 48) < 10
    # The floor moves instead.
    assert np.abs(drawn[0].astype(int) - drawn[1]).max() > 10


def test_camera_goes_with_the_body_and_not_with_a_root_that_stays() -> None:
    rig = motion_rigs.build("unreal5")
    run = retarget(moves.load("run"), rig.skeleton)
    camera = follow(run, (200, 160))
    places = kinematics.forward(run)[1]
    body = [rig.skeleton.index(rig.truth[bone]) for bone in ("Hips", "Head", "LeftFoot", "RightFoot", "LeftHand")]
    for frame in (0, len(run) // 2, len(run) - 1):
        x, y = camera.project(places[frame, body], frame)[:, :2].T
        assert abs(x[0] - 100) < 30
        assert (x > 0).all() and (x < 200).all() and (y > 0).all() and (y < 160).all()
        assert np.ptp(y) > 0.4 * 160
    turned = motion_rigs.build("rotated_object")
    sides = [follow(retarget(moves.load("run"), one.skeleton), (200, 160)).back for one in (rig, turned)]
    np.testing.assert_allclose(quat.rotate(turned.frame, sides[0]), sides[1], atol=0.05)  # seen from the same side


def test_shadow_lies_on_the_floor_below_the_figure() -> None:
    rest = mannequin.load().skeleton
    stand = Motion(rest, 30.0, rest.rest_rotations[None], rest.rest_translations[:1])
    picture = render(stand, size=(160, 160), yaw_degrees=0)[0].astype(int)
    feet = np.flatnonzero(body(picture).any(1))[-1]
    floor = picture[feet + 2 : feet + 6, 60:100].mean()
    assert floor < picture[feet + 2 : feet + 6, 5:25].mean() - 4


def test_same_motion_gives_the_same_pixels(kick: Motion) -> None:
    assert np.array_equal(render(kick, size=(64, 64), frames=[3]), render(kick, size=(64, 64), frames=[3]))


def test_drawing_can_be_stopped_between_two_pictures(kick: Motion) -> None:
    told: list[float] = []

    def tick(share: float) -> None:
        told.append(share)
        if share >= 0.5:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        render(kick, size=(32, 32), frames=[0, 1, 2, 3], tick=tick)
    assert told == [0.0, 0.25, 0.5]


def test_motion_without_a_body_shows_its_bones_and_a_character_shows_itself() -> None:
    character = glb.read_character(rigs.character())
    danced = rigs.dance(character.skeleton, 4)
    assert len(figure_of(danced).faces) < 2000
    bones = render(danced, size=(96, 96), frames=[0])[0]
    own = render(danced, size=(96, 96), frames=[0], figure=character)[0]
    assert body(own).sum() > body(bones).sum() > 50


def test_files_of_a_preview(kick: Motion, tmp_path: Path) -> None:
    pictures.write_thumbnail(kick, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert (image.size, image.format) == ((512, 512), "PNG")
    seconds = len(kick) / kick.fps
    for name in ("a.gif", "a.webp"):
        pictures.write_animation(kick, tmp_path / name, size=(96, 96))
        with Image.open(tmp_path / name) as image:
            assert image.size == (96, 96)
            assert image.info["loop"] == 0
            durations_ms: list[float] = []
            for page in ImageSequence.Iterator(image):
                page.load()
                durations_ms.append(page.info["duration"])
            assert len(durations_ms) == len(pictures.sampled_frames(kick))
            assert sum(durations_ms) / 1000 == pytest.approx(seconds, abs=0.02)
    assert (tmp_path / "a.gif").stat().st_size < 400_000
    with pytest.raises(InputError):
        pictures.write_animation(kick, tmp_path / "a.mp4", size=(32, 32))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "a.png", "a.webp"]


def test_clip_beside_the_emote(kick: Motion, tmp_path: Path) -> None:
    filmed = np.zeros((10, 90, 160, 3), np.uint8)
    filmed[..., 0] = np.linspace(0, 250, 10)[:, None, None]
    side_by_side.write(filmed, kick, tmp_path / "sheet.png", tmp_path / "both.webp")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (6 * 240 + 5 * 6, 2 * 135 + 6)
        reds = [np.asarray(sheet)[60, 120 + 246 * column, 0] for column in range(6)]
    assert reds == sorted(reds)
    assert reds[-1] > 240
    with Image.open(tmp_path / "both.webp") as both:
        assert both.size == (2 * 240 + 6, 135)
