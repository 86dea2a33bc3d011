"""What two arrays of one shape differ by, block by block: counts, norms and angles that add up. Pure."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct, structs

from paramwidget import dtypes
from paramwidget.errors import ValueRefusedError

_BLOCK = 2**18
"""Values computed with at a time: few enough for a cache, and enough for threads that wait for the GIL in between."""

_ROW = 512
"""Values that are added in float32 before the sum goes on in float64."""

_LEAST = {np.dtype(kind): float(np.finfo(kind).tiny) * 2.0**40 for kind in (np.float32, np.float64)}
"""Sums of squares below this one have lost digits."""


def difference_view(a: np.ndarray, b: np.ndarray, relative: bool = False) -> np.ndarray:
    """B - A of two regions, or (B - A) / |A|, to draw: float64, or float32 where both sides fit into it.

    Equal values differ by 0, infinite ones too, and 0 / 0 is 0. NaN where a side is NaN; ±inf where A alone is 0 and
    where the difference is too large for the dtype. Of complex values: |B - A|.

    Raises
    ------
    ValueRefusedError
        The regions have two shapes.
    """
    if a.shape != b.shape:
        raise ValueRefusedError(f"only regions of one shape can be subtracted, not {a.shape} and {b.shape}")
    with np.errstate(all="ignore"):
        x, y = _numbers(a, b)
        gap = np.asarray(y - x)
        gap[np.asarray(x == y)] = 0  # inf - inf would be NaN
        gap = np.asarray(dtypes.measure(gap))
        if not relative:
            return gap
        return np.where(gap == 0, gap, gap / np.abs(x))


class Tally(Struct, frozen=True):
    """What a part of two tensors adds. Norms, not their squares, so that values of 1e200 do not overflow."""

    changed: int = 0
    nan_a: int = 0
    nan_b: int = 0
    max_abs: float = 0.0
    a: float = 0.0
    b: float = 0.0
    gap: float = 0.0
    """Norms of A, of B and of B - A."""
    cosine: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        a, b = math.hypot(self.a, other.a), math.hypot(self.b, other.b)
        both = [part.cosine * (part.a / a) * (part.b / b) for part in (self, other)] if a and b else [0.0]
        return Tally(
            self.changed + other.changed,
            self.nan_a + other.nan_a,
            self.nan_b + other.nan_b,
            max(self.max_abs, other.max_abs),
            a,
            b,
            math.hypot(self.gap, other.gap),
            sum(both),
        )


def tally(a: np.ndarray, b: np.ndarray) -> Tally:
    """Two arrays of one shape, block by block."""
    a, b = np.ascontiguousarray(a).reshape(-1), np.ascontiguousarray(b).reshape(-1)
    total = Tally()
    with np.errstate(all="ignore"):  # signalling NaN; overflow, which is looked for
        for start in range(0, a.size, _BLOCK):
            total += _block(a[start : start + _BLOCK], b[start : start + _BLOCK])
    return total


def _block(a: np.ndarray, b: np.ndarray) -> Tally:
    changed = _changed(a, b)
    if a.dtype == b.dtype and not changed:
        b = a
    x, y = _numbers(a, b)
    fast = None if x.dtype.kind == "c" else _fast(x, y)
    return structs.replace(fast or _careful(x, y), changed=changed)


def _changed(a: np.ndarray, b: np.ndarray) -> int:
    """How many cells differ: in their bits, or in their values if the element types are two."""
    if a.dtype == b.dtype:
        width = min(8, a.dtype.itemsize)
        bits = f"u{width}"
        cells = np.not_equal(a.view(bits), b.view(bits))
        if a.dtype.itemsize > width:  # complex128: two words a cell
            cells = cells.reshape(a.size, -1).any(axis=1)
    else:
        x, y = _numbers(a, b)
        cells = (x != y) & ~((x != x) & (y != y))
    return int(np.count_nonzero(cells))


def _numbers(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as floats of one type, or as complex128."""
    if a.dtype == b.dtype and a.dtype in _LEAST:
        return a, b
    if "c" in (a.dtype.kind, b.dtype.kind):
        return a.astype(np.complex128), a.astype(np.complex128) if b is a else b.astype(np.complex128)
    x = dtypes.measure(a)
    y = x if b is a else dtypes.measure(b)
    if x.dtype != y.dtype:
        x, y = x.astype(np.float64), y.astype(np.float64)
    return x, y


def _fast(a: np.ndarray, b: np.ndarray) -> Tally | None:
    """In the arithmetic of the floats themselves; None if a sum overflows, vanishes or is not a number."""
    if a is b:
        aa = bb = ab = _dot(a, a)
        gap = largest = 0.0
    else:
        difference = b - a
        aa, bb, ab, gap = _dot(a, a), _dot(b, b), _dot(a, b), _dot(difference, difference)
        largest = max(float(difference.max()), -float(difference.min()))
    least = _LEAST[a.dtype]
    if not (
        (least < aa < math.inf or (aa == 0 and not a.any()))
        and (least < bb < math.inf or (bb == 0 and not b.any()))
        and (least < gap < math.inf or largest == 0)
    ):
        return None
    cosine = ab / (math.sqrt(aa) * math.sqrt(bb)) if aa and bb else 0.0
    return Tally(0, 0, 0, largest, math.sqrt(aa), math.sqrt(bb), math.sqrt(gap), cosine)


def _dot(x: np.ndarray, y: np.ndarray) -> float:
    """Their inner product by BLAS, row by row: digits are not lost with the length, and BLAS starts no threads.

    Full blocks have more than 500 rows: NumPy lets other threads run in no smaller product of this kind.
    """
    whole = x.size - x.size % _ROW
    rows = np.matmul(x[:whole].reshape(-1, 1, _ROW), y[:whole].reshape(-1, _ROW, 1))
    total = float(rows.sum(dtype=np.float64))
    return total if whole == x.size else total + float(np.dot(x[whole:], y[whole:]))


def _careful(a: np.ndarray, b: np.ndarray) -> Tally:
    """In float64, without the cells that are not finite, and each vector brought near 1 before it is squared."""
    finite_a, finite_b = np.isfinite(a), np.isfinite(b)
    both = finite_a & finite_b
    x, y = (np.where(both, side, 0).astype(np.promote_types(side.dtype, np.float64)) for side in (a, b))
    difference = y - x
    largest = float(np.abs(difference).max())
    (norm_a, unit_a), (norm_b, unit_b), (gap, _) = (_unit(v.view(np.float64)) for v in (x, y, difference))
    return Tally(
        0,
        int(a.size - np.count_nonzero(finite_a)),
        int(b.size - np.count_nonzero(finite_b)),
        largest,
        norm_a,
        norm_b,
        gap,
        float(unit_a @ unit_b),
    )


def _unit(vector: np.ndarray) -> tuple[float, np.ndarray]:
    """The norm of a vector, and the vector divided by it; a vector of zeros stays."""
    scale = float(np.abs(vector).max())
    if scale == 0 or not math.isfinite(scale):  # the difference of two finite numbers can be too large for float64
        return scale, vector
    near = vector / scale
    length = math.sqrt(float(near @ near))
    return scale * length, near / length
