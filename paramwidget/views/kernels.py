"""The kernels of a convolution side by side: rows and columns as in the heatmap, each cell opened into its kernel.

Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from paramwidget import dtypes
from paramwidget.errors import RegionError
from paramwidget.views import heatmap
from paramwidget.views.plane import Plane, default_plane

MAX_PICTURES = 4096
"""Kernels of a figure at most; more would be smaller than a pixel each."""

MAX_INNER = 1024
"""Values of one kernel at most: more are no kernel, but a plane of their own."""

_POSITIONS = frozenset({"kd", "kh", "kw"})


class Layout(NamedTuple):
    """Axes: which lies down, which across, and those that make up one kernel."""

    rows: int
    cols: int
    inner: tuple[int, ...]


def layout(shape: Sequence[int], axes: Sequence[str] = ()) -> Layout | None:
    """How a tensor of rank 3 to 5 is laid out as kernels; None if it has none.

    Where the axes have names, the channels are known. Else the two longest axes are taken for them.
    """
    rank = len(shape)
    if not 3 <= rank <= 5 or 0 in shape:
        return None
    plane = default_plane(shape, axes)
    rows, cols = plane.rows, plane.cols
    if any(axes) and not ("in" in axes and "out" in axes):
        channels = [axis for axis, name in enumerate(axes) if name not in _POSITIONS]
        if len(channels) != 2:
            return None
        rows, cols = channels
    inner = tuple(axis for axis in range(rank) if axis not in (rows, cols))
    return Layout(rows, cols, inner) if 1 < math.prod(shape[axis] for axis in inner) <= MAX_INNER else None


def inner_shape(shape: Sequence[int], inner: Sequence[int]) -> tuple[int, int]:
    """Rows and columns of one kernel as it is drawn; one of three axes is drawn slice below slice.

    Raises
    ------
    RegionError
        These are no axes of such a tensor, or a kernel would be too large.
    """
    if not all(0 <= axis < len(shape) for axis in inner) or len(set(inner)) < len(inner):
        raise RegionError(f"axes {list(inner)} are not axes of a tensor with {len(shape)} axes")
    sizes = [shape[axis] for axis in inner]
    if math.prod(sizes) > MAX_INNER:
        raise RegionError(
            f"a kernel of {math.prod(sizes):,} values is too large to be drawn in one cell; use the heatmap"
        )
    return (math.prod(sizes[:-1]), sizes[-1]) if sizes else (1, 1)


def stack(values: np.ndarray, plane: Plane, inner: Sequence[int]) -> np.ndarray:
    """Values of a window's region (rank kept) as matrices of rows and columns, one for each place within a kernel.

    Shape (kernel rows, kernel columns, rows, columns), C-ordered.
    """
    down, across = inner_shape(values.shape, inner)
    others = [axis for axis in range(values.ndim) if axis not in (plane.rows, plane.cols, *inner)]
    ordered = np.ascontiguousarray(values.transpose(*others, *inner, plane.rows, plane.cols))
    return ordered.reshape(down, across, *ordered.shape[-2:])


def tile(stacked: np.ndarray, step_row: int, step_col: int) -> np.ndarray:
    """Kernels at the screen's resolution: float32, (drawn rows, kernel rows, drawn columns, kernel columns).

    A drawn kernel covers `step_row` by `step_col` of them, and shows the largest magnitude at each of its places.
    """
    down, across = stacked.shape[:2]
    drawn = [[heatmap.tile(stacked[a, b], step_row, step_col) for b in range(across)] for a in range(down)]
    return np.ascontiguousarray(np.array(drawn, dtype="<f4").transpose(2, 0, 3, 1))


def norms(stacked: np.ndarray, step_row: int, step_col: int) -> tuple[np.ndarray, np.ndarray]:
    """L2 norm of all kernels of each row and each column, the largest of each drawn one, as `heatmap.norms`. float32."""
    single = [heatmap.norms(matrix, 1, 1) for matrix in stacked.reshape(-1, *stacked.shape[-2:])]
    both = []
    for side, step in ((0, step_row), (1, step_col)):
        whole = np.sqrt(sum(np.square(pair[side].astype(np.float64)) for pair in single))
        with np.errstate(over="ignore"):
            both.append(np.maximum.reduceat(whole, np.arange(0, len(whole), step)).astype("<f4"))
    return both[0], both[1]


def montage(values: np.ndarray, layout: Layout) -> tuple[np.ndarray, int, int]:
    """All kernels as one float64 matrix with NaN lines between them, and the height and width of one kernel.

    Of more than `MAX_PICTURES` kernels the first inputs and outputs are drawn.
    """
    plane = Plane(layout.rows, layout.cols, [0] * values.ndim)
    inputs, outputs = values.shape[layout.rows], values.shape[layout.cols]
    side = int(MAX_PICTURES**0.5)
    first = [slice(None)] * values.ndim
    first[layout.rows] = slice(max(side, MAX_PICTURES // max(1, outputs)))
    first[layout.cols] = slice(max(side, MAX_PICTURES // max(1, inputs)))
    drawn = dtypes.measure(values[tuple(first)]).astype(np.float64)  # of a large tensor a small part
    pictures = stack(drawn, plane, layout.inner).transpose(2, 3, 0, 1)
    inputs, outputs, height, width = pictures.shape
    framed = np.full((inputs, outputs, height + 1, width + 1), np.nan)
    framed[:, :, :height, :width] = pictures
    matrix = framed.transpose(0, 2, 1, 3).reshape(inputs * (height + 1), outputs * (width + 1))
    return matrix[:-1, :-1], height, width
