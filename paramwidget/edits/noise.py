"""Random noise on top of the present values."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.edits import arithmetic
from paramwidget.edits.base import Place
from paramwidget.edits.limits import Seed, checked_seed
from paramwidget.errors import ValueRefusedError


class Noise(Struct, frozen=True, tag=True):
    """Add noise: normal with standard deviation `amount`, or uniform in [-amount, amount).

    Drawn from `np.random.default_rng(seed)` in working precision, one number for each value of the region in C order.
    """

    spatial: ClassVar[bool] = False
    amount: float
    """Standard deviation, or half of the interval: a finite number of at least 0."""
    shape: Literal["normal", "uniform"] = "normal"
    """`normal` or `uniform`."""
    seed: Seed = 0
    """Where random numbers begin: from 0 to 2**32 - 1."""

    @property
    def label(self) -> str:
        return f"{self.shape} noise ± {self.amount:.6g} (seed {self.seed})"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        amount, rng = self._amount(place), np.random.default_rng(self.seed)
        kind: Any = arithmetic.working(place.dtype).type
        if self.shape == "normal":
            noise: np.ndarray = rng.standard_normal(current.shape, dtype=kind)
        else:
            noise = rng.random(current.shape, dtype=kind) * kind(2) - kind(1)
        return arithmetic.compute(current, place, lambda values, out: np.add(values, noise * amount, out=out))

    def code(self, place: Place) -> list[str]:
        kind = f"np.{self._amount(place).dtype.name}"
        noise = f"rng.standard_normal(part.shape, dtype={kind})"
        if self.shape == "uniform":
            noise = f"(rng.random(part.shape, dtype={kind}) * {kind}(2) - {kind}(1))"
        wide, amount = arithmetic.wide_part(place.dtype), arithmetic.number(self.amount, place.dtype)
        return [
            f"rng = np.random.default_rng({self.seed})",
            arithmetic.rounded(f"{wide} + {noise} * {amount}", place.dtype),
        ]

    def _amount(self, place: Place) -> np.inexact:
        if dtypes.kind(place.dtype) == "complex":
            raise ValueRefusedError("there is no noise for complex values here; choose a real tensor")
        if self.shape not in ("normal", "uniform"):
            raise ValueRefusedError(f"noise is 'normal' or 'uniform', not '{str(self.shape)[:40]}'")
        checked_seed(self.seed)
        amount = arithmetic.constant(self.amount, place.dtype, "the amount of noise")
        if self.amount < 0:
            raise ValueRefusedError(f"the amount of noise is a spread, so it cannot be {self.amount:g}; give 0 or more")
        return amount
