"""Which NumPy arrays lie on the same memory, and where each byte of it is counted. Pure: no element is read.

Spans of bytes find the candidates; whether two arrays really share an element is decided by arithmetic on their strides,
so that the interleaved parts of a fused matrix are not taken for one another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

_MAX_WORK = 10_000
"""Steps that NumPy may take to solve one pair; beyond that, meeting counts as sharing."""

Axes: TypeAlias = list[tuple[int, int]]


class Sharing:
    """`owner`: for each array that shares elements, the first one of its group. `elsewhere`: arrays not to be counted.

    Arrays are known by their position. Of a group the largest is counted, and so is what lies outside of it; an array
    whose memory is inside one that is counted is not.
    """

    def __init__(self, arrays: Sequence[np.ndarray]) -> None:
        self.owner: dict[int, int] = {}
        self.elsewhere: set[int] = set()
        first: dict[tuple[int, ...], _Layout] = {}
        for at, array in enumerate(arrays):
            if not array.size:
                continue
            layout = _Layout(at, array)
            same = first.setdefault((layout.start, array.itemsize, *array.shape, *array.strides), layout)
            if same is not layout:  # one view twice needs no arithmetic, and is by far the most frequent case
                same.twins.append(at)
                self.elsewhere.add(at)
        for layout in first.values():
            if layout.twins:
                self._tie([layout])
        for crowd in _by_span(first.values()):
            for candidates in _by_column(crowd):
                for group in _sharing(candidates):
                    self._tie(group)
                    self._count(group)

    def _tie(self, group: list[_Layout]) -> None:
        self.owner |= dict.fromkeys(
            (at for layout in group for at in (layout.at, *layout.twins)), min(layout.at for layout in group)
        )

    def _count(self, group: list[_Layout]) -> None:
        counted: list[_Layout] = []
        for layout in sorted(group, key=lambda each: (-each.bytes, each.array.size, each.at)):
            if any(other.covers(layout) for other in counted):
                self.elsewhere.add(layout.at)
            else:
                counted.append(layout)


class _Layout:
    """Which bytes an array occupies: from `low` to `high`, as axes of (stride, length), the longest stride first."""

    def __init__(self, at: int, array: np.ndarray) -> None:
        self.at = at
        self.twins: list[int] = []
        """Positions of other arrays that are this very view."""
        # a subclass may have operations of its own; its memory is asked for, not its values
        self.array = np.ndarray.view(array, np.ndarray)
        self.start = self.low = int(self.array.__array_interface__["data"][0])
        steps = []
        for stride, n in zip(array.strides, array.shape, strict=True):
            if n > 1 and stride:
                self.low += min(0, stride * (n - 1))
                steps.append((abs(stride), n))
        self.axes: Axes = [(1, array.itemsize)]
        for stride, n in sorted(steps):
            inner, length = self.axes[-1]
            if stride == inner * length:
                self.axes[-1] = inner, length * n
            else:
                self.axes.append((stride, n))
        self.axes.reverse()
        self.high = self.low + 1 + sum(stride * (n - 1) for stride, n in self.axes)
        # cells of a sliding window share bytes, so their number says too much
        self.bytes = min(self.high - self.low, math.prod(n for _, n in self.axes))

    @property
    def row(self) -> int:
        """Bytes from one of its rows to the next; 0 if it is in one piece."""
        return self.axes[0][0] if len(self.axes) > 1 else 0

    def covers(self, other: _Layout) -> bool:
        """Whether all bytes of the other are among its own; False in doubt."""
        if other.low < self.low or other.high > self.high:
            return False
        rest = other.low - self.low
        reach = []
        for stride, n in self.axes:  # where the other begins, and from there how far it goes on each axis
            index = min(rest // stride, n - 1)
            rest -= index * stride
            reach.append(index)
        for step, n in other.axes:
            axis = next(i for i, (stride, _) in enumerate(self.axes) if step % stride == 0)
            reach[axis] += step // self.axes[axis][0] * (n - 1)
        return rest == 0 and all(last < n for last, (_, n) in zip(reach, self.axes, strict=True))


def _by_span(layouts: Iterable[_Layout]) -> Iterator[list[_Layout]]:
    """Arrays whose spans of bytes hang together, in the order of their first bytes."""
    for crowd in _chains((layout.low, layout.high, layout) for layout in layouts):
        yield sorted(crowd, key=lambda each: (each.low, each.at))


def _by_column(crowd: list[_Layout]) -> Iterator[list[_Layout]]:
    """The same within one row: thousands of columns of one matrix span each other and do not have to be compared."""
    # a part of a single row, or what is in one piece, lies in the rows of the others
    row = max(layout.row for layout in crowd)
    if len(crowd) < 3 or row == 0 or any(layout.row not in (0, row) for layout in crowd):
        yield crowd
        return
    origin = crowd[0].low
    intervals = []
    for layout in crowd:
        inner = layout.axes[1:] if layout.row else layout.axes
        width = 1 + sum(stride * (n - 1) for stride, n in inner)
        column = (layout.low - origin) % row
        wraps = column + width > row  # on to the next row: it may meet any other
        intervals.append((0, row, layout) if wraps else (column, column + width, layout))
    for part in _chains(intervals):
        yield sorted(part, key=lambda each: (each.low, each.at))


def _chains(intervals: Iterable[tuple[int, int, _Layout]]) -> Iterator[list[_Layout]]:
    """Groups of two or more whose half-open intervals hang together."""
    chain: list[_Layout] = []
    reach = 0
    for start, end, layout in sorted(intervals, key=lambda each: each[:2]):
        if chain and start >= reach:
            if len(chain) > 1:
                yield chain
            chain, reach = [], 0
        chain.append(layout)
        reach = max(reach, end)
    if len(chain) > 1:
        yield chain


def _sharing(layouts: list[_Layout]) -> list[list[_Layout]]:
    """Groups of two or more that share elements, of arrays in the order of their first bytes."""
    found: list[list[_Layout]] = []
    # the one that reaches furthest is first in its group: of a matrix with all its columns, that is the matrix, and a
    # further column has to be compared with nothing else
    active: list[list[_Layout]] = []
    for layout in layouts:
        joined, apart = [layout], []
        for group in active:
            if group[0].high <= layout.low:
                found.append(group)
            elif any(other.high > layout.low and _share(other.array, layout.array) for other in group):
                at = len(group) if joined[0].high > group[0].high else 0
                group.extend(joined)
                group[0], group[at] = group[at], group[0]
                joined = group
            else:
                apart.append(group)
        active = [*apart, joined]
    return [group for group in (*found, *active) if len(group) > 1]


def _share(a: np.ndarray, b: np.ndarray) -> bool:
    try:
        return np.shares_memory(a, b, max_work=_MAX_WORK)  # type: ignore[arg-type] # NumPy's stub knows no budget
    except np.exceptions.TooHardError:
        return True
