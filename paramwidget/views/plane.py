"""Which two axes of an n-d tensor lie on the screen, and how a window of that plane maps to a region.

Pure. The structs travel as they are; their limits are checked when a message is decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import numpy as np
from msgspec import Meta, Struct

from paramwidget.errors import RegionError
from paramwidget.region import Region, Span

Index: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
Axis: TypeAlias = Annotated[int, Meta(ge=-1, le=63)]


class Plane(Struct, frozen=True):
    """Which two axes of a tensor lie on the screen, and where the others stand.

    `rows` is -1 for a tensor of rank 1 (one row), both are -1 for rank 0. `fixed` has one entry for each axis; those of
    the two shown axes are ignored.
    """

    rows: Axis
    cols: Axis
    fixed: Annotated[list[Index], Meta(max_length=64)]


class Window(Struct, frozen=True):
    """Cells of a plane: rows `top` to `bottom` (exclusive), columns `left` to `right` (exclusive)."""

    top: Index
    bottom: Index
    left: Index
    right: Index

    @property
    def rows(self) -> int:
        return self.bottom - self.top

    @property
    def cols(self) -> int:
        return self.right - self.left


def default_plane(shape: Sequence[int], axes: Sequence[str] = ()) -> Plane:
    """The plane that is shown first: inputs down and outputs across, or else the two longest axes.

    A matrix lies on its longer side. The other axes stand in the middle, where the centre of a kernel is.
    """
    rank = len(shape)
    fixed = [n // 2 for n in shape]
    if rank == 0:
        return Plane(-1, -1, fixed)
    if rank == 1:
        return Plane(-1, 0, fixed)
    if rank == 2:
        return Plane(0, 1, fixed) if shape[0] <= shape[1] else Plane(1, 0, fixed)
    if "in" in axes and "out" in axes:
        return Plane(list(axes).index("in"), list(axes).index("out"), fixed)
    first, second = sorted(sorted(range(rank), key=lambda axis: (shape[axis], axis))[-2:])
    return Plane(first, second, fixed)


def plane_shape(plane: Plane, shape: Sequence[int]) -> tuple[int, int]:
    """Rows and columns of the whole plane.

    Raises
    ------
    RegionError
        The plane does not belong to a tensor of this shape.
    """
    rank = len(shape)
    ordinary = -1 < plane.rows < rank and -1 < plane.cols < rank and plane.rows != plane.cols
    fits = ordinary if rank > 1 else (plane.rows, plane.cols) == ((-1, 0) if rank else (-1, -1))
    if not fits or len(plane.fixed) != rank:
        raise RegionError(f"axes {plane.rows} and {plane.cols} are not a plane of a tensor with {rank} axes")
    for axis, (at, n) in enumerate(zip(plane.fixed, shape, strict=True)):
        if axis not in (plane.rows, plane.cols) and at >= n:
            raise RegionError(f"axis {axis} has {n} values, so {at} is out of range")
    return (1 if plane.rows < 0 else shape[plane.rows]), (1 if plane.cols < 0 else shape[plane.cols])


def window_region(
    plane: Plane, shape: Sequence[int], window: Window, row_step: int = 1, inner: Sequence[int] = ()
) -> Region:
    """The region of the tensor that a window shows; every `row_step`-th row of it, and all of the `inner` axes.

    Raises
    ------
    RegionError
        The window is empty or reaches beyond the plane, or an inner axis lies on the screen itself.
    """
    rows, cols = plane_shape(plane, shape)
    if not (window.top < window.bottom <= rows and window.left < window.right <= cols):
        raise RegionError(
            f"rows {window.top}:{window.bottom} and columns {window.left}:{window.right} are not a part of a plane of "
            f"{rows} by {cols}"
        )
    if plane.rows in inner or plane.cols in inner:
        raise RegionError("an axis cannot lie on the screen and within each of its cells at once; choose other axes")
    spans = [Span(at, at + 1, single=True) for at in plane.fixed]
    for axis in inner:
        spans[axis] = Span(0, shape[axis])
    if plane.rows >= 0:
        spans[plane.rows] = Span(window.top, window.bottom, row_step)
    if plane.cols >= 0:
        spans[plane.cols] = Span(window.left, window.right)
    return Region(tuple(spans), tuple(shape))


def to_plane(values: np.ndarray, plane: Plane) -> np.ndarray:
    """Values of a window's region (rank kept) as a matrix of rows and columns; a view."""
    if plane.cols < 0:
        return values.reshape(1, 1)
    if plane.rows < 0:
        return values.reshape(1, -1)
    others = [axis for axis in range(values.ndim) if axis not in (plane.rows, plane.cols)]
    matrix = values.transpose(*others, plane.rows, plane.cols)
    return matrix.reshape(matrix.shape[-2:])


def from_plane(matrix: np.ndarray, plane: Plane, extent: Sequence[int]) -> np.ndarray:
    """The inverse of `to_plane`: a matrix of rows and columns in the tensor's own order of axes."""
    transposed = plane.rows > plane.cols >= 0
    return (matrix.T if transposed else matrix).reshape(tuple(extent))
