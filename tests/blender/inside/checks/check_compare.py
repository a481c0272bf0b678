"""Frames of a clip, and the comparison of a take with its clip."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT, OPS
from bpy_extras.object_utils import world_to_camera_view
from file_state import whole_file

pytestmark = pytest.mark.usefixtures("fresh")


def film_of(tmp_path: Path, frames: int = 24, fps: int = 12, *, half: bool = False) -> Any:
    """A film that gets brighter from frame to frame, made by Blender itself. `half`: its left half is black."""
    clip = tmp_path / "film.mp4"
    scene = CONTEXT.scene
    render = scene.render
    render.resolution_x, render.resolution_y, render.fps = 320, 640, fps
    strips = scene.sequence_editor_create()
    strips = strips.strips if hasattr(strips, "strips") else strips.sequences
    for number in range(frames):
        timing = {"frame_end": number + 2} if bpy.app.version < (5, 0, 0) else {"length": 1}
        strip = strips.new_effect(f"s{number}", "COLOR", 1, number + 1, **timing)
        strip.color = (number / frames,) * 3
        strip.crop.min_x = 160 if half else 0
    scene.view_settings.view_transform = "Standard"
    scene.frame_start, scene.frame_end = 1, frames
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
    render.filepath = str(clip)
    OPS.render.render(animation=True)
    rigs.empty()
    return clip


def pixels(film: Any, number: int) -> Any:
    """A frame of a film, shape (height, width)."""
    return rigs.addon("thumbnails").pixels_of_file(film.file(number), 512)[..., 0]


def test_a_film_becomes_pictures_in_the_background(tmp_path: Path) -> None:
    clip, films = film_of(tmp_path), rigs.addon("films")
    film = films.open_film(str(clip))
    assert films.open_film(str(clip)) is film, "read once"
    rigs.pumped(lambda: not film.reading)
    assert (film.fps, film.frames, film.ready, film.problem) == (12.0, 24, 24, "")
    assert film.seconds == 2.0 and film.share == 1.0
    assert [film.number_at(at) for at in (-1.0, 0.0, 1.0, 9.0)] == [1, 1, 13, 24]
    first, middle, last = (pixels(film, number) for number in (1, 13, 24))
    assert first.shape == (512, 256)
    assert first.mean() < 0.1 and middle.mean() == pytest.approx(0.5, abs=0.06) and last.mean() > 0.9


def test_an_interrupted_film_is_read_again(tmp_path: Path) -> None:
    clip, films = str(film_of(tmp_path)), rigs.addon("films")
    film = films.open_film(clip)
    large = films.open_film(clip, films.LARGE)
    assert film.stopped and films.resumed(film) is film, "one is read at a time"
    rigs.pumped(lambda: not large.reading)
    again = films.resumed(film)
    assert again is not film and films.resumed(again) is again
    rigs.pumped(lambda: not again.reading)
    assert (again.side, again.ready) == (films.SMALL, 24)


def held_by(degrees: int, clip: Path) -> Path:
    """The same film as a phone writes it that was turned by so much: only the track's matrix is another one."""
    data = bytearray(clip.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[degrees // 90]
    one = 1 << 16
    data[at : at + 36] = struct.pack(">9i", cosine * one, sine * one, 0, -sine * one, cosine * one, 0, 0, 0, 1 << 30)
    held = clip.with_name(f"held {degrees}.mp4")
    held.write_bytes(data)
    return held


def test_a_phones_film_stands_upright_in_every_blender(tmp_path: Path) -> None:
    clip, films = film_of(tmp_path, 4, half=True), rigs.addon("films")
    for degrees in (90, 180, 270):
        film = films.open_film(str(held_by(degrees, clip)))
        rigs.pumped(lambda film=film: not film.reading)
        upright = np.rot90(pixels(film, 4), degrees // 90)  # as it was filmed: its left half is black
        assert upright.shape == (512, 256), degrees
        assert upright[:, :120].max() < 0.2 and upright[:, 136:].min() > 0.5, degrees


def test_what_is_no_film_is_said_so(tmp_path: Path) -> None:
    clip, films = tmp_path / "no film.mp4", rigs.addon("films")
    clip.write_bytes(b"nothing of a film" * 100)
    film = films.open_film(str(clip))
    rigs.pumped(lambda: not film.reading)
    assert film.problem and not film.ready and film.number_at(0.0) == 0
    assert films.open_film(str(tmp_path / "not there.mp4")) is None


def test_the_clip_beside_the_figure_keeps_step_from_its_cut_on(emote: Any, tmp_path: Path) -> None:
    clip, state = film_of(tmp_path), rigs.addon("hub.heartbeat").LINK.state
    preview = {"glb": emote["files"]["glb"], "clip": str(clip), "clipStart": 0.5}
    state.jobs = {"j": {"id": "j", "preview": preview}}
    rigs.mannequin()
    before = set(whole_file())
    try:
        assert OPS.kinetix.compare(job="j") == {"FINISHED"}
        rigs.pumped(lambda: "Kinetix Clip" in bpy.data.objects)
        film = rigs.addon("films").open_film(str(clip))
        rigs.pumped(lambda: not film.reading)
        user, scene = bpy.data.objects["Kinetix Clip"].image_user, CONTEXT.scene
        rate = scene.render.fps / scene.render.fps_base
        for frame in (1, 10, 20):
            scene.frame_set(frame)
            assert user.frame_offset + 1 == film.number_at((frame - 1) / rate + 0.5)
    finally:
        rigs.addon("view_modes").PREVIEW.end()
        state.jobs = {}
    assert set(whole_file()) == before and not bpy.data.images


CLIP_CAMERA: dict[str, Any] = {
    "beginsS": 0.4,
    "focal": 1.1,
    "aspect": 0.5625,
    "step": 30,
    "poses": [[0.5, 1.2, 4.0, 0.0, 0.1, 0.0, 1.0], [1.5, 1.2, 4.0, 0.0, 0.3, 0.0, 1.0]],
}


@pytest.fixture
def compared(emote: Any, tmp_path: Path) -> Iterator[Any]:
    """Compare the emote with a clip; `compared(camera)` for a take with one, in a scene of a cube and a hidden cube."""
    clip, state = film_of(tmp_path), rigs.addon("hub.heartbeat").LINK.state
    for name in ("Cube", "Hidden"):
        OPS.mesh.primitive_cube_add()
        CONTEXT.object.name = name
    bpy.data.objects["Hidden"].hide_set(True)

    def start(camera: Any) -> None:
        data = rigs.core("formats.glb").write_emote(rigs.clip(), clip_camera=camera)
        Path(emote["files"]["glb"]).write_bytes(data)
        state.jobs = {"j": {"id": "j", "preview": {"glb": emote["files"]["glb"], "clip": str(clip), "clipStart": 0.2}}}
        assert OPS.kinetix.compare(job="j") == {"FINISHED"}
        rigs.pumped(lambda: "Kinetix Clip" in bpy.data.objects)

    yield start
    rigs.addon("view_modes").PREVIEW.end()
    state.jobs = {}


def hidden() -> dict[str, bool]:
    return {name: bpy.data.objects[name].hide_get() for name in ("Cube", "Hidden")}


def view() -> list[Any]:
    """Return the settings of the 3D view."""
    screens = [window.screen for window in CONTEXT.window_manager.windows]
    space = next(area for screen in screens for area in screen.areas if area.type == "VIEW_3D").spaces.active
    region = space.region_3d
    numbers = (*region.view_rotation, *region.view_location, region.view_distance, space.lens)
    rounded = [round(value, 4) for value in numbers]
    return [*rounded, region.view_perspective, space.use_local_camera, space.camera]


@pytest.mark.parametrize("camera", [None, CLIP_CAMERA], ids=["an older take", "a take with a camera"])
@pytest.mark.parametrize("end", ["button", "save", "undo", "exception", "file"])
def test_other_objects_are_away_while_a_take_is_compared(
    compared: Any, camera: Any, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OPS.ed.undo_push(message="before")
    OPS.ed.undo_push(message="and after")
    before, names, looks = hidden(), {obj.name for obj in bpy.data.objects}, view()
    if end == "exception":
        monkeypatch.delattr(rigs.addon("films"), "open_film")
        with pytest.raises(RuntimeError):
            compared(camera)
    else:
        compared(camera)
        assert hidden() == {"Cube": True, "Hidden": True} and view() != looks
        {
            "button": OPS.kinetix.stop_preview,
            "save": lambda: OPS.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend")),
            "undo": OPS.ed.undo,
            "file": lambda: OPS.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"), copy=True),
        }[end]()
    if end == "file":
        OPS.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    assert hidden() == before and view() == looks and {obj.name for obj in bpy.data.objects} == names
    assert not bpy.data.cameras and not bpy.data.images and not rigs.addon("view_modes").PREVIEW.is_on


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (400, 1000)])
@pytest.mark.parametrize("make", [None, rigs.mannequin, rigs.unreal])
def test_the_take_is_seen_by_the_clips_camera(compared: Any, make: Any, size: tuple[int, int]) -> None:
    scene, quat = CONTEXT.scene, rigs.core("motion.quaternion")
    scene.render.resolution_x, scene.render.resolution_y = size
    rig: Any = make() if make else None
    if rig is not None:
        rig.rotation_euler.z, rig.location = 0.7, (3.0, 1.0, 0.5)
        rig.select_set(True)
    compared(CLIP_CAMERA)
    rig = rig or bpy.data.objects["Kinetix Preview"]
    camera: Any = bpy.data.objects["Kinetix Clip Camera"]
    hips = rigs.addon("importing.mapping").automatic_map(rig).bones["Hips"].name
    motion, rate = rigs.clip(), scene.render.fps / scene.render.fps_base
    frame = size[0] / size[1]
    for number, share in ((0, 0.0), (15, 0.5), (30, 1.0)):
        scene.frame_set(1 + round(number / 30 * rate))
        poses = np.array(CLIP_CAMERA["poses"], float)
        place = poses[0, :3] + share * (poses[1, :3] - poses[0, :3])
        turn = quat.slerp(*(quat.normalize(poses[:, 3:])), np.array(share))
        x, y, z = quat.rotate(quat.conjugate(turn), motion.root_positions[number] - place)
        focal = np.array([1.1 / CLIP_CAMERA["aspect"], 1.1])
        expected = 0.5 + np.array([x, y]) / -z * focal
        CONTEXT.view_layer.update()
        seen = world_to_camera_view(scene, camera, rig.matrix_world @ rig.pose.bones[hips].head)
        wide = CLIP_CAMERA["aspect"] >= frame
        shares = np.array([1.0, CLIP_CAMERA["aspect"] / frame] if wide else [frame / CLIP_CAMERA["aspect"], 1.0])
        shown = 0.5 + (np.array(seen[:2]) - 0.5) * shares
        assert np.abs(shown - expected).max() < (0.01 if make is not rigs.unreal else 0.05), number
    picture = camera.data.background_images[0]
    CONTEXT.window_manager.kinetix_compare.opacity = 0.25
    assert picture.alpha == 0.25 and picture.display_depth == "FRONT"
    film = rigs.addon("films").open_film(rigs.addon("preview.beside")._film.clip, rigs.addon("films").LARGE)
    assert picture.image_user.frame_offset + 1 == film.number_at(1.0 + 0.4), "the clip begins where the camera says"
