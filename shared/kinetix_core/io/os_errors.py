"""Operating-system errors as `KinetixError`s: the one translation for every program."""

from __future__ import annotations

import errno

from kinetix_core.values.errors import ErrorKind, KinetixError
from kinetix_core.values.wording import worded

_IN_USE = {32, 33}  # ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EROFS, errno.EACCES, errno.EPERM}


def is_in_use(error: OSError) -> bool:
    """Return whether another program holds the file open, which Windows reports as a denied access."""
    return getattr(error, "winerror", None) in _IN_USE


def from_os_error(error: OSError) -> KinetixError:
    """Return a `KinetixError` that explains `error`; its detail is the path."""
    path = error.filename if isinstance(error.filename, str) else ""
    if is_in_use(error):
        return KinetixError(
            "Another program has the file open.",
            code="fileInUse",
            detail=path,
            next_step="Close it there, then try again.",
            kind=ErrorKind.STORAGE,
        )
    if error.errno in _FULL:
        return KinetixError(
            "The disk is full.",
            code="diskFull",
            detail=path,
            next_step="Free some space, then try again.",
            kind=ErrorKind.STORAGE,
        )
    if error.errno in _DENIED:
        return KinetixError(
            "Access to the file or folder is denied.",
            code="notWritable",
            detail=path,
            next_step="Check its permissions, then try again.",
            kind=ErrorKind.STORAGE,
        )
    if isinstance(error, FileNotFoundError):
        return KinetixError(
            "The file or folder does not exist.",
            code="fileNotFound",
            detail=path,
            next_step="Check the path, then try again.",
            kind=ErrorKind.MISSING,
        )
    return KinetixError(
        worded("The system reported an error: {reason}.", reason=error.strerror or type(error).__name__),
        code="system",
        detail=path,
        next_step="Check the disk and the path, then try again.",
        kind=ErrorKind.STORAGE,
    )
