"""A part of a model gives the same bytes as the whole, and does less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kinetix_capture.networks import pruning, weights

_WANTED = ("Identity", "Identity_1", "Identity_3", "Identity_4")


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
    short = Interpreter(model_content=pruning.between(model, "input_1", _WANTED), num_threads=1)
    expected, given = _outputs(whole, picture), _outputs(short, picture)
    assert set(expected) - set(given) == {(1, 256, 256, 1)}
    for shape, values in given.items():
        assert values.tobytes() == expected[shape].tobytes()
    # the steps to the mask are gone, not only its name
    steps = [len(interpreter._get_ops_details()) for interpreter in (whole, short)]
    assert steps[0] - steps[1] > 20


@pytest.mark.quick
def test_a_part_that_is_not_there_or_damaged_is_an_error(model: bytes) -> None:
    with pytest.raises(ValueError, match="no tensor none"):
        pruning.between(model, "input_1", ["none"])
    with pytest.raises(ValueError, match="More is wanted"):
        pruning.between(model, "input_1", ["Identity"] * 8)
    for length in (0, 3, 200, 5000):
        with pytest.raises(ValueError):
            pruning.between(model[:length], "input_1", _WANTED)
