"""Operations that treat each value by itself: set, add, scale, clip, zero, and expressions."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from msgspec import Struct

from paramwidget import dtypes, expression
from paramwidget.edits import arithmetic
from paramwidget.edits.base import Place
from paramwidget.edits.limits import Formula, Seed, Typed, checked_seed
from paramwidget.edits.literal import literal
from paramwidget.errors import ValueRefusedError


class Assign(Struct, frozen=True):
    """Set the region to `values`: one value for all cells, or an array or tensor of exactly the region's shape.

    Other shapes are refused and not broadcast, as torch's `copy_` and TensorFlow's slice assignment would do.
    """

    spatial: ClassVar[bool] = False
    values: Any
    """A number, an array, or a tensor of any framework; what the dtype does not hold is refused."""
    typed: str = ""
    """What the person typed, for the label."""
    said: str = ""
    """What the history says, where the values come from somewhere: `copy of fc1.weight`."""

    @property
    def label(self) -> str:
        if self.said:
            return self.said
        array = dtypes.given(self.values)
        return f"set to {self.typed or _few(array)}" if array.ndim == 0 else f"set {array.size:,} values"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        stored = self._stored(place)
        return np.full(place.region.extent, stored) if stored.ndim == 0 else stored.reshape(place.region.extent)

    def code(self, place: Place) -> list[str]:
        stored = self._stored(place)
        if stored.ndim == 0:
            return [f"np.full_like(part, {literal(stored)})"]
        return [literal(stored.reshape(place.region.extent))]

    def _stored(self, place: Place) -> np.ndarray:
        given, region = dtypes.given(self.values), place.region
        if given.ndim and given.shape not in (region.extent, region.squeezed):
            raise ValueRefusedError(
                f"the values have shape {given.shape}, but {region} has shape {region.squeezed}; give one value, or an "
                "array of exactly that shape"
            )
        return dtypes.cast(given, place.dtype)


class Fill(Struct, frozen=True, tag=True):
    """Set every value to what a person typed, read strictly for each dtype: `0.5`, `1e-3`, `nan`, `True`."""

    spatial: ClassVar[bool] = False
    text: Typed
    """The value as it is typed."""

    @property
    def label(self) -> str:
        return f"set to {self.text.strip()}"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        return np.full(current.shape, dtypes.parse(self.text, place.dtype))

    def code(self, place: Place) -> list[str]:
        return [f"np.full_like(part, {literal(dtypes.parse(self.text, place.dtype))})"]


class Zero(Struct, frozen=True, tag=True):
    """Set every value to 0."""

    spatial: ClassVar[bool] = False

    @property
    def label(self) -> str:
        return "zero"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        return np.full(current.shape, zero(place.dtype))

    def code(self, place: Place) -> list[str]:
        zero(place.dtype)
        return ["np.zeros_like(part)"]


class Scale(Struct, frozen=True, tag=True):
    """Multiply every value by `factor`."""

    spatial: ClassVar[bool] = False
    factor: float
    """A finite number."""

    @property
    def label(self) -> str:
        return f"scale × {self.factor:.6g}"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        return arithmetic.combined(current, place, "*", self.factor, "the factor")

    def code(self, place: Place) -> list[str]:
        return [arithmetic.combined_code(place, "*", self.factor, "the factor")]


class Add(Struct, frozen=True, tag=True):
    """Add `amount` to every value."""

    spatial: ClassVar[bool] = False
    amount: float
    """A finite number."""

    @property
    def label(self) -> str:
        sign = "−" if self.amount < 0 else "+"
        return f"add {sign} {abs(self.amount):.6g}"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        return arithmetic.combined(current, place, "+", self.amount, "the amount")

    def code(self, place: Place) -> list[str]:
        return [arithmetic.combined_code(place, "+", self.amount, "the amount")]


class Clip(Struct, frozen=True, tag=True):
    """Bring every value into `low` to `high`; NaN stays NaN, and an infinite end is no limit."""

    spatial: ClassVar[bool] = False
    low: float
    """The lower end; -inf for none."""
    high: float
    """The upper end, not below `low`; inf for none."""

    @property
    def label(self) -> str:
        if self.low == -self.high:
            return f"clip to ±{self.high:.6g}"
        return f"clip to {self.low:.6g} … {self.high:.6g}".replace("-", "−")

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        self._check(place)
        kind = arithmetic.working(place.dtype).type
        with np.errstate(over="ignore"):
            low, high = kind(self.low), kind(self.high)
        return arithmetic.compute(current, place, lambda values, out: np.clip(values, low, high, out=out))

    def code(self, place: Place) -> list[str]:
        self._check(place)
        low, high = (arithmetic.number(end, place.dtype) for end in (self.low, self.high))
        return [arithmetic.rounded(f"np.clip({arithmetic.wide_part(place.dtype)}, {low}, {high})", place.dtype)]

    def _check(self, place: Place) -> None:
        if dtypes.kind(place.dtype) == "complex":
            raise ValueRefusedError("complex values have no order, so they cannot be clipped; scale them instead")
        if arithmetic.real(self.low, "the lower end") > arithmetic.real(self.high, "the upper end"):
            raise ValueRefusedError(f"clip needs its lower end first: {self.low:g} is not below {self.high:g}")


class Compute(Struct, frozen=True, tag=True):
    """Every value by an expression of `w`, as in `w * 0.5 + 0.1`; see `expression`. `seed` is for `rand` and `randn`."""

    spatial: ClassVar[bool] = False
    text: Formula
    """The formula."""
    seed: Seed = 0
    """Where random numbers begin: from 0 to 2**32 - 1."""

    @property
    def label(self) -> str:
        return f"formula {' '.join(self.text.split())}"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        parsed = expression.parse(self.text)
        with np.errstate(invalid="ignore"):  # signalling NaN
            values = expression.evaluate(parsed, current, place.region, checked_seed(self.seed), place.chosen)
        # NaN and infinity that the formula does not name were refused already
        return arithmetic.stored(values, current, place, means_it=True)

    def code(self, place: Place) -> list[str]:
        parsed = expression.parse(self.text)
        *lines, last = expression.to_numpy(parsed, place.region, checked_seed(self.seed))
        if not place.region.size:
            return ["part.copy()"]  # there are no statistics of nothing
        values = 'w = np.array(part, dtype=np.float64, order="C")'
        return [values, *lines, f"np.broadcast_to({last}, part.shape).astype(part.dtype)"]


def zero(dtype: str) -> np.ndarray:
    """0 as a 0-d array.

    Raises
    ------
    ValueRefusedError
        The dtype holds no 0, as float8_e8m0fnu, which has powers of two only.
    """
    return dtypes.cast(np.asarray(0.0), dtype)


def _few(array: np.ndarray) -> str:
    return dtypes.text(array) if dtypes.kind(array.dtype.name) != "other" else str(array)[:40]
