"""Removal of what the product created on this machine. The program itself is removed by its installer.

`python -m kinetix_hub.installation.uninstalling [--all]` removes without asking. The hub starts it when an editor asks,
as a process cannot remove the files it runs from. Errors are in logs/uninstall.log.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from kinetix_core.io import files, paths
from kinetix_core.io.paths import Folder
from kinetix_core.io.project_files import is_link_at
from kinetix_core.protocol.hub import link
from kinetix_core.protocol.hub.client import find
from kinetix_core.serving.environment import without_secrets
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import KinetixError
from kinetix_hub.installation.shell_files import installed
from kinetix_hub.keys import ring
from kinetix_hub.keys.profiles import Profiles


@dataclass(frozen=True)
class Part:
    """A file or folder of the product on the disk."""

    path: Path
    what: str
    is_work: bool = False
    """A person made it: it stays unless all is to go."""
    is_own: bool = True
    """False for a folder of something else that has the name of one of ours: it always stays."""

    def goes(self, *, everything: bool) -> bool:
        return self.is_own and (everything or not self.is_work)


_CONTENTS = {
    Folder.HUB: "jobs, profiles and keys",
    Folder.GODOT: "which Godot projects follow the library",
    Folder.LOGS: "logs",
    Folder.RUNTIME: "what the Blender add-on unpacked",
    Folder.ASSETS: "copies of emotes for Blender's asset browser",
    Folder.OUTBOX: "copies of what Blender sent to Godot",
    Folder.WORKERS: "captures for a service on another machine",
    Folder.LOCAL: "Kinetix Local: worlds, players and their emotes",
    Folder.LIBRARY: "the emote library",
}


def parts() -> list[Part]:
    """Return what exists; on Windows without the folder that this program runs from, which is locked."""
    folders = {
        paths.home() / folder: (_CONTENTS[folder], folder in (Folder.LOCAL, Folder.LIBRARY)) for folder in Folder
    }
    folders[paths.cache()] = "the capture models", False
    found = [
        Part(path, what, is_work=is_work) if paths.is_own(path) else Part(path, "of something else", is_own=False)
        for path, (what, is_work) in folders.items()
        if path.exists()
    ]
    found += [Part(file, "shell completion") for file in installed()]
    here = Path(__file__)
    return [part for part in found if not (sys.platform == "win32" and here.is_relative_to(part.path))]


def remove(going: list[Part]) -> bool:
    """Stop the hub and remove the parts. Return False if the system's keyring is locked and keeps its keys.

    Raises:
        KinetixError: a Kinetix Local started by the user still runs; nothing was removed.
    """
    running = find()
    if running is not None:
        link.stop(running)
    if not _is_free(paths.local() / "serve.lock"):
        raise KinetixError(
            "Kinetix Local still runs.",
            code="localRuns",
            next_step="End the Kinetix Local that you started, then try again. Nothing was removed.",
        )
    forgotten = _forget_keys()
    for part in going:
        if is_link_at(part.path) or part.path.is_file():
            part.path.unlink()  # what a link leads to is not ours
        else:
            paths.delete_own(part.path)
    home = paths.home()
    if home.is_dir() and not any(home.iterdir()):
        home.rmdir()
    return forgotten


def begin(*, everything: bool) -> None:
    """Start the removal in another process, which ends the hub."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    subprocess.Popen(
        [sys.executable, "-m", __name__, *(["--all"] if everything else [])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path.home(),
        env=without_secrets() | {"PYTHONSAFEPATH": "1"},  # a `json.py` that a person keeps at home is none of ours
        start_new_session=sys.platform != "win32",
        creationflags=flags,
    )


def _is_free(lock: Path) -> bool:
    if not lock.exists():
        return True
    with ProcessLock(lock).probe() as free:
        return free


def _forget_keys() -> bool:
    """Delete the keys from the system's keyring. Return False if it is locked."""
    file = paths.hub_folder() / "profiles.json"
    if not file.exists():
        return True
    for profile in Profiles(file).all():
        if profile.kind == "local":
            continue
        try:
            ring.ask("delete", profile.name)
        except ring.RingTimeout:
            return False
    return True


def main() -> None:
    try:
        remove([part for part in parts() if part.goes(everything="--all" in sys.argv[1:])])
    except (KinetixError, OSError) as error:
        files.write(paths.own(paths.logs()) / "uninstall.log", f"{error}\n")
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
