"""The smoothing is the one of scipy.signal, which a capture does not load."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from kinetix_capture import savitzky_golay
from tests.support.waiting import LIMIT_S


@pytest.mark.quick
@pytest.mark.parametrize(("window", "degree"), [(3, 1), (5, 1), (3, 2), (7, 2), (15, 2)])
@pytest.mark.parametrize("more", [0, 1, 40])
def test_it_is_the_filter_of_that_name(window: int, degree: int, more: int) -> None:
    from scipy.signal import savgol_filter

    values = np.random.default_rng(5).normal(size=(window + more, 6, 3))
    found = savitzky_golay.smoothed(values, window, degree)
    np.testing.assert_allclose(found, savgol_filter(values, window, degree, axis=0), atol=1e-12)


def test_a_capture_does_not_load_what_takes_a_second() -> None:
    ask = "import sys, kinetix_capture.deliver; print('scipy.signal' in sys.modules or 'scipy.stats' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert told.stdout.strip() == "False"
