"""One error tree. Every error says what happened, why, and what the person can do next; nothing private is in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kinetix_core.wording import Worded, wording_of

__all__ = ["FormatError", "InputError", "KinetixError", "mask"]

# A Kinetix key is 32 lower-case hex digits; a content hash is 64, so the neighbours must not be hex as well.
_KEY = re.compile(r"(?<![0-9a-f])([0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})(?![0-9a-f])")
_BEARER = re.compile(r"(?i)(bearer\s+|x-api-key['\":\s]+|x-api-token['\":\s]+)[^\s'\",]+")
_PASSWORD = re.compile(r"(://[^\s/@:]*):[^\s/@]+@")  # of an address


def mask(text: str) -> str:
    """Returns `text` with keys shortened to their ends, credentials removed and the home folder written as `~`.

    A `Worded` sentence stays one.
    """
    return text.changed(_masked) if isinstance(text, Worded) else _masked(text)


def _masked(text: str) -> str:
    text = _BEARER.sub(r"\1***", text)
    text = _PASSWORD.sub(r"\1:***@", text)
    text = _KEY.sub(r"\1…\2", text)
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 3 else text


class KinetixError(Exception):
    """What went wrong, for a person.

    Attributes:
        code: stable camelCase word for programs, e.g. ``clipNotFound``.
        title: one short sentence: what happened.
        detail: what is known about the reason; may be empty.
        next_step: one sentence: what to do now, for who has no terminal too; may be empty.
        command: what does the same at a terminal; may be empty.
        exit_code: of the command line.
    """

    exit_code = 1

    def __init__(
        self, title: str, *, code: str = "error", detail: str = "", next_step: str = "", command: str = ""
    ) -> None:
        super().__init__(title)
        self.code = code
        self.title = mask(title)
        self.detail = mask(detail)
        self.next_step = mask(next_step)
        self.command = mask(command)

    def as_dict(self) -> dict[str, Any]:
        """The form in which an error travels between processes: `command` and `wording` only where there is one."""
        told = {"code": self.code, "title": self.title, "detail": self.detail, "nextStep": self.next_step}
        if self.command:
            told["command"] = self.command
        wording = wording_of(told)
        return {**told, "wording": wording} if wording else told


class InputError(KinetixError):
    """The person gave something that cannot be used: a missing file, a clip with nobody in it, a bad option."""

    exit_code = 2


class FormatError(InputError):
    """A file is not what it claims to be, is damaged, or asks for more than is sane."""

    def __init__(self, title: str, *, detail: str = "", next_step: str = "Export or download the file again.") -> None:
        super().__init__(title, code="badFile", detail=detail, next_step=next_step)
