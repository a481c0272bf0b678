"""Start of the add-on: finding or starting a hub, and late enabling."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

import build_godot_addon
from tests.godot.editor import PROJECT, add_channel, bring_caches, editor, imported_project, link_of
from tests.support import tools
from tests.support.services.home_processes import kill_all_in
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-editor")


def test_a_hub_that_can_be_found_is_started(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    imported_project(tmp_path_factory, tmp_path)
    home = tmp_path / "home"
    try:
        with editor(tmp_path, {"KINETIX_COMMAND": str(tools.kinetix()), "KINETIX_NO_START": ""}) as found:
            found.until("link.is_up()")
            found.until("link._starter == 0")  # it is asked for, so that it does not stay as a dead process
            first = found.get("link._start_id")
            psutil.Process(link_of(home).info.pid).kill()
            found.until(f"link.is_up() and link._start_id != '{first}'")
            found.until("link._starter == 0")
            children = psutil.Process(found.process.pid).children()
            assert not [child for child in children if child.status() == psutil.STATUS_ZOMBIE]
            # Removed from the machine, it is not started again.
            (home / "library").mkdir(exist_ok=True)
            found.run("plugin._removal.ask()\nplugin._removal._dialog.get_ok_button().pressed.emit()")
            found.until("not link.is_up() and not link.starts_hub")
            until(lambda: not (home / "hub").exists(), "the hub's folder is removed")
            assert (home / "library").is_dir()
    finally:
        kill_all_in(home)


def test_an_add_on_that_is_enabled_before_its_classes_are_known(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """It is unpacked while the editor is open, and the person is quicker than the editor's look for new files."""
    bring_caches(tmp_path_factory, tmp_path)
    project = tmp_path / "project"
    (project / "addons").mkdir(parents=True)
    (project / "project.godot").write_text(PROJECT.format(plugins=add_channel(project)), encoding="utf-8")
    with editor(tmp_path, enabled=False) as found:
        build_godot_addon.install(build_godot_addon.build(tmp_path), project)
        found.run("EditorInterface.set_plugin_enabled('kinetix_emotes', true)")
        found.until("dock != null and preview.is_inside_tree()")
