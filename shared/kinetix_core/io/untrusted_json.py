"""JSON that anybody may have written: its size, values and nesting are limited before they cost anything. Standard library only."""

from __future__ import annotations

import json
from typing import Any

from kinetix_core.values.errors import FormatError
from kinetix_core.values.wording import sentence, worded

MAX_VALUES = 800_000
"""Each is 60 to 250 bytes in memory, so that the worst text stays below 200 MiB."""


def parse(text: bytes | memoryview | str, what: str, *, max_bytes: int) -> Any:
    """The value of a JSON text.

    Args:
        what: is read, for a person: “The bone map”.
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


def _no_constant(name: str) -> float:
    raise ValueError(f"It has the number {name}.")
