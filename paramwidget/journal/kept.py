"""Bytes that are kept for undo: all of a region, or only the cells that changed, whichever is smaller."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from paramwidget.region import Region, Span

_FEW = 4096
"""Bytes that are compared as a whole: NumPy takes longer to begin."""

_BLOCK = 2**12
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)
"""How many bits are set in a byte."""

_SMALL = 64
"""Regions of fewer cells are kept whole."""


def digest(values: np.ndarray) -> bytes:
    """16 bytes that tell two contents apart, NaN payloads and signs of zero included."""
    return hashlib.blake2b(_raw(values).data, digest_size=16).digest()


def same_bytes(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays hold the same bits: NaN equals NaN, 0.0 does not equal -0.0."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.nbytes <= _FEW:
        return a.tobytes() == b.tobytes()
    word = f"u{a.dtype.itemsize}"
    if a.ndim and word in ("u1", "u2", "u4", "u8") and not (a.flags.c_contiguous and b.flags.c_contiguous):
        return bool(np.array_equal(a.view(word), b.view(word)))  # no copy of a slice
    return bool(np.array_equal(_words(a), _words(b)))


def changed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cell by cell, whether the bits of two arrays of one dtype and shape differ."""
    size = a.dtype.itemsize
    if size in (1, 2, 4, 8):
        word = f"u{size}"
        return np.asarray(np.ascontiguousarray(a).view(word) != np.ascontiguousarray(b).view(word))
    parts = (np.ascontiguousarray(array).reshape(-1).view(np.uint8).reshape(-1, size) for array in (a, b))
    return np.asarray(np.not_equal(*parts).any(axis=-1).reshape(a.shape))


def _raw(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).reshape(-1).view(np.uint8)


def _words(values: np.ndarray) -> np.ndarray:
    """The bytes in words of eight where they come out even: an eighth of the work to compare."""
    raw = _raw(values)
    return raw if raw.size % 8 else raw.view(np.uint64)


