"""The binary part of a GLB, which has the motion and no metadata."""

from __future__ import annotations


def binary_chunk(data: bytes) -> bytes:
    """Return what follows the JSON chunk of a GLB."""
    return data[20 + int.from_bytes(data[12:16], "little") :]
