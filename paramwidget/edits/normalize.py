"""Normalisation of slices: each filter or row gets norm 1, or mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.edits import arithmetic, slices
from paramwidget.edits.base import Place
from paramwidget.edits.limits import Axis
from paramwidget.errors import ValueRefusedError

_NORMS = {
    "l2": "np.sqrt(np.sum(np.square(rows), axis=1, keepdims=True))",
    "l1": "np.sum(np.abs(rows), axis=1, keepdims=True)",
    "max": "np.max(np.abs(rows), axis=1, keepdims=True)",
}
"""The code of each norm; `_norm` is the same as functions."""


class Normalize(Struct, frozen=True, tag=True):
    """Divide each slice at one index of `axis`, as each filter, by its norm; `standard`: mean 0, population std 1.

    Computed in float64 and rounded once. Slices of zeros stay; those of equal values become 0 with `standard`, since they
    have a mean and no spread.
    """

    spatial: ClassVar[bool] = True
    axis: Axis
    """Axis of the slices; negative ones count from the end."""
    to: Literal["l2", "l1", "max", "standard"] = "l2"
    """The norm that becomes 1; `standard` for mean 0 and std 1."""

    @property
    def label(self) -> str:
        what = "mean 0 and std 1" if self.to == "standard" else f"{self.to} norm 1"
        return f"normalise to {what} per filter (axis {self.axis})"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        axis = self._axis(place)
        if not current.size:
            return np.array(current, order="C")
        with np.errstate(all="ignore"):
            wide = arithmetic.widened(current, place.dtype)
            rows = slices.rows(wide, axis).astype(np.float64, order="C")
            if not np.isfinite(rows).all():
                raise ValueRefusedError(
                    "some values are NaN or infinite, so their slices have no norm; set them to numbers first"
                )
            # the largest of each row is brought near 1 by a power of two, which is exact: no square over- or underflows
            rows = np.ldexp(rows, -np.frexp(np.max(np.abs(rows), axis=1, keepdims=True))[1])
            if self.to == "standard":
                centred = rows - np.mean(rows, axis=1, keepdims=True)
                centred[np.max(rows, axis=1) == np.min(rows, axis=1)] = 0
                rows = centred
                norm = np.sqrt(np.mean(np.square(rows), axis=1, keepdims=True))
            else:
                norm = _norm(rows, self.to)
            rows = rows / np.where(norm == 0, np.float64(1), norm)
            return arithmetic.stored(slices.back(rows, axis, current.shape), current, place)

    def code(self, place: Place) -> list[str]:
        axis, shape = self._axis(place), place.region.extent
        if not place.region.size:
            return ["part.copy()"]
        wide = arithmetic.working(place.dtype).name
        norm = _NORMS.get(self.to, "np.sqrt(np.mean(np.square(rows), axis=1, keepdims=True))")
        centred = [
            "centred = rows - np.mean(rows, axis=1, keepdims=True)",
            "centred[np.max(rows, axis=1) == np.min(rows, axis=1)] = 0",
            "rows = centred",
        ]
        return [
            f"rows = {slices.rows_code('part', axis, shape)}.astype(np.{wide}).astype(np.float64, order='C')",
            "rows = np.ldexp(rows, -np.frexp(np.max(np.abs(rows), axis=1, keepdims=True))[1])",
            *(centred if self.to == "standard" else []),
            f"norm = {norm}",
            "rows = rows / np.where(norm == 0, np.float64(1), norm)",
            f"{slices.back_code('rows', axis, shape)}.astype(part.dtype)",
        ]

    def _axis(self, place: Place) -> int:
        if dtypes.kind(place.dtype) == "complex":
            raise ValueRefusedError(
                "normalizing is for real values, and this tensor holds complex ones; scale it instead"
            )
        if self.to not in (*_NORMS, "standard"):
            known = ", ".join((*_NORMS, "standard"))
            raise ValueRefusedError(f"'{str(self.to)[:40]}' is no way to normalize; choose one of {known}")
        axis = slices.checked(self.axis, len(place.region.shape))
        if self.to == "standard" and place.region.size == place.region.extent[axis] > 0:
            raise ValueRefusedError(
                f"each slice along axis {self.axis} holds one value, which has no spread; choose another axis"
            )
        return axis


def _norm(rows: np.ndarray, to: str) -> np.ndarray:
    if to == "l2":
        return np.asarray(np.sqrt(np.sum(np.square(rows), axis=1, keepdims=True)))
    if to == "l1":
        return np.asarray(np.sum(np.abs(rows), axis=1, keepdims=True))
    return np.asarray(np.max(np.abs(rows), axis=1, keepdims=True))
