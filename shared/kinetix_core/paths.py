"""Where things lie on this machine. Standard library only: Blender's process uses it as well (docs/hub-protocol.md).

home()            one folder per user; `KINETIX_HOME` moves it
  hub/            hub.json (0600), hub.lock, hub.db
  library/        emotes under readable names
  local/          Kinetix Local: serve.json (0600), database, files
  logs/
  runtime/        what the complete Blender extension unpacks, a folder for each version (kinetix_hub/runtime_folder.py)
command()         the installed `kinetix` program; `KINETIX_COMMAND` names it
weights()         model weights: `KINETIX_WEIGHTS`, else the package `kinetix_bridge_models`, else the cache, so that a new home
                  fetches nothing again
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from kinetix_core import files

__all__ = [
    "cache",
    "command",
    "home",
    "hub_folder",
    "hub_info",
    "library",
    "local",
    "logs",
    "private",
    "runtimes",
    "weights",
]

_NAME = "kinetix-bridge"


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
    return home() / "hub"


def hub_info() -> Path:
    """The file that tells a front end where the hub listens, with the token."""
    return hub_folder() / "hub.json"


def library() -> Path:
    return home() / "library"


def local() -> Path:
    return home() / "local"


def logs() -> Path:
    return home() / "logs"


def runtimes() -> Path:
    return home() / "runtime"


def private(folder: Path) -> Path:
    """Makes a folder of the product's own state, into which no other user can look, and closes one that an older version made."""
    files.make_folder(folder, private=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder
