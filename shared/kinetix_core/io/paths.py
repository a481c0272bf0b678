"""Folders of the product on this machine. Standard library only, as Blender's process imports it (docs/hub-protocol.md).

home()            one folder per user; `KINETIX_HOME` moves it, also to a folder with other files; its folders are declared by `Folder`
command()         the installed `kinetix` program; `KINETIX_COMMAND` names it
weights()         model weights: `KINETIX_WEIGHTS`, else the package `kinetix_bridge_models`, else the cache, so that a new home
                  fetches nothing again
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import sys
from enum import StrEnum
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.project_files import is_link_at
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.wording import worded

_NAME = "kinetix-bridge"
_MARKER = ".kinetix-folder"
_MARKER_TEXT = "Kinetix Bridge created this folder. `kinetix uninstall` may delete it.\n"


class Folder(StrEnum):
    """A folder of ours in the home. Each has a marker; a folder without one is never deleted or replaced."""

    HUB = "hub"
    """hub.json (0600), hub.lock, hub.db."""
    GODOT = "godot"
    """The sync targets and the state of each."""
    LIBRARY = "library"
    """Emotes under readable names."""
    LOCAL = "local"
    """Kinetix Local: serve.json (0600), database, files."""
    LOGS = "logs"
    RUNTIME = "runtime"
    """Unpacked bundles of the Blender extension, a folder for each version (kinetix_hub/installation/runtime_folder.py)."""
    ASSETS = "blender-assets"
    OUTBOX = "outbox"
    """Files that Blender sends to Godot projects."""
    WORKERS = "workers"
    """Work folders of captures for a service on another machine."""


def _base(linux_variable: str, linux_default: str, mac: str) -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / mac
    # An empty or relative XDG variable must be ignored (XDG base directory specification).
    given = os.environ.get(linux_variable, "")
    return Path(given) if given.startswith("/") else Path.home() / linux_default


def home() -> Path:
    given = os.environ.get("KINETIX_HOME")
    return Path(given).absolute() if given else _base("XDG_DATA_HOME", ".local/share", "Application Support") / _NAME


def cache() -> Path:
    return _base("XDG_CACHE_HOME", ".cache", "Caches") / _NAME


def command() -> str | None:
    """The installed `kinetix`, or None. A desktop's programs often lack the shell's PATH: where `make setup` links it is tried too."""
    found = os.environ.get("KINETIX_COMMAND") or shutil.which("kinetix")
    return found or shutil.which("kinetix", path=str(Path.home() / ".local" / "bin"))


def weights() -> Path:
    given = os.environ.get("KINETIX_WEIGHTS")
    if given:
        return Path(given).absolute()
    package = importlib.util.find_spec("kinetix_bridge_models")
    return Path(package.origin).parent if package and package.origin else cache() / "weights"


def hub_folder() -> Path:
    return home() / Folder.HUB


def hub_info() -> Path:
    """The file that tells a front end where the hub listens, with the token."""
    return hub_folder() / "hub.json"


def library() -> Path:
    return home() / Folder.LIBRARY


def local() -> Path:
    return home() / Folder.LOCAL


def logs() -> Path:
    return home() / Folder.LOGS


def runtimes() -> Path:
    return home() / Folder.RUNTIME


def private(folder: Path) -> Path:
    """Create a folder that other users cannot open, or close an existing one to them."""
    files.make_folder(folder, private=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def is_own(folder: Path) -> bool:
    """Return whether `own` created this folder."""
    return (folder / _MARKER).is_file()


def own(folder: Path) -> Path:
    """Create a private folder with our marker, or return it.

    Raises:
        KinetixError: another program or a person uses the folder; it is unchanged.
    """
    refuse_used(folder)
    private(folder)
    files.create(folder / _MARKER, _MARKER_TEXT, private=True)
    return folder


def refuse_used(folder: Path) -> None:
    """Raise KinetixError when another program or a person uses the folder."""
    # A process that creates it at the same time writes the marker before anything else, so the marker is looked for last.
    if _is_used(folder) and not is_own(folder):
        raise KinetixError(
            worded("The folder “{folder}” contains other files.", folder=folder.name),
            code="folderOccupied",
            detail=f"{folder} has files, but not {_MARKER}.",
            next_step="Move its files elsewhere, or set KINETIX_HOME to an empty folder, then try again.",
        )


def delete_own(top: Path) -> None:
    """Delete a folder that `own` created, the marker last; one without a marker stays.

    Folders nested too deep for `shutil.rmtree` are moved up first.
    """
    if is_link_at(top) or not is_own(top):
        return
    left = [top]
    while left:
        folder = left.pop()
        with os.scandir(folder) as entries:
            inside = [entry for entry in entries if folder != top or entry.name != _MARKER]
        for entry in inside:
            if entry.is_dir(follow_symlinks=False) and not is_link_at(entry.path):
                left.append(Path(entry.path).rename(top / f".kinetix-{secrets.token_hex(8)}"))
            else:
                Path(entry.path).unlink()
        if folder != top:
            folder.rmdir()
    (top / _MARKER).unlink()
    top.rmdir()


def _is_used(folder: Path) -> bool:
    try:
        return any(not files.is_temporary(path.name) for path in folder.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        return True


def claim_home() -> None:
    """Create the folders that the hub needs. Raises KinetixError when one of them is in use by something else."""
    for name in (Folder.HUB, Folder.LOGS, Folder.GODOT, Folder.LOCAL, Folder.LIBRARY):
        own(home() / name)
