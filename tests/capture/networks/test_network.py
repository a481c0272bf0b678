"""The rotated crop takes the pixels that its region names, and the detector's and the models' geometry is the published one."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture.networks import hand_landmarks, network, person_detector
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.quick


def _marked(x: int, y: int, size: tuple[int, int] = (200, 160)) -> Image.Image:
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    picture[y - 3 : y + 3, x - 3 : x + 3] = 255
    return Image.fromarray(picture)


def _centre(crop: np.ndarray) -> np.ndarray:
    weight = crop[..., 0]
    rows, columns = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    centre: NDArray[Any] = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()
    return centre


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.1, math.pi])
@pytest.mark.parametrize("side", [60.0, 150.0, 400.0])
def test_a_mark_comes_out_where_the_map_says(angle: float, side: float) -> None:
    region = network.Region(100.0, 80.0, side, angle)
    crop = network.crop(_marked(110, 90), region, 64)
    to_picture = region.to_picture(64)
    found = to_picture[:, :2] @ _centre(crop) + to_picture[:, 2]
    assert np.abs(found - [110, 90]).max() < side / 64


def test_outside_of_the_picture_is_black() -> None:
    crop = network.crop(Image.new("RGB", (50, 50), (255, 255, 255)), network.Region(0, 0, 40), 32)
    assert crop[:15, :15].max() == 0
    assert crop[17:, 17:].min() > 0.99


def test_an_upright_body_has_an_unturned_region() -> None:
    region = person_detector.body_region(np.array([50.0, 60.0]), np.array([50.0, 20.0]))
    assert (region.x, region.y, region.side, region.angle) == pytest.approx((50, 60, 100, 0))
    lying = person_detector.body_region(np.array([50.0, 60.0]), np.array([90.0, 60.0]))
    assert lying.angle == pytest.approx(math.pi / 2)


def test_a_hand_that_points_down_is_looked_at_upside_down() -> None:
    region = hand_landmarks.hand_region(np.array([10.0, 10.0]), np.array([8.0, 30.0]), np.array([12.0, 30.0]))
    assert abs(region.angle) == pytest.approx(math.pi)
    assert region.side == pytest.approx(64)


def test_loading_a_model_prints_nothing() -> None:
    code = (
        "from kinetix_capture.networks import network, weights; network.Network(weights.find(weights.POSE_DETECTION))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert found.stdout + found.stderr == ""
