"""One long-lived headless editor with the real add-on and a real hub, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.godot.editor import Editor, editor, hub, imported_project, link_of


def _add_resources(project: Path, count: int) -> None:
    """For the editor to find when it starts."""
    for number in range(count):
        folder = project / "assets" / f"f{number // 200}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"r{number}.tres").write_text(
            '[gd_resource type="Resource" format=3]\n\n[resource]\n', encoding="utf-8"
        )


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    project = imported_project(tmp_path_factory, tmp_path_factory.mktemp("editor"))
    _add_resources(project, 2000)
    with (project / "project.godot").open("a", encoding="utf-8") as settings:
        settings.write('\n[editor]\n\nrun/main_run_args="--headless"\n')  # of a game that the editor starts
    root, source = project.parent, project.with_name("source")
    source.mkdir()
    with hub(root):
        body = {"project": str(project), "folder": "emotes", "source": str(source), "preset": {"library": "grouped"}}
        link_of(root / "home").call("POST", "/v1/sync/targets", body)
        with editor(root) as found:
            found.until("link.is_up()")
            yield found
