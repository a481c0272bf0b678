"""Preview, comparison, asset library, mapping editor, translations, disable and enable."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import panels
import pytest
import rigs
from blender_api import CONTEXT, OPS, data_libraries
from bpy_extras.object_utils import world_to_camera_view
from check_guarantee import whole_file
from waiting import until


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    rigs.empty()


@pytest.fixture
def emote(tmp_path: Path) -> Iterator[Any]:
    """An emote of the library, selected."""
    file = rigs.write_clip(rigs.clip(), tmp_path)
    made = {
        "id": "0a1b2c3d-0000-4000-8000-000000000000",
        "name": "Wave",
        "durationS": 2.0,
        "fps": 30.0,
        "frames": 61,
        "sha256": "0",
        "files": {"glb": str(file), "thumbnail": ""},
    }
    rigs.addon("heartbeat").LINK.state.emotes = {made["id"]: made}
    rigs.addon("library.props").LIBRARY.selected = made["id"]
    rigs.addon("library.props").LIBRARY.ticked = []
    yield made
    rigs.addon("heartbeat").LINK.state.emotes = {}


def test_preview_leaves_the_file_as_it_was(emote: Any) -> None:
    rig = rigs.unreal()
    rigs.addon("importing.apply").apply_motion(rig, rigs.clip().with_(name="Former"))
    scene = CONTEXT.scene
    scene.tool_settings.use_keyframe_insert_auto = True
    scene.frame_set(17)
    rig.pose.bones["head"].rotation_quaternion = (0.9, 0.1, 0.2, 0.3)
    OPS.object.mode_set(mode="POSE")
    before = whole_file()
    assert OPS.kinetix.preview_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 2 and not scene.tool_settings.use_keyframe_insert_auto
    scene.frame_set(30)
    assert OPS.kinetix.stop_preview() == {"FINISHED"}
    after = whole_file()
    changed = {key: (before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)}
    # Matrices follow from the channels, up to float noise.
    assert not {key for key in changed if "matrix" not in key and ".head" not in key and ".tail" not in key}, changed


def test_preview_without_a_character_brings_one_and_takes_it_away(emote: Any) -> None:
    before = whole_file()
    OPS.kinetix.preview_emote()
    assert any(obj.type == "ARMATURE" for obj in bpy.data.objects)
    OPS.kinetix.preview_emote()
    assert not bpy.data.objects and not bpy.data.actions and not bpy.data.armatures and not bpy.data.meshes
    assert set(whole_file()) == set(before)


def test_saving_ends_a_preview_first(emote: Any, tmp_path: Path) -> None:
    rigs.mannequin()
    OPS.kinetix.preview_emote()
    OPS.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    assert not bpy.data.actions
    assert not rigs.addon("view_modes").PREVIEW.is_on


def test_import_operator_and_batch(emote: Any) -> None:
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    rig = CONTEXT.view_layer.objects.active
    assert rig.type == "ARMATURE" and rig.animation_data.action.name.startswith("Wave")
    assert rig.animation_data.action["kinetix_emote"] == emote["id"]
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 2


def test_many_emotes_on_many_characters(emote: Any, tmp_path: Path) -> None:
    second = {**emote, "id": "another", "name": "Jump"}
    rigs.addon("heartbeat").LINK.state.emotes["another"] = second
    first, other = rigs.mannequin(), rigs.unreal()
    first.select_set(True)
    rigs.addon("library.props").LIBRARY.ticked = [emote["id"], "another"]
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    assert len(bpy.data.actions) == 4
    for rig in (first, other):
        assert rig.animation_data.action.name.startswith("Jump")
        assert rigs.worst(rigs.limb_errors(rig, rigs.clip(), (5, 40))) < 1.0


def test_a_preview_is_no_undo_step_and_undo_ends_it(emote: Any) -> None:
    rig = rigs.mannequin()
    name = rig.name
    OPS.ed.undo_push(message="before")
    rig.location.x = 3.0
    OPS.ed.undo_push(message="moved")
    OPS.kinetix.preview_emote()
    OPS.kinetix.stop_preview()
    assert bpy.data.objects[name].location.x == 3.0
    OPS.kinetix.preview_emote()
    OPS.ed.undo()
    assert not rigs.addon("view_modes").PREVIEW.is_on and not bpy.data.actions
    assert bpy.data.objects[name].location.x == 0.0, "one undo takes back the move, not the preview"


def test_an_error_is_a_report_not_a_traceback(emote: Any) -> None:
    emote["files"]["glb"] = "/nowhere/at all.glb"
    with pytest.raises(RuntimeError) as caught:
        OPS.kinetix.import_emote()
    assert "is missing" in str(caught.value) and "Traceback" not in str(caught.value)


def test_a_damaged_file_changes_nothing(emote: Any) -> None:
    file = Path(emote["files"]["glb"])
    file.write_bytes(file.read_bytes()[:3000])
    rig = rigs.mannequin()
    with pytest.raises(RuntimeError):
        OPS.kinetix.import_emote()
    assert not bpy.data.actions and rig.animation_data is None


def test_asset_library_has_action_preview_catalog_and_metadata(emote: Any) -> None:
    rigs.mannequin()
    CONTEXT.object.name = "Hero"
    assert OPS.kinetix.to_assets() == {"FINISHED"}
    assert not bpy.data.actions, "the action lives in the library's file, not in this one"
    folder = rigs.addon("assets.ops").folder()
    catalog = (folder / "blender_assets.cats.txt").read_text(encoding="utf-8")
    assert "Emotes/Hero" in catalog and catalog.startswith("# This is an Asset Catalog Definition")
    files = list((folder / "Hero").glob("*.blend"))
    assert len(files) == 1 and not list(folder.rglob("*.tmp"))
    with data_libraries().load(str(files[0]), assets_only=True) as (found, loaded):
        loaded.actions = list(found.actions)
    action = loaded.actions[0]
    assert action.name.startswith("Wave") and "kinetix" in [tag.name for tag in action.asset_data.tags]
    assert action.asset_data.catalog_id in catalog
    libraries = CONTEXT.preferences.filepaths.asset_libraries
    assert len([one for one in libraries if Path(one.path) == folder]) == 1
    OPS.kinetix.to_assets()
    assert len([one for one in libraries if Path(one.path) == folder]) == 1


def test_an_asset_has_the_emotes_name_also_when_an_action_has_it(emote: Any) -> None:
    rig = rigs.mannequin()
    first = rigs.addon("importing.apply").apply_motion(rig, rigs.clip().with_(name="Wave")).action
    OPS.kinetix.to_assets()
    assert [action.name for action in bpy.data.actions] == ["Wave"] and rig.animation_data.action is first
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    with data_libraries().load(str(file), assets_only=True) as (found, _):
        assert found.actions == ["Wave"]


def test_an_asset_goes_onto_the_character_and_what_it_played_is_kept(emote: Any) -> None:
    rig = rigs.mannequin()
    OPS.kinetix.to_assets()
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    former = rigs.addon("importing.apply").apply_motion(rig, rigs.clip().with_(name="Former")).action
    action = rigs.addon("assets.place").place(file, "Wave", [rig], CONTEXT.scene)
    assert rig.animation_data.action is action and action.asset_data is None and former.use_fake_user
    assert rigs.worst(rigs.limb_errors(rig, rigs.clip(), (5, 40))) < 1.0
    with pytest.raises(rigs.core("values.errors").InputError):
        rigs.addon("assets.place").place(file, "Gone", [rig], CONTEXT.scene)


def test_an_asset_goes_onto_all_rigs_or_onto_none(emote: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source.blend"
    rigs.mannequin()
    OPS.kinetix.to_assets()
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    OPS.wm.save_as_mainfile(filepath=str(source))
    rigs.empty()
    with data_libraries().load(str(source), link=True) as (found, loaded):
        loaded.objects = list(found.objects)
    linked = next(obj for obj in loaded.objects if obj.type == "ARMATURE")
    first, second = rigs.mannequin(), rigs.unreal()
    former = rigs.addon("importing.apply").apply_motion(first, rigs.clip().with_(name="Former")).action
    former.use_fake_user = False
    known = {action.name for action in bpy.data.actions}
    with pytest.raises(rigs.core("values.errors").InputError) as caught:
        rigs.addon("assets.place").place(file, "Wave", [first, second, linked], CONTEXT.scene)
    assert caught.value.code == "linked"
    # What Blender refuses at the last moment.
    place, assign = rigs.addon("assets.place"), rigs.addon("compat").assign_action

    def refuse(holder: Any, action: Any, slot: Any = None) -> None:
        if holder.id_data == second:
            raise RuntimeError("Blender refuses")
        assign(holder, action, slot)

    monkeypatch.setattr(place.compat, "assign_action", refuse)
    with pytest.raises(RuntimeError):
        place.place(file, "Wave", [first, second], CONTEXT.scene)
    assert first.animation_data.action is former and not former.use_fake_user
    assert second.animation_data is None or second.animation_data.action is None
    assert {action.name for action in bpy.data.actions} == known, "the asset does not stay in the file"


def test_mapping_by_hand_is_kept_and_can_be_forgotten() -> None:
    rig, mapping = rigs.unreal(), rigs.addon("importing.mapping")
    try:
        assert mapping.mapping_of(rig) is None
        mapping.change(rig, "LeftHand", "lowerarm_l")
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
        assert "LeftLowerArm" not in mapping.mapping_of(rig).bones
        mapping._known.clear()  # as after a restart
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
        assert OPS.kinetix.save_mapping(name="My rig") == {"FINISHED"}
        assert "My rig" in mapping.presets()
        assert OPS.kinetix.automatic_mapping() == {"FINISHED"}
        assert mapping.mapping_of(rig) is None
        assert OPS.kinetix.load_mapping(preset="My rig") == {"FINISHED"}
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
    finally:
        mapping.forget(rig)


def test_bones_are_picked_and_shown_in_the_viewport() -> None:
    rig, mapping, compat = rigs.unreal(), rigs.addon("importing.mapping"), rigs.addon("compat")
    try:
        OPS.object.mode_set(mode="POSE")
        rig.data.bones.active = rig.data.bones["lowerarm_l"]
        assert OPS.kinetix.map_bone(human="LeftHand") == {"FINISHED"}
        assert mapping.mapping_of(rig).bones["LeftHand"].name == "lowerarm_l"
        assert OPS.kinetix.show_bone(bone="head") == {"FINISHED"}
        assert compat.selected_bone_names(rig) == ["head"] and rig.data.bones.active.name == "head"
        shown = panels.drawn("importing.KINETIX_PT_mapping")
        assert {"LeftHand", "Hips"} <= set(shown.texts)
        # The usual width leaves a long name its end.
        assert "lowerarm_l".endswith(shown.texts[shown.texts.index("LeftHand") + 1].removeprefix("…"))
        assert {"kinetix.choose_bone", "kinetix.map_bone", "kinetix.show_bone", "kinetix.load_mapping"} <= {
            one.button for one in shown.operators
        }
    finally:
        mapping.forget(rig)


def test_the_library_is_searched_and_turned_over() -> None:
    link = rigs.addon("heartbeat").LINK
    link.state.emotes = {
        str(number): {"id": str(number), "name": f"Wave {number}", "createdAt": f"{number:03d}"} for number in range(20)
    }
    try:
        assert len([text for text in panels.drawn("library.KINETIX_PT_library").texts if "Wave" in text]) == 6
        OPS.kinetix.library_page(step=1)
        assert any("Wave 13" in text for text in panels.drawn("library.KINETIX_PT_library").texts)
        rigs.addon("library.props").LIBRARY.search = "wave 7"
        found = panels.drawn("library.KINETIX_PT_library").texts
        assert [text.split("  ")[0] for text in found if "Wave" in text] == ["Wave 17", "Wave 7"]
    finally:
        link.state.emotes = {}
        rigs.addon("library.props").LIBRARY.search = ""
        rigs.addon("library.props").LIBRARY.page = 0


def test_a_rig_with_foreign_names_can_be_mapped_by_hand() -> None:
    body = rigs.core("mannequin").load()
    rig = rigs._from_mannequin(lambda name: f"b{body.skeleton.names.index(name):02d}")
    mapping, motion = rigs.addon("importing.mapping"), rigs.clip()
    source = rigs.core("motion.mapping.automatic").map_bones(body.skeleton)
    try:
        for human, bone in source.bones.items():
            mapping.change(rig, human, f"b{bone.index:02d}")
        rigs.addon("importing.apply").apply_motion(rig, motion, mapping=mapping.mapping_of(rig))
        CONTEXT.scene.frame_set(20)
        assert rig.pose.bones["b00"].matrix_basis.to_quaternion().angle > 0.01
    finally:
        mapping.forget(rig)


def pumped(condition: Any) -> None:
    """Pumps the add-on's timer until `condition` holds."""

    def held() -> Any:
        rigs.addon("heartbeat").pump()
        return condition()

    until(held)


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


