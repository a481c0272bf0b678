"""Identities and names that come from outside, parsed once: a value of these types can stand in a path on every system.

Each type is a checked `str`, known to pydantic. Standard library only.

EmoteId, ProcessId, TokenId, JobId, TargetId   letters, digits, `_` and `-`, as in a uuid
ProfileName                                    letters, digits, `.`, `_` and `-`, up to 40
Sha256                                         64 lower-case hex digits
Extension                                      of a file, without the dot
SafeName                                       one part of a path: a file or a folder, never a way out of one
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, ClassVar, Self

from kinetix_core.values.errors import InputError

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PROFILE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9_-])?")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_NAME_BYTES = 255  # of one part of a path, on nearly every file system
_RESERVED = {
    "con", "prn", "aux", "nul", "conin$", "conout$",
    *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"),
}  # fmt: skip
_SHOWN = 60


class BadIdentity(InputError, ValueError):
    """Raised for an invalid identity or file name. A ValueError too, so that parsers of whole documents reject it."""

    def __init__(self, what: str, value: object) -> None:
        text = value if isinstance(value, str) else type(value).__name__
        super().__init__(
            f"This is not {what}.",
            code="badIdentity",
            detail=repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"),
            next_step="Look where it comes from: it must be a plain name, without folders, dots at its ends or hidden characters.",
        )

    def __str__(self) -> str:
        return f"{self.title[:-1]}: {self.detail}"


def is_reserved(name: str) -> bool:
    """Return whether Windows reserves the name for a device, whatever follows its first dot."""
    return name.split(".")[0].strip().lower() in _RESERVED


class _Checked(str):
    """A text that was checked when it was made. Raises BadIdentity."""

    __slots__ = ()
    what: ClassVar[str]
    pattern: ClassVar[re.Pattern[str]]

    def __new__(cls, value: object) -> Self:
        if type(value) is cls:
            return value
        if not isinstance(value, str) or not cls._fits(value):
            raise BadIdentity(cls.what, value)
        return super().__new__(cls, value)

    @classmethod
    def _fits(cls, value: str) -> bool:
        return cls.pattern.fullmatch(value) is not None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # only where pydantic asks

        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())


class _Identity(_Checked):
    __slots__ = ()

    @classmethod
    def _fits(cls, value: str) -> bool:
        return _ID.fullmatch(value) is not None and not is_reserved(value)


class EmoteId(_Identity):
    __slots__ = ()
    what = "the id of an emote"


class ProcessId(_Identity):
    __slots__ = ()
    what = "the id of a process"


class TokenId(_Identity):
    __slots__ = ()
    what = "the id of an upload token"


class JobId(_Identity):
    __slots__ = ()
    what = "the id of a job"


class TargetId(_Identity):
    __slots__ = ()
    what = "the id of a sync target"


class ProfileName(_Checked):
    """Name of a profile (a service and a user); part of a URL of the hub."""

    __slots__ = ()
    what = "the name of a profile"

    @classmethod
    def _fits(cls, value: str) -> bool:
        return _PROFILE.fullmatch(value) is not None and ".." not in value and not is_reserved(value)


class Sha256(_Checked):
    __slots__ = ()
    what, pattern = "a SHA-256 in hex", re.compile(r"[0-9a-f]{64}")


class Extension(_Checked):
    __slots__ = ()
    what, pattern = "the extension of a file", re.compile(r"[A-Za-z0-9]{1,16}")


class SafeName(_Checked):
    """Refuses separators of any system, drive letters and streams (`:`), `.` and `..`, reserved names of Windows, dots and
    spaces at the end, control and invisible characters, and what is empty or too long."""

    __slots__ = ()
    what = "the name of a file or a folder"

    @classmethod
    def _fits(cls, value: str) -> bool:
        if not value or value[-1] in " ." or value[0] == " " or is_reserved(value) or _FORBIDDEN.search(value):
            return False
        if not value.isprintable() and any(unicodedata.category(char)[0] == "C" for char in value):
            return False
        return len(value.encode("utf-8")) <= _NAME_BYTES
