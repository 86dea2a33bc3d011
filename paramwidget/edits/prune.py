"""Pruning by magnitude: the smallest values, or the weakest whole slices, become 0."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.edits import arithmetic, slices
from paramwidget.edits.base import Place
from paramwidget.edits.elementwise import zero
from paramwidget.edits.limits import Axis
from paramwidget.errors import ValueRefusedError


class Prune(Struct, frozen=True, tag=True):
    """Set the smallest magnitudes to 0: those below `threshold`, or the given `fraction` of the region's values.

    Values are compared with the threshold exactly. Of n values floor(fraction * n + 0.5) are 0 afterwards: the zeros
    that are there count as the smallest, among equals the first in C order goes first, and a NaN never goes. With `axis`
    the fraction is that of each slice along it, as of each filter; with `whole` besides, entire slices go by their L2
    norm, which is computed in float64.
    """

    threshold: float | None = None
    """Magnitude from which on values stay; give this or `fraction`."""
    fraction: float | None = None
    """Part of the values, or slices, that become 0: from 0 to 1."""
    axis: Axis | None = None
    """Axis of the slices; None for the region as one."""
    whole: bool = False
    """Whether entire slices become 0."""

    @property
    def spatial(self) -> bool:
        return self.fraction is not None or self.whole

    @property
    def label(self) -> str:
        along = "" if self.axis is None else f" (axis {self.axis})"
        if self.threshold is not None:
            what = f"filters with norm < {self.threshold:.6g}" if self.whole else f"|w| < {self.threshold:.6g}"
        else:
            what = f"smallest {100 * (self.fraction or 0):.6g} %"
            if self.axis is not None:
                what += " of filters" if self.whole else " per filter"
        return f"prune {what}{along}"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        axis = self._axis(place)
        nothing = zero(place.dtype)
        if not current.size:
            return np.array(current, order="C")
        values = arithmetic.widened(current, place.dtype)
        with np.errstate(all="ignore"):
            if self.whole:
                matrix = slices.rows(values, axis).astype(np.float64, order="C")
                sizes = np.sqrt(np.sum(np.square(matrix), axis=1)).reshape(1, -1)
            else:
                sizes = np.abs(slices.rows(values, axis))
            if self.threshold is not None:
                gone = sizes < np.array([self.threshold], np.float64)  # an array, so that NumPy 1 compares exactly too
            else:
                gone = _smallest(sizes, self._count(sizes.shape[1]))
        where = gone.reshape(_beside(axis, current.ndim)) if self.whole else slices.back(gone, axis, current.shape)
        return np.asarray(np.where(where, nothing, current), order="C")

    def code(self, place: Place) -> list[str]:
        axis, shape = self._axis(place), place.region.extent
        zero(place.dtype)
        if not place.region.size:
            return ["part.copy()"]
        wide = arithmetic.working(place.dtype).name
        lines = []
        if self.whole:
            matrix = f"{slices.rows_code('part', axis, shape)}.astype(np.{wide}).astype(np.float64, order='C')"
            lines += [f"rows = {matrix}", "sizes = np.sqrt(np.sum(np.square(rows), axis=1)).reshape(1, -1)"]
        else:
            lines += [f"sizes = np.abs({slices.rows_code('part', axis, shape)}.astype(np.{wide}))"]
        if self.threshold is not None:
            lines += [f"gone = sizes < np.array([{float(self.threshold)!r}])"]
        elif self.whole:
            lines += _smallest_code(self._count(shape[axis or 0]))
        else:
            lines += _smallest_code(self._count(place.region.size // (1 if axis is None else shape[axis])))
        where = f"gone.reshape({_beside(axis, len(shape))})" if self.whole else slices.back_code("gone", axis, shape)
        return [*lines, f"np.where({where}, np.zeros_like(part), part)"]

    def _count(self, n: int) -> int:
        return min(n, math.floor((self.fraction or 0) * n + 0.5))

    def _axis(self, place: Place) -> int | None:
        """The axis from 0, if there is one and everything fits together."""
        if dtypes.kind(place.dtype) == "complex":
            raise ValueRefusedError(
                "pruning is for real values, and this tensor holds complex ones; choose another tensor"
            )
        if (self.threshold is None) == (self.fraction is None):
            raise ValueRefusedError("pruning needs a threshold or a fraction, and not both; give one of them")
        if self.threshold is not None and arithmetic.finite(self.threshold, "the threshold") < 0:
            raise ValueRefusedError(f"no magnitude is below {self.threshold:g}; give a threshold of 0 or more")
        if self.fraction is not None and not 0 <= arithmetic.finite(self.fraction, "the fraction") <= 1:
            raise ValueRefusedError(f"{self.fraction:g} is not a fraction; give a number from 0 to 1")
        if self.axis is None:
            if self.whole:
                raise ValueRefusedError("whole slices lie along an axis; say which, for example axis=0")
            return None
        if self.threshold is not None and not self.whole:
            raise ValueRefusedError(
                "a threshold is the same for every slice; leave the axis out, or prune whole slices"
            )
        return slices.checked(self.axis, len(place.region.shape))


def _smallest(sizes: np.ndarray, count: int) -> np.ndarray:
    """Which are the `count` smallest of each row, among equals the first; never a NaN."""
    if count == 0:
        return np.zeros(sizes.shape, np.bool_)
    # NaN are sorted last; where even they would have to go, the cut is at infinity
    cut = np.partition(sizes, count - 1, axis=1)[:, count - 1 : count]
    cut = np.where(np.isnan(cut), np.inf, cut)
    below, equal = sizes < cut, sizes == cut
    left = count - np.sum(below, axis=1, keepdims=True)
    return np.asarray(below | (equal & (np.cumsum(equal, axis=1) <= left)))


def _smallest_code(count: int) -> list[str]:
    if count == 0:
        return ["gone = np.zeros(sizes.shape, np.bool_)"]
    return [
        f"cut = np.partition(sizes, {count - 1}, axis=1)[:, {count - 1}:{count}]",
        "cut = np.where(np.isnan(cut), np.inf, cut)",
        "below, equal = sizes < cut, sizes == cut",
        f"left = {count} - np.sum(below, axis=1, keepdims=True)",
        "gone = below | (equal & (np.cumsum(equal, axis=1) <= left))",
    ]


def _beside(axis: int | None, rank: int) -> tuple[int, ...]:
    """The shape of one value for each slice, to be broadcast."""
    return tuple(-1 if at == axis else 1 for at in range(rank))
