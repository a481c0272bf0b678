"""JSON that anybody may have written: its size, values and nesting are limited before they cost anything. Standard library only."""

from __future__ import annotations

import json
from typing import Any

from kinetix_core.errors import FormatError

__all__ = ["MAX_VALUES", "parse"]

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
        raise FormatError(f"{what} is larger than {max_bytes >> 10:,} KiB.", next_step="Export it with fewer parts.")
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MAX_VALUES:
        raise FormatError(
            f"{what} has more than {MAX_VALUES:,} values.", next_step="Export it with fewer clips or parts."
        )
    try:
        # bytes first, so that json does not guess UTF-16 from zero bytes
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{what} is not JSON.", detail=str(error)[:200]) from error


def _no_constant(name: str) -> float:
    raise ValueError(f"It has the number {name}.")