def brightness(file: Path) -> Any:
    image = bpy.data.images.load(str(file))
    try:
        pixels: Any = image.pixels
        return pixels[0] * image.size[0], tuple(image.size), pixels[0]
    finally:
        bpy.data.images.remove(image)


def test_a_film_becomes_pictures_in_the_background(tmp_path: Path) -> None:
    clip, films = film_of(tmp_path), rigs.addon("films")
    film = films.open_film(str(clip))
    assert films.open_film(str(clip)) is film, "read once"
    pumped(lambda: not film.reading)
    assert (film.fps, film.frames, film.ready, film.problem) == (12.0, 24, 24, "")
    assert film.seconds == 2.0 and film.share == 1.0
    assert [film.number_at(at) for at in (-1.0, 0.0, 1.0, 9.0)] == [1, 1, 13, 24]
    shades = [brightness(film.file(number)) for number in (1, 13, 24)]
    assert shades[0][1] == (256, 512)
    assert shades[0][2] < 0.1 and shades[1][2] == pytest.approx(0.5, abs=0.06) and shades[2][2] > 0.9


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
    for degrees, size, dark in ((90, (512, 256), "top"), (180, (256, 512), "right"), (270, (512, 256), "bottom")):
        film = films.open_film(str(held_by(degrees, clip)))
        pumped(lambda film=film: not film.reading)
        pixels = rigs.addon("thumbnails").pixels_of_file(film.file(4), 512)[..., 0]
        assert pixels.shape[::-1] == size, degrees
        middle = pixels.shape[0] // 2, pixels.shape[1] // 2
        halves = {
            "top": pixels[: middle[0] - 8],
            "bottom": pixels[middle[0] + 8 :],
            "left": pixels[:, : middle[1] - 8],
            "right": pixels[:, middle[1] + 8 :],
        }
        assert min(halves, key=lambda name: halves[name].mean()) == dark and halves[dark].max() < 0.2, degrees


