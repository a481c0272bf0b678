"""The outer layer of glTF 2.0: the chunks of a .glb file, or a .gltf with its data inside; checked before it is believed."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from dataclasses import dataclass
from typing import Any

from kinetix_core.formats import source
from kinetix_core.formats.budget import Budget
from kinetix_core.io import untrusted_json
from kinetix_core.io.glb_chunks import MAGIC, MAX_JSON_BYTES, chunks_of
from kinetix_core.values.errors import FormatError, UnreadableFile
from kinetix_core.values.wording import worded

CLIP_CAMERA = "kinetixClipCamera"
"""Member of `asset.extras` with the camera of the clip that an emote was captured from (docs/conventions.md)."""
_COMPRESSED = {"EXT_meshopt_compression", "KHR_meshopt_compression"}


@dataclass
class Document:
    """A glTF document.

    Attributes:
        json: the JSON object.
        buffers: the bytes of each buffer.
        budget: what may still be made of it.
    """

    json: dict[str, Any]
    buffers: list[memoryview]
    budget: Budget

    def all(self, key: str) -> list[dict[str, Any]]:
        """The objects of a top-level array."""
        found = source.sequence(self.json.get(key), f"“{key}”")
        for item in found:
            if not isinstance(item, dict):
                raise UnreadableFile(f"“{key}” holds something that is not an object")
        return found

    def get(self, key: str, number: Any, what: str) -> dict[str, Any]:
        """Object `number` of a top-level array."""
        items = source.sequence(self.json.get(key), f"“{key}”")
        return source.members(items[source.index(number, len(items), what)], f"An item of “{key}”")


def parse(data: source.Source) -> Document:
    """A .glb, or a .gltf whose buffers are data URIs → its document.

    Raises:
        FormatError: not glTF 2.0, damaged, compressed with meshopt, or with data outside of the file.
    """
    document, binary = _described(data)
    used = source.sequence(document.json.get("extensionsRequired"), "“extensionsRequired”")
    if any(name in _COMPRESSED for name in used if isinstance(name, str)):
        raise FormatError("The GLB is compressed with meshopt.", next_step="Export it without compression.")
    document.buffers = _buffers(document.json, binary)
    return document


def describe(data: source.Source) -> Document:
    """Parse a document without its buffers, however they are stored.

    Raises:
        FormatError: not glTF 2.0, or damaged.
    """
    return _described(data)[0]


def _described(data: source.Source) -> tuple[Document, memoryview | None]:
    view = source.load(data, "GLB")
    if bytes(view[:4]) == MAGIC:
        found_chunks = chunks_of(view)
        text, binary = view[slice(*found_chunks.text)], None
        if found_chunks.binary is not None:
            binary = view[slice(*found_chunks.binary)]
    elif bytes(view[:64]).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        text, binary = view, None
    else:
        raise FormatError("The file is not a GLB.", detail="It does not begin with “glTF”.")
    what = "The GLB's JSON"
    found = source.members(untrusted_json.parse(text, what, max_bytes=MAX_JSON_BYTES), what)
    version = source.members(found.get("asset"), "“asset”").get("version")
    if not isinstance(version, str) or not version.startswith("2."):
        raise FormatError(
            worded("The file is glTF {version}, not 2.0.", version=str(version)[:20]),
            next_step="Export it as glTF 2.0 (.glb).",
        )
    return Document(found, [], Budget("GLB", len(view))), binary


def pack(document: dict[str, Any], binary: bytes | bytearray | memoryview) -> bytes:
    """The JSON object and the bytes of its buffer 0 → a .glb file."""
    try:
        # ASCII, as a name may hold half of a surrogate pair, which has no UTF-8 form
        text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (ValueError, TypeError, RecursionError) as error:
        raise FormatError("The GLB's metadata cannot be written as JSON.", detail=str(error)[:200]) from error
    text += b" " * (-len(text) % 4)  # both parts are padded to four bytes
    padding = b"\0" * (-len(binary) % 4)
    size = len(binary) + len(padding)
    parts: list[bytes | bytearray | memoryview] = [
        struct.pack("<4sII", MAGIC, 2, 20 + len(text) + (8 + size if size else 0))
    ]
    parts += [struct.pack("<I4s", len(text), b"JSON"), text]
    if size:
        parts += [struct.pack("<I4s", size, b"BIN\0"), binary, padding]
    return b"".join(parts)


def _buffers(document: dict[str, Any], binary: memoryview | None) -> list[memoryview]:
    found: list[memoryview] = []
    total = 0
    for number, item in enumerate(source.sequence(document.get("buffers"), "“buffers”")):
        buffer = source.members(item, "A buffer")
        uri, size = buffer.get("uri"), buffer.get("byteLength")
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise UnreadableFile("A buffer of the GLB has no length")
        if uri is None:
            data = binary if number == 0 and binary is not None else memoryview(b"")
        else:
            data = _data_uri(uri)
        total += len(data)
        if size > len(data) or total > source.MAX_BYTES:
            raise UnreadableFile(f"A buffer of the GLB declares {size} bytes and has {len(data)}")
        found.append(data[:size])
    return found


def _data_uri(uri: Any) -> memoryview:
    if not isinstance(uri, str) or not uri.startswith("data:") or ";base64," not in uri[:200]:
        raise FormatError("The file's data are in another file.", next_step="Export it as one .glb file.")
    try:
        return memoryview(base64.b64decode(uri.split(",", 1)[1], validate=True))
    except (binascii.Error, ValueError) as error:
        raise UnreadableFile(f"The data of the .gltf is invalid: {error}") from error
