"""Buttons of the dock that repair the library, the project or a source."""

from __future__ import annotations

import pytest

from tests.godot import emotes
from tests.godot.dock.stage import Stage
from tests.godot.editor import bad_lines
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-dock")


def test_what_is_wrong_with_the_library_is_repaired_by_a_button(stage: Stage) -> None:
    sidecar = stage.source.parent / "home/library/Take/emote.json"
    sidecar.unlink()
    doctor, said, repair = (
        f"plugin.dock.find_child('{name}', true, false)" for name in ("Doctor", "Said", "Remedy_fix")
    )
    stage.editor.run(f"{doctor}.open()\nreturn true")
    stage.editor.until(f"{repair}.visible")
    words = stage.editor.run(f"return {said}.text")
    assert "Repair the library." in words and "Take: " in words and "doctor --fix" not in words
    stage.editor.run(f"{repair}.pressed.emit()\nreturn true")
    stage.editor.until(f"not {repair}.visible and {said}.text != 'Working …'")
    assert sidecar.exists() and "Take: " not in stage.editor.run(f"return {said}.text")
    stage.editor.run(f"{doctor}.hide()\nreturn true")


def test_a_look_that_ends_with_the_dock_is_no_error(stage: Stage) -> None:
    """Disabling the add-on waits for the doctor and discards its report."""
    stage.editor.run(
        "var view = load('res://addons/kinetix_emotes/editor/connection/doctor_view.tscn').instantiate()\n"
        "plugin.dock.add_child(view)\n"
        "view._program = '/bin/true'\n"
        "view._begin('Looking …', [])\n"
        "plugin.dock.remove_child(view)\n"
        "await Engine.get_main_loop().process_frame\n"
        "view.free()\n"
        "return true"
    )
    assert not bad_lines(stage.editor.output())


def test_a_folder_that_is_gone_comes_back_by_a_button(stage: Stage) -> None:
    stage.settle()
    (stage.project / "emotes").rename(stage.source.with_name("gone"))
    said = "plugin.dock.find_child('Cure', true, false).text"
    stage.editor.until(f"'Bring the emotes back' in {said}")
    stage.press("SyncCure")
    assert "res://emotes" in stage.answer("Question")
    for name in ("Bow", "Take", "Wave"):
        until((stage.project / f"emotes/{name}.glb").exists, name)
    stage.editor.until("not plugin.dock.find_child('SyncCure', true, false).visible")


def test_a_source_that_was_emptied_is_followed_by_a_button(stage: Stage) -> None:
    """The files go into the system's bin: their source is gone, so they may be the last copies."""
    stage.source.mkdir()
    exported = [stage.source / f"Export{number}.glb" for number in range(3)]
    for number, path in enumerate(exported):
        path.write_bytes(emotes.wave_glb(number))
    target = stage.follow("exports", str(stage.source))
    here = [stage.project / "exports" / path.name for path in exported]
    for path in exported:  # one that Godot is importing may not go away
        stage.imported(f"exports/{path.name}")
    away = stage.source.with_name("away")
    stage.source.rename(away)
    stage.source.mkdir()
    said = "plugin.dock.find_child('Cure', true, false).text"
    stage.editor.until(f"'I emptied the folder' in {said}")
    stage.press("SyncCure")
    assert stage.answer("Question").startswith("3 emotes leave res://exports")
    until(lambda: not any(path.exists() for path in here), "the sync")
    bin_folder = stage.editor.root / "data/Trash/files"
    assert sorted(path.name for path in bin_folder.glob("Export*.glb")) == [path.name for path in exported]
    stage.editor.until("not plugin.dock.find_child('SyncCure', true, false).visible")
    stage.call("DELETE", f"/v1/sync/targets/{target}")


def test_a_question_is_taken_back_when_what_it_asks_about_is_over(stage: Stage) -> None:
    """The made-up target is removed within one frame."""
    shown = stage.editor.run(
        "var link = plugin.link\n"
        "var error = {'code': 'folderGone', 'title': 'It is gone.', 'nextStep': 'Put it back.'}\n"
        "var here = ProjectSettings.globalize_path('res://')\n"
        "var target = {'id': 'made-up', 'project': here, 'folder': 'made', 'error': error}\n"
        "link._take_event('sync.changed', target)\n"
        "var cure = plugin.dock.find_child('SyncCure', true, false)\n"
        "var question = cure.find_child('Question', true, false)\n"
        "cure.pressed.emit()\n"
        "link.targets_changed.emit()\n"
        "var shown = [question.visible]\n"
        "link.targets['made-up'].error = null\n"
        "link.targets_changed.emit()\n"
        "shown.append(question.visible)\n"
        "question.hide()\n"
        "link.targets.erase('made-up')\n"
        "link.targets_changed.emit()\n"
        "return shown"
    )
    assert shown == [True, False]
