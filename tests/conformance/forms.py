"""Multipart forms, byte by byte as the clients send them."""

from __future__ import annotations

from .targets import Headers

Part = tuple[str, "str | bytes"]
BOUNDARY = "----rowsOfTheContract"


def form(parts: list[Part], *, filename: str = "clip.mp4", kind: str = "video/mp4") -> tuple[Headers, bytes]:
    """Bytes are a file, text is a field; the order stays."""
    body = b""
    for name, value in parts:
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if isinstance(value, bytes):
            body += f'; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'.encode() + value
        else:
            body += b"\r\n\r\n" + value.encode()
        body += b"\r\n"
    return [("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")], body + f"--{BOUNDARY}--\r\n".encode()


def page(
    name: str = "victory spin", start: str = "", end: str = "", mature: str = "false", clip: bytes = b"a clip"
) -> tuple[Headers, bytes]:
    """The form of the published upload page: two text parts come after the file."""
    return form([("start", start), ("end", end), ("video", clip), ("name", name), ("mature", mature)])
