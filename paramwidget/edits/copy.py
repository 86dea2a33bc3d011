"""Values of another tensor, or of a snapshot."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from msgspec import Struct

from paramwidget import dtypes
from paramwidget.edits.base import Place
from paramwidget.edits.limits import Name, Path, Slice
from paramwidget.edits.literal import literal
from paramwidget.errors import ValueRefusedError


class Copy(Struct, frozen=True, tag=True):
    """What stands in `region` of the tensor `path`, now or in a snapshot; the shape must be that of the edited region.

    Axes of length 1 do not count, and the element type may be another one if it holds the values.
    """

    spatial: ClassVar[bool] = False
    path: Path
    """The tensor that is copied from."""
    region: Slice = ""
    """The part of it, as `[0:16, :]`; all of it if empty."""
    snapshot: Name = ""
    """Name of the snapshot to look in; the present model if empty."""

    @property
    def label(self) -> str:
        part = f" {self.region.strip()}" if self.region.strip() else ""
        return f"copy of {self.path}{part}" + (f" in '{self.snapshot}'" if self.snapshot else "")

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        values, extent = place.world.values(self.path, self.region, self.snapshot), place.region.extent
        if _long(values.shape) != _long(extent):
            raise ValueRefusedError(
                f"{self.path}{self.region.strip()} has shape {values.shape}, but {place.region} has shape {extent}; "
                "choose regions of one shape"
            )
        return dtypes.cast(values, place.dtype).reshape(extent)

    def code(self, place: Place) -> list[str]:
        return [literal(self.apply(np.empty(0), place))]


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without its axes of length 1."""
    return tuple(n for n in shape if n != 1)
