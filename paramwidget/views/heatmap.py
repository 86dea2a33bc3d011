"""A window of a plane at the screen's resolution: what is drawn, and the L2 norms in its margins.

Pure. Each drawn cell covers a block of values and shows the one of largest magnitude, so that an outlier is never averaged
away; a block that holds a NaN shows NaN.
"""

from __future__ import annotations

import math

import numpy as np

from paramwidget import dtypes

MAX_READ = 2**25
"""Cells that are read for one tile at most; beyond that rows are sampled, and the tile says so."""


MAX_DRAWN = 2**18 - 2**14
"""Cells that are drawn for one tile at most: with its norms it stays below 1 MiB."""


def steps(rows: int, cols: int, height: int, width: int, drawn: int = MAX_DRAWN) -> tuple[int, int]:
    """How many values one drawn cell covers down and across: at most `height` by `width` and `drawn` are drawn."""
    down, across = math.ceil(rows / height), math.ceil(cols / width)
    while (high := math.ceil(rows / down)) * (wide := math.ceil(cols / across)) > drawn:
        if high >= wide:
            down += 1
        else:
            across += 1
    return down, across


def sampling(rows: int, cols: int) -> int:
    """1 if a window of this size is read whole, else k: every k-th row is read."""
    return max(1, math.ceil(rows * cols / MAX_READ))


def tile(matrix: np.ndarray, step_row: int, step_col: int) -> np.ndarray:
    """Reduce a matrix to blocks of `step_row` by `step_col`: float32, C-ordered, ceil(rows / step) by ceil(cols / step)."""
    real = dtypes.measure(matrix)
    if step_row == 1 and step_col == 1:
        drawn = real
    else:
        high = _blocks(real, step_row, step_col, np.maximum)
        low = _blocks(real, step_row, step_col, np.minimum)
        drawn = np.where(-low > high, low, high)  # NaN compares false and is in `high`
    with np.errstate(over="ignore", invalid="ignore"):  # signalling NaN
        return np.ascontiguousarray(drawn, dtype="<f4")


def norms(matrix: np.ndarray, step_row: int, step_col: int) -> tuple[np.ndarray, np.ndarray]:
    """L2 norm of each row and each column, the largest of each drawn one; NaN and infinities count as 0. float32."""
    real = dtypes.measure(matrix)
    largest = float(np.abs(real).max()) if real.size else 0.0
    if not math.isfinite(largest):
        real = np.where(np.isfinite(real), real, 0)
        largest = float(np.abs(real).max())
    if real.dtype == np.float32 and not (largest == 0 or 1e-12 < largest < 1e12):
        real = real.astype(np.float64)  # squares would overflow or vanish
    scale = largest if largest and not 1e-140 < largest < 1e140 else 1.0
    scaled = real / scale if scale != 1.0 else real
    with np.errstate(over="ignore"):
        rows = np.sqrt(np.einsum("ij,ij->i", scaled, scaled)) * scale
        cols = np.sqrt(np.einsum("ij,ij->j", scaled, scaled)) * scale
        return (
            np.maximum.reduceat(rows, np.arange(0, len(rows), step_row)).astype("<f4"),
            np.maximum.reduceat(cols, np.arange(0, len(cols), step_col)).astype("<f4"),
        )


def _blocks(matrix: np.ndarray, step_row: int, step_col: int, reduce: np.ufunc) -> np.ndarray:
    """Reduce rows first: whole rows are contiguous, so this is one pass at the speed of memory."""
    rows, cols = matrix.shape
    whole = rows - rows % step_row
    parts = []
    if whole:
        parts.append(reduce.reduce(matrix[:whole].reshape(-1, step_row, cols), axis=1))
    if whole < rows:
        parts.append(reduce.reduce(matrix[whole:], axis=0, keepdims=True))
    tall = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return reduce.reduceat(tall, np.arange(0, cols, step_col), axis=1) if step_col > 1 else tall
