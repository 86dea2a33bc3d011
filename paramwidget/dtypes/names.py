"""Which element types there are: their names, families, NumPy dtypes and limits.

ml_dtypes kinds must be asked by name: `np.issubdtype(bfloat16, np.floating)` is False and its `kind` is 'V'.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

import ml_dtypes
import numpy as np

from paramwidget.errors import ValueRefusedError

Kind: TypeAlias = Literal["float", "int", "uint", "bool", "complex", "other"]

_NUMPY: dict[str, Kind] = {
    "float16": "float",
    "float32": "float",
    "float64": "float",
    "int8": "int",
    "int16": "int",
    "int32": "int",
    "int64": "int",
    "uint8": "uint",
    "uint16": "uint",
    "uint32": "uint",
    "uint64": "uint",
    "bool": "bool",
    "complex64": "complex",
    "complex128": "complex",
}
_ML_DTYPES: dict[str, Kind] = {
    "bfloat16": "float",
    "float8_e4m3fn": "float",
    "float8_e4m3fnuz": "float",
    "float8_e4m3b11fnuz": "float",
    "float8_e5m2": "float",
    "float8_e5m2fnuz": "float",
    "float8_e8m0fnu": "float",
    "float8_e4m3": "float",
    "float8_e3m4": "float",
    "int4": "int",
    "uint4": "uint",
    "int2": "int",
    "uint2": "uint",
}
_SHORT = {
    "f64": "float64",
    "f32": "float32",
    "f16": "float16",
    "bf16": "bfloat16",
    "f8": "float8",
    "fp8": "float8",
    "i64": "int64",
    "i32": "int32",
    "i16": "int16",
    "i8": "int8",
    "u8": "uint8",
    "c64": "complex64",
    "c128": "complex128",
}


@cache
def kind(name: str) -> Kind:
    """Which family of numbers a dtype holds; `other` if paramwidget does not know it."""
    return _NUMPY.get(name) or _ML_DTYPES.get(name) or "other"


@cache
def numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype with this name, ml_dtypes included.

    Raises
    ------
    ValueRefusedError
        paramwidget does not know the name.
    """
    if name in _NUMPY:
        return np.dtype(name)
    if name in _ML_DTYPES:
        extended: np.dtype = np.dtype(getattr(ml_dtypes, name))
        return extended
    raise ValueRefusedError(f"the element type {name} is not known to paramwidget, so its values stay as they are")


@cache
def itemsize(name: str) -> int:
    """Bytes of one element in memory, 0 for a dtype that paramwidget does not know."""
    return numpy_dtype(name).itemsize if kind(name) != "other" else 0


def matches(name: str, wanted: str) -> bool:
    """Whether a dtype answers to a filter word: `float32`, `f32`, `float`, `bf16`, `f8`, `int`."""
    full = _SHORT.get(wanted, wanted)
    return full != "" and (name == full or name.startswith(full) or kind(name) == full)


def is_known(wanted: str) -> bool:
    """Whether a filter word names an element type or a family of them."""
    return any(matches(name, wanted) for name in (*_NUMPY, *_ML_DTYPES))


def limits(name: str) -> tuple[float | int, float | int]:
    """Smallest and largest finite value of a real dtype."""
    dtype = numpy_dtype(name)
    if kind(name) in ("int", "uint"):
        info = np.iinfo(dtype) if name in _NUMPY else ml_dtypes.iinfo(dtype)
        return int(info.min), int(info.max)
    finfo = ml_dtypes.finfo(dtype)
    return float(finfo.min), float(finfo.max)


def is_numpy(name: str) -> bool:
    """Whether NumPy itself has the dtype; the others are of ml_dtypes."""
    return name in _NUMPY


def wide(values: np.ndarray) -> np.ndarray:
    """Real values as float64. Signalling NaN are values like others and give no warning."""
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)


def measure(values: np.ndarray) -> np.ndarray:
    """The values as real numbers to compute and draw with: float64, or float32 where that is exact; |z| of complex.

    May be a view. int64 beyond 2**53 loses digits here: for statistics and colours only, never for what is stored.
    """
    name = values.dtype.name
    if kind(name) == "complex":
        with np.errstate(over="ignore", invalid="ignore"):
            magnitudes: np.ndarray = np.abs(values.astype(np.complex128))
            return magnitudes
    if name in ("float32", "float64"):
        return values
    with np.errstate(invalid="ignore"):  # signalling NaN
        return values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
