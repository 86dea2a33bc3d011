"""What a contract tries on a tensor: regions of every sort, other values, and every bit pattern."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from paramwidget import dtypes
from paramwidget.region import Region, Span


def index(region: Region) -> Any:
    """A region as an index for NumPy; the ellipsis keeps a 0-d array an array."""
    return (*region.slices, ...)


def regions(shape: tuple[int, ...]) -> Iterator[Region]:
    """The whole, one cell, parts, every second cell, the last slice of each axis, nothing."""
    yield Region.full(shape)
    if not shape or 0 in shape:
        return
    yield Region(tuple(Span(n - 1, n, single=True) for n in shape), shape)
    yield Region(tuple(Span(n // 3, n) for n in shape), shape)
    yield Region(tuple(Span(0, n, 2) for n in shape), shape)
    yield Region(tuple(Span(min(1, n - 1), n, 3) for n in shape), shape)
    for axis, n in enumerate(shape):
        spans = [Span(0, m) for m in shape]
        spans[axis] = Span(n - 1, n, single=True)
        yield Region(tuple(spans), shape)
        spans[axis] = Span(n // 2, n // 2)
        yield Region(tuple(spans), shape)


def other(values: np.ndarray) -> np.ndarray:
    """Values that all differ from the given ones, ordinary numbers of the same dtype."""
    family = dtypes.kind(values.dtype.name)
    if family == "bool":
        return np.array(~values)
    if family in ("int", "uint"):
        return np.where(values == 1, 2 if values.dtype.itemsize > 1 else 0, 1).astype(values.dtype)
    one, half = np.asarray(1.0).astype(values.dtype), np.asarray(0.5).astype(values.dtype)
    return np.where(values == one, half, one).astype(values.dtype)


def peculiar(dtype: np.dtype, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Arrays of random bits, NaN payloads, infinities, signed zeros and the smallest numbers."""
    rng = np.random.default_rng(0)
    size = int(np.prod(shape))
    family = dtypes.kind(dtype.name)
    if family == "bool":
        yield rng.integers(0, 2, shape).astype(bool)
        return
    if family in ("int", "uint"):
        low, high = dtypes.limits(dtype.name)
        ends = np.array([low, high, 0, 1], dtype=object)
        yield np.array(np.resize(ends, shape).astype(np.int64 if low < 0 else np.uint64).astype(dtype))
        return
    yield np.frombuffer(rng.bytes(size * dtype.itemsize), dtype).reshape(shape).copy()
    # all ones and all but the sign, a one in the last place, in the first, and the exponent of infinity
    width = dtype.itemsize // (2 if family == "complex" else 1)
    ones = (1 << 8 * width) - 1
    infinity = {1: 0x78, 2: 0x7F80 if dtype.name == "bfloat16" else 0x7C00, 4: 0x7F800000, 8: 0x7FF0 << 48}[width]
    sign = 1 << 8 * width - 1
    patterns = [ones, ones ^ sign, 1, sign, sign | 1, infinity, infinity | sign, infinity + 1, infinity + 2]
    for first in range(0, len(patterns), max(1, size)):
        some = np.array(patterns[first:] + patterns[:first], dtype=f"u{width}")
        yield np.resize(some, (size * dtype.itemsize // width,)).view(dtype).reshape(shape)
