"""Normal equations of a fit over frames: each residual touches the unknowns of at most three frames in a row, so they are banded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, solveh_banded

from kinetix_capture.arrays import Array


def robust(residuals: Array, limit: float) -> Array:
    """Square roots of Huber's weights: residuals beyond `limit` count with their length, not their square."""
    size = np.abs(residuals)
    return np.sqrt(np.where(size <= limit, 1.0, limit / np.maximum(size, 1e-12)))


@dataclass(frozen=True)
class Reduced:
    """F frames of N unknowns solved but for the S unknowns that all frames share.

    Attributes:
        steps: (F, N, 1 + S) the step with the shared unknowns held, and what it loses for each unit of theirs.
        corner, below: (S, S) and (S,) what the frames say of the shared unknowns.
        cost: of the residuals.
    """

    steps: Array
    corner: Array
    below: Array
    cost: float


def join(parts: Sequence[Reduced]) -> tuple[Array, Array]:
    """The step (F, N) of the frames of all parts in order, and that of the shared unknowns (S,)."""
    corner, below = np.sum([part.corner for part in parts], axis=0), np.sum([part.below for part in parts], axis=0)
    shared: Array = np.linalg.solve(corner + 1e-9 * np.eye(len(parts[0].below)), below)
    steps = [part.steps[..., 0] - part.steps[..., 1:] @ shared for part in parts]
    return np.concatenate(steps), shared


class NormalEquations:
    """Sums JᵀJ and -Jᵀr for F frames of N unknowns each, and S unknowns that all frames share.

    Where they are a window of a longer clip, only the frames `own` count for what is shared and are solved for; those beside them
    say what the own ones have to agree with, and are themselves other windows' own. Their residuals count twice in `cost`.
    """

    def __init__(self, frames: int, unknowns: int, shared: int = 0, own: slice = slice(None)) -> None:
        self.frames, self.unknowns, self.own = frames, unknowns, own
        self.border = np.zeros((frames, unknowns, shared))
        self.corner = np.zeros((shared, shared))
        self.below = np.zeros(shared)
        self.blocks = [np.zeros((max(frames - lag, 0), unknowns, unknowns)) for lag in range(3)]
        self.right = np.zeros((frames, unknowns))
        self.cost = 0.0

    def add(self, jacobian: Array, residuals: Array, shared: Array | None = None) -> None:
        """Residuals (F, R) of one frame each, with jacobian (F, R, N), and (F, R, S) for what is shared."""
        transposed = np.swapaxes(jacobian, 1, 2)
        if shared is not None:
            self.border += transposed @ shared
            own = shared[self.own]
            self.corner += np.einsum("frs,frt->st", own, own)
            self.below -= np.einsum("frs,fr->s", own, residuals[self.own])
        self.blocks[0] += transposed @ jacobian
        self.right -= (transposed @ residuals[..., None])[..., 0]
        self.cost += float((residuals**2).sum())

    def add_pull(self, weights: Array, residuals: Array) -> None:
        """Residuals (F, N), one on each unknown itself, with weights (F, N) that are squared here."""
        square = weights**2
        index = np.arange(self.unknowns)
        self.blocks[0][:, index, index] += square
        self.right -= square * residuals
        self.cost += float((square * residuals**2).sum())

    def add_bend(self, weights: Array, residuals: Array) -> None:
        """Second differences (F-2, N) of the unknowns, with weights (F-2, N) that are squared here."""
        square = weights**2
        index = np.arange(self.unknowns)
        for offset, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
            rows = slice(offset, offset + len(square))
            self.blocks[0][rows, index, index] += factor**2 * square
            self.right[rows] -= factor * square * residuals
        self.blocks[1][:-1, index, index] += -2.0 * square
        self.blocks[1][1:, index, index] += -2.0 * square
        self.blocks[2][:, index, index] += square
        self.cost += float((square * residuals**2).sum())

    def add_step(self, before: NDArray[np.int64], first: Array, second: Array, residuals: Array) -> None:
        """Residuals (S, R) between frame `before` (S,) and the next: -first (S, R, N) there, +second (S, R, N) in the next."""
        after = before + 1
        first_t, second_t = np.swapaxes(first, 1, 2), np.swapaxes(second, 1, 2)
        self.blocks[0][before] += first_t @ first
        self.blocks[0][after] += second_t @ second
        self.blocks[1][before] -= second_t @ first
        self.right[before] += (first_t @ residuals[..., None])[..., 0]
        self.right[after] -= (second_t @ residuals[..., None])[..., 0]
        self.cost += float((residuals**2).sum())

    def add_curve(self, middle: NDArray[np.int64], slopes: tuple[Array, Array, Array], residuals: Array) -> None:
        """Residuals (S, R) of the frames `middle` (S,), with what each changes by (S, R, N) in the frame before, there and after."""
        for first in range(3):
            transposed = np.swapaxes(slopes[first], 1, 2)
            self.right[middle - 1 + first] -= (transposed @ residuals[..., None])[..., 0]
            for second in range(first + 1):
                self.blocks[first - second][middle - 1 + second] += transposed @ slopes[second]
        self.cost += float((residuals**2).sum())

    def _banded(self) -> Array:
        """Return (3N, F·N) LAPACK's lower band form, with the columns one after the other in memory, as LAPACK reads them.

        So stored, a step to the next row of a block is one entry, a step to its next column 3N - 1. Of the blocks on the diagonal
        what is above it goes, as zeros, to the end of the column before, where the blocks written later have theirs.
        """
        size, high = self.unknowns, 3 * self.unknowns
        columns = np.zeros((self.frames * size, high))
        step = columns.itemsize
        for lag, block in enumerate(self.blocks):
            place = as_strided(
                columns.ravel()[lag * size :], block.shape, (high * size * step, step, (high - 1) * step)
            )
            place[:] = np.tril(block) if lag == 0 else block
        return columns.T

    def reduce(self, damping: float = 1e-3) -> Reduced:
        """Solve the own frames but for the shared unknowns; a tiny damping keeps unseen freedoms where they are."""
        index = np.arange(self.unknowns)
        self.blocks[0][:, index, index] += damping
        size = self.frames * self.unknowns
        right = np.concatenate((self.right.reshape(size, 1), self.border.reshape(size, -1)), 1)
        try:
            solved = solveh_banded(self._banded(), right, overwrite_ab=True, lower=True, check_finite=False)
        except LinAlgError:
            if damping <= 1e6:
                return self.reduce(damping * 1000)
            solved = np.zeros_like(right)
        steps, given = (
            values.reshape(self.frames, self.unknowns, -1)[self.own].reshape(-1, right.shape[1])
            for values in (solved, right)
        )
        border = given[:, 1:]
        corner, below = self.corner - border.T @ steps[:, 1:], self.below - border.T @ steps[:, 0]
        return Reduced(steps.reshape(-1, self.unknowns, right.shape[1]), corner, below, self.cost)
