"""One editor with windows under Xvfb: real clicks from a clip to an emote in the project, and a preview that moves."""

from __future__ import annotations

import os
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.formats import glb
from kinetix_core.hub_protocol.info import read_info
from kinetix_core.motion import Motion
from tests.godot import emotes
from tests.godot.editor import Editor, bad_lines, editor, hub, imported_project, xvfb
from tests.motion import rigs
from tests.support import tools
from tests.support.hub_json import HubLink
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("godot-gui")


class Stage:
    def __init__(self, root: Path, project: Path, found: Editor | None) -> None:
        self.root, self.project = root, project
        self._clips = 0
        if found:
            self.editor = found

    def find(self, name: str) -> str:
        return f"plugin.dock.find_child('{name}', true, false)"

    def press(self, finder: str, condition: Callable[[], Any], what: str) -> None:
        """Clicks until the button has felt it, as an import's dialog may catch a click; then waits for what that does."""
        self.editor.run("plugin.set_meta('felt', false)\nreturn true")
        until(lambda: condition() or self._felt(finder), f"a click for {what}")
        until(condition, what)

    def _felt(self, finder: str) -> bool:
        place = self.editor.run(
            f"var button = {finder}\n"
            "if button == null: return null\n"
            # A notice that comes between looking and clicking moves everything down: the click may have chosen another tab.
            "for tabs in plugin.dock.find_children('*', 'TabContainer', true, false):\n"
            "\tfor tab in tabs.get_children():\n"
            "\t\tif tab.is_ancestor_of(button): tabs.current_tab = tabs.get_tab_idx_from_control(tab)\n"
            "if not button.is_visible_in_tree(): return null\n"
            "if plugin.imports._is_importing or not plugin.imports._waiting.is_empty(): return null\n"
            "var felt = func(): plugin.set_meta('felt', true)\n"
            "button.pressed.connect(felt, CONNECT_ONE_SHOT)\n"
            "return [button.get_global_rect().get_center().x, button.get_global_rect().get_center().y]"
        )
        if place is None:
            return False
        self.editor.click(*place)
        self.frames(30)
        return bool(self.editor.run("return plugin.get_meta('felt')"))

    def right_click(self, emote: str) -> bool:
        """On the emote in the list, where it is by now: a notice that goes or a list that fills moves it. Whether the menu opens."""
        view = "plugin.dock.library_view"
        place = self.editor.run(
            f"var list = {view}._list\nvar at = {view}._ids.find('{emote}')\n"
            "if at < 0 or not list.is_visible_in_tree(): return null\n"
            "var place = list.get_global_transform() * list.get_item_rect(at).get_center()\n"
            "return [place.x, place.y] if list.get_global_rect().has_point(place) else null"
        )
        if place is None:
            return False
        x, y = (str(round(value)) for value in place)
        command = ["xdotool", "mousemove", x, y, "sleep", "0.2", "click", "3"]
        subprocess.run(command, env={**os.environ, "DISPLAY": self.editor.display}, check=True, timeout=LIMIT_S)
        self.frames(30)
        return bool(self.editor.run(f"return {view}.menu.visible"))

    def frames(self, number: int) -> None:
        """Until the editor has drawn so many."""
        self.editor.run(f"for frame in {number}: await Engine.get_main_loop().process_frame\nreturn true")

    def tab(self, tab: str) -> None:
        self.editor.run(f"plugin.dock.show_tab('{tab}')\nreturn true")
        self.frames(3)

    def loop(self, *, on: bool) -> None:
        """Whether the preview begins again at its end; `on` sets off one that has ended.

        While it moves, the editor draws its whole window without a rest, so it does only where that is looked at.
        """
        preview = "plugin.dock.library_view.preview"
        lines = f"{preview}._loops.button_pressed = {str(on).lower()}\n"
        if on:
            lines += f"if {preview}.player(): {preview}._play.button_pressed = true\n"
        self.editor.run(lines + "return true")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        hub = HubLink(present(read_info(self.root / "home/hub/hub.json")))
        found: dict[str, Any] = hub.call(method, path, body)
        return found

    def settle(self) -> None:
        """Until the editor has heard of what was done and imported it; a file may not go away while Godot reads it."""
        self.frames(30)
        imports = "plugin.imports"
        self.editor.until(
            f"not {imports}._is_busy and not {imports}._is_importing and {imports}._waiting.is_empty() "
            f"and {imports}._removed.is_empty() and {imports}._scanning.is_empty()"
        )

    def clip(self) -> Path:
        """A clip of its own for who asks."""
        self._clips += 1
        path = self.root / f"clip{self._clips}.mp4"
        path.write_bytes((tools.ROOT / "samples/balance.mp4").read_bytes())
        return path

    def target_id(self) -> str:
        """The project's sync target, whichever test comes first."""
        body = {"project": str(self.project), "folder": "emotes", "source": "library"}
        found = self.call("GET", "/v1/sync/targets")["targets"]
        return str(found[0]["id"] if found else self.call("POST", "/v1/sync/targets", body)["id"])

    def cancel_jobs(self) -> None:
        for job in self.call("GET", "/v1/snapshot")["jobs"]:
            if job["state"] not in {"delivered", "failed", "cancelled", "rejected"}:
                self.call("POST", f"/v1/jobs/{job['id']}/cancel", {})

    def job(self) -> dict[str, Any]:
        jobs = self.call("GET", "/v1/snapshot")["jobs"]
        return max(jobs, key=lambda job: job["createdAt"]) if jobs else {"state": "none", "name": ""}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("gui")
    project = imported_project(tmp_path_factory, root)
    # The service comes up with the first job; then its world can be told to ask before it delivers. A hub reads that at its start.
    with hub(root / "home", root / "hub.log"):
        alone = Stage(root, project, None)
        job = alone.call("POST", "/v1/jobs", {"clip": str(alone.clip()), "name": "First"})
        until(lambda: alone.call("GET", f"/v1/jobs/{job['id']}")["state"] == "delivered", "the first emote")
        rule = ["local", "world", "set", "--config", 'ugcValidation={"maxRetry":3}', "--home", str(root / "home")]
        subprocess.run([str(tools.kinetix()), *rule], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with (
        hub(root / "home", root / "hub.log") as (more, _),
        xvfb() as display,
        editor(root, project, more, display) as found,
    ):
        found.until("plugin.link.is_up()")
        found.run(
            "EditorInterface.set_main_screen_editor('Script')\nvar at = plugin.dock.get_parent()\n"
            "if at.has_method('make_visible'): at.make_visible()\nreturn true"
        )
        made = Stage(root, project, found)
        made.loop(on=False)
        yield made
        found.shot(tools.ARTEFACTS / "godot-editor.png")
        assert not bad_lines(found.output()), bad_lines(found.output())


def test_clip_to_emote_in_the_project_by_clicks(stage: Stage) -> None:
    stage.press(stage.find("SyncProject"), lambda: stage.call("GET", "/v1/sync/targets")["targets"], "the target")
    clip = stage.clip()
    stage.tab("Create")
    stage.editor.run(f"{stage.find('Clip')}.text = '{clip}'\n{stage.find('Clip')}.text_changed.emit('')\n"
                     f"{stage.find('EmoteName')}.text = 'Hello'\nreturn true")  # fmt: skip
    stage.press(stage.find("CreateFromClip"), lambda: stage.job()["name"] == "Hello", "the job")
    until(lambda: stage.job()["state"] == "awaitingDecision", "the decision")
    stage.press(stage.find("Retake"), lambda: stage.job()["state"] != "awaitingDecision", "the retake")


def test_the_form_names_by_the_clip_and_says_what_is_missing(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    assert "Choose a video: 1 to 10 s" in stage.editor.run(f"return {view}._why.text")
    assert stage.editor.run(f"return {view}._create.disabled")
    clip = stage.root / "First.mp4"
    clip.write_bytes(stage.clip().read_bytes())

    def choose(path: Path) -> str:
        return str(stage.editor.run(f"{view}._on_file_selected('{path}')\nreturn {view}._name.text"))

    assert choose(clip) == "First 2", "the library has a First"
    assert choose(stage.root / "none.mp4") == "none", "nobody has typed a name"
    why = stage.editor.run(f"return [{view}._why.text, {view}._create.disabled]")
    assert why == ["There is no such file. Choose the video again.", True]
    stage.editor.run(f"{view}._name.text = 'Middle'\nreturn true")
    assert choose(clip) == "Middle", "what was typed stays"
    stage.editor.run(
        f"{stage.find('PartOnly')}.button_pressed = true\n{stage.find('Crop_left')}.value = 60\nreturn true"
    )
    assert "beside the picture" in stage.editor.run(f"return {view}._why.text")
    stage.editor.run(f"{stage.find('Crop_width')}.value = 40\n{stage.find('To')}.value = 1.5\nreturn true")
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-create.png")
    stage.editor.run(f"{stage.find('People')}.select(1)\n{stage.find('AskFirst')}.button_pressed = true\nreturn true")
    stage.press(stage.find("CreateFromClip"), lambda: stage.job()["name"] == "Middle", "the job")
    settings = stage.job()["settings"]
    assert settings["people"] == "all" and settings["askFirst"] is True
    stage.editor.run(f"{stage.find('People')}.select(0)\n{stage.find('AskFirst')}.button_pressed = false\nreturn true")
    assert settings["trimEnd"] == 1.5 and settings["crop"] == [0.6, 0, 0.4, 1] and settings["body"] == "whole"
    assert settings["face"] is False
    stage.cancel_jobs()
    stage.editor.run(f"{view}._name.text = 'Desk'\nreturn true")
    choose(clip)
    stage.editor.run(f"{stage.find('Body')}.select(1)\n{view}._refresh()\nreturn true")
    assert stage.editor.run(f"return {stage.find('People')}.visible") is False
    stage.editor.run(f"{stage.find('Face')}.button_pressed = true\nreturn true")
    stage.press(stage.find("CreateFromClip"), lambda: stage.job()["name"] == "Desk", "the second job")
    assert stage.job()["settings"]["body"] == "upper" and stage.job()["settings"]["face"] is True
    stage.editor.run(f"{stage.find('Face')}.button_pressed = false\nreturn true")
    stage.editor.run(f"{stage.find('Body')}.select(0)\n{view}._refresh()\nreturn true")
    stage.cancel_jobs()


def test_a_second_camera_goes_along_with_the_clip(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    front, side = stage.clip(), stage.clip()
    stage.editor.run(f"{view}._on_file_selected('{front}')\n{view}._name.text = 'Both'\nreturn true")
    named = f"{view}._cameras.add(PackedStringArray({{}}))\nreturn [{view}._why.text, {view}._people.visible]"
    assert stage.editor.run(named.format(f"['{front}']"))[0].startswith("A camera has the first clip again.")
    stage.editor.run(f"{view}._cameras.reset()\nreturn true")
    empty = stage.root / "No One.mp4"
    empty.write_bytes(side.read_bytes() + struct.pack(">I4s", 14, b"free") + b"NOBODY")
    stage.editor.run(named.format(f"['{empty}']"))
    # While a capture of another test ends nobody looks, so it is asked again.
    said = (
        f"var why: String = {view}._why.text\n"
        "if why.begins_with('No One.mp4: Nobody was found in the clip.'): return true\n"
        f"{view}._cameras._look('{empty}')\nreturn false"
    )
    until(lambda: stage.editor.run(said), "the reason", pause_s=0.5)
    stage.editor.run(f"{view}._cameras.reset()\nreturn true")
    assert stage.editor.run(named.format(f"['{side}']")) == ["", False], (
        "several people are captured from one clip only"
    )
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-create-cameras.png")
    stage.press(stage.find("CreateFromClip"), lambda: stage.job()["name"] == "Both", "the job")
    job = stage.job()
    assert job["settings"]["views"] == [side.name] and job["settings"]["people"] is None
    until(lambda: stage.call("GET", f"/v1/jobs/{job['id']}")["state"] == "awaitingDecision", "the decision")
    title = f"plugin.dock.find_child('Job_{job['id']}', true, false).find_child('Title', true, false).text"
    stage.editor.until(f"'It was seen from 2 sides.' in {title}")
    assert stage.editor.run(f"return {view}._cameras.paths()") == []
    stage.call("POST", f"/v1/jobs/{job['id']}/cancel", {})


def test_the_form_says_how_long_a_clip_may_be_in_this_world(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    # In one go, so that no event of the hub comes in between.
    said = stage.editor.run(
        "var link = plugin.link\nvar before = link.connection\n"
        f"{view}._clip.text = ''\n"
        "link._take_event('connection.changed', before.merged({'maxSeconds': 60.0}, true))\n"
        f"var found = [{view}._why.text, {view}._clip.tooltip_text]\n"
        f"{view}._clip.text = '{stage.clip()}'\n{stage.find('To')}.value = 60\n"
        f"found.append({view}._why.text)\n{stage.find('To')}.value = 60.2\nfound.append({view}._why.text)\n"
        f"{view}._clip.text = ''\n{view}._part.reset()\n"
        "link._take_event('connection.changed', before)\n"
        f"found.append({view}._why.text)\nreturn found"
    )
    assert "1 to 60 s of one person" in said[0] and "1 to 60 s of one person" in said[1]
    assert said[2] == "" and said[3] == "The part is longer than 60 s. Move From or To."
    assert "1 to 10 s of one person" in said[4]


def test_only_this_machine_offers_to_ask_and_to_choose_among_people(stage: Stage) -> None:
    view = "plugin.dock.create_view"
    shown = stage.editor.run(
        f"var link = plugin.link\nvar before = link.connection\n{view}._asks.button_pressed = true\nvar found = []\n"
        "for kind in ['cloud', 'local']:\n"
        "\tlink._take_event('connection.changed', before.merged({'kind': kind}, true))\n"
        f"\tfound.append([{view}._asks.visible, {view}._asks_first(), {view}._people.visible])\n"
        f"{view}._asks.button_pressed = false\nlink._take_event('connection.changed', before)\nreturn found"
    )
    assert shown == [[False, False, False], [True, True, True]]


def test_retakes_are_counted_only_where_the_service_counts_them(stage: Stage) -> None:
    """As jobs come from the hub; in one go, so that no event of it comes in between."""
    said = stage.editor.run(
        "var found = []\nfor left in [null, 0.0, 1.0, 3.0]:\n"
        "\tvar job = {'id': 'made-up', 'name': 'Wave', 'state': 'awaitingDecision', 'retriesLeft': left}\n"
        "\tplugin.link._take_event('job.changed', job)\n"
        f"\tfound.append({stage.find('Job_made-up')}.find_child('Title', true, false).text)\n"
        "plugin.link._take_event('job.removed', {'id': 'made-up'})\nreturn found"
    )
    asked = "Wave · look at it and decide"
    assert said == [asked, f"{asked} (0 retakes left)", f"{asked} (1 retake left)", f"{asked} (3 retakes left)"]


def test_nobody_in_the_clip_is_told_on_the_grey_button(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    clip = stage.root / "Empty Room.mp4"
    clip.write_bytes(stage.clip().read_bytes() + struct.pack(">I4s", 14, b"free") + b"NOBODY")
    stage.editor.run(f"{view}._on_file_selected('{clip}')\nreturn true")
    # While a capture of another test ends nobody looks, so it is asked again.
    said = (
        f"var why: String = {view}._why.text\n"
        "if why.begins_with('Nobody was found in the clip. Film one person'): return true\n"
        f"{view}._asked = ''\n{view}._refresh()\nreturn false"
    )
    until(lambda: stage.editor.run(said), "the reason")
    assert stage.editor.run(f"return {view}._create.disabled")
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-create-nobody.png")
    stage.editor.run(f"{stage.find('PartOnly')}.button_pressed = true\n{stage.find('To')}.value = 1.5\nreturn true")
    stage.editor.until(f"{view}._why.text.is_empty() and not {view}._create.disabled")
    stage.editor.run(f"{stage.find('PartOnly')}.button_pressed = false\nreturn true")
    stage.editor.run(f"{view}._clip.text = ''\n{view}._on_clip_changed()\nreturn true")


def test_one_of_several_people_is_chosen_by_a_picture(stage: Stage) -> None:
    stage.tab("Create")
    stage.cancel_jobs()
    view = "plugin.dock.create_view"
    clip = stage.root / "Duet.mp4"
    clip.write_bytes(stage.clip().read_bytes() + struct.pack(">I4s", 18, b"free") + b"TWO PEOPLE")
    stage.editor.run(f"{view}._on_file_selected('{clip}')\nreturn true")
    # While a capture of another test ends nobody looks, so it is asked again.
    shown = (
        f"if {stage.find('FoundPeople')}.visible: return {stage.find('WhoIsThere')}.text\n"
        f"{view}._asked = ''\n{view}._refresh()\nreturn ''"
    )
    assert "Choose who is captured" in until(lambda: stage.editor.run(shown), "the people")
    assert stage.editor.run(f"return {stage.find('People')}.visible") is False
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-create-people.png")
    settings = f"return {view}._found.settings()"
    assert stage.editor.run(settings) == {"people": None, "person": None}
    stage.editor.run(f"{stage.find('AllPeople')}.button_pressed = true\nreturn true")
    assert stage.editor.run(settings) == {"people": "all", "person": None}
    stage.editor.run(f"{stage.find('Person_2')}.button_pressed = true\nreturn true")
    assert stage.editor.run(f"return {stage.find('WhoIsThere')}.text") == "Several people are in the clip."
    stage.press(stage.find("CreateFromClip"), lambda: stage.job()["name"] == "Duet", "the job")
    assert stage.job()["settings"]["people"] == "one" and stage.job()["settings"]["person"] == [0.5, 0.75, 0.5]
    assert stage.editor.run(f"return {stage.find('FoundPeople')}.visible") is False, "the form is empty again"
    stage.editor.run(f"{view}._found.show_people([{{'at': [1, 2, 3]}}, {{}}])\nreturn true")
    assert stage.editor.run(f"return {stage.find('Person_1')}.icon == null"), "a number is enough"
    stage.editor.run(f"{view}._refresh()\nreturn true")
    stage.cancel_jobs()


def test_the_phones_code_is_shown(stage: Stage) -> None:
    stage.tab("Create")
    code = f"var code = {stage.find('QR')}\nreturn code != null and code.texture.get_width() > 20"
    stage.press(stage.find("CreateByPhone"), lambda: stage.editor.run(code), "the code")
    hint = stage.editor.run(f"return {stage.find('PhoneHint')}.text")
    (job,) = [job for job in stage.call("GET", "/v1/snapshot")["jobs"] if job["state"] == "awaitingUpload"]
    assert hint == job["phone"]["hint"]
    stage.frames(30)
    stage.editor.shot(tools.ARTEFACTS / "godot-phone.png")


def test_validate_brings_it_into_the_project(stage: Stage) -> None:
    stage.target_id()
    stage.tab("Create")
    stage.cancel_jobs()
    job = stage.call("POST", "/v1/jobs", {"clip": str(stage.clip()), "name": "Bow"})
    until(lambda: stage.call("GET", f"/v1/jobs/{job['id']}")["state"] == "awaitingDecision", "the decision")
    row = f"plugin.dock.find_child('Job_{job['id']}', true, false)"
    until(
        lambda: stage.editor.run(
            f"var row = {row}\nreturn row != null and row.find_child('Validate', true, false) != null"
        ),
    )
    stage.press(f"{row}.find_child('Validate', true, false)", (stage.project / "emotes/Bow.glb").exists, "the emote")
    stage.editor.until("ResourceLoader.exists('res://emotes/Bow.glb')")


def test_the_preview_is_drawn_and_moves(stage: Stage) -> None:
    stage.tab("Library")
    stage.editor.until("plugin.dock.library_view.shown_names().has('First')")
    first_emote = "plugin.link.emotes.values().filter(func(e): return e.name == 'First')[0].id"
    stage.editor.run(f"plugin.dock.library_view.select({first_emote})\nreturn true")
    stage.editor.until("not plugin.dock.library_view.preview.shown_file.is_empty()")
    stage.loop(on=True)
    moved = _moved(stage)
    assert moved > 12, f"only {moved} values moved"
    stage.frames(30)
    stage.editor.shot(tools.ARTEFACTS / "godot-library.png")
    playing = "return plugin.dock.library_view.preview.player().is_playing()"
    assert stage.editor.run(playing)
    play = "plugin.dock.library_view.preview.find_child('Play', true, false)"
    stage.press(play, lambda: not stage.editor.run(playing), "the pause")
    stage.loop(on=False)
    drawn = (
        "var before = Engine.get_frames_drawn()\n"
        "for frame in 10: await Engine.get_main_loop().process_frame\n"
        "return Engine.get_frames_drawn() - before"
    )
    until(lambda: stage.editor.run(drawn) == 0, "a preview that stands still costs nothing")


def _moved(stage: Stage) -> int:
    """How much of the preview's picture changes within a third of a second; fails when nothing is drawn."""
    grab = "await RenderingServer.frame_post_draw\nvar picture = plugin.dock.library_view.preview.picture()\npicture.resize(64, 64)\n"
    shots = []
    for _ in range(2):
        shots.append(stage.editor.run(grab + "return Array(picture.get_data())"))
        time.sleep(0.35)
    assert len(set(shots[0])) > 20, "nothing is drawn"
    return sum(abs(a - b) > 12 for a, b in zip(*shots, strict=True))


def test_a_character_is_mapped_by_a_click_and_plays_in_the_preview(stage: Stage) -> None:
    stage.tab("Library")
    skeleton = rigs.build("unreal5").skeleton
    rest = Motion(skeleton, 30.0, skeleton.rest_rotations[None].copy(), skeleton.rest_translations[:1].copy(), "rest")
    (stage.project / "cast").mkdir()
    (stage.project / "cast/hero.glb").write_bytes(glb.write_motion(rest))
    wave = stage.root / "wave.glb"
    wave.write_bytes(glb.write_emote(emotes.wave()))
    stage.editor.run("EditorInterface.get_resource_filesystem().scan()\nreturn true")
    stage.editor.until("ResourceLoader.exists('res://cast/hero.glb')")
    view = "plugin.dock.library_view"
    stage.editor.run(
        f"{view}.preview.show_file('{wave}')\n{view}.character_row.use('res://cast/hero.glb')\nreturn true"
    )
    assert "Map bones" in stage.editor.run(f"return {view}.preview._problem.text")
    plays = f"return {view}.preview._problem.text == '' and {view}.preview._skeleton.find_bone('LeftUpperArm') >= 0"
    stage.loop(on=True)
    stage.press(stage.find("MapBones"), lambda: stage.editor.run(plays), "the bone map")
    assert _moved(stage) > 12
    before = stage.editor.run(f"return [{view}.preview._yaw, {view}.preview._distance]")
    x, y = stage.editor.run(
        f"var box = {stage.find('View')}.get_global_rect()\nreturn [box.get_center().x, box.get_center().y]"
    )
    drag = ["mousemove", f"{x:.0f}", f"{y:.0f}", "sleep", "0.2", "mousedown", "1", "sleep", "0.1"]
    drag += ["mousemove_relative", "60", "0", "sleep", "0.2", "mouseup", "1", "sleep", "0.1", "click", "4"]
    subprocess.run(["xdotool", *drag], env={**os.environ, "DISPLAY": stage.editor.display}, check=True, timeout=LIMIT_S)
    stage.editor.until(f"{view}.preview._distance < {before[1]}")  # the wheel comes last
    after = stage.editor.run(f"return [{view}.preview._yaw, {view}.preview._distance]")
    assert abs(after[0] - before[0]) > 0.3, "a drag turns"
    stage.editor.shot(tools.ARTEFACTS / "godot-character.png")
    stage.editor.run(f"{view}.character_row.use('')\nreturn true")
    stage.loop(on=False)


def test_the_previews_camera_goes_along(stage: Stage) -> None:
    stage.tab("Library")
    walk = stage.root / "walk.glb"
    walk.write_bytes(glb.write_emote(emotes.walk(seconds=2.0, metres=6.0)))
    preview = "plugin.dock.library_view.preview"
    assert stage.editor.run(f"return {preview}.show_file('{walk}')")

    def left_to_go() -> float:
        body = f"{preview}._skeleton.global_transform * {preview}._skeleton.get_bone_global_pose(0).origin"
        look = f"{preview}._middle"
        return float(stage.editor.run(f"var way = ({body}) - ({look})\nway.y = 0\nreturn way.length()"))

    stage.editor.run(f"{preview}._scrub.value = 1.9\nreturn true")
    until(lambda: left_to_go() < 0.5, "the camera")
    far = f"var at = {preview}._middle\nat.y = 0\nreturn at.length()"
    assert stage.editor.run(far) > 4


def test_the_settings_of_an_emote_are_chosen_in_the_dock(stage: Stage) -> None:
    stage.target_id()
    stage.tab("Library")
    settings = stage.project / "emotes/First.glb.import"
    until(lambda: settings.exists() and "uid=" in settings.read_text(encoding="utf-8"), "the emote in the project")
    stage.editor.until("plugin.dock.library_view.shown_names().has('First')")
    first_emote = "plugin.link.emotes.values().filter(func(e): return e.name == 'First')[0].id"
    stage.editor.run(f"plugin.dock.library_view.select({first_emote})\nreturn true")
    stage.editor.until(f"{stage.find('File')}.text == 'res://emotes/First.glb'")
    loop = stage.find("LoopSetting")
    stage.editor.run(f"{loop}.select(2)\n{loop}.item_selected.emit(2)\nreturn true")
    until(lambda: "kinetix/loop=2" in settings.read_text(encoding="utf-8"), "the loop")
    stage.press(
        stage.find("InPlace"), lambda: "kinetix/in_place=true" in settings.read_text(encoding="utf-8"), "in place"
    )
    mode = (
        "load('res://emotes/First.glb').get_animation(load('res://emotes/First.glb').get_animation_list()[0]).loop_mode"
    )
    stage.editor.until(f"{mode} == 1")


def test_a_right_click_renames_deletes_here_and_brings_back(stage: Stage) -> None:
    target = stage.target_id()
    emotes_folder = stage.project / "emotes"
    until((emotes_folder / "First.glb").exists, "the emote in the project")
    stage.editor.until("ResourceLoader.exists('res://emotes/First.glb')")
    menu = "plugin.dock.library_view.menu"
    emote = stage.editor.run("return plugin.link.emotes.values().filter(func(e): return e.name == 'First')[0].id")

    def choose(item: str) -> None:
        stage.editor.run(f"{menu}.fill('{emote}')\n{menu}.choose({menu}.Item.{item})\nreturn true")

    def offers(item: str) -> bool:
        return bool(stage.editor.run(f"{menu}.fill('{emote}')\nreturn {menu}.get_item_index({menu}.Item.{item}) >= 0"))

    stage.tab("Library")
    stage.settle()
    until(lambda: stage.editor.run(f"return {menu}.visible") or stage.right_click(emote), "the menu")
    stage.frames(5)
    stage.editor.shot(tools.ARTEFACTS / "godot-menu.png")
    stage.editor.run(f"{menu}.hide()\nreturn true")

    assert offers("DELETE_HERE") and not offers("BRING_BACK")
    choose("DELETE_HERE")
    until(lambda: not (emotes_folder / "First.glb").exists(), "the file's way into the bin")
    until(lambda: stage.call("GET", "/v1/sync/targets")["targets"][0]["deleted"], "the sync")
    until(lambda: offers("BRING_BACK"))
    stage.settle()
    choose("BRING_BACK")
    until((emotes_folder / "First.glb").exists, "the file's return")
    stage.settle()

    choose("RENAME")
    stage.editor.run(f"{menu}._name.text = 'Last'\n{menu}._name_dialog.get_ok_button().pressed.emit()\nreturn true")
    until((emotes_folder / "Last.glb").exists, "the renamed file")
    stage.settle()
    stage.editor.run(f"{menu}.fill('{emote}')\n{menu}._name.text = 'First'\n{menu}._on_renamed()\nreturn true")
    until((emotes_folder / "First.glb").exists, "the old name")
    stage.settle()
    assert target == stage.target_id()


def test_an_emote_is_dragged_as_its_file(stage: Stage) -> None:
    stage.target_id()
    stage.editor.until("ResourceLoader.exists('res://emotes/First.glb')")
    first_emote = "plugin.link.emotes.values().filter(func(e): return e.name == 'First')[0].id"
    view = "plugin.dock.library_view"
    stage.editor.run(f"{view}.select({first_emote})\nreturn true")
    stage.editor.until(f"not {view}.dragged().is_empty()")
    dragged = stage.editor.run(f"return {view}.dragged()")
    assert dragged["type"] == "files" and dragged["files"] == ["res://emotes/First.glb"]


@pytest.mark.parametrize("choice", ["theirs", "mine"])
def test_a_conflict_is_settled_by_a_click(stage: Stage, choice: str) -> None:
    target = stage.target_id()
    number = {"theirs": 1, "mine": 3}[choice]
    stage.call("POST", f"/v1/sync/targets/{target}/send", {"glb": str(_write(stage, "sent", number)), "name": "Fight"})
    file = stage.project / "emotes/Fight.glb"
    # Before it has landed, an edit would meet the file that the other choice left.
    until(lambda: file.exists() and file.read_bytes() == emotes.wave_glb(number), "what was sent first")
    file.write_bytes(emotes.wave_glb(90 + number))
    stage.call(
        "POST", f"/v1/sync/targets/{target}/send", {"glb": str(_write(stage, "sent", number + 1)), "name": "Fight"}
    )
    stage.tab("Decide")
    wanted = emotes.wave_glb(number + 1 if choice == "theirs" else 90 + number)

    def settled() -> bool:
        return file.read_bytes() == wanted and not (stage.project / "emotes/Fight.theirs.glb").exists()

    until(lambda: (stage.project / "emotes/Fight.theirs.glb").exists(), "the side copy")
    stage.press(stage.find(f"{choice}_Fight_glb"), settled, choice)
    until(lambda: not stage.call("GET", "/v1/sync/targets")["targets"][0]["conflicts"], "the decision")
    until(
        lambda: not stage.editor.run(f"return {stage.find('Notice')}.is_visible_in_tree()"),
        "nothing left to decide",
    )


def _write(stage: Stage, name: str, number: int) -> Path:
    path = stage.root / f"{name}{number}.glb"
    path.write_bytes(emotes.wave_glb(number))
    return path
