"""Other orders of rows, filters and other slices; their values keep their bits."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from msgspec import Struct

from paramwidget.edits import slices
from paramwidget.edits.base import Place
from paramwidget.edits.limits import Axis, Index, Order
from paramwidget.errors import ValueRefusedError


class Permute(Struct, frozen=True, tag=True):
    """Slice i along `axis` becomes what was slice `order[i]` of the region."""

    spatial: ClassVar[bool] = True
    axis: Axis
    """Axis of the slices; negative ones count from the end."""
    order: Order
    """Each position of the region along the axis, once."""

    @property
    def label(self) -> str:
        return f"permute {len(self.order):,} slices (axis {self.axis})"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        axis, order = self._checked(place)
        return np.asarray(np.take(current, order, axis=axis), order="C")

    def code(self, place: Place) -> list[str]:
        axis, order = self._checked(place)
        return [f"np.take(part, np.array({order}, np.intp), axis={axis})"]

    def _checked(self, place: Place) -> tuple[int, list[int]]:
        axis = slices.checked(self.axis, len(place.region.shape))
        n, order = place.region.extent[axis], [_position(i) for i in self.order]
        if sorted(order) != list(range(n)):
            raise ValueRefusedError(
                f"the order must name each of the {n:,} slices along axis {axis} once, from 0 to {n - 1}; it names "
                f"{len(order):,}, {len(set(order)):,} of them different"
            )
        return axis, order


class Swap(Struct, frozen=True, tag=True):
    """Exchange two slices along `axis`; positions are those of the region."""

    spatial: ClassVar[bool] = True
    axis: Axis
    """Axis of the slices; negative ones count from the end."""
    first: Index
    """Position of one slice, from 0."""
    second: Index
    """Position of the other, from 0."""

    @property
    def label(self) -> str:
        return f"swap {self.first} and {self.second} (axis {self.axis})"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        axis, pair = self._checked(place)
        new = np.array(current, order="C")
        moved, source = np.moveaxis(new, axis, 0), np.moveaxis(current, axis, 0)
        moved[pair] = source[pair[::-1]]
        return new

    def code(self, place: Place) -> list[str]:
        axis, pair = self._checked(place)
        return [
            f"order = np.arange({place.region.extent[axis]})",
            f"order[{pair}] = {pair[::-1]}",
            f"np.take(part, order, axis={axis})",
        ]

    def _checked(self, place: Place) -> tuple[int, list[int]]:
        axis = slices.checked(self.axis, len(place.region.shape))
        n, pair = place.region.extent[axis], [_position(self.first), _position(self.second)]
        for position in pair:
            if not 0 <= position < n:
                raise ValueRefusedError(
                    f"axis {axis} of {place.region} has {n:,} slices, so there is no slice {str(position)[:40]}; count "
                    "from 0 within the region"
                )
        return axis, pair


def _position(given: int) -> int:
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)):
        raise ValueRefusedError(f"a position is a whole number, not {str(given)[:40]}; count from 0")
    return int(given)
