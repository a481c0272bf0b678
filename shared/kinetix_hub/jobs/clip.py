"""Checks of a clip before it is sent: missing, unreadable or truncated."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from kinetix_core.values.errors import InputError
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.wording import worded

_CHOOSE = "Choose a video file."
_AGAIN = "Choose the clip again: it may have been moved or renamed."
_ANEW = "Copy or download the clip again, or choose another one."
_RIGHT = "Grant yourself read permission, or choose another clip."


def readable_clip(clip: Path) -> None:
    """Raise `InputError` if the file cannot be a clip. The picture is checked by the service."""
    if not clip.is_absolute() or not _exists(clip):
        raise InputError(
            worded("There is no file “{clip}”.", clip=clip.name),
            code="clipNotFound",
            detail=str(clip),
            next_step=_AGAIN,
        )
    if clip.is_dir():
        raise InputError(
            worded("“{clip}” is a folder.", clip=clip.name),
            code="clipNotFound",
            detail=str(clip),
            next_step="Choose a video in the folder.",
        )
    if not clip.is_file():
        raise InputError(
            worded("“{clip}” is not a file.", clip=clip.name), code="clipNotFound", detail=str(clip), next_step=_CHOOSE
        )
    if not clip.stat().st_size:
        raise InputError(worded("“{clip}” is empty.", clip=clip.name), code="clipEmpty", next_step=_ANEW)
    if not os.access(clip, os.R_OK):
        raise InputError(worded("“{clip}” cannot be read.", clip=clip.name), code="clipNotReadable", next_step=_RIGHT)
    if is_cut_short(clip):
        raise InputError(
            worded("“{clip}” is not whole: its end is missing.", clip=clip.name),
            code=FailureReason.DAMAGED.value,
            next_step="Copy or download the clip again, and wait until it is done.",
        )


def _exists(clip: Path) -> bool:
    try:
        return clip.exists()
    except OSError:  # no name that this system can hold
        return False


def is_cut_short(clip: Path) -> bool:
    """Return True if an mp4 or mov is shorter than its boxes say; other formats are not checked."""
    size, at = clip.stat().st_size, 0
    with clip.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            length, kind = struct.unpack(">I4s", file.read(8))
            if at == 0 and kind != b"ftyp":
                return False
            if length == 1:
                wide = file.read(8)
                if len(wide) < 8:
                    return True
                (length,) = struct.unpack(">Q", wide)
            if length == 0:  # to the end of the file
                return False
            if length < 8:
                return False  # no box: whatever it is, the service will say
            at += length
    return at > size