def test_what_is_no_film_is_said_so(tmp_path: Path) -> None:
    clip, films = tmp_path / "no film.mp4", rigs.addon("films")
    clip.write_bytes(b"nothing of a film" * 100)
    film = films.open_film(str(clip))
    pumped(lambda: not film.reading)
    assert film.problem and not film.ready and film.number_at(0.0) == 0
    assert films.open_film(str(tmp_path / "not there.mp4")) is None


def test_the_clip_beside_the_figure_keeps_step_from_its_cut_on(emote: Any, tmp_path: Path) -> None:
    clip, state = film_of(tmp_path), rigs.addon("heartbeat").LINK.state
    preview = {"glb": emote["files"]["glb"], "clip": str(clip), "clipStart": 0.5}
    state.jobs = {"j": {"id": "j", "preview": preview}}
    rigs.mannequin()
    before = set(whole_file())
    try:
        assert OPS.kinetix.compare(job="j") == {"FINISHED"}
        pumped(lambda: "Kinetix Clip" in bpy.data.objects)
        film = rigs.addon("films").open_film(str(clip))
        pumped(lambda: not film.reading)
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
    """Compares the emote with a clip; `compared(camera)` for a take with one, in a scene of a cube and a hidden cube."""
    clip, state = film_of(tmp_path), rigs.addon("heartbeat").LINK.state
    for name in ("Cube", "Hidden"):
        OPS.mesh.primitive_cube_add()
        CONTEXT.object.name = name
    bpy.data.objects["Hidden"].hide_set(True)

    def start(camera: Any) -> None:
        data = rigs.core("formats.glb").write_emote(rigs.clip(), clip_camera=camera)
        Path(emote["files"]["glb"]).write_bytes(data)
        state.jobs = {"j": {"id": "j", "preview": {"glb": emote["files"]["glb"], "clip": str(clip), "clipStart": 0.2}}}
        assert OPS.kinetix.compare(job="j") == {"FINISHED"}
        pumped(lambda: "Kinetix Clip" in bpy.data.objects)

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
    return [
        *(
            round(value, 4)
            for value in (*region.view_rotation, *region.view_location, region.view_distance, space.lens)
        ),
        region.view_perspective,
        space.use_local_camera,
        space.camera,
    ]


