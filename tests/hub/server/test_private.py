"""Another user of the machine: of what the product keeps nothing can be read, listed or locked, whatever the umask."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kinetix_hub.database import Database
from tests.hub.conftest import HubProcess, wait_job

pytestmark = pytest.mark.posix_only(reason="Windows keeps a user's folder from others by itself")


def open_to_others(home: Path) -> list[str]:
    """Files that another user could open and folders that he could look into, if he may enter `home`.

    None where rights are no mode bits: Windows keeps other users from the home of a user as a whole.
    """
    found: list[str] = []
    if os.name != "posix":
        return found
    for folder, names, file_names in os.walk(home):
        for name in [*names]:
            mode = (Path(folder) / name).stat().st_mode
            if not mode & stat.S_IXOTH:
                names.remove(name)  # nothing below it can be reached
            if mode & stat.S_IROTH:
                found.append(str(Path(folder, name).relative_to(home)))
        for name in file_names:
            if (Path(folder) / name).stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
                found.append(str(Path(folder, name).relative_to(home)))
    return found


@pytest.mark.parametrize("older", [False, True], ids=["a new home", "a home of an older version"])
def test_nothing_is_open_to_others(own_hub: HubProcess, tmp_path: Path, older: bool) -> None:
    if older:
        for name in ("hub", "library", "local", "logs", "godot"):
            (own_hub.home / name).mkdir(parents=True, mode=0o755)
    before = os.umask(0o022)
    try:
        link = own_hub.start()
        clip = tmp_path / "clip.mp4"
        clip.write_bytes(b"x" * 1000)
        job = link.post("/jobs", {"clip": str(clip), "name": "Wave"})
        assert wait_job(link, job["id"])["state"] == "delivered"
        link.get("/doctor")
        own_hub.home.chmod(0o755)
        assert list((own_hub.home / "local").rglob("*.mp4")), "the upload is there"
        assert open_to_others(own_hub.home) == []
    finally:
        os.umask(before)


def test_the_database_is_private_by_itself(tmp_path: Path) -> None:
    before = os.umask(0o000)
    try:
        for path in (tmp_path / "new.db", tmp_path / "old.db"):
            if path.name == "old.db":
                path.write_bytes((tmp_path / "new.db").read_bytes())
                path.chmod(0o644)
            database = Database(path, first=True)
            modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob(f"{path.stem}*")}
            database.close()
            assert set(modes.values()) == {0o600} and len(modes) >= 2, modes
    finally:
        os.umask(before)
