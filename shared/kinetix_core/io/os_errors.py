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
    title: str = worded("The system reported an error: {reason}.", reason=error.strerror or type(error).__name__)
    code, next_step, kind = "system", "Check the disk and the path, then try again.", ErrorKind.STORAGE
    if is_in_use(error):
        title, code = "Another program has the file open.", "fileInUse"
        next_step = "Close it there, then try again."
    elif error.errno in _FULL:
        title, code, next_step = "The disk is full.", "diskFull", "Free some space, then try again."
    elif error.errno in _DENIED:
        title, code = "Access to the file or folder is denied.", "notWritable"
        next_step = "Check its permissions, then try again."
    elif isinstance(error, FileNotFoundError):
        title, code, kind = "The file or folder does not exist.", "fileNotFound", ErrorKind.MISSING
        next_step = "Check the path, then try again."
    return KinetixError(title, code=code, detail=path, next_step=next_step, kind=kind)
