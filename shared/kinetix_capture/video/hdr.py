"""HDR pictures to the range the networks have learnt: phones film in HLG, cameras in PQ, and both look grey and flat without it.

One table per curve, from a code to the code of the same light on a usual screen. Light up to nearly diffuse white (203 cd/m², ITU-R
BT.2408) keeps its place, highlights are rolled off into what is left. Colours keep the wide primaries (BT.2020) and so look a
little pale; that changes no edge of a body.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture.arrays import Array

# Codes of the transfer characteristics in ITU-T H.273.
_CURVES = {16: "pq", 18: "hlg"}
_WHITE_NITS = 203.0
_HLG_PEAK_NITS = 1000.0
_HLG_GAMMA = 1.2
_KNEE = 0.8


def to_standard(image: NDArray[np.uint8], transfer: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 codes with this transfer characteristic → the same picture for a usual screen."""
    curve = _CURVES.get(int(transfer))
    return (
        image
        if curve is None
        else np.asarray(Image.fromarray(np.ascontiguousarray(image)).point(list(_table(curve)) * 3))
    )


@functools.cache
def _table(curve: str) -> tuple[int, ...]:
    """256 codes out for 256 codes in, rising."""
    code = np.arange(256) / 255
    light = (_pq(code) if curve == "pq" else _hlg(code)) / _WHITE_NITS
    room = 1 - _KNEE
    over = np.maximum(light - _KNEE, 0.0)
    light = np.where(light < _KNEE, light, _KNEE + room * (1 - np.exp(-over / room)))
    encoded = np.where(light < 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return tuple(int(value) for value in np.clip(np.rint(encoded * 255), 0, 255))


def _pq(code: Array) -> Array:
    """cd/m² of PQ codes 0 … 1 (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = code ** (1 / m2)
    return np.asarray(10000.0 * (np.maximum(root - c1, 0.0) / (c2 - c3 * root)) ** (1 / m1))


def _hlg(code: Array) -> Array:
    """cd/m² of HLG codes 0 … 1 on a screen of 1000 cd/m² (ITU-R BT.2100), its gamma per channel."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return np.asarray(_HLG_PEAK_NITS * scene**_HLG_GAMMA)
