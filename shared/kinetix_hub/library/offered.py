"""Files that a service offers of an emote, and their download into a staging folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.errors import FormatError, KinetixError, MissingError
from kinetix_core.values.identity import Extension
from kinetix_core.values.wording import worded
from kinetix_hub.services.port import EmoteInfo, FileInfo, ServicePort

_Names = tuple[tuple[str, str], ...]
"""Name and extension of the files that serve as a kind, the best first."""

# What is fetched with every emote; the other kinds come when they are asked for.
_ALWAYS: dict[FileKind, _Names] = {
    FileKind.GLB: (("animation-v2", "glb"), ("animation", "glb")),
    FileKind.THUMBNAIL: (("thumbnail", "png"),),
    FileKind.PREVIEW: (("preview", "webp"), ("thumbnail", "gif")),
}
_ON_REQUEST: dict[FileKind, _Names] = {
    kind: (("animation-v2", kind), ("animation", kind)) for kind in (FileKind.FBX, FileKind.BVH, FileKind.KINANIM)
}


def fetch(
    port: ServicePort,
    info: EmoteInfo,
    folder: Path,
    report: Callable[[float], None],
    stop: Callable[[], bool],
) -> None:
    """Download the files of every emote as `KIND.EXTENSION`; `report` is called with the fraction done.

    Files of an earlier try are kept; they are checked later like new ones. Only the GLB is required.
    """
    files.sweep(folder)
    wanted = [(kind, file) for kind, names in _ALWAYS.items() if (file := _choose(info, names)) is not None]
    if not wanted or wanted[0][0] is not FileKind.GLB:
        raise KinetixError(
            "There is no GLB of this emote.",
            code="noGlb",
            next_step="Ask Kinetix to enable GLB for this game, then retry the job.",
        )
    for number, (kind, file) in enumerate(wanted):

        def progress(done: int, total: int | None, seconds: float, base: int = number) -> None:
            report((base + (done / total if total else 0.0)) / len(wanted))

        target = folder / f"{kind}.{file.extension}"
        if target.exists():
            continue
        try:
            port.download(file.url, target, extension=file.extension, progress=progress, cancelled=stop)
        except FormatError:
            if kind is FileKind.GLB:
                raise


def fetch_kind(port: ServicePort, info: EmoteInfo, kind: FileKind, folder: Path) -> Path:
    """Download one kind as `KIND.EXTENSION` into `folder`. Raises KinetixError if the service has none."""
    file = _choose(info, (_ALWAYS | _ON_REQUEST).get(kind, ()))
    if file is None:
        raise MissingError(
            worded("There is no {kind} of this emote.", kind=kind),
            code="noSuchFile",
            next_step="Convert the GLB to other formats.",
            command="kinetix convert",
        )
    target = folder / f"{kind}.{file.extension}"
    port.download(file.url, target, extension=file.extension, progress=lambda *_: None, cancelled=lambda: False)
    return target


def _choose(info: EmoteInfo, names: _Names) -> FileInfo | None:
    """Choose a file by name and `extension`, never by its address."""
    for name, extension in names:
        for file in info.files:
            if file.name == name and file.extension.lower() == extension:
                return FileInfo(file.name, Extension(extension), file.url)
    return None
