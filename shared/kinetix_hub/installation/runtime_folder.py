"""`python -m kinetix_hub.installation.runtime_folder BUNDLE`: unpack the extension's wheels once and run the hub.

Blender starts it with the product's wheel as the only entry of the module path, so it uses the standard library only. The
libraries go to a folder in the user's data (`paths.runtimes()`), so that Blender can update the extension while the hub runs.
The folder of another version is removed when nothing runs from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import shutil
import sys
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kinetix_core.io import files, paths
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import SafeName
from kinetix_core.values.wording import worded

REFUSED = 4  # the exit code when two lines on stderr say what is wrong and what to do about it
_UNFINISHED = ".unpacking"
_ROOM_FOR_MORE = 100 * 1024**2


@dataclass(frozen=True)
class Bundle:
    """Wheels for one Python version. `name` is the runtime folder's; it differs between builds of one version."""

    folder: Path
    version: str
    python: str
    name: str

    @property
    def wheels(self) -> list[Path]:
        return sorted(self.folder.glob("*.whl"))


def read_bundle(folder: Path) -> Bundle:
    """Read the bundle in a folder. Raises KinetixError if there is none."""
    try:
        bundle = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        return Bundle(folder, str(bundle["version"]), str(bundle["python"]), SafeName(bundle["name"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KinetixError(
            "The add-on's file is incomplete.",
            code="bundleDamaged",
            detail=f"bundle.json: {error}",
            next_step="Install the complete add-on file again.",
        ) from error


def unpack(bundle: Bundle) -> Path:
    """Return the runtime folder of the wheels, unpacked if needed. Waits for another process that unpacks.

    Raises:
        KinetixError: there is no room, a wheel is damaged, or the folder is occupied; nothing is left behind.
    """
    home = paths.own(paths.runtimes())
    target = home / bundle.name
    lock = ProcessLock(home / "runtime.lock")
    while not lock.take():
        time.sleep(0.1)
    try:
        _remove(path for path in home.iterdir() if path.name.startswith(_UNFINISHED))
        paths.refuse_used(target)
        if not paths.is_own(target):
            _unpack(bundle, home / f"{_UNFINISHED}-{bundle.name}", target)
        _remove_replaced(bundle)
    finally:
        lock.release()
    return target


def _unpack(bundle: Bundle, unfinished: Path, target: Path) -> None:
    try:
        wanted = sum(member.file_size for wheel in bundle.wheels for member in zipfile.ZipFile(wheel).infolist())
        free = shutil.disk_usage(target.parent).free
        if free < wanted + _ROOM_FOR_MORE:
            raise KinetixError(
                "There is not enough room for the capture's libraries.",
                code="diskFull",
                detail=f"{wanted / 1e6:.0f} MB are needed in {target.parent}, {free / 1e6:.0f} MB are free.",
                next_step=worded("Free {room} MB, then try again.", room=f"{(wanted + _ROOM_FOR_MORE) / 1e6:.0f}"),
            )
        paths.own(unfinished)
        for wheel in bundle.wheels:
            _extract(wheel, unfinished)
    except (OSError, zipfile.BadZipFile) as error:
        _remove([unfinished])
        raise KinetixError(
            "The capture's libraries could not be unpacked.",
            code="notUnpacked",
            detail=f"{type(error).__name__}: {error}",
            next_step="Check the free space, then try again; if it stays, install the complete add-on file again.",
        ) from error
    _sync(unfinished)
    files.replace(unfinished, target, durable=True)


def _sync(folder: Path) -> None:
    """Flush all files to the disk at once; one by one, thousands of them take a minute on a slow disk."""
    if hasattr(os, "sync"):
        os.sync()
    else:
        files.sync_tree(folder)


def _extract(wheel: Path, folder: Path) -> None:
    """Extract a wheel onto the module path, with the parts below `NAME.data/` in their places."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            top, _, rest = member.filename.partition("/")
            if top.endswith(".data"):
                scheme, _, member.filename = rest.partition("/")
                if scheme not in ("purelib", "platlib"):
                    continue
            archive.extract(member, folder)


def _remove_replaced(bundle: Bundle) -> None:
    """Remove other versions and builds for the same Python unless one of them may be running."""
    locks = [lock for lock in (paths.hub_folder() / "hub.lock", paths.local() / "serve.lock") if lock.exists()]
    with contextlib.ExitStack() as stack:
        if all(stack.enter_context(ProcessLock(lock).probe()) for lock in locks):
            _remove(path for path in paths.runtimes().iterdir() if path.is_dir() and _is_replaced(path.name, bundle))


def _is_replaced(name: str, bundle: Bundle) -> bool:
    of_other_python = name.startswith(f"{bundle.version}-py") and not name.startswith(
        f"{bundle.version}-py{bundle.python}-"
    )
    return name != bundle.name and not of_other_python


def _remove(folders: Iterable[Path]) -> None:
    for folder in list(folders):
        with contextlib.suppress(OSError):
            paths.delete_own(folder)


def _run_hub_from(folder: Path) -> None:
    """Run the hub of that folder in this process, without the modules imported from the wheel."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("kinetix_core", "kinetix_hub")]:
        del sys.modules[name]
    entry = os.environ.get("PYTHONPATH", "")
    sys.path[:] = [str(folder), *(place for place in sys.path if place != entry)]
    os.environ["PYTHONPATH"] = str(folder)  # for Kinetix Local, which the hub starts
    sys.argv[1:] = []
    runpy.run_module("kinetix_hub", run_name="__main__", alter_sys=True)


def main() -> None:
    try:
        folder = unpack(read_bundle(Path(sys.argv[1])))
    except KinetixError as error:
        sys.stderr.write(f"{error.detail}\n{error.title}\n{error.next_step}\n")
        sys.exit(REFUSED)
    _run_hub_from(folder)


if __name__ == "__main__":
    main()
