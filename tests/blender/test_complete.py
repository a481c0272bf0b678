"""The complete zip in an empty Blender without any network: from one file to an emote on the character."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import build_extension
import wheels
from kinetix_core.io import paths
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import KinetixError
from kinetix_hub.installation import runtime_folder
from tests.blender.test_rules import LARGEST_ZIP, assert_valid
from tests.support import tools
from tests.support.services.home_processes import kill_all_in
from tests.support.waiting import until

HANGS_S = 900
NEWCOMER = Path(__file__).parent / "inside" / "newcomer.py"
CLIP = tools.ROOT / "samples" / "balance.mp4"
MOST_ACTIONS = 5


def complete(python: str) -> Path:
    return build_extension.build_complete("linux-x64", python)


@pytest.fixture
def user(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of somebody who has nothing but Blender; whatever runs at home is ended."""
    home = tmp_path / "home é"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name.startswith("KINETIX_TEST")}
    data = home / "data"
    try:
        yield {
            **kept,
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "KINETIX_HOME": str(data),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
    finally:
        kill_all_in(home)


def newcomer(program: list[str], archive: Path, user: dict[str, str], scratch: Path) -> dict[str, object]:
    result, alone = scratch / "result.json", tools.ROOT / "tests" / "support" / "without_network.py"
    line = [sys.executable, str(alone), *program, "--", str(archive), str(CLIP), str(result)]
    with (scratch / "blender.log").open("wb") as log:
        subprocess.run(line, env=user, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=HANGS_S, check=False)
    assert result.is_file(), (scratch / "blender.log").read_text(errors="replace")[-3000:]
    record: dict[str, object] = json.loads(result.read_text(encoding="utf-8"))
    assert "error" not in record, (record, (scratch / "blender.log").read_text(errors="replace")[-2000:])
    print(archive.name, record)
    return record


@pytest.mark.timeout(HANGS_S + 60)
@pytest.mark.parametrize(
    ("blender", "python"),
    [
        pytest.param("Debian's", "3.13", id="Debian's Blender"),
        pytest.param("4.2", "3.11", id="bpy 4.2", marks=pytest.mark.nightly),
        pytest.param("5.2", "3.13", id="bpy 5.2", marks=pytest.mark.nightly),
    ],
)
def test_from_one_file_to_an_emote_without_a_network(
    blender: str, python: str, user: dict[str, str], tmp_path: Path
) -> None:
    if blender == "Debian's":
        program = [str(tools.blender()), "-b", "--factory-startup", "--python", str(NEWCOMER)]
    else:
        program = [str(tools.bpy_python(blender)), str(NEWCOMER)]
    archive = complete(python)
    record = newcomer(program, archive, user, tmp_path)
    assert len(record["actions"]) == MOST_ACTIONS  # type: ignore[arg-type]
    assert record["rig"] == "Mannequin" and int(record["keys"]) > 1000  # type: ignore[call-overload]
    assert record["libraries"] == [], "Blender's own process has none of the libraries"
    (runtime,) = (Path(user["KINETIX_HOME"]) / "runtime").glob("*/")
    assert not [place for place in record["new on the path"] if str(runtime) in place]  # type: ignore[attr-defined]
    assert not list(Path(user["HOME"]).rglob("extensions/.local/**/kinetix_hub")), "nor has its site-packages"
    assert_valid(archive, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("platform", wheels.CAPTURES_ON)
@pytest.mark.parametrize("python", wheels.PYTHONS)
def test_every_complete_zip_is_small_enough_and_valid(platform: str, python: str, tmp_path: Path) -> None:
    archive = build_extension.build_complete(platform, python)
    assert archive.stat().st_size < LARGEST_ZIP
    assert_valid(archive, tmp_path)


@pytest.mark.quick
@pytest.mark.parametrize("platform", wheels.CAPTURES_ON)
@pytest.mark.parametrize("python", wheels.PYTHONS)
def test_the_complete_lock_has_all_for_this_system(platform: str, python: str) -> None:
    lines = wheels.requirements_for(platform, python, wheels.COMPLETE_LOCK)
    names = {line.partition("==")[0] for line in lines.splitlines() if "==" in line}
    assert {"av", "ai-edge-litert", "scipy", "numpy", "sqlalchemy", "pillow", "uvicorn", "keyring"} <= names
    assert ("uvloop" in names) == (platform != "windows-x64")
    assert lines.count("==") <= lines.count("--hash=sha256:") and "://" not in lines


@pytest.mark.quick
def test_only_the_file_for_the_older_python_has_a_last_blender() -> None:
    text = (build_extension.SOURCE / "blender_manifest.toml").read_text(encoding="utf-8")
    old, new = (tomllib.loads(build_extension.manifest_complete(text, "linux-x64", one)) for one in wheels.PYTHONS)
    assert old["blender_version_max"] == "5.1.0" and "blender_version_max" not in new
    assert old["platforms"] == ["linux-x64"] and "wheels" not in old


def a_bundle(
    folder: Path, version: str = "0.1.0", python: str = "3.13", text: str = "x = 1\n"
) -> runtime_folder.Bundle:
    """A bundle of one small wheel."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "thing-1-py3-none-any.whl", "w") as archive:
        archive.writestr("thing/__init__.py", text)
        archive.writestr("thing-1.data/purelib/thing/more.py", "y = 2\n")
        archive.writestr("thing-1.data/scripts/thing", "#!python\n")
        archive.writestr("thing-1.dist-info/RECORD", "")
    record = {"version": version, "python": python, "name": f"{version}-py{python}-{abs(hash(text)):x}"}
    (folder / "bundle.json").write_text(json.dumps(record), encoding="utf-8")
    return runtime_folder.read_bundle(folder)


@pytest.mark.quick
def test_wheels_are_unpacked_as_they_would_be_installed(tmp_path: Path) -> None:
    place = runtime_folder.unpack(a_bundle(tmp_path / "bundle"))
    assert place.parent == paths.runtimes()
    files = {file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file()}
    assert paths.is_own(place)
    assert files - {".kinetix-folder"} == {"thing/__init__.py", "thing/more.py", "thing-1.dist-info/RECORD"}
    if os.name == "posix":
        assert paths.runtimes().stat().st_mode & 0o077 == 0


@pytest.mark.quick
def test_a_version_goes_when_the_next_one_came_and_nothing_runs(tmp_path: Path) -> None:
    old = runtime_folder.unpack(a_bundle(tmp_path / "old", "0.1.0"))
    beside = runtime_folder.unpack(a_bundle(tmp_path / "beside", "0.2.0", "3.11"))
    assert not old.exists()
    running = ProcessLock(paths.hub_folder() / "hub.lock")
    assert running.take()
    new = runtime_folder.unpack(a_bundle(tmp_path / "new", "0.2.0", text="x = 2\n"))
    newest = runtime_folder.unpack(a_bundle(tmp_path / "newest", "0.3.0"))
    assert new.exists() and newest.exists(), "a hub may run from it"
    running.release()
    runtime_folder.unpack(a_bundle(tmp_path / "again", "0.2.0", text="x = 3\n"))
    left = {path.name for path in paths.runtimes().iterdir() if path.is_dir()}
    assert beside.name in left and new.name not in left and newest.name not in left and len(left) == 2


@pytest.mark.quick
def test_a_folder_of_something_else_is_neither_replaced_nor_removed(tmp_path: Path) -> None:
    paths.own(paths.runtimes())
    bundle = a_bundle(tmp_path / "bundle")
    theirs = [paths.runtimes() / name / "work.c" for name in ("MyGame", bundle.name, ".unpacking-mine")]
    for file in theirs:
        file.parent.mkdir()
        file.write_text("mine", encoding="utf-8")
    with pytest.raises(KinetixError) as refused:
        runtime_folder.unpack(bundle)
    assert refused.value.code == "folderOccupied"
    runtime_folder.unpack(a_bundle(tmp_path / "other", "0.9.0"))
    assert all(file.exists() for file in theirs)


@pytest.mark.quick
@pytest.mark.parametrize("name", ["../elsewhere", "/tmp/elsewhere", "a/b", "", ".", 7])
def test_a_bundle_whose_name_leads_elsewhere_is_refused(tmp_path: Path, name: object) -> None:
    record = {"version": "0.1.0", "python": "3.13", "name": name}
    (tmp_path / "bundle.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(KinetixError) as refused:
        runtime_folder.read_bundle(tmp_path)
    assert refused.value.code == "bundleDamaged"


@pytest.mark.quick
def test_a_damaged_wheel_leaves_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path / "bundle")
    wheel = bundle.wheels[0]
    data = bytearray(wheel.read_bytes())
    data[data.index(b"x = 1")] ^= 0xFF
    wheel.write_bytes(data)
    with pytest.raises(KinetixError) as raised:
        runtime_folder.unpack(bundle)
    assert raised.value.code == "notUnpacked" and "complete add-on file" in raised.value.next_step
    assert {path.name for path in paths.runtimes().iterdir()} == {"runtime.lock", ".kinetix-folder"}


@pytest.mark.quick
def test_without_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("kinetix_hub.installation.runtime_folder.shutil.disk_usage", lambda _place: full)
    with pytest.raises(KinetixError) as raised:
        runtime_folder.unpack(a_bundle(tmp_path / "bundle"))
    assert raised.value.code == "diskFull" and "MB" in raised.value.next_step


@pytest.mark.quick
def test_two_that_unpack_at_once_unpack_once(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path / "bundle")
    paths.own(paths.runtimes())
    first = ProcessLock(paths.runtimes() / "runtime.lock")
    assert first.take()
    code = "import sys; from pathlib import Path; from kinetix_hub.installation import runtime_folder as r\n"
    code += "print('begun', flush=True); print(r.unpack(r.read_bundle(Path(sys.argv[1]))))"
    second = subprocess.Popen(
        [sys.executable, "-c", code, str(bundle.folder)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    assert second.stdout is not None and second.stdout.readline() == "begun\n"
    paths.own(paths.runtimes() / bundle.name)  # as the first would have left it
    first.release()
    until(lambda: second.poll() is not None, "it waits for ever")
    assert second.stdout.read().strip() == str(paths.runtimes() / bundle.name)
    second.stdout.close()
    assert [file.name for file in (paths.runtimes() / bundle.name).iterdir()] == [".kinetix-folder"], (
        "it was there, so it is not unpacked again"
    )
