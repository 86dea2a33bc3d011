"""What an operation is: new values for a region, computed from the present ones. Pure; nothing here touches a model.

An operation is a frozen struct, so that it can be shown, sent by the page, and written down as plain NumPy code. Code and
`apply` compute the same bits: `code` is what `session.to_python()` hands to people who replay an edit elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from msgspec import Struct

from paramwidget.errors import ValueRefusedError
from paramwidget.region import Region


class World(Protocol):
    """Where the few operations look that need more than their region: a framework's initialisers, other tensors."""

    def initial(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> np.ndarray:
        """Fresh values for a whole tensor: its shape and dtype."""
        ...

    def initial_code(self, path: str, name: str, seed: int, options: Mapping[str, float]) -> list[str]:
        """Plain lines that bind the same values to `new`."""
        ...

    def values(self, path: str, region: str, snapshot: str) -> np.ndarray:
        """A copy of another tensor or a part of it; of the present model where `snapshot` is empty."""
        ...


class Place(Struct, frozen=True):
    """Where an operation works. `axes` are the framework's names of the axes, () if it has none.

    Where only values that fulfil a condition are meant, `chosen` tells which: a bool array of the region's extent. An
    operation computes all the same for all of them, but what becomes of the others is no reason to refuse.

    `spare` is memory that the result may lie in: an array of the region's extent and dtype, in C order. A dragged slider
    comes many times a second, and fresh memory costs more than the multiplication.
    """

    path: str
    """Path of the tensor."""
    dtype: str
    """Its element type, as NumPy or ml_dtypes names it."""
    region: Region
    """The part of it that is meant."""
    axes: tuple[str, ...]
    """Names of its axes; () if the framework has none."""
    world: World
    """Where to look for more than the region."""
    chosen: np.ndarray | None = None
    """Which values fulfil the condition: a bool array of the region's extent; None for all."""
    spare: np.ndarray | None = None
    """Memory for the result: an array of the region's extent and dtype, in C order; None for none."""


@runtime_checkable
class Operation(Protocol):
    """What an edit does to the values of its region."""

    @property
    def spatial(self) -> bool:
        """Whether a new value depends on other cells than its own, so that a condition would not say which of them count.

        `apply` always gets the whole region; a condition picks afterwards which of the new values are kept.
        """
        ...

    @property
    def label(self) -> str:
        """A few words for the history: `scale × 0.5`."""
        ...

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        """New values with the shape and dtype of `current`, in memory of their own or of `place.spare`. Pure.

        Raises
        ------
        ValueRefusedError
            The result cannot be stored in this dtype and shape, or the operation does not fit this tensor.
        """
        ...

    def code(self, place: Place) -> list[str]:
        """Plain NumPy: lines that compute with `part`, the present values (rank and dtype kept); the last one is an
        expression for the new values with the shape, the dtype and the very bits of `apply`.

        `np`, `ml_dtypes`, `base64` and `zlib` are imported.

        Raises
        ------
        ValueRefusedError
            As `apply` does, where that does not depend on the present values.
        """
        ...


class Edit(Struct, frozen=True):
    """One intended change. `where` is a condition such as `abs(w) < 0.01`: other values of the region stay as they are.

    Raises
    ------
    ValueRefusedError
        One of its parts is something else.
    """

    path: str
    """Path of the tensor."""
    region: Region
    """The part of it that is meant, with the tensor's shape."""
    operation: Operation
    """What is done to the values."""
    where: str = ""
    """The condition; empty if all values of the region are meant."""

    def __post_init__(self) -> None:
        if not isinstance(self.where, str):
            raise ValueRefusedError(
                f"a condition is a text such as 'abs(w) < 0.01', and not {type(self.where).__name__}; leave it out if all "
                "values are meant"
            )
        known = all(hasattr(type(self.operation), name) for name in ("apply", "spatial"))
        if not (known and isinstance(self.path, str) and isinstance(self.region, Region)):
            raise ValueRefusedError(
                "an edit is a path, a region and one of paramwidget.edits, such as "
                "Edit('conv1/kernel', session.region('conv1/kernel', '[0]'), Scale(0.5)); see also session.edit"
            )
