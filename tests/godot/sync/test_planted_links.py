"""A cloned project holds links that lead out of it. None is followed, whatever it is called and whenever it comes."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinetix_core.io import files, project_files
from kinetix_core.io.project_files import LinkFound, ProjectFolder, is_link
from kinetix_core.protocol.hub.enumerations import LoopMode
from kinetix_core.values.errors import KinetixError
from kinetix_godot.preset import Preset, write_preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.target.registry import Target
from tests.godot.editor import bring_caches, godot, make_project
from tests.godot.sync.place import Place, running, tiny_glb
from tests.support.present import present

# How folders are reached here: Windows has no handles of folders.
REACHED = ["by handle", "by path"] if project_files._BY_HANDLE else ["by path"]
KINDS = ["file", "dangling", "folder"]
# Names that the sync writes, or wrote in former versions, below the project.
IN_THE_EMOTES = [
    "Wave.glb", "Wave.glb.import", ".Wave.glb.kinetix-tmp", ".Wave.glb.import.kinetix-tmp", "Wave.theirs.glb", "sub", "rigs",
    "rigs/any.tres", "sub/Wave.glb", "sub/Wave.glb.import", "anything", "deep/down/anything",
]  # fmt: skip
# A step of a landing and what becomes a link just before it. A folder that does so after it was looked at is seen by its handle only.
BETWEEN = [
    pytest.param("import", "sub", marks=pytest.mark.posix_only(reason="Windows has no handles of folders"))
    if (step, name) == ("import", "sub")
    else (step, name)
    for step in ("temporary", "import", "replace", "written")
    for name in ("sub", "sub/Wave.glb", "sub/Wave.glb.import")
]
BESIDE = ["kinetix_emotes.toml", ".kinetix_emotes.toml.tmp"]


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder outside the project and check that it is unchanged."""
    folder = tmp_path / "outside"
    (folder / "inner").mkdir(parents=True)
    (folder / "file").write_text("precious", encoding="utf-8")
    (folder / "inner" / "Wave.glb").write_bytes(tiny_glb("one"))  # as in the project: it looks like ours
    yield folder
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert found == {"file", "inner", "inner/Wave.glb"}
    assert (folder / "file").read_text(encoding="utf-8") == "precious"
    assert (folder / "inner" / "Wave.glb").read_bytes() == tiny_glb("one")


