"""The closed set of edits: one intended change, frozen and pure, as path + region + operation.

An edit is checked against the facts of its tensor and turned into the values to store; nothing here touches a model.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.errors import ValueRefusedError
from paramwidget.region import Region


class Operation(Protocol):
    """What an edit does to the values of its region."""

    @property
    def label(self) -> str:
        """A few words for the history: `set to 0.5`."""
        ...

    def apply(self, current: np.ndarray, dtype: str, region: Region) -> np.ndarray:
        """New values with the shape and dtype of `current`, in memory of their own. Pure.

        Raises
        ------
        ValueRefusedError
            The result cannot be stored in this dtype and shape.
        """
        ...


class Assign(Struct, frozen=True):
    """Set the region to `values`: one value for all cells, or an array or tensor of exactly the region's shape.

    Other shapes are refused and not broadcast, as torch's `copy_` and TensorFlow's slice assignment would do.
    """

    values: Any
    typed: str = ""
    """What the person typed, for the label."""

    @property
    def label(self) -> str:
        array = dtypes.given(self.values)
        return f"set to {self.typed or _few(array)}" if array.ndim == 0 else f"set {array.size:,} values"

    def apply(self, current: np.ndarray, dtype: str, region: Region) -> np.ndarray:
        given = dtypes.given(self.values)
        if given.ndim and given.shape not in (region.extent, region.squeezed):
            raise ValueRefusedError(
                f"the values have shape {given.shape}, but {region} has shape {region.squeezed}; give one value, or an "
                "array of exactly that shape"
            )
        stored = dtypes.cast(given, dtype)
        return np.full(region.extent, stored) if given.ndim == 0 else stored.reshape(region.extent)


class Edit(Struct, frozen=True):
    """One intended change."""

    path: str
    region: Region
    operation: Operation


def _few(array: np.ndarray) -> str:
    return dtypes.text(array) if dtypes.kind(array.dtype.name) != "other" else str(array)[:40]
