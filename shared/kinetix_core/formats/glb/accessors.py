"""glTF accessors → numpy arrays: strided, sparse and normalised ones, with every bound checked first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import source
from kinetix_core.formats.budget import Cost
from kinetix_core.formats.glb.container import Document
from kinetix_core.values.errors import UnreadableFile

COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_SANE = 1e9
_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}


def raw(document: Document, number: Any, kinds: tuple[str, ...], what: str) -> tuple[NDArray[Any], bool]:
    """Accessor `number` as stored, shape (count, components), and whether it is normalised.

    Raises:
        FormatError: not there, another type than `kinds`, or beyond its buffer.
    """
    accessor = document.get("accessors", number, what)
    kind, component, count = accessor.get("type"), accessor.get("componentType"), accessor.get("count")
    if kind not in kinds:
        raise UnreadableFile(f"{what} is of type {str(kind)[:20]}, not {' or '.join(kinds)}")
    if not isinstance(component, int) or component not in _DTYPES:
        raise UnreadableFile(f"{what} has the unknown component type {str(component)[:20]}")
    count = _whole(count, what)
    width = COMPONENTS[kind]
    dtype = np.dtype(_DTYPES[component])
    if kind in ("MAT2", "MAT3") and dtype.itemsize < 4:
        raise UnreadableFile(f"{what} is a matrix of small integers, which is not read")
    document.budget.spend(Cost.NUMBERS, count * width)
    offset = _whole(accessor.get("byteOffset", 0), what)
    if accessor.get("bufferView") is None:
        values = np.zeros((count, width), dtype)
    else:
        values = _strided(document, accessor["bufferView"], offset, count, width, dtype, what)
    if accessor.get("sparse") is not None:
        values = _sparse(document, values, accessor["sparse"], what)
    return values, accessor.get("normalized") is True


def decode(document: Document, number: Any, kinds: tuple[str, ...], what: str) -> NDArray[np.float64]:
    """Accessor `number` as float64 (count, components); normalised integers become -1 … 1 or 0 … 1.

    Raises:
        FormatError: as `raw`, or a value is not finite.
    """
    values, normalised = raw(document, number, kinds, what)
    if values.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # a signalling NaN would warn
            sane = bool((np.abs(values) < _SANE).all())
        if not sane:
            raise UnreadableFile(f"{what} has a value out of range")
    out = values.astype(np.float64)
    if normalised and values.dtype.kind != "f":
        out /= np.iinfo(values.dtype).max
        if values.dtype.kind == "i":
            np.maximum(out, -1.0, out=out)
    return out


def decode_integers(document: Document, number: Any, kind: str, below: int, what: str) -> NDArray[np.int64]:
    """Accessor `number` as int64 (count, components), each from 0 to below `below`."""
    values, _ = raw(document, number, (kind,), what)
    if values.dtype.kind != "u":
        raise UnreadableFile(f"{what} does not hold unsigned integers")
    if values.size and int(values.max()) >= below:
        raise UnreadableFile(f"{what} refers beyond its {below} items")
    return values.astype(np.int64)


def _whole(value: Any, what: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 32:
        raise UnreadableFile(f"{what} has no usable size or offset")
    return value


def _strided(
    document: Document, view_number: Any, offset: int, count: int, width: int, dtype: np.dtype[Any], what: str
) -> NDArray[Any]:
    view = document.get("bufferViews", view_number, what)
    buffer = document.buffers[source.index(view.get("buffer"), len(document.buffers), what)]
    start, length = _whole(view.get("byteOffset", 0), what), _whole(view.get("byteLength"), what)
    packed = width * dtype.itemsize
    stride = _whole(view.get("byteStride", packed), what) or packed
    if stride < packed:
        raise UnreadableFile(f"{what} overlaps itself")
    needed = offset + (stride * (count - 1) + packed if count else 0)
    if start + length > len(buffer) or needed > length:
        raise UnreadableFile(f"{what} reaches beyond its data")
    return np.ndarray((count, width), dtype, buffer, start + offset, (stride, dtype.itemsize))


def _sparse(document: Document, values: NDArray[Any], sparse: Any, what: str) -> NDArray[Any]:
    part = f"{what} (sparse)"
    sparse = source.members(sparse, part)
    count = _whole(sparse.get("count"), what)
    if count > len(values):
        raise UnreadableFile(f"{what} replaces more values than it has")
    where = source.members(sparse.get("indices"), part)
    new = source.members(sparse.get("values"), part)
    component = where.get("componentType")
    if component not in (5121, 5123, 5125):
        raise UnreadableFile(f"{what} has sparse indices of an unknown type")
    document.budget.spend(Cost.NUMBERS, count * (values.shape[1] + 1))
    offset = _whole(where.get("byteOffset", 0), what)
    rows = _strided(document, where.get("bufferView"), offset, count, 1, np.dtype(_DTYPES[component]), what)[:, 0]
    if count and int(rows.max()) >= len(values):
        raise UnreadableFile(f"{what} replaces a missing value")
    offset = _whole(new.get("byteOffset", 0), what)
    out = values.copy()
    out[rows] = _strided(document, new.get("bufferView"), offset, count, values.shape[1], values.dtype, what)
    return out
