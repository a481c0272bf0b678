"""The readings of a path's drift, on paths whose answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy

pytestmark = pytest.mark.quick

_FRAMES = 41


def _walker(path: np.ndarray, turned: float = 0.0) -> np.ndarray:
    """(F, 12, 3) a body that swings its wrists, carried along a path (F, 2) and turned about the vertical by degrees."""
    body = np.random.default_rng(0).normal(0, 0.3, (12, 3))
    body -= body[6:8].mean(0)
    c, s = np.cos(np.radians(turned)), np.sin(np.radians(turned))
    moving = np.repeat(body[None], _FRAMES, axis=0)
    moving[:, 4:6, 2] += 0.3 * np.sin(np.arange(_FRAMES) / 3)[:, None]
    moving = moving @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    moved: NDArray[Any] = moving + np.stack((path[:, 0], np.zeros(_FRAMES), path[:, 1]), 1)[:, None]
    return moved


def _compare(ours: np.ndarray, true: np.ndarray) -> dict[str, float]:
    return accuracy.compare(accuracy.Delivered(ours, {}, 0.0), accuracy.Truth(true, {}))


STRAIGHT = np.stack((np.zeros(_FRAMES), np.linspace(0, 2, _FRAMES)), 1)


def test_a_right_path_has_no_drift() -> None:
    found = _compare(_walker(STRAIGHT + np.array([3, 1])), _walker(STRAIGHT))
    readings = ("drift", "scaledDrift", "meanDrift", "endDrift", "turnedDrift", "rootError")
    assert [found[key + "Percent"] for key in readings] == pytest.approx([0] * 6, abs=1e-6)


def test_a_body_turned_against_its_path_counts_in_the_strict_reading_alone() -> None:
    found = _compare(_walker(STRAIGHT, turned=3), _walker(STRAIGHT))
    wanted = 2 * np.sin(np.radians(1.5)) * 100
    assert found["scaledDriftPercent"] == pytest.approx(wanted, rel=1e-3)
    assert found["endDriftPercent"] == pytest.approx(wanted, rel=1e-3)
    assert found["meanDriftPercent"] == pytest.approx(wanted / 2, rel=1e-3)
    assert found["turnedDriftPercent"] == pytest.approx(0, abs=1e-6)
    assert found["rootErrorPercent"] == pytest.approx(0, abs=1e-6)


def test_a_bulge_in_the_middle_is_drift_but_not_at_the_end() -> None:
    bulge = STRAIGHT + np.stack((0.1 * np.sin(np.linspace(0, np.pi, _FRAMES)), np.zeros(_FRAMES)), 1)
    found = _compare(_walker(bulge), _walker(STRAIGHT))
    assert found["scaledDriftPercent"] == pytest.approx(5, rel=1e-3)
    assert found["endDriftPercent"] == pytest.approx(0, abs=1e-6)
    assert found["meanDriftPercent"] == pytest.approx(5 * 2 / np.pi, rel=0.03)
    assert 0 < found["rootErrorPercent"] < 2.5


def test_a_larger_person_counts_as_delivered_only() -> None:
    found = _compare(_walker(STRAIGHT) * 1.1, _walker(STRAIGHT))
    assert found["driftPercent"] == pytest.approx(10, rel=1e-3)
    assert found["scaledDriftPercent"] == pytest.approx(0, abs=1e-6)


def test_a_move_on_the_spot_has_none() -> None:
    found = _compare(_walker(STRAIGHT * 0.1), _walker(STRAIGHT * 0.1))
    assert np.isnan(found["scaledDriftPercent"]) and np.isnan(found["rootErrorPercent"])
