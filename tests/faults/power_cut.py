"""A hub on an ext4 file system whose power is cut: what the disk holds at that moment is copied and mounted again.

    python -m tests.faults.power_cut work HOME PROJECT     delivers emotes, which the sync brings into the project, until it is killed
    python -m tests.faults.power_cut look HOME PROJECT     starts hub and sync anew and says as JSON what they found and made of it

`Disk` is the file system. Metadata reach it each second and contents half a minute later, unless somebody asks: the order in which
a file may come to be empty.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kinetix_core.formats import glb
from kinetix_core.io import paths
from kinetix_core.protocol.hub.enumerations import FileKind, ProfileKind, TargetState
from kinetix_core.protocol.hub.sync_models import SyncTarget
from kinetix_core.values.identity import ProcessId
from kinetix_godot.target.registry import Registry, Target
from kinetix_hub.hub import Hub
from kinetix_local.store.seal import Seal
from tests.godot import emotes
from tests.hub.double import Double, create, temporary, wait_state
from tests.support.present import present
from tests.support.waiting import until

MINE = b"the user's own"
USER_SETTINGS = "the user's own settings\n"
_MEGABYTES = 64
_MOTION = emotes.walk(1.0)


class Disk:
    """An ext4 image in a loop mount, which needs root. Raises OSError or CalledProcessError where that is not allowed."""

    def __init__(self, image: Path, place: Path) -> None:
        self.image, self.place = image, place
        self._stat: Path | None = None

    @classmethod
    def make(cls, folder: Path) -> Disk:
        image = folder / "disk.img"
        with image.open("wb") as file:
            file.truncate(_MEGABYTES << 20)
        _run("mkfs.ext4", "-q", "-F", str(image))
        return cls(image, folder / "disk")

    @contextlib.contextmanager
    def mounted(self) -> Iterator[Path]:
        self.place.mkdir(exist_ok=True)
        _run("mount", "-o", "loop,commit=1", str(self.image), str(self.place))
        try:
            device = (
                _run("losetup", "--noheadings", "--output", "NAME", "--associated", str(self.image))
                .split("/")[-1]
                .strip()
            )
            self._stat = Path("/sys/block", device, "stat")
            yield self.place
        finally:
            _run("umount", "--lazy", str(self.place))

    def cut(self, folder: Path) -> Disk:
        """The disk as it is at one moment. Nobody writes meanwhile but the kernel; when it does, the copy is made again."""
        assert self._stat
        while True:
            before = self._stat.read_text()
            shutil.copyfile(self.image, folder / "cut.img")
            if self._stat.read_text() == before:
                return Disk(folder / "cut.img", self.place)  # paths in the state lead there


def _run(*command: str) -> str:
    # Debian keeps what makes file systems where no ordinary PATH leads.
    found = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    environment = {**os.environ, "PATH": found}
    return subprocess.run(
        command, check=True, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, env=environment
    ).stdout


def why_not() -> str:
    """Why such a disk cannot be had here; "" when it can."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            with Disk.make(Path(folder)).mounted():
                return ""
        except (OSError, subprocess.CalledProcessError) as error:
            told = getattr(error, "stderr", "") or str(error)
            return f"an ext4 image in a loop mount needs root, e2fsprogs and loop devices: {told.strip()[:200]}"


class Service(Double):
    """A service whose emotes a Godot project takes."""

    def arrive(self, token: str, given: dict[str, Any], name: str) -> ProcessId:
        process = super().arrive(token, given, name)
        made = self.rows[process].emote
        assert made is not None
        self.files[made] = glb.write_emote(_MOTION.with_(name=name))
        return process


class Away(Double):
    """A service that cannot be reached: jobs wait."""

    def _call(self, name: str) -> None:
        raise temporary()


def _hub(home: Path, double: Double) -> Hub:
    hub = Hub(home, "test", service=lambda profile: double)
    hub.start()
    return hub


def set_up(home: Path, project: Path) -> None:
    """Write the state that is on the disk long before the cut."""
    (project / "emotes").mkdir(parents=True)
    (project / ".godot").mkdir()
    (project / "project.godot").write_text("config_version=5\n", encoding="utf-8")
    (project / "emotes" / "mine.glb").write_bytes(MINE)
    (project / "emotes" / "mine.glb.import").write_text(USER_SETTINGS, encoding="utf-8")
    _run("sync")


def work(home: Path, project: Path) -> None:
    """Print what it may be held to, a line each: `secret`, `key`, `target`, `delivered ID SHA`."""
    Seal(paths.own(home / "local") / "secret")
    _say("secret", (home / "local" / "secret").read_text(encoding="utf-8"))
    registry = Registry(home)
    _say("target", registry.add(Target.create(project)).id)
    hub = _hub(home, Service())
    hub.profiles.put("team", ProfileKind.CLOUD, "https://team.example", "somebody")
    hub.keys.put("team", "0123456789abcdef0123456789abcdef")
    _say("key", "0123456789abcdef0123456789abcdef")
    for number in range(10_000):
        job = wait_state(hub, create(hub, f"Emote {number}"))
        emote = hub.library.index.get(present(job.emote_id))
        _say("delivered", emote.id, emote.sha256)


def _say(*words: str) -> None:
    print(*words, flush=True)


def look(home: Path, project: Path) -> None:
    """One JSON object: see `found` below."""
    left_empty = [path.name for path in (project / "emotes").glob("*.glb*") if path.stat().st_size == 0]
    hub = _hub(home, Away())
    library = {emote.id: Path(emote.files.get(FileKind.GLB, "-")) for emote in hub.all_emotes()}

    def landed() -> SyncTarget | None:
        (target,) = hub.sync.snapshot()["godot"].targets
        return None if target.state is TargetState.SYNCING else target

    def all_are_there() -> bool:
        target = landed()
        return target is not None and target.counts.synced == len(library)

    until(all_are_there, lambda: str(landed()))
    hub.keys.load(hub.profiles.all())  # what the hub does on a thread
    target = present(landed())
    found = {
        "secret": (home / "local" / "secret").read_text(encoding="utf-8"),
        "key": hub.keys.get("team")[0],
        "profile": hub.profiles.get("team").user,
        "target": target.id,
        "state": target.state,
        "counts": target.counts.as_dict(),
        "library": {key: _sha(path) for key, path in library.items()},
        "project": {path.name: _sha(path) for path in (project / "emotes").glob("*.glb")},
        "settings": {path.name: path.read_text("utf-8") for path in (project / "emotes").glob("*.import")},
        "problems": hub.repair.look(),
        "leftEmpty": left_empty,
    }
    hub.stop()
    print(json.dumps(found))


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


if __name__ == "__main__":
    {"work": work, "look": look}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
