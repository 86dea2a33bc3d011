"""What one pass over the values of a tensor gathers for the checks: facts in numbers, no judgement.

A tensor is read chunk by chunk, so that nothing of its size is ever copied; what is kept is a few positions and, for a
weight, five numbers for each filter. Call it under the session's lock.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import ml_dtypes
import numpy as np

from paramwidget import dtypes, progress
from paramwidget.region import Region, Span
from paramwidget.statistics import Summary
from paramwidget.tree import Parameter

if TYPE_CHECKING:
    from paramwidget.session import Session

KEPT = 100
"""Positions of cells that are kept of each sort."""
COMPARED = 10_000
"""Filters of one tensor whose bytes are compared at most; others have their own sums and need no look."""
LONG_ENOUGH = 16
"""Bytes of a filter: shorter ones are equal by chance."""

_FILTER_AXES = ("out", "gate", "head", "channel", "token")
"""Names of the axis that filters lie along, the first that there is."""
_DENORMAL = ("float16", "bfloat16", "float32", "float64")


class Spots:
    """Cells of a tensor for which something holds: how many, the first few in C order, and the region around them all."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.count = 0
        self.first: list[tuple[int, ...]] = []
        self._low, self._high = list(shape), [0] * len(shape)

    def add(self, mask: np.ndarray, chunk: Region) -> None:
        """Count what a mask of a chunk marks; chunks come in C order and have no steps."""
        found = int(np.count_nonzero(mask))
        if not found:
            return
        self.count += found
        mask = np.asarray(mask).reshape(chunk.extent)
        starts = [span.start for span in chunk.spans]
        for flat in np.flatnonzero(mask)[: KEPT - len(self.first)]:
            at = np.unravel_index(int(flat), mask.shape) if mask.ndim else ()
            self.first.append(tuple(start + int(i) for start, i in zip(starts, at, strict=True)))
        for axis, start in enumerate(starts):
            hit = np.flatnonzero(mask.any(axis=_others(axis, mask.ndim)))
            self._low[axis] = min(self._low[axis], start + int(hit[0]))
            self._high[axis] = max(self._high[axis], start + int(hit[-1]) + 1)

    @property
    def box(self) -> Region:
        """The smallest region that holds them all."""
        return Region(tuple(Span(low, high) for low, high in zip(self._low, self._high, strict=True)), self.shape)

    def cell(self, number: int = 0) -> Region:
        """One of the first cells."""
        return Region.of(self.first[number], self.shape)


class Filters:
    """The slices of a weight along one axis: extremes and sums of each, and which are bit-identical.

    `low` and `high` are NaN or infinite for a filter that holds such a value.
    """

    def __init__(self, p: Parameter, axis: int) -> None:
        self.axis, self.shape = axis, p.shape
        n = p.shape[axis]
        self.length = p.size // n
        """Values of one filter."""
        self.low, self.high = np.full(n, np.inf), np.full(n, -np.inf)
        self.total, self.square = np.zeros(n), np.zeros(n)
        self.first_equal: dict[int, int] = {}
        """For a filter that repeats an earlier one: which."""

    def __len__(self) -> int:
        return len(self.low)

    def add(self, real: np.ndarray, chunk: Region) -> None:
        """Take the values of a chunk, as real numbers, into account."""
        span, others = chunk.spans[self.axis], _others(self.axis, real.ndim)
        here = slice(span.start, span.stop)
        with np.errstate(all="ignore"):
            wide = real.astype(np.float64, copy=False)
            self.low[here] = np.minimum(self.low[here], wide.min(axis=others))
            self.high[here] = np.maximum(self.high[here], wide.max(axis=others))
            self.total[here] += wide.sum(axis=others)
            self.square[here] += np.square(wide).sum(axis=others)

    @property
    def finite(self) -> np.ndarray:
        return np.asarray(np.isfinite(self.low) & np.isfinite(self.high))

    @property
    def zero(self) -> np.ndarray:
        return np.asarray((self.low == 0) & (self.high == 0))

    @property
    def constant(self) -> np.ndarray:
        """Which hold one value everywhere, and not 0."""
        return np.asarray(self.finite & (self.low == self.high) & ~self.zero)

    @property
    def norms(self) -> np.ndarray:
        """Euclidean norm of each; NaN or infinite where the filter is, or where float64 does not hold the squares."""
        return np.asarray(np.sqrt(self.square))

    def spread(self, of: np.ndarray) -> float:
        """Usual root mean square of some filters, by the median, so that a single large one counts little; NaN for none."""
        return float(np.median(self.norms[of])) / float(np.sqrt(self.length)) if of.any() else float("nan")

    def region(self, start: int, stop: int | None = None) -> Region:
        """One filter, or those from `start` to before `stop`."""
        index: int | slice = start if stop is None else slice(start, stop)
        return Region.of((*[slice(None)] * self.axis, index), self.shape)

    def compare(self, session: Session, p: Parameter) -> None:
        """Find bit-identical filters. Equal ones have equal extremes and sums; only where these are equal bytes are read."""
        if self.length * dtypes.itemsize(p.dtype) < LONG_ENOUGH:
            return
        some = np.flatnonzero(self.finite & (self.low < self.high))
        keys = np.stack([self.low, self.high, self.total, self.square])[:, some]
        _, group, sizes = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
        group = group.reshape(-1)
        order = np.argsort(group, kind="stable")  # those that may be equal come together, also where the list is cut
        alike = some[order[sizes[group[order]] > 1]][:COMPARED]
        seen: dict[bytes, int] = {}
        for number in alike.tolist():
            digest = hashlib.blake2b(digest_size=16)
            for part in self.region(number).chunks(dtypes.itemsize(p.dtype), 2**24):
                digest.update(np.ascontiguousarray(session.view(p.path, part)).tobytes())
            earlier = seen.setdefault(digest.digest(), number)
            if earlier != number:
                self.first_equal[number] = earlier


