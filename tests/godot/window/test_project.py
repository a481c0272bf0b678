"""An emote in the project: accepted, set up, renamed, deleted, dragged, decided on."""

from __future__ import annotations

import pytest

from tests.godot import emotes
from tests.godot.editor import Editor
from tests.godot.window.stage import cancel_jobs, new_clip, target_id
from tests.support import tools
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-gui")


def test_validate_brings_it_into_the_project(stage: Editor) -> None:
    target_id(stage)
    stage.tab("Create")
    cancel_jobs(stage)
    job = stage.call("POST", "/v1/jobs", {"clip": str(new_clip(stage.root)), "name": "Bow"})
    until(lambda: stage.call("GET", f"/v1/jobs/{job['id']}")["state"] == "awaitingDecision", "the decision")
    row = f"part('Job_{job['id']}')"
    stage.until(f"{row} != null and {row}.find_child('Accept', true, false) != null")
    stage.click(f"{row}.find_child('Accept', true, false)", (stage.project / "emotes/Bow.glb").exists, "the emote")
    stage.until("ResourceLoader.exists('res://emotes/Bow.glb')")


def test_the_settings_of_an_emote_are_chosen_in_the_dock(stage: Editor) -> None:
    target_id(stage)
    stage.tab("Library")
    settings = stage.project / "emotes/First.glb.import"
    until(lambda: settings.exists() and "uid=" in settings.read_text(encoding="utf-8"), "the emote in the project")
    stage.until("lists(['First'])")
    stage.run("library.select(emote('First').id)")
    stage.until("part('File').text == 'res://emotes/First.glb'")
    stage.run("part('LoopSetting').select(2)\npart('LoopSetting').item_selected.emit(2)")
    until(lambda: "kinetix/loop=2" in settings.read_text(encoding="utf-8"), "the loop")
    stage.click("part('InPlace')", lambda: "kinetix/in_place=true" in settings.read_text(encoding="utf-8"), "in place")
    first = "load('res://emotes/First.glb')"
    stage.until(f"{first}.get_animation({first}.get_animation_list()[0]).loop_mode == 1")


def test_a_right_click_renames_deletes_here_and_brings_back(stage: Editor) -> None:
    target = target_id(stage)
    emotes_folder = stage.project / "emotes"
    until((emotes_folder / "First.glb").exists, "the emote in the project")
    stage.until("ResourceLoader.exists('res://emotes/First.glb')")
    emote = stage.get("emote('First').id")

    def offers(item: str) -> bool:
        return bool(stage.run(f"menu.fill('{emote}')\nreturn menu.get_item_index(menu.Item.{item}) >= 0"))

    stage.tab("Library")
    stage.settle()
    until(lambda: stage.get("menu.visible") or _right_click(stage, emote), "the menu")
    stage.frames(5)
    stage.shot(tools.ARTEFACTS / "godot-menu.png")
    stage.run("menu.hide()")

    assert offers("DELETE_HERE") and not offers("BRING_BACK")
    stage.choose("First", "DELETE_HERE")
    until(lambda: not (emotes_folder / "First.glb").exists(), "the file's way into the bin")
    until(lambda: stage.call("GET", "/v1/sync/targets")["targets"][0]["deleted"], "the sync")
    until(lambda: offers("BRING_BACK"))
    stage.settle()
    with stage.importing("emotes/First.glb"):
        stage.choose("First", "BRING_BACK")
        until((emotes_folder / "First.glb").exists, "the file's return")

    with stage.importing("emotes/Last.glb"):
        stage.choose("First", "RENAME")
        stage.run("menu._name.text = 'Last'\nmenu._name_dialog.get_ok_button().pressed.emit()")
        until((emotes_folder / "Last.glb").exists, "the renamed file")
    with stage.importing("emotes/First.glb"):
        stage.run(f"menu.fill('{emote}')\nmenu._name.text = 'First'\nmenu._on_renamed()")
        until((emotes_folder / "First.glb").exists, "the old name")
    assert target == target_id(stage)


def _right_click(stage: Editor, emote: str) -> bool:
    """Right-click an emote in the list and return whether the menu opens."""
    place = stage.run(
        f"var list = library._list\nvar at = library._ids.find('{emote}')\n"
        "if at < 0 or not list.is_visible_in_tree(): return null\n"
        "var place = list.get_global_transform() * list.get_item_rect(at).get_center()\n"
        "return [place.x, place.y] if list.get_global_rect().has_point(place) else null"
    )
    if place is None:
        return False
    stage.point(*place, "sleep", "0.2", "click", "3")
    return bool(stage.run("await frames(30)\nreturn menu.visible"))


@pytest.mark.parametrize(("choice", "number"), [("theirs", 1), ("mine", 3)])
def test_a_conflict_is_settled_by_a_click(stage: Editor, choice: str, number: int) -> None:
    file, copy = stage.project / "emotes/Fight.glb", stage.project / "emotes/Fight.theirs.glb"
    first, theirs, mine = (emotes.wave_glb(at) for at in (number, number + 1, 90 + number))
    path = f"/v1/sync/targets/{target_id(stage)}/send"

    def send(data: bytes) -> None:
        (stage.root / "sent.glb").write_bytes(data)
        stage.call("POST", path, {"glb": str(stage.root / "sent.glb"), "name": "Fight"})

    # Before it has landed, an edit would meet the file that the other choice left.
    with stage.importing("emotes/Fight.glb"):
        send(first)
        until(lambda: file.exists() and file.read_bytes() == first, "what was sent first")
    file.write_bytes(mine)
    send(theirs)
    stage.tab("Decide")
    wanted = theirs if choice == "theirs" else mine
    until(copy.exists, "the side copy")
    stage.click(
        f"part('{choice}_Fight_glb')", lambda: file.read_bytes() == wanted and not copy.exists(), f"the choice {choice}"
    )
    until(lambda: not stage.call("GET", "/v1/sync/targets")["targets"][0]["conflicts"], "the decision")
    stage.until("dock._tabs.get_tab_title(2) == 'Sync'")
