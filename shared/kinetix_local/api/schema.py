"""Checks of path, query and body. Unknown keys are refused; the texts are those that clients of the API already know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from kinetix_local.store.clock import parse_iso

PUBLISHED_LENGTH = 255
"""Of a text that the published server's database keeps; it answers a longer one with 500, `--strict 2024` with 400."""

_UUID = re.compile(
    r"[0-9a-f]{8}([:-]?)[0-9a-f]{4}\1?[0-9a-f]{4}\1?[0-9a-f]{4}\1?[0-9a-f]{12}", re.ASCII | re.IGNORECASE
)
_BRACKETS = {"{": "}", "[": "]", "(": ")"}
_INTEGER = re.compile(r"[+-]?\d{1,15}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_TIMESTAMP = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
# RFC 3986, with what may follow a "%" left open.
_PATH = r"[\w.~%!$&'()*+,;=:@-]"
_NAME = r"[\w.~%!$&'()*+,;=-]"
_URI = re.compile(
    rf"(?!https?:/$)[a-zA-Z][a-zA-Z\d+.-]*:"
    rf"(?://(?:(?:{_NAME}|:)*@)?(?:\[[\dA-Fa-f:.]{{2,45}}\]|{_NAME}{{1,255}})(?::\d*)?(?:/{_PATH}*)*"
    rf"|/(?:{_PATH}+(?:/{_PATH}*)*)?|{_PATH}+(?:/{_PATH}*)*|///{_PATH}*(?:/{_PATH}*)*)"
    rf"(?:\?(?:{_PATH}|[/?])*)?(?:#(?:{_PATH}|[/?])*)?",
    re.ASCII,
)


def is_uuid(text: str) -> bool:
    """Upper case, a pair of brackets and other separators pass, as they always did; such an id is then simply not found."""
    if text[:1] in _BRACKETS and text[-1:] == _BRACKETS[text[0]]:
        text = text[1:-1]
    return _UUID.fullmatch(text) is not None


@dataclass(frozen=True)
class Field:
    """One value. `kind` is string, text (may be empty), integer, boolean, date (→ ms), uuid, uri, uuids, retry or any.

    `low` and `high` limit a number, or the length of a string. `wire` is what the description calls it.
    """

    kind: str
    required: bool = False
    default: Any = None
    low: int | None = None
    high: int | None = None
    null: bool = False
    about: str = ""


def check(
    where: str, schema: Mapping[str, Field] | None, given: Mapping[str, Any], problems: list[str]
) -> dict[str, Any]:
    """Return the values of `given` in their types, with defaults; appends a sentence to `problems` for each that is wrong."""
    if schema is None:
        if given:
            problems.append(f'"{where}" is not allowed')
        return {}
    values: dict[str, Any] = {}
    for name, field in schema.items():
        label = f'"{where}.{name}"'
        if name not in given:
            if field.required:
                problems.append(f"{label} is required")
            elif field.default is not None:
                values[name] = field.default
            continue
        value = given[name]
        if isinstance(value, list) and field.kind not in {"uuids", "any"} and where == "query":
            problems.append(f"{label} must be {_ARTICLES.get(field.kind, 'a string')}")
        elif value is None and field.null:
            values[name] = None
        else:
            before = len(problems)
            result = _CHECKS[field.kind](label, field, value, problems)
            if len(problems) == before:
                values[name] = result
    problems.extend(f'"{where}.{name}" is not allowed' for name in given if name not in schema)
    return values


def defaults(schema: Mapping[str, Field]) -> dict[str, Any]:
    """The values where nothing is given at all."""
    return {name: field.default for name, field in schema.items() if field.default is not None}


_ARTICLES = {"integer": "a number", "boolean": "a boolean", "date": "a valid date"}


def _string(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    if not isinstance(value, str):
        problems.append(f"{label} must be a string")
    elif not value and field.kind != "text":
        problems.append(f"{label} is not allowed to be empty")
    elif "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        problems.append(f"{label} contains a character that is not allowed")
    elif field.low is not None and len(value) < field.low:
        problems.append(f"{label} length must be at least {field.low} characters long")
    elif field.high is not None and len(value) > field.high:
        problems.append(f"{label} length must be less than or equal to {field.high} characters long")
    return value


def _integer(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    written = value.strip() if isinstance(value, str) else ""
    if _NUMBER.fullmatch(written):
        value = int(written) if _INTEGER.fullmatch(written) else float(written)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        problems.append(f"{label} must be a number")
        return None
    if abs(value) > 2**53 - 1 or written[-1:] == ".":
        problems.append(f"{label} must be a safe number")
        return None
    if value != int(value):
        problems.append(f"{label} must be an integer")
    if field.low is not None and value < field.low:
        problems.append(f"{label} must be larger than or equal to {field.low}")
    elif field.high is not None and value > field.high:
        problems.append(f"{label} must be less than or equal to {field.high}")
    return int(value)


def _boolean(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    problems.append(f"{label} must be a boolean")
    return None


def _date(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    text = str(value).strip()
    try:
        if _TIMESTAMP.fullmatch(text):
            ms = int(float(text))
        else:
            # A "+" of the zone arrives as a blank.
            ms = _moment(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
        if abs(ms) > 8_640_000_000_000_000:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        problems.append(f"{label} must be a valid date")
        return None
    return ms


def _moment(text: str) -> int:
    """Return milliseconds of an ISO 8601 text, of a day without its zeros, or of a date as HTTP and mail write it."""
    day = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", text, re.ASCII)
    if day is not None:
        text = f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}"
    elif text[:1].isalpha():
        return int(parsedate_to_datetime(text).timestamp()) * 1000
    return parse_iso(text)


def _uuid(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    if not isinstance(value, str):
        problems.append(f"{label} must be a string")
    elif not value:
        problems.append(f"{label} is not allowed to be empty")
    elif not is_uuid(value):
        problems.append(f"{label} must be a valid GUID")
    else:
        return value.lower()
    return None


def _uri(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    before = len(problems)
    _string(label, field, value, problems)
    if len(problems) == before and not _URI.fullmatch(value):
        problems.append(f"{label} must be a valid uri")
    return value


def _uuids(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    if not isinstance(value, list):
        problems.append(f"{label} must be an array")
        return None
    inner = label[:-1]
    found = [_uuid(f'{inner}[{index}]"', field, entry, problems) for index, entry in enumerate(value)]
    if not any(found):
        problems.append(f"{label} does not contain 1 required value(s)")
    return found


def _retry(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    """`ugcValidation`: a boolean, or `{"maxRetry": n}`."""
    if isinstance(value, dict):
        inner: list[str] = []
        result = check(label.strip('"'), {"maxRetry": Field("integer", required=True, low=0, high=1000)}, value, inner)
        problems.extend(inner)
        return result
    return _boolean(label, field, value, problems)


def _any(label: str, field: Field, value: Any, problems: list[str]) -> Any:
    return value


_CHECKS = {
    "string": _string,
    "text": _string,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "uuid": _uuid,
    "uri": _uri,
    "uuids": _uuids,
    "retry": _retry,
    "any": _any,
}
