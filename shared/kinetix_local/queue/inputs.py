"""The files that a capture reads: blobs at the service, files on the machine that captures."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kinetix_capture.interface import CaptureRequest
from kinetix_core.values.capture_settings import Pixels
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.queue.captures import Lease


class Leased(NamedTuple):
    """A capture that is leased, before its files are on this machine: paths in `request` are names of blobs, `bytes` their sizes."""

    lease: Lease
    request: CaptureRequest
    crop_pixels: Pixels | None
    bytes: Mapping[Path, int]


def measured(blobs: Blobs, leased: Leased) -> Leased | None:
    """Return the job with the sizes of its files, without avatars that lack theirs; None if a required one is gone.

    Raises:
        StorageError: it cannot be told just now.
    """
    found = {path: blobs.size(path.as_posix()) for path in files_of(leased.request)}
    sizes = {path: size for path, size in found.items() if size is not None}
    avatars = tuple(one for one in leased.request.avatars if one.character in sizes)
    request = dataclasses.replace(leased.request, avatars=avatars)
    whole = all(path in sizes for path in files_of(request))
    return leased._replace(request=request, bytes=sizes) if whole else None


def brought(blobs: Blobs, leased: Leased, folder: Path, beat: Callable[[], None], beat_s: float) -> CaptureRequest:
    """The request with files on this machine, in `folder` where they are not here anyway, and results beside it.

    Args:
        beat: tells that this worker lives, every `beat_s`: a clip may take longer than it may be silent.

    Raises:
        FileNotFoundError: one went away just now.
        StorageError: the storage does not give it just now.
    """
    told = time.monotonic()

    def heard() -> None:
        nonlocal told
        if time.monotonic() - told >= beat_s:
            beat()
            told = time.monotonic()

    request = with_files(leased.request, lambda path: blobs.fetch(path.as_posix(), folder / "in", heard))
    return dataclasses.replace(request, out_dir=folder)


def files_of(request: CaptureRequest) -> list[Path]:
    """Every file that the request names, each once."""
    found: dict[Path, None] = {}

    def note(path: Path) -> Path:
        found[path] = None
        return path

    with_files(request, note)
    return list(found)


def with_files(request: CaptureRequest, change: Callable[[Path], Path]) -> CaptureRequest:
    """The request with other paths, whichever of its fields hold some; its folder for results stays."""
    fields = {
        field.name: _changed(getattr(request, field.name), change)
        for field in dataclasses.fields(request)
        if field.name != "out_dir"
    }
    return dataclasses.replace(request, **fields)


def _changed(value: Any, change: Callable[[Path], Path]) -> Any:
    if isinstance(value, Path):
        return change(value)
    if isinstance(value, tuple):
        make = getattr(value, "_make", tuple)  # a tuple with names keeps them
        return make(_changed(entry, change) for entry in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _changed(getattr(value, field.name), change) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    return value
