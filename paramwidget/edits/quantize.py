"""Fake quantisation: values are rounded to what a small type could hold, and stay in their own.

Integers: symmetric, without zero point, as `torch.fake_quantize_per_tensor_affine` and its per-channel twin compute it
(documentation and source, torch 2: `clamp(nearbyint(x * (1 / scale)), quant_min, quant_max) * scale`), with the scale of
symmetric weight quantisation, `scale = max |x| / 127` (int8, "restricted range") or `/ 7` (int4). Ties go to even.
float8: the same scale, from the largest finite value of the type (448 or 57344), then a cast, as FP8 inference does per
tensor or channel: `float8(x * (1 / scale)) * scale`. Groups are `group` neighbours along the input axis, as in GPTQ and AWQ.
"""

from __future__ import annotations

from typing import Annotated, Literal

import ml_dtypes
import numpy as np
from msgspec import Meta, Struct

from paramwidget import dtypes
from paramwidget.edits import arithmetic, slices
from paramwidget.edits.base import Place
from paramwidget.edits.limits import Axis
from paramwidget.errors import ValueRefusedError

_LARGEST = {"int8": 127, "int4": 7, "float8_e4m3fn": 448, "float8_e5m2": 57344}
"""Magnitude that the largest value of a slice is brought to."""
_MEANT = {"channel": ("out", 0), "group": ("in", -1)}
"""Name of the axis that is meant if none is given, and what is taken where the axes have no names."""


class Quantize(Struct, frozen=True, tag=True):
    """Round to a small type with a scale per tensor, per channel of `axis`, or per `group` neighbours along `axis`.

    The axis of channels is the one named `out`, else the first; that of groups the one named `in`, else the last. Groups
    begin at the first value of the region, and the last one may be short.
    """

    to: Literal["int8", "int4", "float8_e4m3fn", "float8_e5m2"]
    """The small type."""
    per: Literal["tensor", "channel", "group"] = "tensor"
    """What has a scale of its own: the whole `tensor`, each `channel`, or each `group` of neighbours."""
    axis: Axis | None = None
    """The axis of channels or groups; None for the one that is meant by its name."""
    group: Annotated[int, Meta(ge=1, le=2**31 - 1)] = 128
    """Number of neighbours in a group."""

    @property
    def spatial(self) -> bool:
        return True

    @property
    def label(self) -> str:
        along = "" if self.axis is None else f" (axis {self.axis})"
        per = {"tensor": "", "channel": f" per channel{along}", "group": f" per group of {self.group}{along}"}
        return f"quantise to {self.to}{per.get(self.per, '')}"

    def apply(self, current: np.ndarray, place: Place) -> np.ndarray:
        axis = self._axis(place)
        if not current.size:
            return np.array(current, order="C")
        wide = arithmetic.working(place.dtype).type
        with np.errstate(all="ignore"):
            values = current.astype(wide)
            if not np.isfinite(values).all():
                raise ValueRefusedError(
                    "some values are NaN or infinite, so there is no scale to quantize with; set them to numbers first"
                )
            scale = self._scale(np.abs(values), axis, wide)
            largest = _LARGEST[self.to]
            scaled = np.clip(values * (wide(1) / scale), wide(-largest), wide(largest))
            small = np.rint(scaled) if self.to.startswith("int") else scaled.astype(getattr(ml_dtypes, self.to))
            return arithmetic.stored(small.astype(wide) * scale, current, place)

    def _scale(self, sizes: np.ndarray, axis: int, wide: type[np.floating]) -> np.ndarray:
        """What a step of 1 of the small type stands for, to be broadcast. Never 0, so that zeros stay zeros."""
        if self.per == "group":
            length = sizes.shape[axis]
            tops = np.maximum.reduceat(sizes, np.arange(0, length, self.group), axis=axis)
            top = np.take(tops, np.arange(length) // self.group, axis=axis)
        else:
            top = np.max(sizes, axis=self._others(axis, sizes.ndim), keepdims=True)
        return np.asarray(np.maximum(top / wide(_LARGEST[self.to]), np.finfo(wide).tiny))

    def code(self, place: Place) -> list[str]:
        axis, shape = self._axis(place), place.region.extent
        if not place.region.size:
            return ["part.copy()"]
        wide = f"np.{arithmetic.working(place.dtype).name}"
        lines = [f"values = part.astype({wide})"]
        if self.per == "group":
            n = shape[axis]
            lines += [
                f"tops = np.maximum.reduceat(np.abs(values), np.arange(0, {n}, {self.group}), axis={axis})",
                f"top = np.take(tops, np.arange({n}) // {self.group}, axis={axis})",
            ]
        else:
            lines += [f"top = np.max(np.abs(values), axis={self._others(axis, len(shape))}, keepdims=True)"]
        largest = _LARGEST[self.to]
        small = "np.rint(scaled)" if self.to.startswith("int") else f"scaled.astype(ml_dtypes.{self.to}).astype({wide})"
        return [
            *lines,
            f"scale = np.maximum(top / {wide}({largest}), np.finfo({wide}).tiny)",
            f"scaled = np.clip(values * ({wide}(1) / scale), {wide}(-{largest}), {wide}({largest}))",
            arithmetic.rounded(f"{small} * scale", place.dtype),
        ]

    def _others(self, axis: int, rank: int) -> tuple[int, ...]:
        """The axes that share a scale."""
        return tuple(at for at in range(rank) if self.per == "tensor" or at != axis)

    def _axis(self, place: Place) -> int:
        """The axis from 0; 0 where none is needed."""
        if dtypes.kind(place.dtype) != "float":
            raise ValueRefusedError(
                f"quantizing is for floating point, and this tensor holds {place.dtype} values already"
            )
        if self.to not in _LARGEST:
            raise ValueRefusedError(
                f"'{str(self.to)[:40]}' is no type to quantize to; choose one of {', '.join(_LARGEST)}"
            )
        rank = len(place.region.shape)
        if self.per == "tensor":
            if self.axis is not None:
                raise ValueRefusedError("one scale for the tensor has no axis; leave it out, or quantize per channel")
            return 0
        if self.per not in _MEANT:
            raise ValueRefusedError(f"a scale is per tensor, channel or group, not per '{str(self.per)[:40]}'")
        if isinstance(self.group, bool) or not isinstance(self.group, int) or self.group < 1:
            raise ValueRefusedError(f"a group has 1 value or more, not {str(self.group)[:40]}; give for example 128")
        name, otherwise = _MEANT[self.per]
        meant = place.axes.index(name) if name in place.axes else otherwise
        return slices.checked(meant if self.axis is None else self.axis, rank)