class Scan:
    """Everything that is known of one tensor once its values have passed by. `layer` is the class of its layer."""

    def __init__(self, p: Parameter, layer: str) -> None:
        self.p, self.layer = p, layer
        self.summary = Summary()
        self.bad, self.negative, self.denormal = Spots(p.shape), Spots(p.shape), Spots(p.shape)
        axis = filter_axis(p, layer)
        self.filters = Filters(p, axis) if axis is not None and p.shape[axis] > 1 else None
        self.tiny = float(ml_dtypes.finfo(dtypes.numpy_dtype(p.dtype)).tiny) if p.dtype in _DENORMAL else 0.0
        """Smallest normal magnitude; 0 for a type whose denormals do not matter."""

    @property
    def is_embedding(self) -> bool:
        """Whether rows are looked up: unused and padded ones are usual."""
        return "token" in self.p.axes or "embed" in f"{self.layer} {self.p.path}".lower()

    @property
    def rms(self) -> float:
        """Root mean square of the finite values; 0 if there are none."""
        return self.summary.l2 / float(np.sqrt(self.summary.finite)) if self.summary.finite else 0.0

    def add(self, values: np.ndarray, chunk: Region) -> None:
        """Take the values of a chunk into account."""
        real = dtypes.measure(values)
        part = Summary.of(values)
        self.summary += part
        if part.finite < part.count:
            self.bad.add(~np.isfinite(real), chunk)
        if dtypes.kind(self.p.dtype) != "float":
            return  # |z| of a complex number has no sign
        if part.finite and part.min < 0:
            self.negative.add(real < 0, chunk)
        if self.tiny:
            size = np.abs(real)
            self.denormal.add((size > 0) & (size < self.tiny), chunk)
        if self.filters is not None:
            self.filters.add(np.reshape(real, chunk.extent), chunk)


def tensor(session: Session, p: Parameter, layer: str) -> Scan:
    """Go through a float or complex tensor once.

    Raises
    ------
    NoValuesError, PathError
        It has no values, or is not there any more.
    """
    found = Scan(p, layer)
    for chunk in session.chunks(p.path):
        values = session.view(p.path, chunk)
        found.add(values, chunk)
        progress.advance(values.nbytes)
    if found.filters is not None:
        found.filters.compare(session, p)
    return found


def filter_axis(p: Parameter, layer: str) -> int | None:
    """The axis that the filters of a weight lie along: that of its outputs, or the first where the axes have no names.

    None for what has no filters: other tensors than floating-point weights, vectors, and scales of normalisation layers,
    which are alike by design.
    """
    if p.role != "weight" or len(p.shape) < 2 or not p.size or dtypes.kind(p.dtype) != "float":
        return None
    if "norm" in layer.lower():
        return None
    return next((p.axes.index(name) for name in _FILTER_AXES if name in p.axes), 0)


def _others(axis: int, rank: int) -> tuple[int, ...]:
    return tuple(other for other in range(rank) if other != axis)
