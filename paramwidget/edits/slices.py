"""The slices of a region along one axis, such as the filters of a kernel, as the rows of a matrix. Pure.

Each function has a twin that writes the same as NumPy code.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramwidget.errors import ValueRefusedError


def checked(axis: int, rank: int) -> int:
    """The axis as a number from 0; a negative one counts from the end.

    Raises
    ------
    ValueRefusedError
        The tensor has no such axis.
    """
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
        raise ValueRefusedError(f"an axis is a whole number, not {str(axis)[:40]}; give for example 0")
    if not -rank <= axis < rank:
        has = f"has {rank} axes, 0 to {rank - 1}" if rank > 1 else "has only axis 0" if rank else "has no axes"
        raise ValueRefusedError(f"axis {axis} is out of range: this tensor {has}; choose another axis")
    return int(axis) % rank


def rows(values: np.ndarray, axis: int | None) -> np.ndarray:
    """Row i holds the values at index i of the axis; one row holds all values if there is no axis. May be a view."""
    if axis is None:
        return values.reshape(1, -1)
    return np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)


def rows_code(values: str, axis: int | None, shape: Sequence[int]) -> str:
    """Code for `rows` of an array with this shape."""
    if axis is None:
        return f"{values}.reshape(1, -1)"
    moved = f"np.moveaxis({values}, {axis}, 0)" if axis else values
    return f"{moved}.reshape({shape[axis]}, -1)"


def back(matrix: np.ndarray, axis: int | None, shape: Sequence[int]) -> np.ndarray:
    """The array of which this matrix has the rows."""
    whole = matrix.reshape(_moved(axis, shape))
    return np.moveaxis(whole, 0, axis) if axis else whole


def back_code(matrix: str, axis: int | None, shape: Sequence[int]) -> str:
    """Code for `back`."""
    whole = f"{matrix}.reshape({_moved(axis, shape)})"
    return f"np.moveaxis({whole}, 0, {axis})" if axis else whole


def _moved(axis: int | None, shape: Sequence[int]) -> tuple[int, ...]:
    at = axis or 0
    return (*shape[at : at + 1], *shape[:at], *shape[at + 1 :])