class Kept:
    """What a region held: `values` of all its cells, or of those at `positions` (flat, in C order).

    Positions of a few cells are kept as indices, those of many as one bit for each cell of the region.
    """

    __slots__ = ("_cells", "_counts", "_where", "count", "values")

    def __init__(
        self, values: np.ndarray, where: np.ndarray | None = None, count: int | None = None, cells: int = 0
    ) -> None:
        self.values = values
        self._where = where
        self._cells = cells  # of the region, if `where` holds bits
        self._counts: np.ndarray | None = None  # kept cells before each block of bits, made when it is asked for
        self.count = values.size if count is None else count
        """Number of cells that differ from what came after; all of them where that was not counted."""

    @classmethod
    def of(cls, before: np.ndarray, after: np.ndarray) -> Kept:
        """What must be kept of `before` to come back from `after`. May hold on to `before`: hand over a copy."""
        if before.size == 1:
            return cls(before)
        differs = changed(before, after).reshape(-1)
        count, cells = int(np.count_nonzero(differs)), before.size
        index = np.dtype(np.uint32 if cells <= 2**32 else np.uint64)
        places = min(count * index.itemsize, (cells + 7) // 8)
        if cells < _SMALL or count * before.itemsize + places >= before.nbytes:
            return cls(before, count=count)
        values = before.reshape(-1)[differs]
        if places < count * index.itemsize:
            return cls(values, np.packbits(differs), cells=cells)
        return cls(values, np.flatnonzero(differs).astype(index))

    @property
    def is_whole(self) -> bool:
        """Whether all cells of the region are kept."""
        return self._where is None

    @property
    def positions(self) -> np.ndarray:
        """The flat indices of the cells that are kept, in order: uint32, or uint64 in a very large region."""
        if self._where is None:
            return np.arange(self.values.size, dtype=np.uint32)
        if not self._cells:
            return self._where
        return np.flatnonzero(self._chosen()).astype(np.uint32 if self._cells <= 2**32 else np.uint64)

    def _chosen(self) -> np.ndarray:
        """What picks the kept cells out of the flat region: their indices, or a bool for each cell."""
        assert self._where is not None
        return np.unpackbits(self._where, count=self._cells).view(bool) if self._cells else self._where

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.values.nbytes + (0 if self._where is None else self._where.nbytes)

    @property
    def dtype(self) -> np.dtype:
        return self.values.dtype

    def part(self, current: np.ndarray) -> np.ndarray:
        """Those cells of the region's present values that are kept here."""
        return current if self._where is None else np.ascontiguousarray(current).reshape(-1)[self._chosen()]

    def over(self, current: np.ndarray) -> np.ndarray:
        """The region's present values with the kept ones laid over them; a new array unless all are kept."""
        if self._where is None:
            return self.values
        laid = np.array(current, order="C")
        laid.reshape(-1)[self._chosen()] = self.values
        return laid

    def marked(self) -> Kept:
        """True for each cell that is kept here."""
        return Kept(np.ones(self.values.shape, bool), self._where, cells=self._cells)

    def lay(self, own: Region, values: np.ndarray, region: Region) -> None:
        """Copy the cells that also lie in `region` into `values`, which has its extent; `own` is the region kept here."""
        if self._where is None:
            self._lay_block(own, values, region)
            return
        corners = [_common(mine, wanted) for mine, wanted in zip(own.spans, region.spans, strict=True)]
        if any(low > high for low, high in corners):
            return
        ends = [_flat(corner, own.extent) for corner in zip(*corners, strict=True)]
        positions, held = self._within(*ends)
        inside = np.ones(positions.size, bool)
        into = []
        for place, mine, wanted in zip(np.unravel_index(positions, own.extent), own.spans, region.spans, strict=True):
            offset = mine.start + place * mine.step - wanted.start
            inside &= (offset >= 0) & (offset < wanted.stop - wanted.start) & (offset % wanted.step == 0)
            into.append(offset // wanted.step)
        values[tuple(axis[inside] for axis in into)] = held[inside]

    def _within(self, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        """The positions from `low` to `high`, both included, and what is kept there; no work for the others."""
        assert self._where is not None
        if not self._cells:
            kind = self._where.dtype.type  # of another kind they would make a copy of all positions
            start, stop = self._where.searchsorted(kind(low)), self._where.searchsorted(kind(high), "right")
            return self._where[start:stop], self.values[start:stop]
        first, last = low // 8, high // 8 + 1
        places = np.flatnonzero(np.unpackbits(self._where[first:last])) + 8 * first
        start = self._before(first)
        return places, self.values[start : start + places.size]

    def _before(self, byte: int) -> int:
        """How many cells are kept before a byte of the bits."""
        assert self._where is not None
        if self._counts is None:
            rest = -self._where.size % _BLOCK
            blocks = np.concatenate([self._where, np.zeros(rest, np.uint8)]).reshape(-1, _BLOCK)
            self._counts = np.concatenate([[0], np.cumsum(_ONES[blocks].sum(axis=1, dtype=np.int64))])
        whole = byte // _BLOCK
        return int(self._counts[whole] + _ONES[self._where[whole * _BLOCK : byte]].sum(dtype=np.int64))

    def _lay_block(self, own: Region, values: np.ndarray, region: Region) -> None:
        into: list[slice | np.ndarray] = []
        source: list[slice | np.ndarray] = []
        for wanted, mine in zip(region.spans, own.spans, strict=True):
            if wanted.step == mine.step == 1:
                start, stop = max(wanted.start, mine.start), min(wanted.stop, mine.stop)
                if start >= stop:
                    return
                into.append(slice(start - wanted.start, stop - wanted.start))
                source.append(slice(start - mine.start, stop - mine.start))
            else:
                a, b = (np.arange(span.start, span.stop, span.step) for span in (wanted, mine))
                _, in_a, in_b = np.intersect1d(a, b, assume_unique=True, return_indices=True)
                if not in_a.size:
                    return
                into.append(in_a)
                source.append(in_b)
        if all(isinstance(part, slice) for part in into):
            values[tuple(into)] = self.values[tuple(source)]
        else:
            values[np.ix_(*map(_positions, into, values.shape))] = self.values[
                np.ix_(*map(_positions, source, self.values.shape))
            ]


def _common(mine: Span, wanted: Span) -> tuple[int, int]:
    """First and last index into `mine` that can lie within the ends of `wanted`; the first is larger if none does."""
    low = max(0, -(-(wanted.start - mine.start) // mine.step))
    return low, min(len(mine) - 1, (wanted.stop - 1 - mine.start) // mine.step)


def _flat(corner: Sequence[int], extent: Sequence[int]) -> int:
    flat = 0
    for at, n in zip(corner, extent, strict=True):
        flat = flat * n + at
    return flat


def _positions(part: slice | np.ndarray, n: int) -> np.ndarray:
    return np.arange(n)[part] if isinstance(part, slice) else part
