"""JSON from outside: size, values and nesting are limited before they cost anything. Standard library only.

NaN and Infinity, which Python's reader accepts and the standard does not, are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from kinetix_core.values.errors import FormatError
from kinetix_core.values.wording import sentence, worded

MAX_VALUES = 800_000
"""Of a file. Each is 60 to 250 bytes in memory, so that the worst text stays below 200 MiB."""

# A bag of 10,000 emotes has about 80,000 objects and 500,000 values. Unpacked bytes alone are no limit: 64 MiB of `{}` are
# 22 million objects, gigabytes of memory and a minute.
MAX_BODY_OBJECTS, MAX_BODY_VALUES = 250_000, 2_000_000

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class TooMany(ValueError):
    """More values than any answer of the API has."""


def parse(text: bytes | memoryview | str, what: str, *, max_bytes: int) -> Any:
    """Return the value of a file's JSON text.

    Args:
        what: name of the file for a person: “The bone map”.
        max_bytes: of the text.

    Raises:
        FormatError: no JSON, with NaN or infinity, or larger than such a text can be.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text[: max_bytes + 1])
    if len(raw) > max_bytes:
        raise FormatError(
            worded("{what} is larger than {most} KiB.", what=sentence(what), most=f"{max_bytes >> 10:,}"),
            next_step="Export it with fewer parts.",
        )
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MAX_VALUES:
        raise FormatError(
            worded("{what} has more than {most} values.", what=sentence(what), most=f"{MAX_VALUES:,}"),
            next_step="Export it with fewer clips or parts.",
        )
    try:
        # bytes first, so that json does not guess UTF-16 from zero bytes
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError(worded("{what} is not JSON.", what=sentence(what)), detail=str(error)[:200]) from error


def read_json(body: bytes) -> Any:
    """Return the JSON value of an HTTP body, whatever its Content-Type claims.

    Raises:
        TooMany: counted before anything is made of it; brackets and commas within texts count as well.
        ValueError: no JSON, with NaN or infinity, or nested too deeply.
    """
    objects = body.count(b"{") + body.count(b"[")
    if objects > MAX_BODY_OBJECTS or objects + body.count(b",") > MAX_BODY_VALUES:
        raise TooMany("too many values")
    try:
        value = json.loads(body, parse_constant=_no_constant)
        if _SURROGATE.search(body):  # half a character can be read, but neither stored nor sent on
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def as_object(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, empty where the value is another."""
    return value if isinstance(value, Mapping) else {}


def _no_constant(name: str) -> float:
    raise ValueError(f"It has the number {name}.")
