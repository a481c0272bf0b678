"""One long-lived headless editor with the real add-on and a real hub, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.godot.editor import bad_lines, editor, godot, hub, make_project
from tests.godot.headless.stage import Stage, link_of


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("editor")
    project = make_project(root, channel=True, resources=2000)
    source = root / "source"
    source.mkdir()
    code, output = godot(root, project, "--import")
    assert code == 0 and not bad_lines(output), bad_lines(output)
    with hub(root / "home", root / "hub.log") as (more, process):
        body = {"project": str(project), "folder": "emotes", "source": str(source), "preset": {"library": "grouped"}}
        link_of(root / "home").call("POST", "/v1/sync/targets", body)
        with editor(root, project, more) as found:
            found.until("plugin.link.is_up()")
            found.run(
                "plugin.imports.imported.connect(func(paths):\n"
                "\tplugin.set_meta('done', Array(plugin.get_meta('done', [])) + Array(paths)))\n"
                "return true"
            )
            yield Stage(root, project, source, found, process)
            assert not bad_lines(found.output()), bad_lines(found.output())
