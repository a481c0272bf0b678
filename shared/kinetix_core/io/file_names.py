"""Names of files and folders for emotes: readable in any script, allowed on every system, and no two alike even where case does
not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from kinetix_core.values.identity import SafeName, is_reserved

# Windows ends a path at 259 UTF-16 units. The name stands in it twice, behind a home of up to 100 and before `.kinanim`.
_MAX_UNITS = 70
_MAX_BYTES = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')


def safe_name(name: str) -> SafeName:
    """The nearest name that Windows, macOS and Linux all take; never empty, never hidden."""
    text = unicodedata.normalize("NFC", name)
    text = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co") else char for char in text
    )
    text = re.sub(r"\s+", " ", _FORBIDDEN.sub("-", text)).strip(" .")
    while len(text.encode()) > _MAX_BYTES or len(text.encode("utf-16-le")) > 2 * _MAX_UNITS:
        text = text[:-1].rstrip(" .")
    if is_reserved(text):
        device, dot, rest = text.partition(".")  # whatever stands behind the dot, Windows takes it for the device
        text = f"{device.strip()} emote{dot}{rest}"
    return SafeName(text or "Emote")


def fold(name: str) -> str:
    """Two names with the same fold are one file on macOS or Windows."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def free_name(name: str, taken: Container[str]) -> SafeName:
    """`safe_name`, with a number behind it when its fold is taken."""
    base = safe_name(name)
    if fold(base) not in taken:
        return base
    number = 2
    while fold(f"{base} {number}") in taken:
        number += 1
    return SafeName(f"{base} {number}")
