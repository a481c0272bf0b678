"""Reads the bodies of answers: the three error shapes of docs/api-contract.md#5, and what a proxy puts in their place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from kinetix_core.io.strict_json import read_json


@dataclass(frozen=True)
class Problem:
    """Parsed error body; code and message may be "", details empty."""

    code: str = ""
    message: str = ""
    details: list[str] = field(default_factory=list)
    data: Any = None


def read_problem(body: bytes) -> Problem:
    """Never fails: a body that is no JSON gives what can be shown of it (the title of a page, or its first line)."""
    if not body.strip():
        return Problem()
    try:
        value = read_json(body)
    except ValueError:
        return Problem(message=_from_text(body))
    if isinstance(value, str):
        return Problem(message=_short(value))
    if not isinstance(value, dict):
        return Problem()
    data = value.get("data")
    details = _sentences(value.get("details"))
    if isinstance(data, dict):
        details = details or _sentences(data.get("details"))
        failed = data.get("failed")
        if isinstance(failed, dict):  # the batch of /v1/virtual-world/emotes
            details = details or [f"{_short(str(uuid))}: {_short(str(why))}" for uuid, why in list(failed.items())[:50]]
    code, message = value.get("errorCode"), value.get("message", value.get("error"))
    return Problem(
        code=code if isinstance(code, str) and len(code) <= 64 else "",
        message=_short(message) if isinstance(message, str) else "",
        details=details,
        data=data,
    )


def _sentences(value: Any) -> list[str]:
    if isinstance(value, str):
        return [_short(value)] if value else []
    if isinstance(value, list):
        return [_short(part if isinstance(part, str) else json.dumps(part)) for part in value[:50]]
    return []


def _from_text(body: bytes) -> str:
    text = body[:65536].decode("utf-8", "replace")
    lower = text.lower()
    start = lower.find("<title>")
    if start >= 0:
        return _short(text[start + 7 : lower.find("</title>", start) if "</title>" in lower else start + 207])
    if lower.lstrip().startswith(("<!doctype", "<html", "<?xml", "<")):
        return "an HTML page instead of an answer"
    return _short(text)


def _short(text: str) -> str:
    clean = " ".join("".join(ch if ch.isprintable() else " " for ch in text[:2000]).split())
    return clean if len(clean) <= 400 else clean[:399] + "…"
