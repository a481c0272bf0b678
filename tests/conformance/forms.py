"""Multipart forms, byte by byte as the clients send them."""

from __future__ import annotations

from typing import Any

from urllib3 import encode_multipart_formdata

Part = tuple[str, "str | bytes"]
Form = dict[str, Any]
"""Headers and body, as `Bench.ask` takes them."""


def form(parts: list[Part], *, filename: str = "clip.mp4", kind: str = "video/mp4") -> Form:
    """Bytes are a file, text is a field; the order stays."""
    fields = [(name, (filename, value, kind) if isinstance(value, bytes) else value) for name, value in parts]
    body, content_type = encode_multipart_formdata(fields, "----rowsOfTheContract")
    return {"headers": [("Content-Type", content_type)], "body": body}


def page(
    name: str = "victory spin", start: str = "", end: str = "", mature: str = "false", clip: bytes = b"a clip"
) -> Form:
    """The form of the published upload page: two text parts come after the file."""
    return form([("start", start), ("end", end), ("video", clip), ("name", name), ("mature", mature)])
