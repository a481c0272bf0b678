"""Text and JSON as both databases can hold them. What one of the two cannot is refused, whoever writes it."""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy
from sqlalchemy import Dialect
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

from kinetix_core.values.errors import InputError

# NUL, or half of a pair that UTF-16 makes of a character; in JSON behind an even number of backslashes.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNSTORABLE_JSON = re.compile(r"(?<!\\)(?:\\\\)*\\u0000|[\ud800-\udfff]")


class Unstorable(InputError, DontWrapMixin):
    """A value that no database keeps."""

    def __init__(self, why: str) -> None:
        super().__init__(why, code="badText", next_step="Write it without hidden characters.")


class _Checked(TypeDecorator[str]):
    impl = sqlalchemy.String
    cache_ok = True

    @property
    def python_type(self) -> type[Any]:
        return str

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and _UNSTORABLE.search(value):
            raise Unstorable("The text has a character that cannot be kept.")
        return value


class String(_Checked):
    """Raises Unstorable."""

    cache_ok = True


class Text(_Checked):
    """Raises Unstorable."""

    impl = sqlalchemy.Text
    cache_ok = True


def dump_json(value: Any) -> str:
    """Raises Unstorable."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise Unstorable("The value has a number that is none, or is nested too deeply.") from error
    if _UNSTORABLE_JSON.search(text):
        raise Unstorable("The value has a character that cannot be kept.")
    return text
