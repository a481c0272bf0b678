"""Cuts a part out of a model: the runtime computes every output of a file, and refuses a file with steps that it does not know.

Works on the file's bytes in memory. A TFLite file is a FlatBuffer: tables, whose fields are found through a table of offsets,
and vectors, a count followed by the values. The lists that change here get no longer, so everything else stays in place.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

# Numbers of the fields in TFLite's schema.
_MODEL_SUBGRAPHS = 2
_TENSORS, _INPUTS, _OUTPUTS, _OPERATORS = 0, 1, 2, 3
_TENSOR_NAME = 3
_OPERATOR_INPUTS, _OPERATOR_OUTPUTS = 1, 2


def between(model: bytes, given: str, wanted: Sequence[str]) -> bytes:
    """The steps that lead from one tensor to others: `given` is the only input, `wanted` are the outputs in their order.

    Raises:
        ValueError: a tensor is not there, more are wanted than the model has outputs, or the file is damaged.
    """
    file = bytearray(model)
    try:
        graph = _graph(file)
        first, count = _vector(file, graph, _TENSORS)
        numbers = {_name(file, first, number): number for number in range(count)}
        if absent := [name for name in (given, *wanted) if name not in numbers]:
            raise ValueError(f"The model has no tensor {absent[0]}.")
        if len(wanted) > len(_numbers(file, graph, _OUTPUTS)):
            raise ValueError("More is wanted than the model has outputs.")
        _keep(file, graph, [numbers[given]], [numbers[name] for name in wanted])
    except struct.error as error:
        raise ValueError("The model file is damaged.") from error
    return bytes(file)


def _keep(file: bytearray, graph: int, inputs: Sequence[int], outputs: Sequence[int]) -> None:
    """Only what leads from these tensors to those stays: no more of either than there were."""
    first_step, steps = _vector(file, graph, _OPERATORS)
    places = [_followed(file, first_step + 4 * step) for step in range(steps)]
    given, needed, wanted = set(inputs), set(outputs), []
    for place in reversed(places):
        if needed.intersection(_numbers(file, place, _OPERATOR_OUTPUTS)):
            needed.update(number for number in _numbers(file, place, _OPERATOR_INPUTS) if number not in given)
            wanted.append(place)
    _refill(file, _vector(file, graph, _INPUTS)[0], inputs)
    _refill(file, _vector(file, graph, _OUTPUTS)[0], outputs)
    # steps are given by their distance from the entry of the list
    _refill(file, first_step, [place - (first_step + 4 * step) for step, place in enumerate(reversed(wanted))])


def _graph(file: bytearray) -> int:
    return _followed(file, _vector(file, _followed(file, 0), _MODEL_SUBGRAPHS)[0])


def _name(file: bytearray, tensors: int, number: int) -> str:
    first, count = _vector(file, _followed(file, tensors + 4 * number), _TENSOR_NAME)
    return bytes(file[first : first + count]).decode(errors="replace")


def _followed(file: bytearray, at: int) -> int:
    return at + int(struct.unpack_from("<I", file, at)[0])


def _vector(file: bytearray, table: int, field: int) -> tuple[int, int]:
    """Return the start and the length of a vector in a table; zero if the field is absent."""
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


def _refill(file: bytearray, first: int, values: Sequence[int]) -> None:
    struct.pack_into(f"<{len(values) + 1}I", file, first - 4, len(values), *values)
