"""After a power cut at any moment everything starts, nothing that was promised is lost, and the project is whole again by itself."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults import power_cut
from tests.support import tools
from tests.support.service import running
from tests.support.waiting import LIMIT_S, until

SEED = 5
CUTS = 4
ENOUGH = 5  # emotes that were delivered before the last cut, however slow the machine is
_ENVIRONMENT = {
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    "KINETIX_NO_START": "1",
    "PYTHONPATH": str(tools.ROOT),
}


def promises(output: Path) -> dict[str, list[str]]:
    """Return the worker's promises so far: word → values; a delivery as "ID SHA"."""
    said: dict[str, list[str]] = {}
    whole, _, _ = output.read_text(encoding="utf-8").rpartition("\n")  # what follows it is just being written
    for line in whole.splitlines():
        word, _, value = line.partition(" ")
        said.setdefault(word, []).append(value)
    return said


def delivered(output: Path) -> int:
    return len(promises(output).get("delivered", []))


def check(disk: power_cut.Disk, said: dict[str, list[str]], *, starts_local: bool) -> dict[str, Any]:
    with disk.mounted() as place:
        command = [sys.executable, "-m", "tests.faults.power_cut", "look", str(place / "home"), str(place / "project")]
        done = subprocess.run(
            command, env={**os.environ, **_ENVIRONMENT}, capture_output=True, encoding="utf-8", timeout=LIMIT_S
        )
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        for word in ("secret", "target", "key"):
            if word in said:
                assert found[word] == said[word][0], word
        for delivery in said.get("delivered", []):
            emote, sha = delivery.split()
            assert found["library"].get(emote) == sha, f"emote {emote} was delivered"
        assert not found["problems"]
        project = found["project"]
        assert project.pop("mine.glb") == hashlib.sha256(power_cut.MINE).hexdigest()
        assert found["settings"].pop("mine.glb.import") == power_cut.USER_SETTINGS
        assert sorted(project.values()) == sorted(found["library"].values())
        assert set(found["settings"]) == {f"{name}.import" for name in project}
        assert all(text.startswith("[remap]") and text.endswith("\n") for text in found["settings"].values())
        assert found["state"] == "idle" and found["counts"]["conflicts"] == found["counts"]["edited"] == 0
        if starts_local:
            with running(place / "home") as service:
                assert service.info["url"]
    return found


@pytest.mark.timeout(600)
def test_after_a_power_cut_all_is_there(tmp_path: Path) -> None:
    if reason := power_cut.why_not():
        pytest.skip(reason)
    chance = random.Random(SEED)
    disk = power_cut.Disk.make(tmp_path)
    output = tmp_path / "said"
    with disk.mounted() as place, output.open("wb") as out, (tmp_path / "log").open("wb") as log:
        home, project = place / "home", place / "project"
        power_cut.set_up(home, project)
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.power_cut", "work", str(home), str(project)],
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
        )
        cuts = []
        try:
            until(lambda: worker.poll() is not None or "target" in promises(output))
            assert worker.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")[-3000:]
            for number in range(CUTS):
                if number == CUTS - 1:
                    until(lambda: delivered(output) > ENOUGH)
                time.sleep(chance.uniform(0.3, 2.5))
                said = promises(output)
                os.kill(worker.pid, signal.SIGSTOP)
                (tmp_path / str(number)).mkdir()
                cuts.append((disk.cut(tmp_path / str(number)), said))
                os.kill(worker.pid, signal.SIGCONT)
        finally:
            worker.kill()
            worker.wait()
    for cut, said in cuts:
        found = check(cut, said, starts_local=cut is cuts[-1][0])
        print(
            f"{len(said.get('delivered', []))} delivered, {len(found['project'])} landed, torn before: {found['leftEmpty']}"
        )
    assert len(cuts[-1][1]["delivered"]) > ENOUGH, "too few to tell"
