"""Statistics of values, computed in one place for all frameworks; summaries of chunks add up to the summary of all.

Pure. Everything is computed in float64 over the finite values; NaN and infinities are counted apart. Norms are kept as
norms (not as sums of squares), so that values up to 1e308 do not overflow. Merging follows Chan, Golub and LeVeque,
"Updating formulae and a pairwise algorithm for computing sample variances" (1979).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.errors import ValueRefusedError

MOST_BINS = 100_000
"""Of one histogram: more than a screen or a figure can show."""


class Summary(Struct, frozen=True):
    """Counts and moments of a set of values. Of complex values: of their magnitudes. Two summaries add up.

    Of integers and bools, `min` and `max` are exact integers; the moments are rounded.
    """

    count: int = 0
    """All values."""
    nan: int = 0
    """How many are NaN."""
    posinf: int = 0
    """How many are inf."""
    neginf: int = 0
    """How many are -inf."""
    zeros: int = 0
    """How many are 0, of either sign."""
    min: float | int = math.nan
    """Smallest finite value, exact; NaN if there is none."""
    max: float | int = math.nan
    """Largest finite value, exact; NaN if there is none."""
    mean: float = math.nan
    """Of the finite values; NaN if there are none."""
    spread: float = 0.0
    """Norm of the deviations from the mean: std * sqrt(finite)."""
    l2: float = 0.0
    """Euclidean norm of the finite values; 0 if there are none."""

    @property
    def finite(self) -> int:
        """How many are neither NaN nor infinite."""
        return self.count - self.nan - self.posinf - self.neginf

    @property
    def std(self) -> float:
        """Population standard deviation of the finite values; NaN if there are none."""
        return self.spread / math.sqrt(self.finite) if self.finite else math.nan

    @property
    def largest(self) -> float | int:
        """Largest finite magnitude, 0 if there is none."""
        return max(abs(self.min), abs(self.max)) if self.finite else 0.0

    def __repr__(self) -> str:
        bad = {"nan": self.nan, "posinf": self.posinf, "neginf": self.neginf}
        counts = {"count": self.count, **{name: n for name, n in bad.items() if n}, "zeros": self.zeros}
        moments = {"min": self.min, "max": self.max, "mean": self.mean, "std": self.std, "l2": self.l2}
        return f"Summary({', '.join(f'{name}={value!r}' for name, value in {**counts, **moments}.items())})"

    @classmethod
    def of(cls, values: np.ndarray) -> Summary:
        """The summary of an array of any shape and any known dtype."""
        real = dtypes.measure(values).ravel()
        if real.size == 0:
            return cls()
        low, high = _extremes(values, real)  # both are NaN if any value is
        nan = posinf = neginf = 0
        if not (math.isfinite(low) and math.isfinite(high)):
            nan = int(np.count_nonzero(np.isnan(real)))
            posinf = int(np.count_nonzero(real == np.inf))
            neginf = int(np.count_nonzero(real == -np.inf))
            finite = real[np.isfinite(real)]
        else:
            finite = real
        total = int(real.size)
        if finite.size == 0:
            return cls(total, nan, posinf, neginf)
        if finite is not real:
            low, high = float(finite.min()), float(finite.max())
        zeros = int(finite.size - np.count_nonzero(finite))
        wide = finite.astype(np.float64, copy=False)
        scale = max(abs(low), abs(high))
        # squares of numbers beyond 1e150 overflow, those below 1e-150 vanish: bring them near 1 first
        if scale and not 1e-140 < scale < 1e140:
            wide = wide / scale
        else:
            scale = 1.0
        mean = float(wide.mean())
        deviation = wide - mean
        spread = scale * math.sqrt(float(deviation @ deviation))
        l2 = scale * math.sqrt(float(wide @ wide))
        return cls(total, nan, posinf, neginf, zeros, low, high, scale * mean, spread, l2)

    def __add__(self, other: Summary) -> Summary:
        if not isinstance(other, Summary):
            return NotImplemented
        a, b = self.finite, other.finite
        counts = (
            self.count + other.count,
            self.nan + other.nan,
            self.posinf + other.posinf,
            self.neginf + other.neginf,
            self.zeros + other.zeros,
        )
        if a == 0 or b == 0:
            some = other if a == 0 else self
            return Summary(*counts, some.min, some.max, some.mean, some.spread, some.l2)
        difference = other.mean - self.mean
        between = abs(difference) * math.sqrt(a / (a + b)) * math.sqrt(b)
        return Summary(
            *counts,
            min(self.min, other.min),
            max(self.max, other.max),
            self.mean + difference * (b / (a + b)),
            math.hypot(self.spread, other.spread, between),
            math.hypot(self.l2, other.l2),
        )


def _extremes(values: np.ndarray, real: np.ndarray) -> tuple[float | int, float | int]:
    name = values.dtype.name
    if dtypes.kind(name) not in ("int", "uint", "bool"):
        return float(real.min()), float(real.max())
    # float64 has no room for all digits of 64 bits; the integers that NumPy itself cannot compare are small
    exact = values if values.dtype.kind in "iub" else real
    return int(exact.min()), int(exact.max())


def summarize(chunks: Iterable[np.ndarray]) -> Summary:
    """The summary of all chunks together."""
    total = Summary()
    for chunk in chunks:
        total = total + Summary.of(chunk)
    return total


def non_finite(real: np.ndarray) -> tuple[int, int]:
    """How many of some real numbers are NaN and how many infinite."""
    wrong = int(real.size - np.count_nonzero(np.isfinite(real)))
    nan = int(np.count_nonzero(np.isnan(real))) if wrong else 0
    return nan, wrong - nan


class Histogram(Struct, frozen=True):
    """Counts of equal bins over `low` to `high` (both included), of what lies below and above, and of NaN."""

    low: float
    """Lower edge of the first bin."""
    high: float
    """Upper edge of the last bin, which it includes."""
    counts: tuple[int, ...]
    """How many values are in each bin."""
    under: int = 0
    """How many values are below `low`, -inf included."""
    over: int = 0
    """How many values are above `high`, inf included."""
    nan: int = 0
    """How many values are NaN."""

    @classmethod
    def empty(cls, low: float, high: float, bins: int = 64) -> Histogram:
        """The histogram of no values at all, to add others to.

        Raises
        ------
        ValueRefusedError
            The ends are not finite or not in order, or there is no such number of bins.
        """
        try:
            fits = math.isfinite(low) and math.isfinite(high) and low < high
        except (TypeError, ValueError, OverflowError):
            fits = False
        if not fits:
            raise ValueRefusedError(f"a histogram needs finite ends with low < high, not {low!s:.40} and {high!s:.40}")
        if not isinstance(bins, (int, np.integer)) or not 1 <= bins <= MOST_BINS:
            raise ValueRefusedError(f"a histogram has a whole number of 1 to {MOST_BINS:,} bins, not {bins!s:.40}")
        return cls(low, high, (0,) * int(bins))

    def __add__(self, other: Histogram) -> Histogram:
        if not isinstance(other, Histogram):
            return NotImplemented
        if (self.low, self.high, len(self.counts)) != (other.low, other.high, len(other.counts)):
            raise ValueRefusedError("only histograms over the same bins add up")
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return Histogram(
            self.low, self.high, counts, self.under + other.under, self.over + other.over, self.nan + other.nan
        )


def histogram(values: np.ndarray, low: float, high: float, bins: int = 64) -> Histogram:
    """Histogram of an array over fixed bins; infinities count as below or above. Of complex values: of magnitudes.

    Raises
    ------
    ValueRefusedError
        The ends are not finite or not in order, or there is no such number of bins.
    """
    Histogram.empty(low, high, bins)
    real = dtypes.measure(values).ravel()
    ends = np.float64(low), np.float64(high)  # not Python floats: they would be rounded to the dtype of the values
    nan = int(np.count_nonzero(np.isnan(real)))
    with np.errstate(invalid="ignore"):  # signalling NaN
        below, above = real < ends[0], real > ends[1]
    under, over = int(np.count_nonzero(below)), int(np.count_nonzero(above))
    inside = real[~(below | above | np.isnan(real))] if under + over + nan else real
    if not 1e-290 < high - low < 1e300:  # NumPy cannot divide such a range into bins: bring it near 1 first
        scale = max(abs(low), abs(high))
        inside, ends = inside.astype(np.float64) / scale, (ends[0] / scale, ends[1] / scale)
    counts, _ = np.histogram(inside.astype(np.float64, copy=False), bins, ends)
    return Histogram(low, high, tuple(counts.tolist()), under, over, nan)
