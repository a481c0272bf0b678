"""Start of the add-on: finding or starting a hub, and late enabling."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path

import pytest

import build_godot_addon
from tests.godot.editor import (
    PROJECT,
    add_channel,
    bad_lines,
    bring_caches,
    editor,
    end_service,
    imported_project,
)
from tests.support import tools
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-editor")


def states_of_children(pid: int) -> list[str]:
    """Return the process states of a process's children."""
    found: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in (task / "children").read_text(encoding="utf-8").split():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    status = Path(f"/proc/{child}/stat").read_text(encoding="utf-8")
                    found.append(status.rpartition(") ")[2][0])
    return found


def test_a_hub_that_can_be_found_is_started(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    project = imported_project(tmp_path_factory, tmp_path)
    home = tmp_path / "home"
    more = {"KINETIX_HOME": str(home), "KINETIX_COMMAND": str(tools.kinetix()), "KINETIX_NO_START": ""}
    try:
        with editor(tmp_path, project, more) as found:
            found.until("plugin.link.is_up()")
            assert (home / "hub/hub.json").exists()
            found.until("plugin.link._starter == 0")  # it is asked for, so that it does not stay as a dead process
            first = found.run("return plugin.link._start_id")
            os.kill(json.loads((home / "hub/hub.json").read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
            found.until(f"plugin.link.is_up() and plugin.link._start_id != '{first}'")
            found.until("plugin.link._starter == 0")
            assert "Z" not in states_of_children(found.process.pid), "a dead process is left"
            # Removed from the machine, it is not started again.
            (home / "library").mkdir(exist_ok=True)
            found.run("plugin._removal.ask()\nplugin._removal._dialog.get_ok_button().pressed.emit()\nreturn true")
            found.until("not plugin.link.is_up() and not plugin.link.starts_hub")
            until(lambda: not (home / "hub").exists(), "the hub's folder is removed")
            assert (home / "library").is_dir()
            assert not bad_lines(found.output()), bad_lines(found.output())
    finally:
        end_service(home / "hub/hub.json")


def test_an_add_on_that_is_enabled_before_its_classes_are_known(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """It is unpacked while the editor is open, and the person is quicker than the editor's look for new files."""
    bring_caches(tmp_path_factory, tmp_path)
    project = tmp_path / "project"
    (project / "addons").mkdir(parents=True)
    (project / "project.godot").write_text(PROJECT.format(plugins=add_channel(project)), encoding="utf-8")
    more = {"KINETIX_HOME": str(tmp_path / "home"), "KINETIX_NO_START": "1"}
    with editor(tmp_path, project, more, enabled=False) as found:
        build_godot_addon.install(build_godot_addon.build(tmp_path), project)
        found.run("EditorInterface.set_plugin_enabled('kinetix_emotes', true)\nreturn true")
        found.until("plugin.dock != null and plugin.dock.library_view.preview.is_inside_tree()")
        assert not bad_lines(found.output()), bad_lines(found.output())
