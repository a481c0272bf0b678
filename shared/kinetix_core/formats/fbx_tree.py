"""The binary FBX 7.4 container: a tree of named nodes with typed values."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 7400
_MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
_FOOTER_ID = bytes.fromhex("fabcab09d0c8d466b176fb831cf7267e")
_FOOTER_MAGIC = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
_SENTINEL = b"\0" * 13
_ARRAYS = {"f4": b"f", "f8": b"d", "i4": b"i", "i8": b"l"}


class Int32(int):
    """A whole number that is stored in 32 bits; a plain int takes 64."""


Value = bool | int | float | str | bytes | NDArray[Any]


@dataclass
class Node:
    """A node: its values, then its children."""

    name: str
    values: tuple[Value, ...] = ()
    children: list[Node] = field(default_factory=list)

    def add(self, name: str, *values: Value) -> Node:
        """Append a child and return it."""
        child = Node(name, values)
        self.children.append(child)
        return child

    def set(self, **properties: tuple[Any, ...]) -> None:
        """Add the child `Properties70`; `Name=(type, label, flags, value, …)`. An underscore stands for a space."""
        block = self.add("Properties70")
        for name, (kind, label, flags, *values) in properties.items():
            block.add("P", name.replace("_", " "), kind, label, flags, *values)


def encode(nodes: list[Node]) -> bytes:
    """The top nodes → the bytes of a file."""
    out = bytearray(_MAGIC + struct.pack("<I", VERSION))
    for node in nodes:
        _node(node, out)
    out += _SENTINEL + _FOOTER_ID
    out += b"\0" * (-len(out) % 16 or 16)
    out += b"\0" * 4 + struct.pack("<I", VERSION) + b"\0" * 120 + _FOOTER_MAGIC
    return bytes(out)


def _node(node: Node, out: bytearray) -> None:
    start = len(out)
    name = node.name.encode("ascii")
    values = b"".join(_value(value) for value in node.values)
    out += b"\0" * 12 + bytes([len(name)]) + name + values
    for child in node.children:
        _node(child, out)
    if node.children or not node.values:
        out += _SENTINEL
    struct.pack_into("<III", out, start, len(out), len(node.values), len(values))


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return b"C" + struct.pack("<?", value)
    if isinstance(value, np.ndarray):
        raw = np.ascontiguousarray(value).tobytes()
        packed = zlib.compress(raw, 1)
        kind = _ARRAYS[value.dtype.str[1:]]
        if len(packed) < len(raw):
            return kind + struct.pack("<III", value.size, 1, len(packed)) + packed
        return kind + struct.pack("<III", value.size, 0, len(raw)) + raw
    if isinstance(value, Int32):
        return b"I" + struct.pack("<i", value)
    if isinstance(value, int):
        return b"L" + struct.pack("<q", value)
    if isinstance(value, float):
        return b"D" + struct.pack("<d", value)
    kind, data = (b"R", value) if isinstance(value, bytes) else (b"S", value.encode("utf-8"))
    return kind + struct.pack("<I", len(data)) + data
