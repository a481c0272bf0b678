"""The error tree: what happened, why, and the next step. Private paths and keys are masked."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Any

from kinetix_core.values.wording import Worded, wording_of


class ErrorKind(StrEnum):
    """The class of an error, by which programs decide. `code` names the single error."""

    MISSING = "missing"
    CONFLICT = "conflict"
    INVALID_INPUT = "invalidInput"
    AUTHENTICATION = "authentication"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    STORAGE = "storage"
    INTERNAL = "internal"


# The HTTP status of each kind, for every server of ours.
HTTP_STATUS: dict[ErrorKind, int] = {
    ErrorKind.MISSING: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.INVALID_INPUT: 400,
    ErrorKind.AUTHENTICATION: 401,
    ErrorKind.BUSY: 429,
    ErrorKind.UNAVAILABLE: 503,
    ErrorKind.STORAGE: 507,
    ErrorKind.INTERNAL: 500,
}

# A Kinetix key is 32 lower-case hex digits; a content hash is 64, so the neighbours must not be hex as well.
_KEY = re.compile(r"(?<![0-9a-f])([0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})(?![0-9a-f])")
_BEARER = re.compile(r"(?i)(bearer\s+|x-api-key['\":\s]+|x-api-token['\":\s]+)[^\s'\",]+")
_PASSWORD = re.compile(r"(://[^\s/@:]*):[^\s/@]+@")  # of an address


def mask(text: str) -> str:
    """Return `text` with keys shortened to their ends, credentials removed and the home folder written as `~`.

    A `Worded` sentence stays one.
    """
    return text.changed(_masked) if isinstance(text, Worded) else _masked(text)


def _masked(text: str) -> str:
    text = _BEARER.sub(r"\1***", text)
    text = _PASSWORD.sub(r"\1:***@", text)
    text = _KEY.sub(r"\1…\2", text)
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 3 else text


def _without_init(kind: type[KinetixError], args: tuple[Any, ...]) -> KinetixError:
    return kind.__new__(kind, *args)


class KinetixError(Exception):
    """Base class of every error that a person may read.

    Attributes:
        kind: class of the error; decisions depend on it.
        code: stable camelCase word for programs, e.g. ``clipNotFound``.
        title: what happened, one short sentence.
        detail: the facts; may be empty.
        next_step: one imperative sentence, also for users without a terminal; empty if there is nothing to do.
        command: the terminal command for the next step; may be empty.
    """

    default_kind = ErrorKind.INTERNAL

    def __init__(
        self,
        title: str,
        *,
        code: str,
        detail: str = "",
        next_step: str,
        command: str = "",
        kind: ErrorKind | None = None,
    ) -> None:
        super().__init__(title)
        self.kind = kind or self.default_kind
        self.code = code
        self.title = mask(title)
        self.detail = mask(detail)
        self.next_step = mask(next_step)
        self.command = mask(command)

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross a process border with every attribute; `__init__` of a subclass may take anything."""
        return _without_init, (type(self), self.args), self.__dict__

    @property
    def exit_code(self) -> int:
        """Exit status of the command line: 2 where the user's input is at fault."""
        return 2 if self.kind in {ErrorKind.MISSING, ErrorKind.INVALID_INPUT} else 1

    def as_dict(self) -> dict[str, Any]:
        """Return the error as JSON for another process; `command` and `wording` only where they are set."""
        data: dict[str, Any] = {
            "kind": self.kind.value,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "nextStep": self.next_step,
        }
        if self.command:
            data["command"] = self.command
        wording = wording_of(data)
        return {**data, "wording": wording} if wording else data


class InputError(KinetixError):
    """Raised for input that cannot be used: a missing file, a clip with nobody in it, a bad option."""

    default_kind = ErrorKind.INVALID_INPUT


class MissingError(InputError):
    """Raised for an id, name or file that does not exist."""

    default_kind = ErrorKind.MISSING


class ConflictError(KinetixError):
    """Raised for a command that does not fit the current state."""

    default_kind = ErrorKind.CONFLICT


class FormatError(InputError):
    """Raised for a file that is damaged, of another format, or beyond the limits."""

    def __init__(self, title: str, *, detail: str = "", next_step: str = "Export or download the file again.") -> None:
        super().__init__(title, code="badFile", detail=detail, next_step=next_step)


class UnreadableFile(FormatError):
    """Raised for a malformed file; the detail is for developers and in English only."""

    def __init__(self, detail: str) -> None:
        super().__init__("The file cannot be read.", detail=f"{detail}.")

    def __str__(self) -> str:
        return f"{self.title} {self.detail}"
