"""Single cells as exact text, with their values as numbers for the colours.

Pure. The text of a cell is what `dtypes.parse` turns back into exactly that value, so int64, bfloat16 and complex survive
the way to the screen and back through a spreadsheet.
"""

from __future__ import annotations

import numpy as np

from paramwidget import dtypes

MAX_CELLS = 4000
"""Cells of one page at most: a screen holds about 300."""


def texts(matrix: np.ndarray) -> list[list[str]]:
    """The exact text of each cell, row by row.

    Of small floats all digits are given: the shortest text of float16's 0.0999755859375 is 0.1, which reads as if nothing
    had been rounded.
    """
    shown = dtypes.exact if matrix.dtype.itemsize <= 2 else dtypes.text
    return [[shown(np.asarray(value)) for value in row] for row in matrix]


def colours(matrix: np.ndarray) -> np.ndarray:
    """The cells as float32, for colours only; magnitudes of complex values."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(dtypes.measure(matrix), dtype="<f4")
