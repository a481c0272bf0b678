"""One story that every system tells alike: a clip goes in, its emote lies in a Godot project byte by byte, and the hub may die.

The user's home has a space and accents in its path. On Windows the key goes into the real credential store.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support import tools
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("main-job")


class User:
    """A person with a home and the command line."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "Jörg Müller" / "own"
        self.home.mkdir(parents=True)
        self.environment = {
            **os.environ,
            **dict.fromkeys(("HOME", "USERPROFILE"), str(self.home.parent)),
            "KINETIX_HOME": str(self.home),
        }
        if sys.platform == "win32":
            del self.environment["PYTHON_KEYRING_BACKEND"]
        self._output = folder / "output"

    def kinetix(self, *arguments: str, given: str = "") -> Any:
        """The JSON that a command prints, through a file: a hub that it starts may outlive it and hold a pipe."""
        with self._output.open("w+b") as output:
            done = subprocess.run(
                [str(tools.kinetix()), *arguments, "--json"],
                env=self.environment,
                input=given.encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=LIMIT_S,
                check=False,
            )
        said = self._output.read_text(encoding="utf-8")
        assert done.returncode == 0, said
        return json.loads(said[min(said.find(first) for first in "[{" if first in said) :])

    def hub_process(self) -> psutil.Process:
        return psutil.Process(json.loads((self.home / "hub" / "hub.json").read_text(encoding="utf-8"))["pid"])


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    made = User(tmp_path)
    yield made
    subprocess.run(
        [str(tools.kinetix()), "hub", "stop"],
        env=made.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=LIMIT_S,
        check=False,
    )


def test_a_clip_becomes_the_same_bytes_everywhere_and_outlives_the_hub(user: User, tmp_path: Path) -> None:
    project = tmp_path / "Spiel für alle"
    project.mkdir()
    (project / "project.godot").write_text("config_version=5\n", encoding="utf-8")
    user.kinetix("sync", "add", str(project))
    clip = tools.ROOT / "samples" / "balance.mp4"
    made = user.kinetix("emote", "create", str(clip), "--name", "Größe – 動き")
    assert made["job"]["state"] == "delivered"
    emote = made["emote"]
    data = Path(emote["files"]["glb"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == emote["sha256"]
    landed = project / "emotes" / "Größe – 動き.glb"
    until(lambda: landed.is_file() and landed.read_bytes() == data)

    before = user.hub_process()
    before.kill()
    before.wait(LIMIT_S)
    assert [row["id"] for row in user.kinetix("emote", "list")["emotes"]] == [emote["id"]]
    assert user.hub_process().pid != before.pid
    assert Path(emote["files"]["glb"]).read_bytes() == data == landed.read_bytes()


@pytest.mark.windows_only(reason="elsewhere a test has no keyring of its own")
def test_a_key_is_kept_in_the_credential_store(user: User) -> None:
    key = secrets.token_hex(16)
    user.kinetix("profile", "set", "studio", "--kind", "custom", "--url", "http://127.0.0.1:9")
    try:
        told = user.kinetix("profile", "key", "studio", given=f"{key}\n")
        assert told["keySource"] == "keyring", told
        assert key not in "".join(
            path.read_text(encoding="utf-8", errors="replace") for path in user.home.rglob("*.json") if path.is_file()
        )
    finally:
        with contextlib.suppress(AssertionError):
            user.kinetix("profile", "remove", "studio")
