"""JSON from outside, as the standard has it: what Python's reader takes besides is refused, and only ValueError is raised."""

from __future__ import annotations

import json
import re
from typing import Any

# A bag of 10,000 emotes has about 80,000 objects and 500,000 values. Unpacked bytes alone are no limit: 64 MiB of `{}` are
# 22 million objects, gigabytes of memory and a minute.
MAX_OBJECTS, MAX_VALUES = 250_000, 2_000_000

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class TooMany(ValueError):
    """More values than any answer of the API has."""


def read_json(body: bytes) -> Any:
    """The JSON value of a body, whatever its Content-Type claims.

    Raises:
        TooMany: counted before anything is made of it; brackets and commas within texts count as well.
        ValueError: it is no JSON; also for nesting that is too deep and for NaN and Infinity, which no other reader of JSON takes.
    """
    objects = body.count(b"{") + body.count(b"[")
    if objects > MAX_OBJECTS or objects + body.count(b",") > MAX_VALUES:
        raise TooMany("too many values")
    try:
        value = json.loads(body, parse_constant=_no_constant)
        if _SURROGATE.search(body):  # half a character can be read, but neither stored nor sent on
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")
