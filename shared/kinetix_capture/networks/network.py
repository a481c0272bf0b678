"""One LiteRT model on one CPU thread, and the rotated square crop that feeds it. Outputs are bit-equal from run to run."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture.arrays import Array
from kinetix_core.values.errors import KinetixError

_making = threading.Lock()


class Network:
    """A model with one picture as input. Not shared between threads: each one makes its own."""

    def __init__(self, model: Path | bytes) -> None:
        """`model` is a file or what is in one."""
        try:
            from ai_edge_litert.interpreter import Interpreter  # loads 60 MB: only when a capture runs
        except ModuleNotFoundError as error:
            raise KinetixError(
                "The interpreter of the capture's networks, LiteRT, is not installed.",
                code="noInterpreter",
                detail="Macs with an Intel processor have no package of it."
                if sys.platform == "darwin"
                else str(error),
                next_step="Capture on another machine, or use a profile with a key. Everything else works without it.",
            ) from error

        source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
        with _without_chatter():
            self._interpreter: Any = Interpreter(**source, num_threads=1)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def __call__(self, picture: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """(H, W, 3) float32 in the range of the model → the outputs in the order of the file."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


@contextlib.contextmanager
def _without_chatter() -> Iterator[None]:
    """LiteRT tells of its delegate on the standard error of the process, past Python, and has no setting against it."""
    with _making:
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


@dataclass(frozen=True)
class Region:
    """A turned square of the picture: centre and side in pixels, `angle` in radians clockwise as seen."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    def to_picture(self, size: int) -> Array:
        """(2, 3) affine map from crop coordinates (pixels of a size × size crop, corners at whole numbers) to the picture."""
        scale = self.side / size
        c, s = math.cos(self.angle) * scale, math.sin(self.angle) * scale
        half = size / 2
        return np.array([[c, -s, self.x - half * (c - s)], [s, c, self.y - half * (s + c)]])


def crop(picture: Image.Image, region: Region, size: int) -> NDArray[np.float32]:
    """(size, size, 3) float32 in 0 … 1, black outside of the picture. Strong reductions average first, so nothing flickers."""
    affine = region.to_picture(size)
    shrink = int(region.side / size / 1.2)
    if shrink > 1:
        reach = region.side * 0.75
        box = (
            max(int(region.x - reach), 0) // shrink * shrink,
            max(int(region.y - reach), 0) // shrink * shrink,
            min(math.ceil(region.x + reach), picture.width),
            min(math.ceil(region.y + reach), picture.height),
        )
        if box[2] - box[0] >= shrink and box[3] - box[1] >= shrink:
            picture = picture.reduce(shrink, box)
            affine = affine / shrink
            affine[:, 2] -= np.array(box[:2]) / shrink
    cut = picture.transform((size, size), Image.Transform.AFFINE, affine.ravel().tolist(), Image.Resampling.BILINEAR)
    return np.asarray(cut, np.float32) * np.float32(1 / 255)


def sigmoid(x: NDArray[Any]) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x.astype(np.float64), -80, 80))))
