"""An emote in the project: accepted, set up, renamed, deleted, dragged, decided on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.godot import emotes
from tests.godot.window.stage import Stage
from tests.support import tools
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-gui")


def test_validate_brings_it_into_the_project(stage: Stage) -> None:
    stage.target_id()
    stage.tab("Create")
    stage.cancel_jobs()
    job = stage.call("POST", "/v1/jobs", {"clip": str(stage.clip()), "name": "Bow"})
    until(lambda: stage.call("GET", f"/v1/jobs/{job['id']}")["state"] == "awaitingDecision", "the decision")
    row = f"plugin.dock.find_child('Job_{job['id']}', true, false)"
    until(
        lambda: stage.editor.run(
            f"var row = {row}\nreturn row != null and row.find_child('Accept', true, false) != null"
        ),
    )
    stage.press(f"{row}.find_child('Accept', true, false)", (stage.project / "emotes/Bow.glb").exists, "the emote")
    stage.editor.until("ResourceLoader.exists('res://emotes/Bow.glb')")


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
    with stage.importing("emotes/First.glb"):
        choose("BRING_BACK")
        until((emotes_folder / "First.glb").exists, "the file's return")

    with stage.importing("emotes/Last.glb"):
        choose("RENAME")
        named = f"{menu}._name.text = 'Last'\n{menu}._name_dialog.get_ok_button().pressed.emit()"
        stage.editor.run(f"{named}\nreturn true")
        until((emotes_folder / "Last.glb").exists, "the renamed file")
    with stage.importing("emotes/First.glb"):
        stage.editor.run(f"{menu}.fill('{emote}')\n{menu}._name.text = 'First'\n{menu}._on_renamed()\nreturn true")
        until((emotes_folder / "First.glb").exists, "the old name")
    assert target == stage.target_id()


@pytest.mark.parametrize("choice", ["theirs", "mine"])
def test_a_conflict_is_settled_by_a_click(stage: Stage, choice: str) -> None:
    target = stage.target_id()
    number = {"theirs": 1, "mine": 3}[choice]
    file = stage.project / "emotes/Fight.glb"
    # Before it has landed, an edit would meet the file that the other choice left.
    with stage.importing("emotes/Fight.glb"):
        stage.call(
            "POST", f"/v1/sync/targets/{target}/send", {"glb": str(_write(stage, "sent", number)), "name": "Fight"}
        )
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
    title = "plugin.dock._tabs.get_tab_title(2)"
    until(lambda: stage.editor.run(f"return {title}") == "Sync", "nothing left to decide")


def _write(stage: Stage, name: str, number: int) -> Path:
    path = stage.root / f"{name}{number}.glb"
    path.write_bytes(emotes.wave_glb(number))
    return path
