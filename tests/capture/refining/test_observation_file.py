"""Archives that lie about themselves are no observations; none of them needs a take."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from kinetix_capture.fitting import body_model, packing
from kinetix_capture.refining import take_file
from kinetix_core.values.errors import FormatError

pytestmark = pytest.mark.quick


def _archive(method: int = zipfile.ZIP_STORED, name: str = "take.json") -> bytearray:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, b'{"version": 1}')
    return bytearray(out.getvalue())


def _packed_as(method: int) -> bytes:
    """In a way in which nothing of ours is packed, and damaged."""
    content = _archive(method)
    begin = content.index(b"take.json") + 15
    content[begin : begin + 14] = bytes(byte ^ 0x5A for byte in content[begin : begin + 14])
    return bytes(content)


def _listed_elsewhere() -> bytes:
    content = _archive()
    end = content.rindex(b"PK\x05\x06")
    content[end + 16 : end + 20] = b"\xff\xff\xff\x7f"
    return bytes(content)


LYING: dict[str, Callable[[], bytes]] = {
    "bzip2": lambda: _packed_as(zipfile.ZIP_BZIP2),
    "lzma": lambda: _packed_as(zipfile.ZIP_LZMA),
    "a list that is elsewhere": _listed_elsewhere,
    "a name in no alphabet": lambda: bytes(_archive(name="té.json")).replace("té".encode(), b"t\xff\xfe"),
}


@pytest.mark.parametrize("how", LYING)
def test_an_archive_that_lies_is_refused(how: str) -> None:
    with pytest.raises(FormatError):
        take_file.read(LYING[how]())


def test_a_whole_number_of_any_length_is_refused() -> None:
    packed = {name: np.zeros((2, *field.shape), np.int8) for name, field in packing.FIELDS.items()}
    shape = [0] * len(body_model.PROPORTIONS)
    shared = {"shape": shape, "up": [0, 1, 0], "upConfidence": 1, "scale": 1, "size": [9, 9], "centre": [4, 4]}
    with pytest.raises(FormatError):
        packing.unpack(packed, shared | {"focal": 10**400})
