"""Files in the folder of an emote. Files of the user are never overwritten."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.file_names import fold, free_name
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_hub.library.emote import SIDECAR, Emote, files_in, write_sidecar
from kinetix_hub.library.verify import sha256_of


def fill(place: Path, folder: Path, known: Emote, emote: Emote) -> None:
    """Move new files into the emote's folder. Files that the user added or changed there are kept under another name.

    Args:
        place: the emote's folder.
        folder: contains `emote.files` and nothing else.
        known: the emote before.
        emote: the emote now, including `sha256` and `files`.
    """
    files.sync_tree(folder)
    for kind, name in known.files.items():
        if not (place / name).is_file():
            continue
        if kind is FileKind.GLB and sha256_of(place / name) not in {known.sha256, emote.sha256}:
            files.replace(place / name, free_file(place, name))
        elif kind not in emote.files:  # of the contents before
            (place / name).unlink()
    for kind, name in emote.files.items():
        taken = place / name
        if taken.exists() and known.files.get(kind) != name:
            files.replace(taken, free_file(place, name))
        files.replace(folder / name, taken)
        former = known.files.get(kind, name)
        if former != name:
            (place / former).unlink(missing_ok=True)
    write_sidecar(place, emote)  # and with it the names above reach the disk


def name_files(folder: Path, stem: str, known: Mapping[FileKind, str] | None = None) -> dict[FileKind, str]:
    """Name an emote's files after it, replacing no other file; return the names. `known` as in `files_in`."""
    named = files_in(folder, known)
    for kind, name in named.items():
        path = folder / name
        wanted = folder / f"{stem}{path.suffix.lower()}"
        if path != wanted and (not wanted.exists() or path.samefile(wanted)):
            files.replace(path, wanted)
            named[kind] = wanted.name
    return named


@contextlib.contextmanager
def moving(before: Path, after: Path, emote: Emote, *, durable: bool = False) -> Iterator[None]:
    """Move an emote's folder while the context updates the index.

    An exception in the context restores the folder, the names in `emote.files` and the sidecar.

    Raises:
        OSError: the folder cannot be moved.
    """
    former, sidecar = dict(emote.files), before / SIDECAR
    text = sidecar.read_bytes() if sidecar.is_file() else None
    if before != after:
        files.replace(before, after, durable=durable)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            if before != after:
                files.replace(after, before)
            for kind, name in files_in(before, former).items():
                if name != former[kind]:
                    files.replace(before / name, before / former[kind])
            if text is not None and sidecar.read_bytes() != text:
                files.write(sidecar, text, private=True)
        raise


def free_file(folder: Path, name: str) -> Path:
    """Return a similar name that no file in the folder has: `Wave 2.glb`."""
    path = Path(name)
    taken = {fold(one.stem) for one in folder.iterdir()}
    return folder / f"{free_name(path.stem, taken)}{path.suffix}"