@pytest.mark.parametrize("camera", [None, CLIP_CAMERA], ids=["an older take", "a take with a camera"])
@pytest.mark.parametrize("end", ["button", "save", "undo", "exception", "file"])
def test_other_objects_are_away_while_a_take_is_compared(
    compared: Any, camera: Any, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OPS.ed.undo_push(message="before")
    OPS.ed.undo_push(message="and after")
    before, names, looks = hidden(), {obj.name for obj in bpy.data.objects}, view()
    if end == "exception":
        monkeypatch.setattr(rigs.addon("films"), "open_film", lambda *_: (_ for _ in ()).throw(ZeroDivisionError))
        with pytest.raises((RuntimeError, ZeroDivisionError)):
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


def test_every_label_has_a_translation() -> None:
    table = rigs.addon("translations").TABLE
    assert set(table) == {"de_DE", "fr_FR"}
    shown = set()
    for cls in rigs.addon("registration")._CLASSES:
        shown.add(getattr(cls, "bl_label", ""))
        for prop in cls.bl_rna.properties if issubclass(cls, bpy.types.PropertyGroup) else ():
            if prop.identifier not in ("rna_type", "name"):
                shown |= {prop.name, *(item.name for item in getattr(prop, "enum_items", ()))}
    own = {"", "Kinetix", "Clip for an emote", "Kinetix emote", "Name"}
    for language, texts in table.items():
        english = {key[1] for key in texts}
        assert not shown - english - own, (language, sorted(shown - english - own))
        assert all(value.strip() for value in texts.values())


def test_a_message_of_the_hub_is_french_around_the_files_name(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = '{"title": "“a.mp4” is empty.", "wording": {"title": {"text": "“{clip}” is empty.", "values": {"clip": "a.mp4"}}}}'
    error = json.loads(sent, object_hook=rigs.addon("hub_link").restored)
    assert rigs.addon("messages").line(error) == "“a.mp4” is empty."
    french = rigs.addon("translations").TABLE["fr_FR"]  # Blender as a module has no languages of its own
    monkeypatch.setattr(rigs.addon("translations"), "pgettext_iface", lambda text: french.get(("*", text), text))
    assert rigs.addon("messages").line(error) == "« a.mp4 » est vide."


def test_disable_and_enable_leaves_nothing_behind() -> None:
    import sys

    module, heartbeat = sys.modules["kinetix_emotes"], rigs.addon("heartbeat")

    def hooked() -> Any:
        handlers = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
        lists = {name: value for name, value in handlers.items() if isinstance(value, list)}
        ours = [
            f"{name} {one.__name__}" for name, value in lists.items() for one in value if "kinetix" in one.__module__
        ]
        return ours, len(heartbeat._tick_parts), len(heartbeat.LINK.state.listeners)

    before = hooked()
    assert before[0] and before[1:] == (10, 3)
    for _ in range(3):
        module.unregister()
        try:
            assert not hasattr(bpy.types, "KINETIX_PT_create")
            assert not hasattr(bpy.types.WindowManager, "kinetix_create")
            assert not bpy.app.timers.is_registered(heartbeat.pump)
            assert hooked() == ([], 0, 0)
        finally:
            module.register()
        assert hooked() == before
    assert hasattr(bpy.types, "KINETIX_PT_create")


def test_a_key_never_reaches_the_file_or_a_property(tmp_path: Path) -> None:
    link, key = rigs.addon("heartbeat").LINK, "0123456789abcdef" * 2
    link.close()
    assert OPS.kinetix.add_profile(name="cloud", kind="cloud", user="player", key=key) == {"FINISHED"}
    assert link._queue and key not in str(link._queue[0][1:3]), (
        "the key goes in a request of its own, after the profile's"
    )
    link.close()
    target = tmp_path / "saved.blend"
    OPS.wm.save_as_mainfile(filepath=str(target), compress=False)
    assert key.encode() not in target.read_bytes()
    assert key not in CONTEXT.window_manager.clipboard


def test_a_cut_that_is_not_set_is_said_to_be_the_end(tmp_path: Path) -> None:
    values = CONTEXT.window_manager.kinetix_create
    values.clip = str(tmp_path / "dance.mp4")
    try:
        assert "To End" in panels.drawn("create.KINETIX_PT_create").texts
        values.end = 2.0
        assert "To" in panels.drawn("create.KINETIX_PT_create").texts
    finally:
        values.clip = ""
