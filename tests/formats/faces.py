"""Motions with a face, and commands that convert them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from click.testing import CliRunner
from numpy.typing import NDArray

from kinetix_core.motion import Motion
from kinetix_core.values.face_shapes import FACE_SHAPES
from kinetix_tools.commands.convert import convert


def with_face(motion: Motion, **shapes: NDArray[np.float64] | float) -> Motion:
    """The motion with a face in which these shapes have these weights, and the others rest."""
    face = np.zeros((len(motion), len(FACE_SHAPES)))
    for name, weights in shapes.items():
        face[:, FACE_SHAPES.index(name)] = weights
    return motion.with_(face=face)


def face_of(motion: Motion) -> NDArray[np.float64]:
    assert motion.face is not None
    assert motion.face.shape == (len(motion), len(FACE_SHAPES))
    return motion.face


def converted(source: Path, out: Path, *options: str) -> str:
    """Run `kinetix convert` and return what it says."""
    done = CliRunner().invoke(convert, [str(source), str(out), *options])
    assert done.exit_code == 0, done.output
    return done.output
