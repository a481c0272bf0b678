"""Leaves out of a model what only leads to an output that nobody reads: the runtime computes every output of the file.

Works on the file's bytes in memory. A TFLite file is a FlatBuffer: tables, whose fields are found through a table of offsets,
and vectors, a count followed by the values. Both lists that change here only get shorter, so everything else stays in place.
"""

from __future__ import annotations

import struct

__all__ = ["without"]

# Numbers of the fields in TFLite's schema.
_MODEL_SUBGRAPHS = 2
_TENSORS, _OUTPUTS, _OPERATORS = 0, 2, 3
_TENSOR_SHAPE = 0
_OPERATOR_INPUTS, _OPERATOR_OUTPUTS = 1, 2


def without(model: bytes, shape: tuple[int, ...]) -> bytes:
    """The model without its output of this shape, and without the steps that only this output needs. The others keep their values.

    Raises:
        ValueError: no output has this shape, or the file is damaged.
    """
    file = bytearray(model)
    try:
        _shorten(file, shape)
    except struct.error as error:
        raise ValueError("The model file is damaged.") from error
    return bytes(file)


def _shorten(file: bytearray, shape: tuple[int, ...]) -> None:
    graph = _followed(file, _vector(file, _followed(file, 0), _MODEL_SUBGRAPHS)[0])
    tensors, _ = _vector(file, graph, _TENSORS)
    first_output, _ = _vector(file, graph, _OUTPUTS)
    outputs = _numbers(file, graph, _OUTPUTS)
    kept = [
        number for number in outputs if _numbers(file, _followed(file, tensors + 4 * number), _TENSOR_SHAPE) != shape
    ]
    if len(kept) == len(outputs):
        raise ValueError(f"The model has no output of the shape {shape}.")
    first_step, steps = _vector(file, graph, _OPERATORS)
    places = [_followed(file, first_step + 4 * step) for step in range(steps)]
    needed, wanted = set(kept), []
    for place in reversed(places):
        if needed.intersection(_numbers(file, place, _OPERATOR_OUTPUTS)):
            needed.update(_numbers(file, place, _OPERATOR_INPUTS))
            wanted.append(place)
    _refill(file, first_output, kept)
    # steps are given by their distance from the entry of the list
    _refill(file, first_step, [place - (first_step + 4 * step) for step, place in enumerate(reversed(wanted))])


def _followed(file: bytearray, at: int) -> int:
    """Where the offset at `at` leads."""
    return at + int(struct.unpack_from("<I", file, at)[0])


def _vector(file: bytearray, table: int, field: int) -> tuple[int, int]:
    """Where the values of a vector in a table begin, and how many there are; none when the field is not there."""
    fields = table - int(struct.unpack_from("<i", file, table)[0])
    entry = 4 + 2 * field
    offset = (
        struct.unpack_from("<H", file, fields + entry)[0] if entry < struct.unpack_from("<H", file, fields)[0] else 0
    )
    if not offset:
        return table, 0
    vector = _followed(file, table + offset)
    return vector + 4, int(struct.unpack_from("<I", file, vector)[0])


def _numbers(file: bytearray, table: int, field: int) -> tuple[int, ...]:
    first, count = _vector(file, table, field)
    return struct.unpack_from(f"<{count}i", file, first)


def _refill(file: bytearray, first: int, values: list[int]) -> None:
    struct.pack_into(f"<{len(values) + 1}I", file, first - 4, len(values), *values)
