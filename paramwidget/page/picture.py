"""The heatmap of a tensor as a small PNG: blocks of values as cells, marks on what is not finite.

A block shows its value of largest magnitude, as in the editor. Not here: colours and the file format.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.page import colours, png
from paramwidget.region import Region, Span
from paramwidget.views import heatmap
from paramwidget.views.plane import default_plane, plane_shape, to_plane

if TYPE_CHECKING:
    from paramwidget.session import Session
    from paramwidget.tree import Parameter

_READ = 2**22
"""Values that are read for one picture at most; of more, rows and columns are left out evenly, and it is said."""
_LARGEST_CELL = 28
_MARKED = 7
"""Pixels of a cell from which on there is room for a mark, and for a gap to the next one."""


class Picture(Struct, frozen=True):
    """A PNG of one plane of a tensor, and what must be said of it."""

    file: bytes
    width: int
    height: int
    plane: str
    """The plane as NumPy writes it: `[1, 1, :, :]`; empty if it is all there is."""
    axes: tuple[str, str]
    """Names of what goes down and across."""
    block: tuple[int, int]
    """Values that one drawn cell stands for, down and across."""
    cells: tuple[int, int]
    """How many are drawn, down and across."""
    every: tuple[int, int]
    """One row and one column in so many was read."""

    def enlarged(self, side: int) -> tuple[int, int]:
        """Width and height at which it is to be shown: pixels of small cells as squares of whole pixels."""
        cell = -(-self.width // self.cells[1])
        times = max(1, min(_LARGEST_CELL // cell, side // max(self.width, self.height)))
        return self.width * times, self.height * times

    @property
    def notes(self) -> list[str]:
        """What must be known to read it."""
        said = []
        if self.block != (1, 1):
            said.append(f"one cell covers {self.block[0]} × {self.block[1]} values and shows the largest magnitude")
        for every, what in zip(self.every, ("row", "column"), strict=True):
            if every > 1:
                said.append(f"one {what} in {every:,} was read")
        return said


def draw(session: Session, p: Parameter, half: float, side: int, budget: int) -> Picture:
    """The middle plane of a tensor that has values, at most `side` pixels wide and high and `budget` bytes large.

    Call it under the session's lock.
    """
    plane = default_plane(p.shape, p.axes)
    rows, cols = plane_shape(plane, p.shape)
    every = _every(rows, cols, side)
    spans = [Span(at, at + 1, single=True) for at in plane.fixed]
    for axis, n, taken in ((plane.rows, rows, every[0]), (plane.cols, cols, every[1])):
        if axis >= 0:
            spans[axis] = Span(0, n, taken)
    values = dtypes.measure(to_plane(session.view(p.path, Region(tuple(spans), p.shape)), plane))
    if not 1e-30 < half < 1e30:  # a tile is float32, which has no room for these
        with np.errstate(over="ignore", invalid="ignore"):
            values, half = values.astype(np.float64) / half, 1.0
    pixels, step = _fitting(values, half, side, budget)
    shown = [":" if axis in (plane.rows, plane.cols) else str(at) for axis, at in enumerate(plane.fixed)]
    return Picture(
        png.encode(pixels, colours.palette()),
        pixels.shape[1],
        pixels.shape[0],
        f"[{', '.join(shown)}]" if len(p.shape) > 2 else "",
        (_axis(p, plane.rows), _axis(p, plane.cols)),
        (min(rows, step[0] * every[0]), min(cols, step[1] * every[1])),
        (math.ceil(values.shape[0] / step[0]), math.ceil(values.shape[1] / step[1])),
        every,
    )


def _every(rows: int, cols: int, side: int) -> tuple[int, int]:
    """How many rows and columns to go on, so that little is read and each cell still stands for some values."""
    down, across = math.ceil(rows / side), math.ceil(cols / side)
    row = max(1, min(down, math.ceil(rows * cols / _READ)))
    col = max(1, min(across, math.ceil(math.ceil(rows / row) * cols / _READ)))
    return row, col


def _fitting(values: np.ndarray, half: float, side: int, budget: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Pixels whose file fits, and the block of each cell: smaller cells are tried first, then fewer of them."""
    rows, cols = values.shape
    most = side
    while True:
        step = heatmap.steps(rows, cols, most, most, most * most)
        cells = heatmap.tile(values, *step)
        for size in dict.fromkeys((min(_LARGEST_CELL, max(1, side // max(cells.shape))), 2, 1)):
            if size * max(cells.shape) > side:
                continue
            pixels = _cells(cells, half, size)
            length = len(png.encode(pixels, colours.palette()))
            if length <= budget or most <= 8:
                return pixels, step
        most = max(8, min(most - 1, int(max(cells.shape) * 0.95 * math.sqrt(budget / length))))


def _cells(cells: np.ndarray, half: float, size: int) -> np.ndarray:
    """Each cell as a square of palette indices, with a gap around it and a mark on it where there is room."""
    index = colours.indices(cells, half)
    pixels = index.repeat(size, axis=0).repeat(size, axis=1)
    if size < _MARKED:
        return pixels
    for mark, places in (
        (_cross(size), np.isnan(cells)),
        (_sign(size, plus=True), np.isposinf(cells)),
        (_sign(size, plus=False), np.isneginf(cells)),
    ):
        if places.any():
            pixels[np.kron(places, mark).astype(bool)] = colours.INK
    pixels[size - 1 :: size] = pixels[:, size - 1 :: size] = colours.GAP
    return pixels[:-1, :-1]


def _cross(size: int) -> np.ndarray:
    """NaN: a cross, as in the editor."""
    mark = np.zeros((size, size), bool)
    inner = np.arange(2, size - 3)
    mark[inner, inner] = mark[inner, inner[::-1]] = True
    return mark


def _sign(size: int, plus: bool) -> np.ndarray:
    """Infinity: its sign."""
    mark = np.zeros((size, size), bool)
    middle = (size - 1) // 2
    mark[middle, 2 : size - 3] = True
    if plus:
        mark[2 : size - 3, middle] = True
    return mark


def _axis(p: Parameter, axis: int) -> str:
    if axis < 0:
        return ""
    return p.axes[axis] if axis < len(p.axes) else f"axis {axis}"
