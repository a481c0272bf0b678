"""Collects the bytes of a GLB's buffer with the accessors that describe them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats.glb.accessors import COMPONENTS
from kinetix_core.formats.glb.container import pack

VERTICES, ELEMENTS = 34962, 34963
"""Buffer view targets: vertex attributes and triangle indices."""
_TYPES = {np.dtype("u1"): 5121, np.dtype("u2"): 5123, np.dtype("u4"): 5125, np.dtype("f4"): 5126}


class Binary:
    """Appends arrays; every one begins at a multiple of four bytes. May go on from the lists and the data of a document."""

    def __init__(
        self,
        views: list[dict[str, Any]] | None = None,
        accessors: list[dict[str, Any]] | None = None,
        data: bytes = b"",
    ) -> None:
        self.views = views if views is not None else []
        self.accessors = accessors if accessors is not None else []
        self.parts: list[bytes] = [data]
        self.size = len(data)

    def view(self, data: bytes, target: int | None = None) -> int:
        """Append bytes and return their buffer view."""
        padding = -self.size % 4
        if padding:
            self.parts.append(b"\0" * padding)
            self.size += padding
        item: dict[str, Any] = {"buffer": 0, "byteOffset": self.size, "byteLength": len(data)}
        if target is not None:
            item["target"] = target
        self.parts.append(data)
        self.size += len(data)
        self.views.append(item)
        return len(self.views) - 1

    def put(self, values: NDArray[Any], kind: str, *, target: int | None = None, bounds: bool = False) -> int:
        """Append an array (count, components) or (count,) and return its accessor."""
        return self.put_many([values], kind, target=target, bounds=bounds)[0]

    def put_many(
        self,
        arrays: Sequence[NDArray[Any]] | NDArray[Any],
        kind: str,
        *,
        target: int | None = None,
        bounds: bool = False,
    ) -> list[int]:
        """Append arrays, each (count, components) or (count,), of one type in one view; return their accessors."""
        whole = np.concatenate([array.ravel() for array in arrays]) if len(arrays) else np.zeros(0, "<f4")
        view = self.view(whole.tobytes(), target)
        first, offset = len(self.accessors), 0
        for own in arrays:
            item: dict[str, Any] = {
                "bufferView": view,
                "byteOffset": offset,
                "componentType": _TYPES[own.dtype],
                "count": len(own),
                "type": kind,
            }
            if bounds:
                flat = own.reshape(len(own), COMPONENTS[kind])
                item["min"], item["max"] = flat.min(0).tolist(), flat.max(0).tolist()
            self.accessors.append(item)
            offset += own.nbytes
        return list(range(first, len(self.accessors)))

    def data(self) -> bytes:
        """The appended bytes."""
        return b"".join(self.parts)

    def pack(self, document: dict[str, Any]) -> bytes:
        """Return a GLB of `document` with the appended accessors."""
        whole = {
            **document,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": self.size}],
        }
        return pack(whole, self.data())
