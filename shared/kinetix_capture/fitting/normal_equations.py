"""Normal equations of a fit over frames: each residual touches the unknowns of at most three frames in a row, so they are banded."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, solveh_banded

__all__ = ["NormalEquations", "robust"]

Array = NDArray[np.float64]


def robust(residuals: Array, limit: float) -> Array:
    """Square roots of Huber's weights: residuals beyond `limit` count with their length, not their square."""
    size = np.abs(residuals)
    return np.sqrt(np.where(size <= limit, 1.0, limit / np.maximum(size, 1e-12)))


class NormalEquations:
    """Sums JᵀJ and -Jᵀr for F frames of N unknowns each, and S unknowns that all frames share."""

    def __init__(self, frames: int, unknowns: int, shared: int = 0) -> None:
        self.frames, self.unknowns = frames, unknowns
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
            self.corner += np.einsum("frs,frt->st", shared, shared)
            self.below -= np.einsum("frs,fr->s", shared, residuals)
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
        """(3N, F·N) LAPACK's lower band form, with the columns one after the other in memory, as LAPACK reads them.

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

    def solve(self, damping: float = 1e-3) -> tuple[Array, Array]:
        """The step (F, N) and that of the shared unknowns (S,); a tiny damping keeps unseen freedoms where they are."""
        index = np.arange(self.unknowns)
        self.blocks[0][:, index, index] += damping
        size = self.frames * self.unknowns
        right = np.concatenate((self.right.reshape(size, 1), self.border.reshape(size, -1)), 1)
        try:
            solved = solveh_banded(self._banded(), right, overwrite_ab=True, lower=True, check_finite=False)
        except LinAlgError:
            if damping > 1e6:
                return np.zeros_like(self.right), np.zeros_like(self.below)
            return self.solve(damping * 1000)
        border = self.border.reshape(size, -1)
        shared = np.linalg.solve(
            self.corner - border.T @ solved[:, 1:] + 1e-9 * np.eye(len(self.below)),
            self.below - border.T @ solved[:, 0],
        )
        step = solved[:, 0] - solved[:, 1:] @ shared
        return step.reshape(self.frames, self.unknowns), shared