@pytest.fixture(params=REACHED)
def by_handle_or_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Access folders by handle, or by path as on Windows."""
    monkeypatch.setattr(project_files, "_BY_HANDLE", request.param == "by handle")


def plant(link: Path, outside: Path, kind: str) -> None:
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    target = outside / {"file": "file", "dangling": "not-there", "folder": "inner"}[kind]
    link.symlink_to(target, target_is_directory=target.is_dir())


def sync(place: Place) -> Engine:
    engine = place.synced()
    engine.sync_to_disk()
    return engine


@pytest.mark.usefixtures("by_handle_or_path")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", IN_THE_EMOTES)
def test_a_link_below_the_emotes_is_refused(place: Place, outside: Path, name: str, kind: str) -> None:
    place.export("Wave.glb", "one")
    place.export("sub/Wave.glb", "two")
    plant(place.emotes / name, outside, kind)
    with pytest.raises(LinkFound) as caught:
        sync(place)
    assert caught.value.detail == str(place.emotes / name)
    assert caught.value.next_step
    assert is_link(os.lstat(place.emotes / name))
    (place.emotes / name).unlink()
    sync(place).close()
    assert place.files() == {"Wave.glb": "one", "sub/Wave.glb": "two"}


@pytest.mark.usefixtures("by_handle_or_path")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BESIDE)
def test_a_link_beside_the_emotes_is_not_followed(place: Place, outside: Path, name: str, kind: str) -> None:
    place.export("Wave.glb", "one")
    plant(place.project / name, outside, kind)
    with contextlib.suppress(LinkFound):
        write_preset(place.project, "emotes", Preset(loop=LoopMode.LINEAR))
    with contextlib.suppress(LinkFound):
        sync(place).close()
    assert is_link(os.lstat(place.project / name))


@pytest.mark.parametrize("folder", ["emotes", "art/emotes"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_folder_for_emotes_may_be_no_link_itself(tmp_path: Path, outside: Path, folder: str, kind: str) -> None:
    place = Place(tmp_path / "with")
    place.target = place.registry.add(Target.create(place.project, folder, str(place.source)))
    place.export("Wave.glb", "one")
    plant(place.project / folder.split("/")[0], outside, kind)
    with pytest.raises(LinkFound):
        sync(place)


@pytest.mark.parametrize(("step", "name"), BETWEEN)
def test_a_link_that_comes_between_look_and_use(place: Place, outside: Path, step: str, name: str) -> None:
    place.export("sub/Wave.glb", "one")

    def swap(now: str) -> None:
        if now == step:
            plant(place.emotes / name, outside, "folder" if name == "sub" else "file")

    engine = place.engine(step=swap)
    with contextlib.suppress(KinetixError, OSError):
        engine.apply(engine.plan())
    with contextlib.suppress(KinetixError, OSError):
        engine.sync_to_disk()


@pytest.mark.usefixtures("by_handle_or_path")
def test_moving_and_removing_follow_no_link(place: Place, outside: Path) -> None:
    place.export("sub/Wave.glb", "one")
    sync(place).close()
    (place.source / "sub" / "Wave.glb").unlink()
    engine = place.engine()
    actions = engine.plan(accept_empty=True)
    plant(place.emotes / "sub", outside, "folder")
    with pytest.raises(LinkFound):
        engine.apply(actions)


def test_a_running_sync_tells_of_the_link_and_goes_on_when_it_is_gone(place: Place, outside: Path) -> None:
    with running(place) as sync:
        plant(place.emotes / "Wave.glb", outside, "file")
        place.export("Wave.glb", "one")
        sync.until_state("error")
        assert sync.code == "linkInProject" and "Wave.glb" in present(sync.shown.error).detail
        (place.emotes / "Wave.glb").unlink()
        sync.until_files({"Wave.glb": "one"})
        sync.until_state("idle")


@pytest.mark.usefixtures("by_handle_or_path")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["characters", "characters/hero.glb", "characters/.hero.glb.arriving"])
def test_a_character_is_written_through_no_link(place: Place, outside: Path, name: str, kind: str) -> None:
    plant(place.project / name, outside, kind)
    with contextlib.suppress(LinkFound), ProjectFolder(place.project, "characters", make=True) as folder:
        folder.write("hero.glb", b"new")


@pytest.mark.posix_only(reason="making a link that Godot sees needs a right that few have on Windows")
def test_the_editor_writes_through_no_link(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, outside: Path
) -> None:
    bring_caches(tmp_path_factory, tmp_path)
    project = make_project(tmp_path / "godot")
    emotes = project / "emotes"
    emotes.mkdir()
    settings = '[remap]\n\nimporter="animation_library"\n\n[params]\n\nkinetix/loop=0\n'
    (emotes / "Wave.glb.import").write_text(settings, encoding="utf-8")
    plant(emotes / "linked.glb.import", outside, "file")
    plant(emotes / "emotes.res", outside, "dangling")
    plant(emotes / ".Wave.glb.import.tmp", outside, "file")
    tests = project / "tests"
    tests.mkdir()
    for name in ("check.gd", "test_links.gd"):
        shutil.copyfile(Path(__file__).parents[1] / "gd" / name, tests / name)
    godot(tmp_path, project, "--import")
    plant(project / "away", outside, "folder")  # now: Godot's own importer would write there
    code, output = godot(tmp_path, project, "--script", "res://tests/test_links.gd")
    assert code == 0 and "7 passed, 0 failed" in output, output
    assert [path.name for path in emotes.iterdir() if files.is_temporary(path.name)] == []
