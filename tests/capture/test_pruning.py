"""A model without an output gives the same bytes in all others, and does less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kinetix_capture.networks import pruning, weights

_MASK = (1, 256, 256, 1)


@pytest.fixture(scope="module")
def model() -> bytes:
    return weights.find(weights.POSE_LANDMARK).read_bytes()


def _outputs(interpreter: Any, picture: np.ndarray) -> dict[tuple[int, ...], np.ndarray]:
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
    interpreter.invoke()
    found = interpreter.get_output_details()
    return {tuple(output["shape"]): interpreter.get_tensor(output["index"]) for output in found}


def test_what_is_left_is_bit_equal(model: bytes) -> None:
    from ai_edge_litert.interpreter import Interpreter

    picture = np.random.default_rng(5).random((1, 256, 256, 3), np.float32)
    whole = Interpreter(model_content=model, num_threads=1)
    short = Interpreter(model_content=pruning.without(model, _MASK), num_threads=1)
    expected, given = _outputs(whole, picture), _outputs(short, picture)
    assert set(given) == set(expected) - {_MASK}
    for shape, values in given.items():
        assert values.tobytes() == expected[shape].tobytes()
    # the steps to the mask are gone, not only its name
    steps = [len(interpreter._get_ops_details()) for interpreter in (whole, short)]
    assert steps[0] - steps[1] > 20


@pytest.mark.quick
def test_an_output_that_is_not_there_is_an_error(model: bytes) -> None:
    with pytest.raises(ValueError, match="no output"):
        pruning.without(model, (1, 2, 3))


@pytest.mark.quick
@pytest.mark.parametrize("length", [0, 3, 200, 5000])
def test_a_damaged_file_is_an_error(model: bytes, length: int) -> None:
    with pytest.raises(ValueError):
        pruning.without(model[:length], _MASK)
