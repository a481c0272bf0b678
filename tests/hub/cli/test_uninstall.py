"""`kinetix uninstall`: asks, says what stays and where, and takes nothing that is not the product's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kinetix_core.io import paths
from kinetix_core.protocol.hub import link
from kinetix_core.protocol.hub.enumerations import ProfileKind
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import KinetixError
from kinetix_hub.cli.completion import completion
from kinetix_hub.cli.uninstall import uninstall
from kinetix_hub.installation.shell_files import Shell, completion_file
from kinetix_hub.keys.profiles import Profiles
from tests.hub.conftest import HubProcess
from tests.hub.server.test_keys import use_ring
from tests.support.waiting import until


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    made = tmp_path / "home"
    for folder in (*(made / name for name in paths.Folder), paths.cache()):
        paths.own(folder)
    for file in ("godot/targets.json", "hub/hub.db", "library/Wave/Wave.glb", "local/local.db"):
        (made / file).parent.mkdir(exist_ok=True)
        (made / file).write_bytes(b"x")
    (made / "runtime" / "0.1.0-py3.13-x" / "scipy").mkdir(parents=True)
    (made / "my notes.txt").write_text("mine", encoding="utf-8")
    (paths.cache() / "weights").mkdir()
    (paths.cache() / "weights" / "a.tflite").write_bytes(b"x")
    return made


def run(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(uninstall, list(words), input=answer)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.quick
def test_no_is_the_answer_that_it_expects(home: Path) -> None:
    before = names(home)
    told = run("--all", answer="\n").output
    assert names(home) == before and str(home / "library") in told and "To be removed:" in told
    assert "Nothing was removed" in told
    listed = run("--all", "--yes", "--dry-run").output
    assert names(home) == before and str(home / "library") in listed and "Nothing was removed" in listed


@pytest.mark.quick
def test_what_a_person_made_stays_and_is_named(home: Path) -> None:
    assert CliRunner().invoke(completion, ["fish", "--install"]).exit_code == 0
    told = run(answer="y\n").output
    assert names(home) == {"library", "local", "my notes.txt"} and not paths.cache().exists()
    assert str(home / "library") in told.partition("Kept:")[2]
    assert "kinetix.fish" in told and "nothing to remove" in run().output


@pytest.mark.quick
def test_all_takes_everything_that_is_ours_and_nothing_else(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "film.mp4").write_bytes(b"x")
    (home / "outside").symlink_to(outside)
    (home / "outside").rename(home / "hub" / "outside")
    assert run("--all", "--yes").exit_code == 0
    assert names(home) == {"my notes.txt"} and (outside / "film.mp4").exists()
    (home / "my notes.txt").unlink()
    paths.own(home / "hub")
    assert run("--all", "--yes").exit_code == 0 and not home.exists()


@pytest.mark.quick
@pytest.mark.parametrize("everything", [(), ("--all",)], ids=["the rest", "all"])
def test_a_home_in_use_keeps_every_file_that_is_not_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, everything: tuple[str, ...]
) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path))
    kept = [tmp_path / name / "mine.txt" for name in paths.Folder]
    kept.append(paths.cache() / "mine.txt")
    for file in kept:
        file.parent.mkdir(parents=True)
        file.write_text("mine", encoding="utf-8")
    told = run("--yes", *everything).output
    assert all(file.exists() for file in kept)
    assert "nothing to remove" in told and str(tmp_path / "runtime") in told.partition("Kept:")[2]
    with pytest.raises(KinetixError) as refused:
        link.start()
    assert refused.value.code == "folderOccupied" and str(tmp_path / "hub") in refused.value.detail
    assert names(tmp_path / "hub") == {"mine.txt"}


@pytest.mark.quick
def test_folders_are_removed_however_deep_they_are_nested(home: Path) -> None:
    before, name = Path.cwd(), "deep" * 10
    try:
        os.chdir(home / "hub")
        for _ in range(1500):
            Path(name).mkdir()
            os.chdir(name)
    finally:
        os.chdir(before)
    done = run("--yes")
    assert done.exit_code == 0, done.exception
    assert not (home / "hub").exists()


@pytest.mark.quick
def test_a_file_of_another_program_is_neither_replaced_nor_removed(home: Path) -> None:
    file = completion_file(Shell.FISH)
    file.parent.mkdir(parents=True)
    file.write_text("theirs", encoding="utf-8")
    done = CliRunner().invoke(completion, ["fish", "--install"])
    assert isinstance(done.exception, KinetixError) and done.exception.code == "fileOccupied"
    assert run("--yes").exit_code == 0 and file.read_text(encoding="utf-8") == "theirs"
    file.unlink()
    for _ in range(2):  # ours is replaced
        assert CliRunner().invoke(completion, ["fish", "--install"]).exit_code == 0
    paths.own(home / "hub")
    assert run("--yes").exit_code == 0 and not file.exists()


def test_keys_leave_the_keyring_too(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Profiles(home / "hub" / "profiles.json").put("studio", ProfileKind.STAGING, "", "player-7")
    use_ring(
        monkeypatch,
        tmp_path,
        "def delete_password(self, service, name): pathlib.Path(__file__).with_name(f'deleted {name}').touch()",
    )
    run("--yes")
    assert {file.name for file in tmp_path.glob("deleted *")} == {"deleted cloud", "deleted studio"}


@pytest.mark.quick
def test_a_service_that_a_person_started_is_not_pulled_away(home: Path) -> None:
    running = ProcessLock(paths.local() / "serve.lock")
    assert running.take()
    before = names(home)
    result = run("--all", "--yes")
    assert isinstance(result.exception, KinetixError) and result.exception.code == "localRuns"
    assert names(home) == before
    running.release()


def test_a_running_hub_is_stopped_first(own_hub: HubProcess) -> None:
    own_hub.start()
    done = own_hub.cli("uninstall", "--all", "--yes")
    assert done.returncode == 0, done.stderr
    assert own_hub.ended() == 0 and not own_hub.home.exists()


def test_an_editor_asks_the_hub_which_removes_all_but_what_a_person_made(
    own_hub: HubProcess,
) -> None:
    started = own_hub.start()
    (own_hub.home / "library" / "mine.glb").write_bytes(b"x")
    (Path.home() / "json.py").write_text("raise SystemExit(3)", encoding="utf-8")
    assert started.post("/uninstall", {})["stopping"]
    until(lambda: names(own_hub.home) <= {"library", "local"}, lambda: names(own_hub.home))
    assert own_hub.ended() == 0
    assert names(own_hub.home / "library") >= {"mine.glb"}
